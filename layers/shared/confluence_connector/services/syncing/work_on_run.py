"""One turn of a sync's run (`services.turns`), batch after batch, stage by stage."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.identifiers import RunId
from confluence_connector.domain.runs import Run, RunStatus
from confluence_connector.domain.runs import Stage as StageName
from confluence_connector.domain.sync_plan import NAMES_ONLY
from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Deadline, Stale
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.corpus import CorpusIndex, CorpusScope
from confluence_connector.ports.site_reading import SiteReaders
from confluence_connector.ports.syncing import Runs, Syncs
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.syncing.conclude_run import PAUSING, ConcludeRun
from confluence_connector.services.syncing.sync_turn import SpaceBook, Stage, Turn
from confluence_connector.services.turns import Held, Lines, Turns


@dataclass(frozen=True, slots=True)
class WorkOnRun:
    """The `Course` of syncs' runs."""

    lines: ClassVar[Lines] = Lines(
        stale="sync_message_stale",
        lost="sync_turn_lost",
        postponed="sync_postponed",
        failed="sync_failed",
        not_released="sync_turn_not_released",
    )

    connections: Connections
    syncs: Syncs
    runs: Runs
    index: CorpusIndex
    sites: SiteReaders
    stages: Mapping[StageName, Stage]
    conclude: ConcludeRun
    turns: Turns
    security_events: SecurityEvents

    def work(self, work: Work, deadline: Deadline) -> None:
        """Returns when the message is done with. Raises ForgedWork, and whatever is a defect: the message comes again,
        and in the end lies in the dead-letter queue."""
        sync = self.syncs.get(work.workspace, work.connection_id)
        connection = self.connections.get(work.workspace, work.connection_id)
        run = self.runs.get(work.workspace, work.connection_id, RunId(work.id))
        if sync is None and connection is None and run is None:
            self.security_events.report("forged_work", work.workspace, work.connection_id)
            raise ForgedWork
        ids = {"connection_id": work.connection_id, "run_id": work.id}
        if run is None or sync is None:
            self.turns.let_pass(self, work, **ids)
            return
        if run.is_over:
            self.when_over(run)  # whoever finished it may have been killed before that
        self.turns.take(run, self, lambda held: self._go_on(held, sync), work, deadline, **ids)

    def _go_on(self, held: Held[Run], sync: Sync) -> None:
        turn: Turn | None = None
        while held.run.stages:
            connection = self._wanted(held.run, sync)
            if connection is None:
                held.finish(RunStatus.CANCELLED)
                return
            if held.is_used_up:
                held.pass_on()
                return
            if turn is None:
                turn = self._begin(held.run, sync, connection, held.deadline)
                held.pays_for(turn.site.spent)
            step = self.stages[held.run.stages[0]].step
            held.checkpoint(step(replace(turn, run=held.run, connection=connection)))
        held.finish(RunStatus.COMPLETED if held.run.is_clean else RunStatus.COMPLETED_WITH_ERRORS)

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

    # ── as a course ─────────────────────────────────────────────────────────────────────────────────────────────────

    def save(self, run: Run) -> Run:
        return self.runs.save(run)

    def hand_on(self, run: Run, active_until: datetime) -> bool:
        """What its changes announced is published with it."""
        saved = self.runs.save(run)
        while True:
            sync = self.syncs.get(run.workspace, run.connection_id)
            if sync is None or sync.active_run != run.id:
                return False  # it is being ended
            try:
                self.syncs.save(replace(sync, active_until=active_until, feed=max(sync.feed, saved.feed)))
            except Stale:
                continue
            return True

    def rewound(self, run: Run) -> Run:
        at = run.checkpoint
        return run if at.cursor is None else replace(run, checkpoint=replace(at, cursor=None, rewound=True))

    def ends_by(self, error: ConnectorError) -> bool:
        """What only a person mends."""
        return error.code in PAUSING

    def when_over(self, run: Run) -> None:
        self.conclude.conclude(run)
