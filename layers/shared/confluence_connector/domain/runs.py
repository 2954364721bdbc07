"""A sync run: its plan, how far it is, and what it met (E5).

    queued ──▶ running ──▶ completed | completed_with_errors
                  ├──────▶ failed      the whole run could not go on: `failure` says why
                  └──────▶ cancelled   a person asked, or the connection is gone

A run is worked on in turns: one message, one turn, at most a minute. All that a turn knows is in the run's item, so
that any worker can take the next one. The message names the turn it is for; an older one is somebody's repeat.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from confluence_connector.domain.identifiers import ConnectionId, PageId, RunId, WorkspaceId

type Trigger = Literal["first", "schedule", "manual"]
type Stage = Literal["probe", "spaces", "walk", "evidence", "details", "owed", "names"]
"""probe: newest-modified first down to the watermark · spaces: what there is to cover · walk: every covered page in id
order, which also notices who is missing · evidence: asks for each missing page by id · details: labels, ancestors and
attachments of every page · owed: details that the search index did not have yet · names: of authors that have changed
or may not be kept, into every page; asks Atlassian nothing."""


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = frozenset({RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS, RunStatus.FAILED, RunStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class PageCounts:
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class ItemFailure:
    """One page or space that did not get through. `code` is a ConnectorError's; `detail` a sentence of ours."""

    item: str  # "page:123"; "run" and "site" where it concerns all of it
    parent: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the present stage stands. `cursor` is Confluence's; `last_id` the greatest page id dealt with."""

    group: int = 0  # of up to 100 spaces
    cursor: str | None = None
    last_id: PageId | None = None
    rewound: bool = False  # the cursor was not taken any more: from the beginning up to `last_id`, without effects
    suspects: int = 0  # missing pages noted so far
    known: int = 0  # pages of the corpus passed so far: the volume guard compares with them
    witness: PageId | None = None  # a page that the walk met: an answer without it is no evidence against others


@dataclass(frozen=True, slots=True)
class Run:
    """`plan` is all of it, `stages` what is still to do, the present one first. `turn` may be worked on now.

    `feed` is the last number in the change feed that this run has completed; the one after it may be half written.
    """

    id: RunId
    workspace: WorkspaceId
    connection_id: ConnectionId
    trigger: Trigger
    status: RunStatus
    plan: tuple[Stage, ...]
    stages: tuple[Stage, ...]
    created_at: datetime
    accept_removals: bool = False  # a person said that so many pages really went
    with_bodies: bool = False  # the walk reads bodies: a full sync
    started_at: datetime | None = None
    finished_at: datetime | None = None
    checkpoint: Checkpoint = Checkpoint()
    newest: datetime | None = None  # the site's newest version when the run began: the next watermark
    spaces_done: int = 0
    spaces_total: int = 0
    pages: PageCounts = PageCounts()
    requests: int = 0
    points: int = 0
    failures: tuple[ItemFailure, ...] = ()  # the first ones; `pages.failed` counts all
    failure: ItemFailure | None = None  # why the whole run failed or was paused
    feed: int = 0
    owed: tuple[PageId, ...] = ()  # pages whose details the search index did not have
    counted: int | None = None  # pages of the corpus, once the run went over them one by one
    cancel_requested: bool = False
    turn: int = 1
    worker: str | None = None  # who has the turn, until `worker_until`
    worker_until: datetime | None = None
    strikes: int = 0  # turns taken in a row without a checkpoint
    away_since: datetime | None = None  # Atlassian, or a service of ours
    revision: int = 0

    @property
    def is_over(self) -> bool:
        return self.status in FINISHED

    @property
    def is_clean(self) -> bool:
        return self.pages.failed == 0 and not self.failures and self.failure is None
