"""What can happen to a connection's grant, as pure transitions (design §3); `keep_tokens` decides which.

Every refresh is announced before it is sent (`begin`), so that whoever comes after a crash knows that the pointer's
refresh token may be spent, since when, and under which version id the answer would lie. `fence` grows with every
announcement; only the holder of the newest one may move the pointer.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from confluence_connector.domain.connections import ALIVE, Attempt, Connection, Grant, Lease, Pointer, Status
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.limits import (
    ACCESS_TOKEN_MARGIN_SECONDS,
    LEASE_SECONDS,
    REPOST_UNTIL_SECONDS,
    ROTATION_PAUSE_SECONDS,
    TOKEN_BACKOFF_MAX_SECONDS,
    TOKEN_BACKOFF_SECONDS,
)

VERSIONS: Final = UUID("5f0c63f0-5c4e-4c57-9d8c-6f5f3f6f7b11")
REFUSED: Final = "Atlassian no longer accepts the stored grant."
UNREADABLE: Final = "The stored grant cannot be read any more."
NEEDS_SCOPES: Final = "Some permissions that this connection needs were not granted. Reconnect and accept all of them."
ATTEMPTS_KEPT: Final = 16
"""More unanswered announcements than that cannot be inside the leeway; the item must not grow for ever."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What an announcement entitles to: storing under `version_id` and, while the fence stands, moving the pointer."""

    workspace: WorkspaceId
    connection_id: ConnectionId
    owner: str
    fence: int
    generation: int
    pointer: Pointer
    version_id: str
    announced_at: datetime

    @property
    def target(self) -> Pointer:
        return Pointer(self.pointer.secret_name, self.version_id)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the connection keeps of a stored token pair: everything but the tokens."""

    pointer: Pointer
    issued_at: datetime
    access_expires_at: datetime
    scopes: tuple[str, ...]


def version_id(connection: Connection, generation: int, fence: int) -> str:
    """The same for a repeat of the same attempt, another for every other: Secrets Manager's ClientRequestToken."""
    return str(uuid5(VERSIONS, f"{connection.id}/{generation}/{fence}"))


def grant_in_use(connection: Connection) -> Grant:
    """Raises what `unusable_because` says if there is none, whatever the purpose."""
    if connection.grant is None or connection.status not in ALIVE:
        raise connection.unusable_because() or ValueError("an alive connection without a grant")
    return connection.grant


def is_fresh(grant: Grant, now: datetime, jitter_seconds: float) -> bool:
    """Whether the access token is good beyond the margin. Of a short-lived token, half its life is the margin."""
    margin = timedelta(seconds=ACCESS_TOKEN_MARGIN_SECONDS + jitter_seconds)
    return now + min(margin, (grant.access_expires_at - grant.rotated_at) / 2) < grant.access_expires_at


def rotation_pause_left(connection: Connection, now: datetime) -> float:
    """Seconds until a rejected access token may cost another version. A consent's first version was no rotation."""
    grant = grant_in_use(connection)
    if grant.pointer.version_id == version_id(connection, grant.generation, 0):
        return 0.0
    return ROTATION_PAUSE_SECONDS - (now - grant.rotated_at).total_seconds()


# ── announcing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def begin(connection: Connection, owner: str, now: datetime) -> Connection:
    """Takes the lease and appends the attempt. Allowed only when no lease is running: the caller has looked."""
    grant = grant_in_use(connection)
    fence = connection.fence + 1
    attempt = Attempt(version_id(connection, grant.generation, fence), now)
    return replace(
        connection,
        lease=Lease(owner, now + timedelta(seconds=LEASE_SECONDS)),
        fence=fence,
        attempts=(*connection.attempts, attempt)[-ATTEMPTS_KEPT:],
        unsettled_since=connection.unsettled_since or now,
    )


def hold_of(connection: Connection) -> Hold:
    """The hold that `begin` gave."""
    grant, lease, attempt = connection.grant, connection.lease, connection.attempts[-1]
    assert grant is not None and lease is not None  # noqa: S101, PT018 — `begin` set both
    return Hold(
        workspace=connection.workspace,
        connection_id=connection.id,
        owner=lease.owner,
        fence=connection.fence,
        generation=grant.generation,
        pointer=grant.pointer,
        version_id=attempt.version_id,
        announced_at=attempt.started_at,
    )


def begin_again(connection: Connection, hold: Hold, now: datetime) -> Connection:
    """The same attempt under the next version id, its own being taken by bytes of somebody else (B21)."""
    return begin(replace(connection, attempts=_without(connection, hold)), hold.owner, now)


