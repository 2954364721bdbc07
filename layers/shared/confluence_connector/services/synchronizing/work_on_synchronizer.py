"""One turn of a synchronizer's run: one message, step after step until its time is used up, a checkpoint after each.

The same life as a space sync's turn (`work_on_run`): whatever a killed worker leaves behind is in the items of the run
and of its links; a message that comes twice finds its turn taken or past, and is let go. A message for a synchronizer
that is being deleted has it forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import SynchronizerId
from confluence_connector.domain.run_turns import (
    away_pause,
    checkpointed,
    claimed,
    finished,
    is_being_worked_on,
    let_go,
    passed_on,
)
from confluence_connector.domain.runs import ItemFailure, RunStatus
from confluence_connector.domain.synchronizer_runs import SynchronizerRun, SynchronizerStage, work_of
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectionNotFound,
    ConnectorError,
    JiraUnavailable,
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
from confluence_connector.ports.jira import JiraSites
from confluence_connector.ports.pace import Pace
from confluence_connector.ports.site_reading import SiteReaders
from confluence_connector.ports.synchronizing import SynchronizerRuns, Synchronizers
from confluence_connector.ports.syncing import WorkQueue
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.synchronizing.check_before_run import check_account
from confluence_connector.services.synchronizing.conclude_synchronizer_run import PAUSING, ConcludeSynchronizerRun
from confluence_connector.services.synchronizing.end_synchronizer import EndSynchronizer
from confluence_connector.services.synchronizing.synchronizer_turn import (
    Memory,
    Report,
    SynchronizerStep,
    SynchronizerTurn,
)
from confluence_connector.services.work_on_run import GAVE_UP, SHARE_OF_SHORT_INVOCATIONS


@dataclass(frozen=True, slots=True)
class WorkOnSynchronizer:
    connections: Connections
    synchronizers: Synchronizers
    runs: SynchronizerRuns
    queue: WorkQueue
    sites: SiteReaders
    jira_sites: JiraSites
    pace: Pace
    stages: Mapping[SynchronizerStage, SynchronizerStep]
    conclude: ConcludeSynchronizerRun
    end: EndSynchronizer
    security_events: SecurityEvents
    telemetry: Telemetry
    now: Clock
    new_worker: NewSecret

    def work(self, work: Work, deadline: Deadline) -> None:
        """Returns when the message is done with. Raises ForgedWork, and whatever is a defect: the message comes again,
        and in the end lies in the dead-letter queue."""
        synchronizer = self.synchronizers.get(work.workspace, SynchronizerId(work.id))
        if synchronizer is None:
            known = self.connections.get(work.workspace, work.connection_id) is not None
        else:
            known = synchronizer.connection_id == work.connection_id
        if not known:
            self.security_events.report("forged_work", work.workspace, work.connection_id)
            raise ForgedWork
        if synchronizer is not None and synchronizer.ending:
            self._forget(synchronizer, deadline)
            return
        run = self._run(synchronizer)
        if run is None or run.turn != work.turn or is_being_worked_on(run, self.now()):
            self.telemetry.note("synchronizer_message_stale", synchronizer_id=work.id, turn=work.turn)
            return
        if run.is_over:
            self.conclude.conclude(run)
            return
        try:
            mine = self.runs.save(claimed(run, self.new_worker(), self.now(), deadline.remaining_seconds()))
            if mine.strikes > STRIKES:
                self._finish(mine, RunStatus.FAILED, ItemFailure("run", None, ConnectorError.code, GAVE_UP))
                return
            self._take_turn(_Held(mine), deadline)
        except Stale:  # the turn was somebody else's by now: what they do is right
            self.telemetry.note("synchronizer_turn_lost", synchronizer_id=work.id, run_id=run.id)

    def _run(self, synchronizer: Synchronizer | None) -> SynchronizerRun | None:
        if synchronizer is None or synchronizer.active_run is None:
            return None
        return self.runs.get(synchronizer.workspace, synchronizer.id, synchronizer.active_run)

    def _forget(self, synchronizer: Synchronizer, deadline: Deadline) -> None:
        try:
            self.end.forget(synchronizer, deadline)
        except (ServiceUnavailable, AppMisconfigured) as error:  # the dispatcher sends the message again (J8)
            self.telemetry.refused(error, "synchronizer_removal_postponed", synchronizer_id=synchronizer.id)

    def _take_turn(self, held: "_Held", deadline: Deadline) -> None:
        try:
            self._step_through(held, deadline)
        except Stale:
            raise
        except RateLimited as error:
            self._postponed(held.run, error)
            self._pass_on(replace(held.run, strikes=0), error.retry_after or 0)
        except (ConfluenceUnavailable, JiraUnavailable, ServiceUnavailable, AppMisconfigured) as error:
            self._postponed(held.run, error)
            self._wait(held.run, error)
        except ConnectorError as error:
            if error.code not in PAUSING:
                self._let_go(held.run)
                raise
            self.telemetry.refused(
                error, "synchronizer_run_failed", synchronizer_id=held.run.synchronizer_id, run_id=held.run.id
            )
            self._finish(held.run, RunStatus.FAILED, ItemFailure("run", None, error.code, error.detail))
        except Exception:
            self._let_go(held.run)
            raise

    def _step_through(self, held: "_Held", deadline: Deadline) -> None:
        whole = deadline.remaining_seconds()
        until = whole - min(TURN_SECONDS, whole * SHARE_OF_SHORT_INVOCATIONS)
        turn: SynchronizerTurn | None = None
        while held.run.stages:
            synchronizer = self._wanted(held.run)
            connection = self._usable(synchronizer) if synchronizer is not None else None
            if synchronizer is None or connection is None:
                self._finish(held.run, RunStatus.CANCELLED)
                return
            if turn is None:
                turn = self._begin(held.run, synchronizer, connection, deadline)
            elif deadline.remaining_seconds() <= until:
                self._pass_on(held.run)
                return
            turn = replace(turn, run=held.run, synchronizer=synchronizer, report=Report(held.run.refused_in_a_row))
            self._step(held, turn)
            if (wait_seconds := self._until_settling(held.run)) > 0:
                self._pass_on(held.run, wait_seconds)
                return
        clean = held.run.counts.failed == 0 and held.run.counts.duplicates == 0
        self._finish(held.run, RunStatus.COMPLETED if clean else RunStatus.COMPLETED_WITH_ERRORS)

    def _step(self, held: "_Held", turn: SynchronizerTurn) -> None:
        before = _spent(turn)
        try:
            after = self.stages[held.run.stages[0]].step(turn)
        finally:  # what was done and spent counts, even where the step did not get through
            self.pace.settle(turn.site.spent)
            self.pace.settle(turn.jira.spent)
            requests, points = _spent(turn)
            held.run = replace(
                turn.report.on(held.run),
                requests=held.run.requests + requests - before[0],
                points=held.run.points + points - before[1],
            )
        held.run = self.runs.save(checkpointed(_moved(held.run, after)))

    def _begin(
        self, run: SynchronizerRun, synchronizer: Synchronizer, connection: Connection, deadline: Deadline
    ) -> SynchronizerTurn:
        return SynchronizerTurn(
            run,
            synchronizer,
            connection,
            connection.site.url if connection.site else "",
            self.sites.of(connection, deadline),
            self.jira_sites.of(connection, synchronizer.jira_cloud_id, deadline),
            Report(run.refused_in_a_row),
            Memory(self.now()),
        )

    def _wanted(self, run: SynchronizerRun) -> Synchronizer | None:
        """None: nobody wants this run any more: its synchronizer ends, was switched off, or goes on without it."""
        synchronizer = self.synchronizers.get(run.workspace, run.synchronizer_id)
        if synchronizer is None or synchronizer.ending or synchronizer.active_run != run.id:
            return None
        unasked = run.trigger in {"first", "schedule"}
        return None if unasked and not synchronizer.settings.enabled else synchronizer

    def _usable(self, synchronizer: Synchronizer) -> Connection | None:
        """None: it is about to be usable again. Raises what only a person mends."""
        connection = self.connections.get(synchronizer.workspace, synchronizer.connection_id)
        if connection is None:
            raise ConnectionNotFound
        reason = connection.unusable_because("jira")
        if reason is not None and reason.code in PAUSING:
            raise reason
        if reason is not None:
            return None
        check_account(synchronizer, connection)
        return connection

    def _until_settling(self, run: SynchronizerRun) -> int:
        """Seconds; 0: nothing to wait for."""
        if run.settle_at is None or run.last_page is not None or run.stages[:1] != ("settle",):
            return 0
        return max(1, ceil((run.settle_at - self.now()).total_seconds()))

    def _wait(self, run: SynchronizerRun, error: ConnectorError) -> None:
        """Somebody is away. An answer that makes no sense is asked for a few times only, the last ones without the
        cursor that may have led there: who has a link by then is passed over (K7)."""
        now, strikes = self.now(), 0
        if isinstance(error, UpstreamProtocolError):
            strikes = run.strikes
            if strikes >= REWIND_STRIKES:
                run = replace(run, cursor=None)
        pause = away_pause(run, now)
        if pause is None or strikes >= STRIKES:
            self._finish(run, RunStatus.FAILED, ItemFailure("run", None, error.code, error.detail))
            return
        waiting = replace(run, strikes=strikes, away_since=run.away_since or now)
        self._pass_on(waiting, max(pause, error.retry_after or 0))

    def _pass_on(self, run: SynchronizerRun, delay_seconds: int = 0) -> None:
        """A wait that the queue cannot hold is the dispatcher's to end."""
        saved = self.runs.save(passed_on(run))
        held_back = delay_seconds > QUEUE_DELAY_MAX_SECONDS
        stalled_seconds = delay_seconds + (0 if held_back else TURN_STALLED_SECONDS)
        while True:
            synchronizer = self.synchronizers.get(run.workspace, run.synchronizer_id)
            if synchronizer is None or synchronizer.ending or synchronizer.active_run != run.id:
                return
            try:
                active_until = self.now() + timedelta(seconds=stalled_seconds)
                self.synchronizers.save(replace(synchronizer, active_until=active_until))
            except Stale:
                continue
            break
        if not held_back:
            self.queue.send([(work_of(saved), delay_seconds)])

    def _finish(self, run: SynchronizerRun, status: RunStatus, failure: ItemFailure | None = None) -> None:
        self.conclude.conclude(self.runs.save(finished(run, status, self.now(), failure)))

    def _let_go(self, run: SynchronizerRun) -> None:
        """For whoever gets the message next. If even that fails, they come when the turn's time is up."""
        try:
            self.runs.save(let_go(run))
        except (ConnectorError, Stale):
            self.telemetry.note("synchronizer_turn_not_released", run_id=run.id)

    def _postponed(self, run: SynchronizerRun, error: ConnectorError) -> None:
        self.telemetry.refused(error, "synchronizer_postponed", synchronizer_id=run.synchronizer_id, run_id=run.id)


@dataclass(slots=True)
class _Held:
    """The run as it was stored last, with what was done and spent since."""

    run: SynchronizerRun


def _spent(turn: SynchronizerTurn) -> tuple[int, int]:
    both = turn.site.spent, turn.jira.spent
    return sum(each.requests for each in both), sum(each.points for each in both)


def _moved(run: SynchronizerRun, after: SynchronizerRun) -> SynchronizerRun:
    """The run as far as its step has got it."""
    return replace(run, stages=after.stages, cursor=after.cursor, last_page=after.last_page, settle_at=after.settle_at)
