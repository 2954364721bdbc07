"""Every key of the State, Cache and Corpus tables is built here.

Workspace data begins with the workspace. The only exceptions are the closed list below: one-time, account and agent
lookups (sha256 only), `LIMIT#…` for what Atlassian counts per site and per app and we count per agent, and the sparse
`due` index. Parts are checked, so that no two things can share a key (fault case G7).
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from confluence_connector.domain.identifiers import (
    WORKSPACE,
    AgentId,
    CloudId,
    ConnectionId,
    CorpusId,
    DocumentId,
    WorkspaceId,
)

SEPARATOR = "#"
DUE_SHARDS = 16
EXPIRY_SHARDS = 16

type Lookup = Literal["ticket", "state", "account", "agent"]
type Due = Literal[
    "sweep", "keep_alive", "consent", "sync", "import", "approval", "report", "synchronizer", "workspace"
]


@dataclass(frozen=True, slots=True)
class Key:
    """pk and sk of one item."""

    pk: str
    sk: str


def of_workspace(workspace: WorkspaceId) -> str:
    """The partition in which everything of a workspace lies."""
    if not WORKSPACE.fullmatch(workspace):
        raise ValueError("not a workspace")
    return f"WS{SEPARATOR}{workspace}"


def item(workspace: WorkspaceId, noun: str, *parts: str) -> Key:
    """`WS#<workspace>` / `<NOUN>#<part>#<part>`. Raises ValueError for a part that could imitate another key."""
    return Key(of_workspace(workspace), prefix(noun) + SEPARATOR.join(_part(part) for part in parts))


def prefix(noun: str) -> str:
    return f"{noun}{SEPARATOR}"


def connection(workspace: WorkspaceId, connection_id: ConnectionId) -> Key:
    """Named here because the cache's writes check it and the hot read fetches it beside the document."""
    return item(workspace, "CONNECTION", connection_id)


def document(workspace: WorkspaceId, document_id: DocumentId) -> Key:
    return item(workspace, "DOCUMENT", document_id)


def cache_partition(workspace: WorkspaceId, connection_id: ConnectionId, generation: int) -> str:
    """Everything cached through one grant, so that a purge is one query and a new consent starts empty."""
    return SEPARATOR.join((of_workspace(workspace), "CONN", _part(connection_id), f"G{generation}"))


def corpus_partition(workspace: WorkspaceId, connection_id: ConnectionId, corpus_id: CorpusId) -> str:
    """Everything that the Corpus table holds of one corpus."""
    return SEPARATOR.join((of_workspace(workspace), "CORPUS", _part(connection_id), _part(corpus_id)))


def lookup(kind: Lookup, value: str) -> str:
    """The partition of a secret or foreign value; the value itself does not appear."""
    return f"LOOKUP{SEPARATOR}{sha256(f'{kind}:{value}'.encode()).hexdigest()}"


def due(kind: Due, identifier: str) -> str:
    """The `due` index's partition of an item: kind and one of 16 shards."""
    return due_shard(kind, int(sha256(identifier.encode()).hexdigest(), 16) % DUE_SHARDS)


def due_shard(kind: Due, shard: int) -> str:
    return f"DUE{SEPARATOR}{kind}{SEPARATOR}{shard}"


def bucket(cloud_id: CloudId, product: str) -> Key:
    """Of a site's requests to one product, whichever workspaces and connections they come from."""
    return Key(SEPARATOR.join(("LIMIT", "site", _part(cloud_id))), prefix("BUCKET") + _part(product))


def points(hour: datetime) -> Key:
    """Of the app's points in one UTC hour; the hours lie side by side."""
    return Key(SEPARATOR.join(("LIMIT", "points")), hour.strftime("%Y-%m-%dT%H"))


def agent_calls(agent_id: AgentId, minute: datetime) -> Key:
    """Of an agent's calls in one minute."""
    return Key(agent_calls_of(agent_id), minute.strftime("%Y-%m-%dT%H:%M"))


def agent_calls_of(agent_id: AgentId) -> str:
    """The partition of its minutes."""
    return SEPARATOR.join(("LIMIT", "agent", _part(agent_id)))


def entry(noun: str, *parts: str) -> str:
    """The sort key of a cache item. Raises ValueError for a part that could imitate another key."""
    return prefix(noun) + SEPARATOR.join(_part(part) for part in parts)


def expiry(identifier: str) -> str:
    """The `expiry` index's partition of a cache item: one of 16 shards."""
    return expiry_shard(int(sha256(identifier.encode()).hexdigest(), 16) % EXPIRY_SHARDS)


def expiry_shard(shard: int) -> str:
    return f"EXPIRY{SEPARATOR}{shard}"


def _part(part: str) -> str:
    if not part or SEPARATOR in part or not part.isprintable() or len(part) > 200:  # noqa: PLR2004 — sk ≤ 1,024 bytes
        raise ValueError("not a key part")
    return part
