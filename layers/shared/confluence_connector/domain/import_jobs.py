"""A bulk import: a selection of pages, or a tree, each page a feature of its own (C8).

    queued ──▶ running ──▶ completed | completed_with_errors
                  ├──────▶ failed       it could not go on at all: `failure` says why
                  └──────▶ cancelled    the connection is gone

Worked on in turns like a sync run. Pages are dealt with in chunks; a chunk that is repeated after a crash makes nothing
twice, because each feature is claimed under the job and the page (fault case I6).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from confluence_connector.domain.documents import Mode
from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    FeatureId,
    JobId,
    MemberId,
    PageId,
    WorkspaceId,
)
from confluence_connector.domain.runs import FINISHED, RunStatus
from confluence_connector.domain.work import Work

CHUNK_PAGES: Final = 25


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """`feature_id` None: it failed, and `code` and `detail` say why; a ConnectorError's."""

    page_id: PageId
    feature_id: FeatureId | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some pages of a job, in the order they were asked for. `outcomes` None: not dealt with yet."""

    number: int  # from 0
    pages: tuple[PageId, ...]
    outcomes: tuple[PageOutcome, ...] | None = None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """`cloud_id`: the site whose pages these are; another one has others under the same ids.

    `roots`: trees still to be listed, with `cursor` inside the first; none: all pages are known. `rewound`: a cursor
    was given up once, so what is listed since may have been noted before.

    `chunks` were noted, `chunk` is the next to deal with.
    """

    id: JobId
    workspace: WorkspaceId
    connection_id: ConnectionId
    cloud_id: CloudId
    started_by: MemberId
    mode: Mode
    folder: str
    status: RunStatus
    created_at: datetime
    roots: tuple[PageId, ...] = ()
    cursor: str | None = None
    rewound: bool = False
    chunks: int = 0
    chunk: int = 0
    total: int = 0
    done: int = 0
    failed: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failure_code: str | None = None
    failure_detail: str | None = None
    requests: int = 0
    points: int = 0
    turn: int = 1
    worker: str | None = None
    worker_until: datetime | None = None
    active_until: datetime | None = None  # then the dispatcher sends its message again
    strikes: int = 0
    away_since: datetime | None = None  # Atlassian, or a service of ours
    revision: int = 0

    @property
    def is_over(self) -> bool:
        return self.status in FINISHED


def work_of(job: ImportJob) -> Work:
    """The message for the present turn."""
    return Work("import", job.workspace, job.connection_id, job.id, job.turn)
