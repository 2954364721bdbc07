"""Trigger a sync run, and cancel one: a person does not wait for the schedule (E1, E5)."""

from dataclasses import dataclass

from confluence_connector.domain.connections import Connection, Right
from confluence_connector.domain.identifiers import RunId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.run_turns import work_of
from confluence_connector.domain.runs import Run
from confluence_connector.domain.sync_plan import planned
from confluence_connector.domain.syncs import Sync
from confluence_connector.errors import SiteAlreadySynced, SyncNotSetUp
from confluence_connector.ports import Clock, NewId, Stale
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.syncing import Runs, Syncs, WorkQueue
from confluence_connector.services.find_connection import find_connection
from confluence_connector.services.syncing.begin_sync import BeginSync
from confluence_connector.services.syncing.conclude_run import ConcludeRun
from confluence_connector.services.syncing.show_sync import ShowSync
from confluence_connector.services.syncing.start_run import StartRun


@dataclass(frozen=True, slots=True)
class TriggerRun:
    connections: Connections
    syncs: Syncs
    runs: Runs
    queue: WorkQueue
    begin: BeginSync
    start_run: StartRun
    conclude: ConcludeRun
    shown: ShowSync
    now: Clock
    new_id: NewId

    def start(self, person: Principal, connection_id: str, *, accept_removals: bool = False, full: bool = False) -> Run:
        """The run that was begun, or that is in progress. A sync that was switched off is not switched on by it.

        Raises NotFound, Forbidden, what makes the connection unusable, SyncNotSetUp, SiteAlreadySynced.
        """
        while True:
            connection = find_connection(self.connections, person, connection_id, Right.MANAGE)
            if reason := connection.unusable_because("sync"):
                raise reason
            try:
                sync = self._sync(connection)
                running = self._running(sync)
                if running is not None:
                    return running
                run_id, now = RunId(self.new_id("run")), self.now()
                run = planned(sync, run_id, "manual", now, accept_removals=accept_removals, full=full)
                stored, work = self.start_run.start(sync, run)
            except Stale:
                continue
            self.queue.send([(work, 0)])
            return stored

    def cancel(self, person: Principal, connection_id: str, run_id: str) -> Run:
        """The run, which ends before its next batch, and at once if it waits; one that is over stays as it is.

        Raises NotFound, Forbidden.
        """
        run = self.shown.run(person, connection_id, run_id, Right.MANAGE)
        if not run.is_over:
            self.runs.ask_to_cancel(run)
            self.queue.send([(work_of(run), 0)])  # its own message may be an hour away
        return run

    def _sync(self, connection: Connection) -> Sync:
        """One that is not there because another connection had the site is tried again: that one may be gone."""
        sync = self.syncs.get(connection.workspace, connection.id)
        if sync is None and connection.owner == "workspace" and "sync" in connection.purposes:
            self.begin.begin(connection)
            sync = self.syncs.get(connection.workspace, connection.id)
            if sync is None:
                raise SiteAlreadySynced
        if sync is None or sync.ending:
            raise SyncNotSetUp
        return sync

    def _running(self, sync: Sync) -> Run | None:
        if sync.active_run is None:
            return None
        run = self.runs.get(sync.workspace, sync.connection_id, sync.active_run)
        if run is not None and run.is_over:
            self.conclude.conclude(run)
            return None
        # Its item is made by the dispatcher if it is not there: until then there is nothing to show.
        return run or planned(sync, sync.active_run, "schedule", self.now())
