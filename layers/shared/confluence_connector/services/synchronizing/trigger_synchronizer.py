"""A synchronizer's run, now: a person does not wait for the schedule. Dry, it says what it would do."""

from dataclasses import dataclass

from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.errors import ConnectionNotFound, InProgress
from confluence_connector.limits import BEGIN_TRIES
from confluence_connector.ports import Stale
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.synchronizing import Synchronizers
from confluence_connector.services.synchronizing.both_sites import both_sites
from confluence_connector.services.synchronizing.find_synchronizer import synchronizer_to_manage
from confluence_connector.services.synchronizing.start_synchronizer_run import StartSynchronizerRun


@dataclass(frozen=True, slots=True)
class TriggerSynchronizer:
    connections: Connections
    synchronizers: Synchronizers
    runs: StartSynchronizerRun

    def start(
        self, person: Principal, synchronizer_id: str, *, dry_run: bool = False, catch_up: bool = False
    ) -> SynchronizerRun:
        """The run that was begun, or that is going on. What is switched off is not switched on by it; what is paused
        goes on if the run finds all well (G4).

        Raises NotFound, Forbidden, ConnectionNotFound, InProgress (a run that begins at this moment), and why the
        connection cannot be used.
        """
        for _ in range(BEGIN_TRIES):
            synchronizer = synchronizer_to_manage(self.synchronizers, person, synchronizer_id)
            connection = self.connections.get(synchronizer.workspace, synchronizer.connection_id)
            if connection is None:
                raise ConnectionNotFound().of_search()
            both_sites(connection)
            try:
                return self.runs.start(synchronizer, "manual", dry_run=dry_run, catch_up=catch_up)
            except Stale:
                continue
        raise InProgress("Another run begins at this moment.", remedy="Wait a moment, then look at the runs.")
