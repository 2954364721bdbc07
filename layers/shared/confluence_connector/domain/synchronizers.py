"""Confluence → Jira: a rule from a space to a project, and what links one page to its issue (G1–G7)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    IssueId,
    MemberId,
    PageId,
    SpaceId,
    SynchronizerId,
    WorkspaceId,
)

type Mode = Literal["automatic", "new_pages", "selected"]
"""automatic: every page in scope has an issue · new_pages: those made from now on · selected: when somebody says so."""
PER_PAGE = "per_page"


class LinkState(StrEnum):
    """creating ──▶ active ⇄ inactive (out of scope) ⇄ orphaned (page trashed or gone); broken: the issue is gone.

    `creating`: the issue was asked for under `marker` and no answer is recorded. Nobody asks again before the marker
    was looked for (fault case M4).
    """

    CREATING = "creating"
    ACTIVE = "active"
    INACTIVE = "inactive"
    ORPHANED = "orphaned"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Synchronizer:
    """`issue_type`: a Jira id, or PER_PAGE (only in the mode `selected`). `technical_user` made it; its grant, the
    connection's, does the work.

    `cql` is the Additional CQL as given; it is asked inside parentheses that it cannot leave (M5).
    """

    id: SynchronizerId
    workspace: WorkspaceId
    connection_id: ConnectionId
    cloud_id: CloudId
    jira_cloud_id: CloudId
    space_id: SpaceId
    space_key: str
    project_id: str
    project_key: str
    mode: Mode
    issue_type: str
    technical_user: MemberId
    technical_account_id: str
    created_at: datetime
    cql: str | None = None
    allow_fallback: bool = True  # the technical user may act for members who have no Jira account on the site (G6)
    next_run_at: datetime | None = None
    active_until: datetime | None = None
    turn: int = 0  # of the run that goes on; 0: none does
    paused_because: str | None = None
    missing_permissions: tuple[str, ...] = ()
    last_run_at: datetime | None = None
    issues: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class PageLink:
    """One page of one synchronizer and its issue: at most one, by a conditional write (G5).

    `summary_hash`: sha256 of the title we last wrote, hex: the summary is written again only when the title has changed
    since (M1, M2). `duplicates`: issues of the same marker found later, reported and never hidden.
    """

    workspace: WorkspaceId
    synchronizer_id: SynchronizerId
    page_id: PageId
    state: LinkState
    marker: str
    issue_type: str
    since: datetime  # of this state
    issue_id: IssueId | None = None
    issue_key: str | None = None
    summary_hash: str | None = None
    asked_at: datetime | None = None  # when the create was sent
    selected_by: MemberId | None = None
    duplicates: tuple[str, ...] = ()
    revision: int = 0
