"""A Confluence → Jira synchronizer: one space, one project, and which of the space's pages have an issue (G1, G3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    MemberId,
    RunId,
    SpaceId,
    SynchronizerId,
    WorkspaceId,
)

type Mode = Literal["automatic", "new_pages", "selected"]
"""automatic: every page in scope has an issue · new_pages: those made from then on · selected: whom one selects."""

PER_PAGE: Final = "per_page"
"""As an issue type: whoever selects a page names it. Only in the mode `selected`."""

NEEDED_PERMISSIONS: Final = frozenset({"BROWSE_PROJECTS", "CREATE_ISSUES", "TRANSITION_ISSUES"})
WISHED_PERMISSIONS: Final = frozenset({"EDIT_ISSUES"})
"""Without it a changed title does not reach the issue; a synchronizer is made all the same, with a warning."""


@dataclass(frozen=True, slots=True)
class SynchronizerSettings:
    """What an admin may set and change. `issue_type`: a Jira id, or PER_PAGE.

    `cql` is the Additional CQL as given; it is only ever asked inside its fence (`domain.cql_fence`, M5).
    `allow_fallback`: the technical user may act for members who have no Jira access on the site (G6).
    """

    mode: Mode
    issue_type: str
    cql: str | None = None
    allow_fallback: bool = True
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Synchronizer:
    """`technical_user` is the admin who created it; what Jira sees is `technical_account_id`, the connection's account.

    One run at a time: `active_run`. `turns` counts over all its runs, so that a message of an older run is never taken
    for one of the present run. `ending`: it is being deleted; its links are forgotten and the issues stay.
    """

    id: SynchronizerId
    workspace: WorkspaceId
    connection_id: ConnectionId
    cloud_id: CloudId
    jira_cloud_id: CloudId
    jira_url: str  # of the site, without a trailing slash
    space_id: SpaceId
    space_key: str
    project_id: str
    project_key: str
    settings: SynchronizerSettings
    technical_user: MemberId
    technical_account_id: str
    created_at: datetime
    new_since: datetime  # pages created from then on are new (mode new_pages): when that mode was chosen
    next_run_at: datetime | None  # None: switched off, paused or ending
    account_since: datetime | None = None  # when that account took over from another one
    looked_at: datetime | None = None  # when the last run began that saw all that had been written by then
    whole_run_at: datetime | None = None  # until then, the schedule's runs are looks; None: the next one is whole
    active_run: RunId | None = None
    active_until: datetime | None = None  # then the dispatcher sends the message of the run, or of the end, again
    last_run: RunId | None = None
    turns: int = 0  # of the runs that are over
    paused_because: str | None = None  # a code: only a person can mend it
    missing_permissions: tuple[str, ...] = ()  # of the technical user; wished ones, too
    ending: bool = False
    revision: int = 0