def holds(connection: Connection | None, hold: Hold) -> bool:
    """Whether the hold still stands: nobody announced after it, no consent, disconnect or refusal came between.

    An expired lease that nobody took does not end it.
    """
    return (
        connection is not None
        and connection.status in ALIVE
        and connection.grant is not None
        and connection.lease is not None
        and (connection.lease.owner, connection.fence) == (hold.owner, hold.fence)
        and (connection.grant.generation, connection.grant.pointer) == (hold.generation, hold.pointer)
    )


def renew(connection: Connection, now: datetime) -> Connection:
    """A longer lease for the same owner and fence."""
    assert connection.lease is not None  # noqa: S101 — the caller holds it
    return replace(connection, lease=replace(connection.lease, until=now + timedelta(seconds=LEASE_SECONDS)))


def may_repost(connection: Connection, now: datetime) -> bool:
    """Whether the pointer's refresh token is surely inside the leeway, if it is spent at all."""
    since = connection.unsettled_since or now
    return now - since < timedelta(seconds=REPOST_UNTIL_SECONDS)


# ── ending an attempt ───────────────────────────────────────────────────────────────────────────────────────────────


def withdraw(connection: Connection, hold: Hold, retry_at: datetime | None = None) -> Connection:
    """The attempt certainly changed nothing at Atlassian (nothing was sent, or it said so): as if it had not been."""
    began_it = connection.unsettled_since == hold.announced_at
    return replace(
        connection,
        lease=None,
        attempts=_without(connection, hold),
        unsettled_since=None if began_it else connection.unsettled_since,
        retry_at=retry_at or connection.retry_at,
    )


def give_up(connection: Connection, hold: Hold, now: datetime, retry_at: datetime | None = None) -> Connection:
    """The attempt holds no answer, so nothing lies under its version id; but Atlassian may have rotated.

    The attempt goes, the moment stays: an outage of a day leaves one moment, not a list.
    """
    resting = _back_off(connection, now)
    later = max(moment for moment in (resting.retry_at, retry_at) if moment is not None)
    return replace(resting, lease=None, attempts=_without(connection, hold), retry_at=later)


def set_aside(connection: Connection, now: datetime) -> Connection:
    """The answer came and could not be stored for certain: the attempt stays, for the next one to look it up."""
    return replace(_back_off(connection, now), lease=None)


def move_pointer(connection: Connection, stored: Stored) -> Connection:
    """The grant is what was stored; lease, attempts and troubles are past."""
    grant = grant_in_use(connection)
    moved = replace(
        grant,
        pointer=stored.pointer,
        scopes=stored.scopes or grant.scopes,
        rotated_at=stored.issued_at,
        access_expires_at=stored.access_expires_at,
    )
    return with_scopes_checked(
        replace(
            unmarked(connection),
            grant=moved,
            unlabelled=True,
        )
    )


def needs_reconnect(connection: Connection, reason: str, now: datetime) -> Connection:
    """The end of a grant, in one write. Nothing is asked of Atlassian for it any more (A11)."""
    return replace(
        unmarked(connection),
        status=Status.NEEDS_RECONNECT,
        reason=reason,
        unannounced_since=now,
    )


def unmarked(connection: Connection) -> Connection:
    """Without the vault's marks, which belong to one token pair. The fence stays: it never goes back."""
    return replace(
        connection,
        lease=None,
        attempts=(),
        unsettled_since=None,
        failures=0,
        retry_at=None,
        unreadable_since=None,
        unlabelled=False,
        unannounced_since=None,
    )


def with_scopes_checked(connection: Connection) -> Connection:
    """`limited` while scopes are missing, `connected` once they are all there."""
    if connection.status not in {Status.CONNECTED, Status.LIMITED}:
        return connection
    if connection.missing_scopes:
        return replace(connection, status=Status.LIMITED, reason=NEEDS_SCOPES)
    return replace(connection, status=Status.CONNECTED, reason=None)


def _without(connection: Connection, hold: Hold) -> tuple[Attempt, ...]:
    return tuple(attempt for attempt in connection.attempts if attempt.version_id != hold.version_id)


def _back_off(connection: Connection, now: datetime) -> Connection:
    seconds = min(TOKEN_BACKOFF_SECONDS * 2 ** min(connection.failures, 10), TOKEN_BACKOFF_MAX_SECONDS)
    return replace(connection, failures=connection.failures + 1, retry_at=now + timedelta(seconds=seconds))
