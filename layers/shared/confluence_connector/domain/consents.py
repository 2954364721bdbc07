"""A consent under way: from "Connect" to the moment its starter confirms it."""

from dataclasses import dataclass
from datetime import datetime

from confluence_connector.domain.identifiers import ConnectionId, ConsentId, MemberId, WorkspaceId
from confluence_connector.domain.scopes import Purpose


@dataclass(frozen=True, slots=True)
class Consent:
    """`secret_name` is written before the secret is made, so that a crash in between leaves no orphan (A19)."""

    id: ConsentId
    workspace: WorkspaceId
    connection_id: ConnectionId
    starter: MemberId
    purposes: frozenset[Purpose]
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    return_to: str | None = None  # id of a configured return target
    cookie_hash: str | None = None  # sha256 hex, once the browser came by with the ticket
    secret_name: str | None = None
    revision: int = 0
