"""One turn of a bulk import: one message, chunk after chunk until its time is used up, a checkpoint after each.

The same life as a sync run's turn (`work_on_run`), with less to look after: a job has no schedule. First the trees are
listed, then the pages dealt with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import batched

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.identifiers import JobId, PageId
from confluence_connector.domain.import_jobs import CHUNK_PAGES, Chunk, ImportJob, work_of
from confluence_connector.domain.run_turns import (
    away_pause,
    checkpointed,
    claimed,
    is_being_worked_on,
    let_go,
    passed_on,
)
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectorError,
    PageGone,
    RateLimited,
    ServiceUnavailable,
    SiteChanged,
    TooLarge,
    UpstreamProtocolError,
)
from confluence_connector.limits import (
    IMPORT_TREE_PAGES,
    QUEUE_DELAY_MAX_SECONDS,
    REWIND_STRIKES,
    STRIKES,
    TURN_SECONDS,
    TURN_STALLED_SECONDS,
)
from confluence_connector.ports import Clock, Deadline, NewSecret, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.import_jobs import ImportJobs
from confluence_connector.ports.pace import Pace
from confluence_connector.ports.site_reading import Branch, SiteReader, SiteReaders
from confluence_connector.ports.syncing import WorkQueue
from confluence_connector.services.import_chunk import ImportChunk
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.work_on_run import SHARE_OF_SHORT_INVOCATIONS

TREE_TOO_LARGE = f"The tree has more than {IMPORT_TREE_PAGES:,} pages."


@dataclass(frozen=True, slots=True)
class WorkOnImport:
    connections: Connections
    jobs: ImportJobs
    queue: WorkQueue
    sites: SiteReaders
    chunk: ImportChunk
    security_events: SecurityEvents
    pace: Pace
    telemetry: Telemetry
    now: Clock
    new_worker: NewSecret

    def work(self, work: Work, deadline: Deadline) -> None:
        """Returns when the message is done with. Raises ForgedWork, and whatever is a defect."""
        job = self.jobs.get(work.workspace, JobId(work.id))
        if job is None or job.connection_id != work.connection_id:
            self.security_events.report("forged_work", work.workspace, work.connection_id)
            raise ForgedWork
        if job.is_over or job.turn != work.turn or is_being_worked_on(job, self.now()):
            self.telemetry.note("import_message_stale", job_id=job.id, turn=work.turn)
            return
        try:
            mine = self.jobs.save(claimed(job, self.new_worker(), self.now(), deadline.remaining_seconds()))
            if mine.strikes > STRIKES:
                self._finish(mine, RunStatus.FAILED, ConnectorError())
                return
            self._take_turn(mine, deadline)
        except Stale:  # the turn was somebody else's by now: what they do is right
            self.telemetry.note("import_turn_lost", job_id=job.id)

    def _take_turn(self, job: ImportJob, deadline: Deadline) -> None:
        whole = deadline.remaining_seconds()
        until = whole - min(TURN_SECONDS, whole * SHARE_OF_SHORT_INVOCATIONS)
        reader: SiteReader | None = None
        try:
            while job.roots or job.chunk < job.chunks:
                connection = self._usable(job)
                if connection is None:
                    self._finish(job, RunStatus.CANCELLED)
                    return
                if reader is None:
                    reader = self.sites.of(connection, deadline)
                elif deadline.remaining_seconds() < until:
                    self._pass_on(job)
                    return
                before = reader.spent.requests, reader.spent.points
                try:
                    after = self._list(job, reader) if job.roots else self._deal(job, connection, reader)
                finally:
                    spent = reader.spent
                    self.pace.settle(spent)
                    job = replace(
                        job,
                        requests=job.requests + spent.requests - before[0],
                        points=job.points + spent.points - before[1],
                    )
                job = self.jobs.save(checkpointed(replace(after, requests=job.requests, points=job.points)))
            self._finish(job, RunStatus.COMPLETED_WITH_ERRORS if job.failed else RunStatus.COMPLETED)
        except RateLimited as error:
            self.telemetry.refused(error, "import_postponed", job_id=job.id)
            self._pass_on(replace(job, strikes=0), error.retry_after or 0)
        except (ConfluenceUnavailable, ServiceUnavailable, AppMisconfigured) as error:
            self._wait(job, error)
        except ConnectorError as error:
            self._finish(job, RunStatus.FAILED, error)

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

    def _wait(self, job: ImportJob, error: ConnectorError) -> None:
        """Atlassian, or a service of ours, is away. An answer that makes no sense is asked for a few times only, the
        last ones without the cursor that may have led there, once in a job (K7).
        """
        pause, strikes = away_pause(job, self.now()), 0
        self.telemetry.refused(error, "import_postponed", job_id=job.id)
        if isinstance(error, UpstreamProtocolError):
            strikes = job.strikes
            if strikes >= REWIND_STRIKES and job.cursor is not None and not job.rewound:
                job = replace(job, cursor=None, rewound=True)
        if pause is None or strikes >= STRIKES:
            self._finish(job, RunStatus.FAILED, error)
            return
        waiting = replace(job, strikes=strikes, away_since=job.away_since or self.now())
        self._pass_on(waiting, max(pause, error.retry_after or 0))

    def _pass_on(self, job: ImportJob, delay_seconds: int = 0) -> None:
        """A wait that the queue cannot hold is the dispatcher's to end."""
        held_back = delay_seconds > QUEUE_DELAY_MAX_SECONDS
        stalled_seconds = delay_seconds + (0 if held_back else TURN_STALLED_SECONDS)
        active_until = self.now() + timedelta(seconds=stalled_seconds)
        saved = self.jobs.save(replace(passed_on(job), active_until=active_until))
        if not held_back:
            self.queue.send([(work_of(saved), delay_seconds)])

    def _finish(self, job: ImportJob, status: RunStatus, error: ConnectorError | None = None) -> None:
        over = replace(
            let_go(job),
            status=status,
            finished_at=self.now(),
            failure_code=error.code if error else None,
            failure_detail=error.detail if error else None,
        )
        self.jobs.save(over)
        self.telemetry.note("import_over", job_id=job.id, status=status.value)
