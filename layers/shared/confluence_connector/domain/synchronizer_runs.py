"""A synchronizer's run: the same life in turns as a space sync's (`domain.runs`), with stages of its own.

    check   may the technical user still do all it needs, and see the space and the project?
    links   every page that has a link: where the page is, whether the issue exists, what has to be written
    scope   every page in scope that has no link: its issue is made
    recent  instead of these two, in a look: the same for pages that were written lately, and for no others
    settle  creates whose answer was lost: looked for by their markers, and made again only where that finds nothing;
            and pages that were selected meanwhile

A look costs a handful of points however large the space is: new pages and new titles come by it. What bumps no page's
version (moves, the trash, labels, restrictions), and issues that are deleted, wait for the next whole run.

A dry run goes the same way and writes nothing, to Jira or to links: `planned` says what it would have done.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from confluence_connector.domain.identifiers import ConnectionId, PageId, RunId, SynchronizerId, WorkspaceId
from confluence_connector.domain.runs import FINISHED, ItemFailure, RunStatus
from confluence_connector.domain.work import Work

type SynchronizerTrigger = Literal["first", "schedule", "manual", "selection"]
type SynchronizerStage = Literal["check", "links", "scope", "recent", "settle"]
type PlannedAction = Literal["create", "rename", "activate", "deactivate", "orphan", "break"]

STAGES: Final[tuple[SynchronizerStage, ...]] = ("check", "links", "scope", "settle")
A_LOOK: Final[tuple[SynchronizerStage, ...]] = ("check", "recent", "settle")
FOR_SELECTION: Final[tuple[SynchronizerStage, ...]] = ("check", "settle")
"""Somebody waits for one page's issue: the others are the next run's."""


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """`seen`: pages looked at; the others are effects. `writes`: requests to Jira that change something."""

    seen: int = 0
    created: int = 0
    updated: int = 0
    activated: int = 0
    deactivated: int = 0
    orphaned: int = 0
    broken: int = 0
    duplicates: int = 0
    failed: int = 0
    writes: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing that a dry run would have done."""

    page_id: PageId
    title: str
    action: PlannedAction


@dataclass(frozen=True, slots=True)
class SynchronizerRun:
    id: RunId
    workspace: WorkspaceId
    connection_id: ConnectionId
    synchronizer_id: SynchronizerId
    trigger: SynchronizerTrigger
    status: RunStatus
    created_at: datetime
    turn: int  # counts on from the synchronizer's earlier runs
    dry_run: bool = False
    catch_up: bool = False  # older pages too, in the mode new_pages
    plan: tuple[SynchronizerStage, ...] = STAGES  # all of it
    stages: tuple[SynchronizerStage, ...] = STAGES  # what is still to do, the present one first
    recent_minutes: int = 0  # of a look: how far back it goes
    cursor: str | None = None  # in `scope` and `recent`: Confluence's, behind the name of its query
    last_page: PageId | None = None  # the last link dealt with, in `links` and `settle`
    settle_at: datetime | None = None  # when the earliest unanswered create may be looked for
    refused_in_a_row: int = 0  # creates that Jira refused, without one that it took in between
    counts: LinkCounts = LinkCounts()
    planned: tuple[Planned, ...] = ()  # of a dry run: the first ones; `counts` has all
    failures: tuple[ItemFailure, ...] = ()  # the first ones; `counts.failed` has all
    failure: ItemFailure | None = None
    requests: int = 0
    points: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    worker: str | None = None
    worker_until: datetime | None = None
    strikes: int = 0
    away_since: datetime | None = None
    revision: int = 0

    @property
    def is_over(self) -> bool:
        return self.status in FINISHED


def work_of(run: SynchronizerRun) -> Work:
    """The message for the present turn."""
    return Work("synchronize", run.workspace, run.connection_id, run.synchronizer_id, run.turn)
