"""What is done with a whole workspace, and everything of a workspace at once. Raises AppMisconfigured,
ServiceUnavailable.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.identifiers import JobId, WorkspaceId
from confluence_connector.domain.workspace_archives import Archive
from confluence_connector.domain.workspace_jobs import WorkspaceJob
from confluence_connector.domain.workspace_records import Record
from confluence_connector.ports import Deadline
from confluence_connector.ports.cache import HandedOver


class WorkspaceJobs(Protocol):
    """Forgotten after WORKSPACE_JOBS_KEPT_DAYS."""

    def get(self, workspace: WorkspaceId, job_id: JobId) -> WorkspaceJob | None:
        """A consistent read."""

    def save(self, job: WorkspaceJob) -> WorkspaceJob:
        """Like `Connections.save`; revision 0: it must not exist yet. Raises Stale."""

    def claim(self, workspace: WorkspaceId, job_id: JobId) -> JobId:
        """Takes the workspace for that job, unless another has it; which one has it now."""

    def release(self, job: WorkspaceJob) -> None:
        """If it is this job's. Missing is success."""

    def current(self, workspace: WorkspaceId) -> WorkspaceJob | None:
        """The job that has the workspace, over or not; consistent."""

    def due(self, now: datetime) -> Iterator[WorkspaceJob]:
        """Unfinished ones whose `active_until` has come, each read again consistently."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many items a scan deleted, and where it goes on; None: it has read everything."""

    deleted: int
    position: str | None


class WorkspaceItems(Protocol):
    """Everything of a workspace in the tables, whatever it is. What the job itself lives by is left alone."""

    def erase_documents_and_agents(self, job: WorkspaceJob, deadline: Deadline) -> tuple[int, bool]:
        """What can be changed, or called with, without a connection in use; an agent's token ends with it.

        How many were deleted as far as there is time, and whether that was all of them.
        """

    def erase(self, job: WorkspaceJob, deadline: Deadline) -> tuple[int, bool]:
        """All of the workspace's partition, likewise."""

    def records(self, workspace: WorkspaceId, after: str | None) -> Iterator[Record]:
        """Everything of its partition behind a position, in one fixed order."""

    def sweep(self, job: WorkspaceJob, position: str | None, deadline: Deadline) -> Swept:
        """Reads all tables through, from a position on, and deletes what is of the workspace still, or names it from
        outside: tickets, states, whose account it is.
        """


@dataclass(frozen=True, slots=True)
class Texts:
    """Objects of the corpora, by the names they have in an archive. `position`: behind them; None: these were the last.

    No repr: they are somebody's pages.
    """

    files: Sequence[tuple[str, bytes]]
    position: str | None

    def __repr__(self) -> str:
        return f"Texts({len(self.files)})"


class WorkspaceObjects(Protocol):
    """Everything of a workspace in the buckets."""

    def texts(self, workspace: WorkspaceId, after: str | None) -> Texts:
        """The next ones of its corpora, as many as fit into memory together; consistent with what sync has written."""

    def erase(self, workspace: WorkspaceId, deadline: Deadline) -> tuple[int, bool]:
        """With all older versions, so that nothing can be restored. Answers like `WorkspaceItems.erase`."""


class Archives(Protocol):
    """Downloads of whole workspaces, each for EXPORT_KEPT_HOURS. What is done again leaves the same."""

    def begin(self, job: WorkspaceJob) -> Archive: ...

    def add(self, job: WorkspaceJob, archive: Archive, files: Iterable[tuple[str, bytes]]) -> Archive:
        """With these files behind what was there. Raises WorkspaceTooLarge."""

    def seal(self, job: WorkspaceJob, archive: Archive, until: datetime) -> Archive:
        """Whole, and to be downloaded until then."""

    def address(self, job: WorkspaceJob) -> HandedOver: ...
