"""What of a workspace's items goes into its archive, and what of each (I6). Pure.

Everything that people would miss; nothing that opens anything: no token, no hash of one, no mark of the vault's, no
place of a secret. A noun that is new has to be put into one of the two tables; a test says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FOLDERS: Final[Mapping[str, str]] = {
    "CONNECTION": "connections",
    "FEATURE": "features",
    "DOCUMENT": "documents",
    "IMPORTJOB": "imports",
    "IMPORTPAGES": "imports/pages",
    "SYNC": "syncs",
    "RUN": "syncs/runs",
    "AGENT": "agents",
    "AGENTCALL": "agents/calls",
    "APPROVAL": "approvals",
    "SYNCHRONIZER": "synchronizers",
    "SYNCHRONIZERRUN": "synchronizers/runs",
    "PAGELINK": "synchronizers/links",
    "PAGEACT": "synchronizers/acts",
}
"""By noun."""
LEFT_OUT: Final[Mapping[str, str]] = {
    "CONSENT": "under way for minutes",
    "ACCOUNTREPORT": "when the next report to Atlassian is due",
    "SYNCSITE": "said by the syncs",
    "CANCELRUN": "a wish for minutes",
    "CREATED": "of requests, for a day",
    "STARTED": "of requests, for a day",
    "SYNCHRONIZERMADE": "of requests, for a day",
    "IDEMPOTENCY": "of requests, for a day",
    "REMOVED": "what is still to be deleted",
    "WORKSPACEJOB": "this",
    "WORKSPACECLAIM": "this",
}
"""Nouns that no archive has, and what they are."""
OF_A_CONNECTION: Final = frozenset({
    *("id", "owner", "owner_id", "started_by", "purposes", "status", "account", "site", "jira_site", "created_at"),
    *("connected_at", "last_used_at", "spaces_seen", "reason"),
})  # fmt: skip
OURS: Final = frozenset({
    *("pk", "sk", "due_kind", "due_at", "expires_at", "saved_by", "revision", "turn", "turns", "strikes"),
    *("worker", "worker_until", "active_until", "away_since", "text", "text_at"),
})  # fmt: skip
"""Fields that say how a thing is kept, or worked on."""
CLOSED: Final = frozenset({"token_hash", "request_hash", "body_name", "read_back"})
"""Fields of agents and approvals: what a token, a request or a title was hashed to, and where a body lies."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing of the workspace. `position` is behind it; `folder` None: it is left out.

    `text`: a copy's Markdown. No repr: it is somebody's.
    """

    position: str
    folder: str | None
    fields: Mapping[str, Any]
    text: str | None = None

    def __repr__(self) -> str:
        return f"Record({self.folder})"


def shown(noun: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of an item's fields that go into an archive."""
    if noun == "CONNECTION":
        scopes = (fields.get("grant") or {}).get("scopes", [])
        return {name: value for name, value in fields.items() if name in OF_A_CONNECTION} | {"scopes": scopes}
    return {name: value for name, value in fields.items() if name not in OURS | CLOSED}
