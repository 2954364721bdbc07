"""What connecting is asked and answers over HTTP. Requests refuse what they do not know; answers hold no secret."""

from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from confluence_connector.domain.connections import Connection, Grant, Owner, Site, Status
from confluence_connector.domain.scopes import Purpose
from confluence_connector.limits import (
    ABSOLUTE_DAYS,
    ABSOLUTE_WARNING_DAYS,
    CONFIRMATION_SECONDS,
    SPACES_EXPECTED,
    STATE_SECONDS,
    TICKET_SECONDS,
)

REVOKE_AT = "https://id.atlassian.com/manage-profile/apps"
IDLE_WARNING_DAYS = 14  # the keep-alive renews after 60 of 90 days: it has failed for a while
LONGEST_CONSENT = timedelta(seconds=TICKET_SECONDS + STATE_SECONDS + CONFIRMATION_SECONDS)
SEES_MUCH = (
    f"This account sees more than {SPACES_EXPECTED} spaces, and every member and pipeline of the workspace reads "
    "with it. Give the service account only the spaces that are needed."
)
UNFINISHED = "The consent was not finished in time. Connect again."

type Purposes = Annotated[list[Purpose], Field(min_length=1, max_length=5)]
type ReturnTo = Annotated[str, Field(max_length=500, description="Id of a configured return target; else the default.")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ConnectRequest(_Asked):
    owner: Owner
    purposes: Purposes
    return_to: ReturnTo | None = None


class ReconnectRequest(_Asked):
    purposes: Purposes | None = None
    return_to: ReturnTo | None = None


class ConfirmRequest(_Asked):
    code: Annotated[str, Field(min_length=1, max_length=200)]
    accept_change: bool = False


class SiteRequest(_Asked):
    cloud_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$")]
    product: Literal["confluence", "jira"] = "confluence"


class ProviderAnswer(BaseModel):
    provider: Literal["confluence", "jira"]
    enabled: bool
    reason: str | None


class ProvidersAnswer(BaseModel):
    items: list[ProviderAnswer]
    next: str | None


class AccountAnswer(BaseModel):
    id: str
    name: str
    email: str | None


class SiteAnswer(BaseModel):
    cloud_id: str
    name: str
    url: str
    products: list[str]


class SitesAnswer(BaseModel):
    items: list[SiteAnswer]
    next: str | None


class ExpiresAnswer(BaseModel):
    """When Atlassian ends an idle grant, and when any. Known limits, not certainties: only a refusal ends a grant."""

    idle_at: datetime
    absolute_at: datetime
    days_left: Annotated[int, Field(description="Until the earlier of the two.")]
    warning: str | None


class ConnectionAnswer(BaseModel):
    id: str
    owner: Owner
    owner_id: str
    status: Status
    account: AccountAnswer | None
    site: SiteAnswer | None
    jira_site: SiteAnswer | None
    purposes: list[Purpose]
    scopes: list[str]
    missing_scopes: list[str]
    created_at: datetime
    connected_at: datetime | None
    last_refreshed_at: datetime | None
    last_used_at: datetime | None
    refresh_health: Annotated[
        Literal["ok", "recovering"] | None,
        Field(description="recovering: a renewal was interrupted or Atlassian does not answer; it is being finished."),
    ]
    expires: ExpiresAnswer | None
    reason: str | None
    warning: Annotated[str | None, Field(description="The account sees more spaces than the least access would be.")]


class ConnectionsAnswer(BaseModel):
    items: list[ConnectionAnswer]
    next: str | None


class StartedAnswer(BaseModel):
    connection: ConnectionAnswer
    authorize_url: str


class DisconnectedAnswer(BaseModel):
    status: Literal["disconnected"] = "disconnected"
    revoke_at: str = REVOKE_AT


class MemberRemovedAnswer(DisconnectedAnswer):
    connections: Annotated[int, Field(description="How many of theirs there were.")]


def connection_of(connection: Connection, now: datetime) -> ConnectionAnswer:
    """A connection as its owner, or an admin, sees it."""
    # Of a disconnected one's account only the id is kept, to compare with.
    account = connection.account if connection.status != Status.DISCONNECTED else None
    grant = connection.grant
    return ConnectionAnswer(
        id=connection.id,
        owner=connection.owner,
        owner_id=connection.owner_id,
        status=_status(connection, now),
        account=AccountAnswer(id=account.id, name=account.name, email=account.email) if account else None,
        site=site_of(connection.site) if connection.site else None,
        jira_site=site_of(connection.jira_site) if connection.jira_site else None,
        purposes=sorted(connection.purposes),
        scopes=sorted(grant.scopes) if grant else [],
        missing_scopes=list(connection.missing_scopes),
        created_at=connection.created_at,
        connected_at=connection.connected_at,
        last_refreshed_at=grant.rotated_at if grant else None,
        last_used_at=connection.last_used_at,
        refresh_health=("recovering" if connection.unsettled_since else "ok") if grant else None,
        expires=_expires(grant, now) if grant else None,
        reason=connection.reason or (UNFINISHED if _abandoned(connection, now) else None),
        warning=SEES_MUCH if grant and (connection.spaces_seen or 0) > SPACES_EXPECTED else None,
    )


def site_of(site: Site) -> SiteAnswer:
    return SiteAnswer(cloud_id=site.cloud_id, name=site.name, url=site.url, products=list(site.products))


def _status(connection: Connection, now: datetime) -> Status:
    """A grant that waits shows where there is none in use; a reconnect leaves the one in use as it is."""
    waiting = connection.pending is not None and connection.pending.expires_at > now
    if waiting and connection.status in {Status.NEEDS_RECONNECT, Status.DISCONNECTED}:
        return Status.PENDING_CONFIRMATION
    if not waiting and connection.status == Status.PENDING_CONFIRMATION:
        return Status.PENDING
    return connection.status


def _abandoned(connection: Connection, now: datetime) -> bool:
    return _status(connection, now) == Status.PENDING and now - connection.created_at > LONGEST_CONSENT


def _expires(grant: Grant, now: datetime) -> ExpiresAnswer:
    idle_days, absolute_days = (ceil((end - now) / timedelta(days=1)) for end in (grant.idle_at, grant.absolute_at))
    warning = None
    if absolute_days <= ABSOLUTE_DAYS - ABSOLUTE_WARNING_DAYS:
        warning = "Atlassian may end this grant a year after consent. Reconnect before then."
    elif idle_days <= IDLE_WARNING_DAYS:
        warning = "This grant has not been renewed for long, and Atlassian ends idle ones. Use it or reconnect."
    return ExpiresAnswer(
        idle_at=grant.idle_at,
        absolute_at=grant.absolute_at,
        days_left=max(0, min(idle_days, absolute_days)),
        warning=warning,
    )
