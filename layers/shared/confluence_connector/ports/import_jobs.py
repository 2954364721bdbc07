"""Bulk imports and their pages."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.identifiers import JobId, WorkspaceId
from confluence_connector.domain.import_jobs import Chunk, ImportJob


class ImportJobs(Protocol):
    """Forgotten after IMPORT_JOBS_KEPT_DAYS. Raises AppMisconfigured, ServiceUnavailable."""

    def get(self, workspace: WorkspaceId, job_id: JobId) -> ImportJob | None:
        """A consistent read."""

    def save(self, job: ImportJob) -> ImportJob:
        """Like `Connections.save`; revision 0: it must not exist yet. Raises Stale."""

    def claim(self, workspace: WorkspaceId, request: str, job_id: JobId) -> JobId:
        """The id of the job that this request makes: this one, or the one of an earlier call within a day."""

    def unfinished(self, workspace: WorkspaceId) -> int:
        """How many jobs of the workspace are not over."""

    def put_chunk(self, job: ImportJob, chunk: Chunk) -> None:
        """Its pages, or what became of them; again replaces it."""

    def chunk(self, job: ImportJob, number: int) -> Chunk: ...

    def chunks(self, job: ImportJob) -> Sequence[Chunk]: ...

    def due(self, now: datetime) -> Iterator[ImportJob]:
        """Unfinished ones whose `active_until` has come, each read again consistently."""
