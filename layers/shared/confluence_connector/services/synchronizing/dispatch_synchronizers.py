"""Every minute: what is due of all synchronizers. It begins runs, mends broken chains of messages, and calls nobody.

Starts of one tick are spread over its minute, workspace by workspace in turn (J7, K12); what does not fit stays due.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice, takewhile

from confluence_connector.domain.synchronizer_runs import work_of
from confluence_connector.domain.synchronizer_times import recent_minutes
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.domain.work import Work
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import DISPATCHED_AT_ONCE, STARTS_PER_SECOND, TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, Deadline, Stale, Telemetry
from confluence_connector.ports.synchronizing import SynchronizerRuns, Synchronizers
from confluence_connector.ports.syncing import WorkQueue
from confluence_connector.services.in_parallel import in_parallel
from confluence_connector.services.synchronizing.conclude_synchronizer_run import ConcludeSynchronizerRun
from confluence_connector.services.synchronizing.end_synchronizer import end_of
from confluence_connector.services.synchronizing.start_synchronizer_run import StartSynchronizerRun
from confluence_connector.services.syncing.dispatch_syncs import LOOKED_AT, SHARE_FOR_LOOKING, in_turn


@dataclass(frozen=True, slots=True)
class DispatchSynchronizers:
    synchronizers: Synchronizers
    runs: SynchronizerRuns
    queue: WorkQueue
    start: StartSynchronizerRun
    conclude: ConcludeSynchronizerRun
    telemetry: Telemetry
    now: Clock

    def dispatch(self, deadline: Deadline) -> int:
        """Returns how many synchronizers it attended to. A failure of one keeps no other from its turn."""

        def attend(place: tuple[int, Synchronizer]) -> None:
            number, synchronizer = place
            try:
                self._attend(synchronizer, number // STARTS_PER_SECOND)
            except ConnectorError as error:  # it stays due
                self.telemetry.refused(error, "synchronizer_not_dispatched", synchronizer_id=synchronizer.id)
            except Stale:
                self.telemetry.note("synchronizer_dispatch_overtaken", synchronizer_id=synchronizer.id)

        return in_parallel(enumerate(self._due(deadline)), attend, deadline)

    def _due(self, deadline: Deadline) -> Iterator[Synchronizer]:
        until = deadline.remaining_seconds() * (1 - SHARE_FOR_LOOKING)
        looked_at = takewhile(lambda _: deadline.remaining_seconds() > until, self.synchronizers.due(self.now()))
        return islice(in_turn(islice(looked_at, LOOKED_AT)), DISPATCHED_AT_ONCE)

    def _attend(self, synchronizer: Synchronizer, delay_seconds: int) -> None:
        if synchronizer.ending:
            self._send_again(synchronizer, end_of(synchronizer))
        elif synchronizer.active_run is not None:
            self._look_after(synchronizer)
        elif synchronizer.next_run_at is not None and synchronizer.next_run_at <= self.now():
            back = recent_minutes(synchronizer, self.now())
            self.start.start(synchronizer, "schedule", recent_minutes=back, delay_seconds=delay_seconds)

    def _look_after(self, synchronizer: Synchronizer) -> None:
        """A run is under way, and nothing was heard of it for long: its message, or its item, is lost."""
        assert synchronizer.active_run is not None  # noqa: S101 — the caller has looked
        if synchronizer.active_until is not None and synchronizer.active_until > self.now():
            return
        run = self.runs.get(synchronizer.workspace, synchronizer.id, synchronizer.active_run)
        if run is None:
            self.synchronizers.save(replace(synchronizer, active_run=None, active_until=None))
        elif run.is_over:
            self.conclude.conclude(run)
        else:
            self._send_again(synchronizer, work_of(run))

    def _send_again(self, synchronizer: Synchronizer, work: Work) -> None:
        until = self.now() + timedelta(seconds=TURN_STALLED_SECONDS)
        self.synchronizers.save(replace(synchronizer, active_until=until))
        self.queue.send([(work, 0)])
