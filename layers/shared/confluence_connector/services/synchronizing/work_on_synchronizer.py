"""One turn of a synchronizer's run (`services.turns`), step after step, stage by stage.

Whatever a killed worker leaves behind is in the items of the run and of its links. A message for a synchronizer that is
being deleted has it forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import ClassVar

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import SynchronizerId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizer_runs import SynchronizerRun, SynchronizerStage
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import AppMisconfigured, ConnectionNotFound, ConnectorError, ServiceUnavailable
from confluence_connector.ports import Clock, Deadline, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.jira import JiraSites
from confluence_connector.ports.site_reading import SiteReaders
from confluence_connector.ports.synchronizing import SynchronizerRuns, Synchronizers
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
from confluence_connector.services.turns import Held, Lines, Turns


@dataclass(frozen=True, slots=True)
class WorkOnSynchronizer:
    """The `Course` of synchronizers' runs."""

    lines: ClassVar[Lines] = Lines(
        stale="synchronizer_message_stale",
        lost="synchronizer_turn_lost",
        postponed="synchronizer_postponed",
        failed="synchronizer_run_failed",
        not_released="synchronizer_turn_not_released",
    )

    connections: Connections
    synchronizers: Synchronizers
    runs: SynchronizerRuns
    sites: SiteReaders
    jira_sites: JiraSites
    stages: Mapping[SynchronizerStage, SynchronizerStep]
    conclude: ConcludeSynchronizerRun
    end: EndSynchronizer
    turns: Turns
    security_events: SecurityEvents
    telemetry: Telemetry
    now: Clock

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
        if run is None:
            self.turns.let_pass(self, work, synchronizer_id=work.id)
            return
        if run.is_over:
            self.when_over(run)  # whoever finished it may have been killed before that
        self.turns.take(run, self, self._go_on, work, deadline, synchronizer_id=work.id, run_id=run.id)

    def _run(self, synchronizer: Synchronizer | None) -> SynchronizerRun | None:
        if synchronizer is None or synchronizer.active_run is None:
            return None
        return self.runs.get(synchronizer.workspace, synchronizer.id, synchronizer.active_run)

    def _forget(self, synchronizer: Synchronizer, deadline: Deadline) -> None:
        try:
            self.end.forget(synchronizer, deadline)
        except (ServiceUnavailable, AppMisconfigured) as error:  # the dispatcher sends the message again (J8)
            self.telemetry.refused(error, "synchronizer_removal_postponed", synchronizer_id=synchronizer.id)

    def _go_on(self, held: Held[SynchronizerRun]) -> None:
        turn: SynchronizerTurn | None = None
        while held.run.stages:
            synchronizer = self._wanted(held.run)
            connection = self._usable(synchronizer) if synchronizer is not None else None
            if synchronizer is None or connection is None:
                held.finish(RunStatus.CANCELLED)
                return
            if held.is_used_up:
                held.pass_on()
                return
            if turn is None:
                turn = self._begin(held.run, synchronizer, connection, held.deadline)
                held.pays_for(turn.site.spent, turn.jira.spent)
            turn = replace(turn, run=held.run, synchronizer=synchronizer, report=Report(held.run.refused_in_a_row))
            self._step(held, turn)
            if (wait_seconds := self._until_settling(held.run)) > 0:
                held.pass_on(wait_seconds)
                return
        clean = held.run.counts.failed == 0 and held.run.counts.duplicates == 0
        held.finish(RunStatus.COMPLETED if clean else RunStatus.COMPLETED_WITH_ERRORS)

    def _step(self, held: Held[SynchronizerRun], turn: SynchronizerTurn) -> None:
        try:
            after = self.stages[held.run.stages[0]].step(turn)
        finally:  # what was done counts, even where the step did not get through
            held.run = turn.report.on(held.run)
        held.checkpoint(_moved(held.run, after))

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

    # ── as a course ─────────────────────────────────────────────────────────────────────────────────────────────────

    def save(self, run: SynchronizerRun) -> SynchronizerRun:
        return self.runs.save(run)

    def hand_on(self, run: SynchronizerRun, active_until: datetime) -> bool:
        self.runs.save(run)
        while True:
            synchronizer = self.synchronizers.get(run.workspace, run.synchronizer_id)
            if synchronizer is None or synchronizer.ending or synchronizer.active_run != run.id:
                return False
            try:
                self.synchronizers.save(replace(synchronizer, active_until=active_until))
            except Stale:
                continue
            return True

    def rewound(self, run: SynchronizerRun) -> SynchronizerRun:
        """Who has a link by then is passed over."""
        return replace(run, cursor=None)

    def ends_by(self, error: ConnectorError) -> bool:
        """What only a person mends."""
        return error.code in PAUSING

    def when_over(self, run: SynchronizerRun) -> None:
        self.conclude.conclude(run)


def _moved(run: SynchronizerRun, after: SynchronizerRun) -> SynchronizerRun:
    """The run as far as its step has got it."""
    return replace(run, stages=after.stages, cursor=after.cursor, last_page=after.last_page, settle_at=after.settle_at)
