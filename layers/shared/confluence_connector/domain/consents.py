"""A consent under way: from "Connect" to the moment its starter confirms it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import ConnectionId, ConsentId, MemberId, WorkspaceId
from confluence_connector.domain.scopes import Purpose, needed_for


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


def sealed(value: str) -> str:
    """sha256, hex: how tickets, cookies and completion codes of 256 random bits lie at rest."""
    return sha256(value.encode()).hexdigest()


def scopes_to_ask_for(
    wanted: Iterable[Purpose], starter: MemberId, connections: Iterable[Connection]
) -> tuple[str, ...]:
    """For `wanted` and for everything that the starter's other connections do.

    A new consent replaces the scopes of the account's grant at Atlassian ("OAuth 2.0 (3LO) apps"), so asking for less
    than all of them would take away what the others need (A3). Those without a grant need nothing.
    """
    purposes = set(wanted)
    for connection in connections:
        if connection.grant and starter in {connection.started_by, connection.owner_id}:
            purposes |= connection.purposes
    return tuple(sorted(needed_for(purposes)))
