"""A connection: one Atlassian grant pinned to one site, its states, and who may do what with it (A2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from confluence_connector.domain import scopes
from confluence_connector.domain.identifiers import CloudId, ConnectionId, MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import (
    ConfirmationRequired,
    ConnectorError,
    ReconnectRequired,
    ScopesMissing,
    SiteNotChosen,
)
from confluence_connector.limits import ABSOLUTE_DAYS, IDLE_DAYS

type Owner = Literal["user", "workspace"]


class Status(StrEnum):
    PENDING = "pending"  # consent asked for, not given yet
    PENDING_CONFIRMATION = "pending_confirmation"  # grant stored, starter has not confirmed
    CHOOSING_SITE = "choosing_site"
    CONNECTED = "connected"
    LIMITED = "limited"  # connected, with fewer scopes than its purposes need
    NEEDS_RECONNECT = "needs_reconnect"
    DISCONNECTED = "disconnected"


ALIVE = frozenset({Status.CHOOSING_SITE, Status.CONNECTED, Status.LIMITED})
"""States in which the stored grant may be used at Atlassian and is kept alive."""


@dataclass(frozen=True, slots=True)
class Account:
    """`name` empty: erased. `fetched_at`: if later than with the consent."""

    id: str
    name: str
    email: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One Atlassian Cloud site; `products` as its scopes tell ("confluence", "jira"). `url` has no trailing slash."""

    cloud_id: CloudId
    name: str
    url: str
    products: tuple[str, ...] = ("confluence",)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the current token pair lies: a Secrets Manager secret and the VersionId readers fetch."""

    secret_name: str
    version_id: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A token request announced before it was sent; its answer would be stored under `version_id`."""

    version_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to refresh, until `until`. `fence` grows with every lease and never goes back."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What the vault knows of a token pair without reading it."""

    pointer: Pointer
    generation: int
    scopes: tuple[str, ...]
    consented_at: datetime
    rotated_at: datetime
    access_expires_at: datetime

    @property
    def idle_at(self) -> datetime:
        """When Atlassian forgets a refresh token that nobody used (90 days after its last rotation)."""
        return self.rotated_at + timedelta(days=IDLE_DAYS)

    @property
    def absolute_at(self) -> datetime:
        """When the token family may end whatever is done (365 days after consent; Atlassian's word varies)."""
        return self.consented_at + timedelta(days=ABSOLUTE_DAYS)


@dataclass(frozen=True, slots=True)
class Retired:
    """A grant put out of use whose secret and cached text are still to be deleted: at once, or by the sweeper (C3)."""

    secret_name: str
    generation: int


@dataclass(frozen=True, slots=True)
class PendingGrant:
    """A consent that came back from Atlassian and waits for the member who started it (A9, fault cases A6 and A7)."""

    grant: Grant
    account: Account
    sites: tuple[Site, ...]
    purposes: frozenset[scopes.Purpose]
    starter: MemberId
    code_hash: str  # sha256 of the completion code, hex
    expires_at: datetime


class Right(StrEnum):
    SEE = "see"
    USE = "use"  # find, import, resolve, refresh with
    MANAGE = "manage"  # reconnect, choose the site
    DISCONNECT = "disconnect"


@dataclass(frozen=True, slots=True)
class Connection:
    id: ConnectionId
    workspace: WorkspaceId
    owner: Owner
    owner_id: str  # the member's `sub`, or the workspace
    started_by: MemberId
    purposes: frozenset[scopes.Purpose]
    status: Status
    created_at: datetime
    account: Account | None = None
    site: Site | None = None
    jira_site: Site | None = None
    offered_sites: tuple[Site, ...] = ()
    grant: Grant | None = None
    generation: int = 0  # of the last consent stored, confirmed or not; secret names carry it and are never reused
    pending: PendingGrant | None = None
    retired: tuple[Retired, ...] = ()  # while there is one, the sweeper is due at once
    connected_at: datetime | None = None
    last_used_at: datetime | None = None
    spaces_seen: int | None = None  # by a workspace's own when it was made; at most one beyond what is expected
    sync_begun: int = (
        0  # the generation of the grant that its space sync was begun, or begun again, with; 0: it has none
    )
    reason: str | None = None  # a sentence of ours, while it needs reconnecting or is limited
    # the vault's own marks (domain/grants.py)
    lease: Lease | None = None
    fence: int = 0
    attempts: tuple[Attempt, ...] = ()
    unsettled_since: datetime | None = None  # the pointer's refresh token may be spent since then, unstored
    failures: int = 0  # of the token endpoint, in a row
    retry_at: datetime | None = None  # nobody asks the token endpoint before
    unreadable_since: datetime | None = None  # the pointer's version is missing or garbled
    unlabelled: bool = False  # AWSCURRENT may not have followed the pointer yet
    unannounced_since: datetime | None = None  # ConnectionNeedsReconnect may not have been published yet
    revision: int = 0  # of the stored item; a save names the revision it was made from

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        return scopes.missing(self.purposes, self.grant.scopes) if self.grant else ()

    @property
    def wants_sync(self) -> bool:
        """Whether its space sync has not been begun with its present grant (E1)."""
        return (
            self.owner == "workspace"
            and "sync" in self.purposes
            and self.grant is not None
            and self.sync_begun != self.grant.generation
            and self.unusable_because("sync") is None
        )

    def rights_of(self, person: Principal) -> frozenset[Right]:
        """The rights table of A2. Empty: this person is told that it does not exist."""
        if person.workspace != self.workspace:
            return frozenset()
        if self.owner == "user":
            if person.sub == self.owner_id:
                return frozenset(Right)
            return frozenset({Right.SEE, Right.DISCONNECT}) if person.is_admin else frozenset()
        return frozenset(Right) if person.is_admin else frozenset({Right.SEE, Right.USE})

    def out_of_use_because(self) -> ConnectorError | None:
        """Why this connection cannot be used for anything right now; None if it can, as far as its scopes reach."""
        match self.status:
            case Status.PENDING | Status.PENDING_CONFIRMATION:
                return ConfirmationRequired()
            case Status.CHOOSING_SITE:
                return SiteNotChosen()
            case Status.NEEDS_RECONNECT | Status.DISCONNECTED:
                return ReconnectRequired()
            case Status.CONNECTED | Status.LIMITED:
                return None

    def unusable_because(self, purpose: scopes.Purpose = "link") -> ConnectorError | None:
        """Why this connection cannot be used for `purpose` right now; None if it can."""
        if reason := self.out_of_use_because():
            return reason
        lacking = scopes.missing([purpose], self.grant.scopes if self.grant else ())
        return ScopesMissing(missing_scopes=lacking) if lacking else None
