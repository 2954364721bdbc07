"""One turn of a sync run: one message, batch after batch until its time is used up, a checkpoint after each.

    claim ─▶ look around ─▶ batch ─▶ checkpoint ─▶ look around ─▶ … ─▶ pass on: turn + 1, then its message
                 │             └ told to wait: pass on, with a delay          └ done: conclude
                 └ cancelled, disconnected: the end

Whatever a killed worker leaves behind is in the run's item; a message that comes twice finds its turn taken or past,
and is let go. A turn that somebody else has is left to them: if they died, its message comes back once their time is
up, and if that is lost too, the dispatcher sends it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.identifiers import RunId
from confluence_connector.domain.run_turns import (
    away_pause,
    checkpointed,
    claimed,
    completed,
    finished,
    is_being_worked_on,
    let_go,
    passed_on,
    work_of,
)
from confluence_connector.domain.runs import ItemFailure, Run, RunStatus
from confluence_connector.domain.runs import Stage as StageName
from confluence_connector.domain.sync_plan import NAMES_ONLY
from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectorError,
    RateLimited,
    ServiceUnavailable,
    UpstreamProtocolError,
)
from confluence_connector.limits import (
    QUEUE_DELAY_MAX_SECONDS,
    REWIND_STRIKES,
    STRIKES,
    TURN_SECONDS,
    TURN_STALLED_SECONDS,
)
from confluence_connector.ports import Clock, Deadline, NewSecret, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.corpus import CorpusIndex, CorpusScope
from confluence_connector.ports.pace import Pace
from confluence_connector.ports.site_reading import SiteReaders
from confluence_connector.ports.syncing import Runs, Syncs, WorkQueue
from confluence_connector.services.conclude_run import PAUSING, ConcludeRun
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.sync_turn import SpaceBook, Stage, Turn

SHARE_OF_SHORT_INVOCATIONS = 0.6
GAVE_UP = "The run was begun anew too often without getting any further."


@dataclass(frozen=True, slots=True)
class WorkOnRun:
    connections: Connections
    syncs: Syncs
    runs: Runs
    queue: WorkQueue
    index: CorpusIndex
    sites: SiteReaders
    pace: Pace
    stages: Mapping[StageName, Stage]
    conclude: ConcludeRun
    security_events: SecurityEvents
    telemetry: Telemetry
    now: Clock
    new_worker: NewSecret

    def work(self, work: Work, deadline: Deadline) -> None:
        """Returns when the message is done with. Raises ForgedWork, and whatever is a defect: the message comes again,
        and in the end lies in the dead-letter queue."""
        sync = self.syncs.get(work.workspace, work.connection_id)
        connection = self.connections.get(work.workspace, work.connection_id)
        run = self.runs.get(work.workspace, work.connection_id, RunId(work.id))
        if sync is None and connection is None and run is None:
            self.security_events.report("forged_work", work.workspace, work.connection_id)
            raise ForgedWork
        if run is None or sync is None or run.turn != work.turn or is_being_worked_on(run, self.now()):
            self._note_stale(work)
            return
        if run.is_over:
            self._note_stale(work)
            self.conclude.conclude(run)
            return
        try:
            mine = self.runs.save(claimed(run, self.new_worker(), self.now(), deadline.remaining_seconds()))
        except Stale:
            return
        if mine.strikes > STRIKES:
            self._finish(mine, RunStatus.FAILED, ItemFailure("run", None, ConnectorError.code, GAVE_UP))
            return
        try:
            self._take_turn(_Held(mine), sync, deadline)
        except Stale:  # the turn was somebody else's by now: what they do is right
            self.telemetry.note("sync_turn_lost", connection_id=work.connection_id, run_id=work.id)

    def _note_stale(self, work: Work) -> None:
        self.telemetry.note("sync_message_stale", connection_id=work.connection_id, run_id=work.id, turn=work.turn)

    def _take_turn(self, held: "_Held", sync: Sync, deadline: Deadline) -> None:
        try:
            self._step_through(held, sync, deadline)
        except Stale:
            raise
        except RateLimited as error:
            self.telemetry.refused(error, "sync_postponed", connection_id=held.run.connection_id, run_id=held.run.id)
            self._pass_on(replace(held.run, strikes=0), delay_seconds=error.retry_after or 0)
        except (ConfluenceUnavailable, ServiceUnavailable, AppMisconfigured) as error:
            self._wait(held.run, error)
        except ConnectorError as error:
            if error.code not in PAUSING:
                self._let_go(held.run)
                raise
            self.telemetry.refused(error, "sync_failed", connection_id=held.run.connection_id, run_id=held.run.id)
            self._finish(held.run, RunStatus.FAILED, _failure(error))
        except Exception:
            self._let_go(held.run)
            raise

    def _step_through(self, held: "_Held", sync: Sync, deadline: Deadline) -> None:
        whole = deadline.remaining_seconds()
        until = whole - min(TURN_SECONDS, whole * SHARE_OF_SHORT_INVOCATIONS)
        turn: Turn | None = None
        while held.run.stages:
            connection = self._wanted(held.run, sync)
            if connection is None:
                self._finish(held.run, RunStatus.CANCELLED)
                return
            if turn is None:
                turn = self._begin(held.run, sync, connection, deadline)
            elif deadline.remaining_seconds() <= until:
                self._pass_on(held.run)
                return
            before = turn.site.spent.requests, turn.site.spent.points
            try:
                after = self.stages[held.run.stages[0]].step(replace(turn, run=held.run, connection=connection))
            finally:
                self.pace.settle(turn.site.spent)
                held.run = _charged(held.run, turn, *before)
            after = replace(after, requests=held.run.requests, points=held.run.points)
            held.run = self.runs.save(checkpointed(after))
        held.run = self.runs.save(completed(held.run, self.now()))
        self.conclude.conclude(held.run)

    def _begin(self, run: Run, sync: Sync, connection: Connection, deadline: Deadline) -> Turn:
        scope = CorpusScope(sync.workspace, sync.connection_id, sync.corpus_id)
        site = self.sites.of(connection, deadline)
        return Turn(run, sync, connection, scope, site, SpaceBook(self.index, scope, sync, site))

    def _wanted(self, run: Run, sync: Sync) -> Connection | None:
        """The connection to go on with; None: nobody wants this run any more (C2). Raises what only a person mends."""
        connection = self.connections.get(run.workspace, run.connection_id)
        if connection is None or connection.status == Status.DISCONNECTED or sync.ending:
            return None
        if self.runs.is_cancelled(run):
            return None
        if connection.site is None or connection.site.cloud_id != sync.cloud_id:
            return None
        if run.stages[:1] == NAMES_ONLY:  # what is kept is corrected, whatever became of the grant (A12)
            return connection
        reason = connection.unusable_because("sync")
        if reason is not None and reason.code in PAUSING:
            raise reason
        return connection if reason is None else None

    def _wait(self, run: Run, error: ConnectorError) -> None:
        """Atlassian, or a service of ours, is away. An answer that makes no sense is asked for a few times only, the
        last ones without the cursor that may have led there (K7)."""
        now, strikes, at = self.now(), 0, run.checkpoint
        if isinstance(error, UpstreamProtocolError):
            strikes = run.strikes
            if strikes >= REWIND_STRIKES and at.cursor is not None:
                at = replace(at, cursor=None, rewound=True)
        pause = away_pause(run, now)
        self.telemetry.refused(error, "sync_postponed", connection_id=run.connection_id, run_id=run.id)
        if pause is None or strikes >= STRIKES:
            self._finish(run, RunStatus.FAILED, _failure(error))
            return
        waiting = replace(run, checkpoint=at, strikes=strikes, away_since=run.away_since or now)
        self._pass_on(waiting, delay_seconds=max(pause, error.retry_after or 0))

    def _pass_on(self, run: Run, delay_seconds: int = 0) -> None:
        """A wait that the queue cannot hold is the dispatcher's to end."""
        saved = self.runs.save(passed_on(run))
        held_back = delay_seconds > QUEUE_DELAY_MAX_SECONDS
        stalled_seconds = delay_seconds + (0 if held_back else TURN_STALLED_SECONDS)
        while True:
            sync = self.syncs.get(run.workspace, run.connection_id)
            if sync is None or sync.active_run != run.id:
                return  # it is being ended
            active_until = self.now() + timedelta(seconds=stalled_seconds)
            try:
                self.syncs.save(replace(sync, active_until=active_until, feed=max(sync.feed, saved.feed)))
            except Stale:
                continue
            break
        if not held_back:
            self.queue.send([(work_of(saved), delay_seconds)])

    def _finish(self, run: Run, status: RunStatus, failure: ItemFailure | None = None) -> None:
        self.conclude.conclude(self.runs.save(finished(run, status, self.now(), failure)))

    def _let_go(self, run: Run) -> None:
        """For whoever gets the message next. If even that fails, they come when the turn's time is up."""
        try:
            self.runs.save(let_go(run))
        except (ConnectorError, Stale):
            self.telemetry.note("sync_turn_not_released", connection_id=run.connection_id, run_id=run.id)


@dataclass(slots=True)
class _Held:
    """The run as it was stored last, with what was spent since."""

    run: Run


def _charged(run: Run, turn: Turn, requests: int, points: int) -> Run:
    """`requests` and `points`: what the turn had spent before."""
    spent = turn.site.spent
    return replace(run, requests=run.requests + spent.requests - requests, points=run.points + spent.points - points)


def _failure(error: ConnectorError) -> ItemFailure:
    return ItemFailure("run", None, error.code, error.detail)
