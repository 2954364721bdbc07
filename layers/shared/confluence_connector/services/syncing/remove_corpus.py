"""The corpus of a sync that ends is removed, as far as one invocation goes; the next one does the rest (E6).

objects, index ─→ the site is free ─→ the connection has no sync ─→ the sync itself, which is what keeps it due
"""

from dataclasses import dataclass

from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import AppMisconfigured, ServiceUnavailable
from confluence_connector.ports import Clock, Deadline, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.corpus import CorpusIndex, CorpusObjects, CorpusScope
from confluence_connector.ports.syncing import Runs, Syncs, WorkQueue
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.stop_run import stop_run
from confluence_connector.services.syncing.end_sync import forget_sync


@dataclass(frozen=True, slots=True)
class RemoveCorpus:
    connections: Connections
    syncs: Syncs
    runs: Runs
    queue: WorkQueue
    index: CorpusIndex
    objects: CorpusObjects
    security_events: SecurityEvents
    telemetry: Telemetry
    now: Clock

    def work(self, work: Work, deadline: Deadline) -> None:
        """Returns when the message is done with. One for another corpus than the one that ends does nothing.

        Raises ForgedWork.
        """
        sync = self.syncs.get(work.workspace, work.connection_id)
        if sync is None and self.connections.get(work.workspace, work.connection_id) is None:
            self.security_events.report("forged_work", work.workspace, work.connection_id)
            raise ForgedWork
        if sync is None or not sync.ending or sync.corpus_id != work.id:
            self.telemetry.note("removal_message_stale", connection_id=work.connection_id, corpus_id=work.id)
            return
        try:
            self._remove_all(work, sync, deadline)
        except (ServiceUnavailable, AppMisconfigured) as error:  # the dispatcher sends the message again (J8)
            self.telemetry.refused(error, "removal_postponed", connection_id=sync.connection_id)

    def _remove_all(self, work: Work, sync: Sync, deadline: Deadline) -> None:
        wait_seconds = self._stop_run(sync)
        if wait_seconds:
            self.queue.send([(work, wait_seconds)])
            return
        scope = CorpusScope(sync.workspace, sync.connection_id, sync.corpus_id)
        if not (self.objects.erase(scope, deadline) and self.index.erase(scope, deadline)):
            self.queue.send([(work, 0)])
            return
        self.syncs.release_site(sync.workspace, sync.cloud_id, sync.connection_id)
        forget_sync(self.connections, sync.workspace, sync.connection_id)
        self._remove(sync)
        self.telemetry.note("corpus_removed", connection_id=sync.connection_id, corpus_id=sync.corpus_id)

    def _stop_run(self, sync: Sync) -> int:
        """Seconds until nobody can be writing into the corpus any more; 0: the run is over."""
        run = self.runs.get(sync.workspace, sync.connection_id, sync.active_run) if sync.active_run else None
        return stop_run(run, self.runs.save, self.now()) if run is not None else 0

    def _remove(self, sync: Sync) -> None:
        current: Sync | None = sync
        while current is not None and current.corpus_id == sync.corpus_id:
            try:
                self.syncs.remove(current)
            except Stale:
                current = self.syncs.get(sync.workspace, sync.connection_id)
            else:
                return
