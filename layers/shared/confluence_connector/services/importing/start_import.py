"""A bulk import begins: a job and its first message. Everything else happens in the background (C8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched

from confluence_connector.domain.connections import Right, Site
from confluence_connector.domain.documents import Mode
from confluence_connector.domain.identifiers import OURS, ConnectionId, JobId, PageId
from confluence_connector.domain.import_jobs import CHUNK_PAGES, Chunk, ImportJob, work_of
from confluence_connector.domain.people import Principal
from confluence_connector.domain.runs import RunStatus
from confluence_connector.errors import NotFound, SiteNotChosen, TooManyRequests
from confluence_connector.limits import IMPORTS_AT_ONCE, TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, NewId, Stale
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.import_jobs import ImportJobs
from confluence_connector.ports.syncing import WorkQueue
from confluence_connector.services.find_connection import find_connection
from confluence_connector.services.send_overdue import send_overdue


@dataclass(frozen=True, slots=True)
class ImportWanted:
    """Pages, or the page at the top of a tree; one of the two."""

    connection_id: str
    mode: Mode
    folder: str
    pages: Sequence[PageId] = ()
    tree: PageId | None = None


@dataclass(frozen=True, slots=True)
class StartImport:
    connections: Connections
    jobs: ImportJobs
    queue: WorkQueue
    now: Clock
    new_id: NewId

    def start(self, person: Principal, wanted: ImportWanted, *, request: str) -> JobId:
        """The job, queued; the earlier one's if `request` has made one before.

        Raises NotFound, Forbidden, what makes the connection unusable, TooManyRequests (five unfinished ones).
        """
        connection = find_connection(self.connections, person, wanted.connection_id, Right.USE)
        if reason := connection.unusable_because("link"):
            raise reason
        if connection.site is None:
            raise SiteNotChosen
        if self.jobs.unfinished(person.workspace) >= IMPORTS_AT_ONCE:
            raise TooManyRequests("This workspace has several imports under way.", retry_after=60)
        job_id = self.jobs.claim(person.workspace, request, JobId(self.new_id("job")))
        job = self.jobs.get(person.workspace, job_id) or self._make(person, wanted, job_id, connection.site)
        self.queue.send([(work_of(job), 0)])
        return job.id

    def send_again(self) -> int:
        """For jobs whose message is overdue, every minute; returns how many."""
        return send_overdue(self.jobs, work_of, self.queue, self.now)

    def show(self, person: Principal, job_id: str) -> tuple[ImportJob, Sequence[Chunk]]:
        """With what became of each page so far. Members see the workspace's jobs. Raises NotFound."""
        job = self.jobs.get(person.workspace, JobId(job_id)) if OURS.fullmatch(job_id) else None
        if job is None:
            raise NotFound
        return job, self.jobs.chunks(job)

    def _make(self, person: Principal, wanted: ImportWanted, job_id: JobId, site: Site) -> ImportJob:
        now = self.now()
        pages = list(dict.fromkeys(wanted.pages))
        chunks = [Chunk(number, tuple(some)) for number, some in enumerate(batched(pages, CHUNK_PAGES, strict=False))]
        job = ImportJob(
            id=job_id,
            workspace=person.workspace,
            connection_id=ConnectionId(wanted.connection_id),
            cloud_id=site.cloud_id,
            started_by=person.sub,
            mode=wanted.mode,
            folder=wanted.folder,
            status=RunStatus.QUEUED,
            created_at=now,
            roots=(wanted.tree,) if wanted.tree else (),
            chunks=len(chunks),
            total=len(pages),
            active_until=now + timedelta(seconds=TURN_STALLED_SECONDS),
        )
        for chunk in chunks:  # first: a job whose pages are missing would be a job of nothing
            self.jobs.put_chunk(job, chunk)
        try:
            return self.jobs.save(job)
        except Stale:
            return self.jobs.get(person.workspace, job_id) or job
