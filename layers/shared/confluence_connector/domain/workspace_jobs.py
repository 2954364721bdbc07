"""What is done with a whole workspace: everything of it as one archive, or everything of it gone (I6, fault case C5).

    queued ──▶ running ──▶ completed
                  └──────▶ failed      it could not go on: `failure_code` says why; started again, it goes on from there

Worked on in turns like a sync run, stage by stage. Every stage may be repeated: what it leaves then is what it left
the first time.

    erasure   grants ─ bodies ─ contents ─ quiet ─ grants ─ corpora ─ items ─ objects ─ scan
    export    records ─ texts ─ seal

An erasure first takes away what could make more: grants are put out of use, documents and agents go. Then it is quiet
for longer than anything that had begun before could last. What is left then, nobody writes any more; it is deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from confluence_connector.domain.identifiers import ConnectionId, JobId, MemberId, WorkspaceId
from confluence_connector.domain.runs import FINISHED, RunStatus
from confluence_connector.domain.work import Work
from confluence_connector.domain.workspace_archives import Archive

type JobKind = Literal["export", "erasure"]
type Stage = Literal[
    "grants", "bodies", "contents", "quiet", "corpora", "items", "objects", "scan", "records", "texts", "seal"
]
"""Of an erasure: grants: connections put out of use, with secrets, consents and cached text · bodies: of requests that
wait for approval · contents: documents, features, agents · quiet: nobody is at work any more · corpora: what sync has
indexed · items: all others · objects: in the buckets, older versions too · scan: the tables are read through, and what
names the workspace elsewhere goes with the rest.

Of an export: records: the items, as lines of JSON, and copies' texts · texts: the corpus as it lies · seal: the
archive's table of contents."""

PLANS: Final[Mapping[JobKind, tuple[Stage, ...]]] = {
    "erasure": ("grants", "bodies", "contents", "quiet", "grants", "corpora", "items", "objects", "scan"),
    "export": ("records", "texts", "seal"),
}


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure has deleted so far. A repeat after a crash may count a thing again."""

    connections: int = 0
    items: int = 0
    objects: int = 0


@dataclass(frozen=True, slots=True)
class WorkspaceJob:
    """`stages` are still to do, the present one first, which stands at `position`.

    `started_by` is forgotten with the end of an erasure: then counts are all that its item holds.
    """

    id: JobId
    workspace: WorkspaceId
    kind: JobKind
    started_by: MemberId | None
    status: RunStatus
    created_at: datetime
    stages: tuple[Stage, ...]
    position: str | None = None
    quiet_until: datetime | None = None
    erased: Erased = Erased()
    archive: Archive | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failure_code: str | None = None
    failure_detail: str | None = None
    turn: int = 1
    worker: str | None = None
    worker_until: datetime | None = None
    active_until: datetime | None = None  # then the dispatcher sends its message again
    strikes: int = 0
    away_since: datetime | None = None
    revision: int = 0

    @property
    def is_over(self) -> bool:
        return self.status in FINISHED


def work_of(job: WorkspaceJob) -> Work:
    """The message for the present turn. It concerns no one connection: the job's own id stands in that place."""
    return Work("workspace", job.workspace, ConnectionId(job.id), job.id, job.turn)


def stage_done(job: WorkspaceJob) -> WorkspaceJob:
    return replace(job, stages=job.stages[1:], position=None)


def counted(job: WorkspaceJob, *, connections: int = 0, items: int = 0, objects: int = 0) -> WorkspaceJob:
    erased = job.erased
    return replace(job, erased=Erased(erased.connections + connections, erased.items + items, erased.objects + objects))
