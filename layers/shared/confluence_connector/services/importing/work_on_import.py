"""One turn of a bulk import (`services.turns`): its trees are listed first, then its pages dealt with by chunks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import ClassVar

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.identifiers import JobId, PageId
from confluence_connector.domain.import_jobs import CHUNK_PAGES, Chunk, ImportJob
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import ConnectorError, PageGone, SiteChanged, TooLarge
from confluence_connector.limits import IMPORT_TREE_PAGES
from confluence_connector.ports import Deadline, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.import_jobs import ImportJobs
from confluence_connector.ports.site_reading import Branch, SiteReader, SiteReaders
from confluence_connector.services.importing.import_chunk import ImportChunk
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.turns import Held, Lines, Turns

TREE_TOO_LARGE = f"The tree has more than {IMPORT_TREE_PAGES:,} pages."


@dataclass(frozen=True, slots=True)
class WorkOnImport:
    """The `Course` of imports."""

    lines: ClassVar[Lines] = Lines(
        stale="import_message_stale",
        lost="import_turn_lost",
        postponed="import_postponed",
        failed="import_failed",
        not_released="import_turn_not_released",
    )

    connections: Connections
    jobs: ImportJobs
    sites: SiteReaders
    chunk: ImportChunk
    security_events: SecurityEvents
    turns: Turns
    telemetry: Telemetry

    def work(self, work: Work, deadline: Deadline) -> None:
        """Returns when the message is done with. Raises ForgedWork, and whatever is a defect."""
        job = self.jobs.get(work.workspace, JobId(work.id))
        if job is None or job.connection_id != work.connection_id:
            self.security_events.report("forged_work", work.workspace, work.connection_id)
            raise ForgedWork
        self.turns.take(job, self, self._go_on, work, deadline, job_id=job.id)

    def _go_on(self, held: Held[ImportJob]) -> None:
        reader: SiteReader | None = None
        while held.run.roots or held.run.chunk < held.run.chunks:
            connection = self._usable(held.run)
            if connection is None:
                held.finish(RunStatus.CANCELLED)
                return
            if held.is_used_up:
                held.pass_on()
                return
            if reader is None:
                reader = self.sites.of(connection, held.deadline)
                held.pays_for(reader.spent)
            held.checkpoint(
                self._list(held.run, reader) if held.run.roots else self._deal(held.run, connection, reader)
            )
        held.finish(RunStatus.COMPLETED_WITH_ERRORS if held.run.failed else RunStatus.COMPLETED)

    def _usable(self, job: ImportJob) -> Connection | None:
        """None: disconnected, nobody wants it any more (C2). Raises what a person has to mend."""
        connection = self.connections.get(job.workspace, job.connection_id)
        if connection is None or connection.status == Status.DISCONNECTED:
            return None
        if reason := connection.unusable_because("link"):
            raise reason
        if connection.site is None or connection.site.cloud_id != job.cloud_id:
            raise SiteChanged
        return connection

    def _list(self, job: ImportJob, reader: SiteReader) -> ImportJob:
        """One more answer's worth of the first tree; the top of all is a page of it. Raises PageGone, TooLarge, and
        UpstreamProtocolError, also for a cursor that Confluence does not take any more.

        A branch that goes while the rest is listed leaves nothing more to list.
        """
        root = job.roots[0]
        try:
            listing = reader.below(root, job.cursor)
        except PageGone:
            if job.total == 0:
                raise
            listing = Branch((), (), None)
        pages: Sequence[PageId] = [root, *listing.pages] if job.total == 0 else listing.pages
        if job.rewound:
            noted = {page for chunk in self.jobs.chunks(job) for page in chunk.pages}
            pages = [page for page in pages if page not in noted]
        if job.total + len(pages) > IMPORT_TREE_PAGES:
            raise TooLarge(TREE_TOO_LARGE, remedy="Import its branches one by one.")
        number = job.chunks
        for some in batched(pages, CHUNK_PAGES, strict=False):
            self.jobs.put_chunk(job, Chunk(number, tuple(some)))
            number += 1
        roots = tuple(dict.fromkeys((*job.roots, *listing.deeper)))
        return replace(
            job,
            roots=roots if listing.cursor else roots[1:],
            cursor=listing.cursor,
            chunks=number,
            total=job.total + len(pages),
        )

    def _deal(self, job: ImportJob, connection: Connection, reader: SiteReader) -> ImportJob:
        chunk = self.jobs.chunk(job, job.chunk)
        assert connection.site is not None  # noqa: S101 — it is usable
        outcomes = chunk.outcomes
        if outcomes is None:  # else a crash came before they were counted
            outcomes = self.chunk.run(job, chunk, connection.site, reader)
            self.jobs.put_chunk(job, replace(chunk, outcomes=outcomes))
        failed = sum(1 for outcome in outcomes if outcome.feature_id is None)
        return replace(job, chunk=job.chunk + 1, done=job.done + len(outcomes) - failed, failed=job.failed + failed)

    # ── as a course ─────────────────────────────────────────────────────────────────────────────────────────────────

    def save(self, job: ImportJob) -> ImportJob:
        return self.jobs.save(job)

    def hand_on(self, job: ImportJob, active_until: datetime) -> bool:
        self.jobs.save(replace(job, active_until=active_until))
        return True

    def rewound(self, job: ImportJob) -> ImportJob:
        """Once in a job: the second time it did not help."""
        return job if job.cursor is None or job.rewound else replace(job, cursor=None, rewound=True)

    def ends_by(self, _: ConnectorError) -> bool:
        """Whatever it is: the person who asked for the import is told, and may ask again."""
        return True

    def when_over(self, job: ImportJob) -> None:
        self.telemetry.note("import_over", job_id=job.id, status=job.status.value)
