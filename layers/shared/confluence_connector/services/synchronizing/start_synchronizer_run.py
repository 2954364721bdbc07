"""A synchronizer's run begins: the synchronizer names it, then its item is made, then its message is sent.

synchronizer: active run ─→ run item ─→ message
    │ conditional: of two     │            └ lost: the dispatcher sends it again when `active_until` has come
    │ that begin, one does    └ not there then: nobody knows what was wanted, so the dispatcher forgets its name
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from confluence_connector.domain.identifiers import RunId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizer_runs import (
    A_LOOK,
    FOR_SELECTION,
    STAGES,
    SynchronizerRun,
    SynchronizerTrigger,
    work_of,
)
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.errors import InProgress, NotFound
from confluence_connector.limits import TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, NewId, Stale
from confluence_connector.ports.synchronizing import SynchronizerRuns, Synchronizers
from confluence_connector.ports.syncing import WorkQueue
from confluence_connector.services.synchronizing.conclude_synchronizer_run import ConcludeSynchronizerRun


@dataclass(frozen=True, slots=True)
class StartSynchronizerRun:
    synchronizers: Synchronizers
    runs: SynchronizerRuns
    queue: WorkQueue
    conclude: ConcludeSynchronizerRun
    now: Clock
    new_id: NewId

    def start(
        self,
        synchronizer: Synchronizer,
        trigger: SynchronizerTrigger,
        *,
        dry_run: bool = False,
        catch_up: bool = False,
        recent_minutes: int | None = None,
        delay_seconds: int = 0,
    ) -> SynchronizerRun:
        """The run that was begun, or that is in progress; of a selection that may come too late for it, there is a next
        run as soon as it is over. `recent_minutes`: a look is enough, so far back.

        Raises Stale, NotFound for one that is being deleted, and InProgress while another's run has no item yet.
        """
        if synchronizer.ending:
            raise NotFound
        if synchronizer.active_run is not None:
            running = self._running(synchronizer, synchronizer.active_run)
            if trigger == "selection" and synchronizer.next_run_at is not None:
                self.synchronizers.save(replace(synchronizer, next_run_at=self.now()))
            return running
        now = self.now()
        plan = FOR_SELECTION if trigger == "selection" else STAGES if recent_minutes is None else A_LOOK
        run = SynchronizerRun(
            id=RunId(self.new_id("run")),
            workspace=synchronizer.workspace,
            connection_id=synchronizer.connection_id,
            synchronizer_id=synchronizer.id,
            trigger=trigger,
            status=RunStatus.QUEUED,
            created_at=now,
            turn=synchronizer.turns + 1,
            dry_run=dry_run,
            catch_up=catch_up,
            plan=plan,
            stages=plan,
            recent_minutes=recent_minutes or 0,
        )
        until = now + timedelta(seconds=delay_seconds + TURN_STALLED_SECONDS)
        self.synchronizers.save(replace(synchronizer, active_run=run.id, active_until=until))
        stored = self.runs.save(run)
        self.queue.send([(work_of(stored), delay_seconds)])
        return stored

    def _running(self, synchronizer: Synchronizer, run_id: RunId) -> SynchronizerRun:
        """Raises Stale where its item tells that it is over: the synchronizer names it no longer then."""
        run = self.runs.get(synchronizer.workspace, synchronizer.id, run_id)
        if run is None:  # being made this moment, or left behind by a crash
            raise InProgress
        if run.is_over:
            self.conclude.conclude(run)
            raise Stale
        return run
