"""Connections, consents under way, and where their secrets lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from confluence_connector.domain.connections import Connection, Pointer
from confluence_connector.domain.consents import Consent
from confluence_connector.domain.identifiers import ConnectionId, ConsentId, WorkspaceId


class Connections(Protocol):
    def get(self, workspace: WorkspaceId, connection_id: ConnectionId) -> Connection | None:
        """A consistent read."""

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Connection]: ...

    def save(self, connection: Connection) -> Connection:
        """Writes if the stored revision is `connection.revision` (0: must not exist); returns it with the next one.

        A repeat of the very same save whose first answer was lost is success (fault case B15). Raises Stale.
        """

    def remove(self, connection: Connection) -> None:
        """Deletes one that never held a grant, if the stored revision is still this one. Raises Stale."""

    def touch(self, connection: Connection, used_at: datetime) -> None:
        """Notes the use, once in ten minutes at most; touches no revision, and never fails a caller.

        `connection` as just read. A use that is noted is never put back to an earlier one, by a save neither.
        """

    def due(self, kind: Literal["sweep", "keep_alive"], now: datetime) -> Iterator[Connection]:
        """Those that `domain.upkeep.next_due` puts at or before `now`, each read again consistently."""

    def note_account(self, connection: Connection, account_id: str) -> None:
        """Makes `of_account` find it by that account; called before the account is saved. Idempotent."""

    def of_account(self, account_id: str) -> Iterator[Connection]:
        """Every connection, in any workspace, made with that Atlassian account. For re-checking scopes only."""


class Consents(Protocol):
    """Consents under way. Tickets, states and completion codes are stored as sha256 only."""

    def save(self, consent: Consent) -> Consent:
        """Like Connections.save."""

    def get(self, workspace: WorkspaceId, consent_id: ConsentId) -> Consent | None: ...

    def remove(self, consent: Consent) -> None:
        """If the stored revision is still this one, else raises Stale. Missing is success."""

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Consent]:
        """Those not removed yet, expired ones too; at most a few per member (fault case A22)."""

    def due(self, now: datetime) -> Iterator[Consent]:
        """Those whose `expires_at` has come, of all workspaces, each read again consistently."""


@dataclass(frozen=True, slots=True)
class LookupEntry:
    """All that may lie outside a workspace's own keys: who it belongs to, and until when."""

    workspace: WorkspaceId
    id: str
    expires_at: datetime


class Lookups(Protocol):
    """One-time values → whose they are. Keyed by sha256; the value itself is never stored."""

    def put(self, kind: Literal["ticket", "state"], value: str, entry: LookupEntry) -> None: ...

    def take(self, kind: Literal["ticket", "state"], value: str, now: datetime) -> LookupEntry | None:
        """Deletes it in one conditional write, so that one caller wins (A3, A4). None: unknown, spent or expired."""


@dataclass(frozen=True, slots=True, repr=False)
class TokenPair:
    """The secret itself, with what a crash must not lose of its answer. No repr, so that no log gets it by accident."""

    access_token: str
    refresh_token: str
    issued_at: datetime
    access_expires_at: datetime
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return "TokenPair(…)"


class TokenSecrets(Protocol):
    """One secret per connection and generation. Versions are written with the id they were announced under.

    Every method raises AppMisconfigured for denied KMS or IAM, ServiceUnavailable for what passes.
    """

    def create(self, name: str, version_id: str, pair: TokenPair) -> None:
        """A new secret whose first version is `version_id`; a repeat with the same bytes is success."""

    def put(self, pointer: Pointer, pair: TokenPair) -> None:
        """A version labelled INFLIGHT. Raises VersionCollision if that id holds other bytes (B21), SecretGone."""

    def get(self, pointer: Pointer) -> TokenPair | None:
        """None: no such version (yet). Raises SecretUnreadable for garbage."""

    def make_current(self, pointer: Pointer) -> None:
        """Moves AWSCURRENT to it. Idempotent. Raises SecretGone."""

    def delete(self, name: str) -> None:
        """At once and for good, without a recovery window; missing is success."""


class VersionCollision(Exception):
    """The version id holds another payload: a defect of ours. Alarm; a new attempt follows."""


class SecretGone(Exception):
    """There is no such secret (any more)."""


class SecretUnreadable(Exception):
    """The stored bytes are no token pair."""
