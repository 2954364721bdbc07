"""The end of a synchronizer: its links are forgotten, and its issues stay where they are.

ending ─→ message ─→ nobody works on its run any more ─→ links, a hundred at a time ─→ the synchronizer itself
   └ from here on no run begins; the dispatcher sends the message again until the synchronizer is gone
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.domain.work import Work
from confluence_connector.limits import LINKS_AT_ONCE, QUEUE_DELAY_MAX_SECONDS, RESERVED_SECONDS, TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, Deadline, Stale, Telemetry
from confluence_connector.ports.synchronizing import PageLinks, SynchronizerRuns, Synchronizers
from confluence_connector.ports.syncing import WorkQueue
from confluence_connector.services.stop_run import stop_run


@dataclass(frozen=True, slots=True)
class EndSynchronizer:
    synchronizers: Synchronizers
    runs: SynchronizerRuns
    links: PageLinks
    queue: WorkQueue
    telemetry: Telemetry
    now: Clock

    def end(self, synchronizer: Synchronizer) -> None:
        """May be repeated. Raises Stale."""
        if not synchronizer.ending:
            until = self.now() + timedelta(seconds=TURN_STALLED_SECONDS)
            synchronizer = self.synchronizers.save(
                replace(synchronizer, ending=True, next_run_at=None, active_until=until)
            )
        self.queue.send([(end_of(synchronizer), 0)])

    def forget(self, synchronizer: Synchronizer, deadline: Deadline) -> None:
        """As far as one invocation goes; the next one does the rest. Of one that is ending."""
        wait_seconds = self._stop_run(synchronizer)
        if wait_seconds:
            self.queue.send([(end_of(synchronizer), min(wait_seconds, QUEUE_DELAY_MAX_SECONDS))])
            return
        while links := self.links.after(synchronizer.workspace, synchronizer.id, None, limit=LINKS_AT_ONCE):
            for link in links:
                if deadline.remaining_seconds() < RESERVED_SECONDS:
                    self.queue.send([(end_of(synchronizer), 0)])
                    return
                try:
                    self.links.remove(link)
                except Stale:
                    continue  # it comes with the next hundred
        self._remove(synchronizer)
        self.telemetry.note("synchronizer_removed", synchronizer_id=synchronizer.id)

    def _stop_run(self, synchronizer: Synchronizer) -> int:
        """Seconds until nobody can be making issues any more; 0: the run is over."""
        if synchronizer.active_run is None:
            return 0
        run = self.runs.get(synchronizer.workspace, synchronizer.id, synchronizer.active_run)
        return stop_run(run, self.runs.save, self.now()) if run is not None else 0

    def _remove(self, synchronizer: Synchronizer) -> None:
        current: Synchronizer | None = synchronizer
        while current is not None:
            try:
                self.synchronizers.remove(current)
            except Stale:
                current = self.synchronizers.get(synchronizer.workspace, synchronizer.id)
            else:
                return


def end_of(synchronizer: Synchronizer) -> Work:
    """The message that has it forgotten: of one that is ending, every message says so."""
    return Work(
        "synchronize", synchronizer.workspace, synchronizer.connection_id, synchronizer.id, synchronizer.turns + 1
    )
