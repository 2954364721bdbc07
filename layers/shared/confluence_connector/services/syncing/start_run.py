"""A run begins: the sync names it, then its item is made, then its message is sent.

sync: active run ─→ run item ─→ message
    │                 │            └ lost: the dispatcher sends it again when `active_until` has come
    │                 └ not there then: the dispatcher makes it, under the id that the sync names
    └ conditional: of two that begin a run, one does
"""

from dataclasses import dataclass

from confluence_connector.domain.run_turns import work_of
from confluence_connector.domain.runs import Run
from confluence_connector.domain.sync_plan import begun
from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import Work
from confluence_connector.ports import Clock, Stale
from confluence_connector.ports.syncing import Runs, Syncs


@dataclass(frozen=True, slots=True)
class StartRun:
    syncs: Syncs
    runs: Runs
    now: Clock

    def start(self, sync: Sync, run: Run, delay_seconds: int = 0) -> tuple[Run, Work]:
        """The run as it is stored, and the message that the caller sends. Raises Stale: the sync has changed."""
        self.syncs.save(begun(sync, run, self.now(), delay_seconds))
        return self.made(run)

    def made(self, run: Run) -> tuple[Run, Work]:
        """The same for a run that its sync names already."""
        try:
            stored = self.runs.save(run)
        except Stale:  # it is there
            there = self.runs.get(run.workspace, run.connection_id, run.id)
            if there is None:
                raise
            stored = there
        return stored, work_of(stored)
