"""The end of a sync: its connection is gone, or belongs to another site now (A8, E6).

sync: ending ─→ its run is asked to stop ─→ message: remove the corpus
    └ from here on no run begins; the dispatcher sends the message again until the sync is gone
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import Work
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.syncing import Runs, Syncs, WorkQueue


@dataclass(frozen=True, slots=True)
class EndSync:
    connections: Connections
    syncs: Syncs
    runs: Runs
    queue: WorkQueue
    telemetry: Telemetry
    now: Clock

    def of(self, connection: Connection) -> None:
        """`end`, as far as it goes: a connection's own end does not wait for it, and the sweeper comes after."""
        try:
            self.end(connection.workspace, connection.id)
        except ConnectorError as error:
            self.telemetry.refused(error, "sync_not_ended", connection_id=connection.id)
        except Stale:
            self.telemetry.note("sync_end_overtaken", connection_id=connection.id)

    def end(self, workspace: WorkspaceId, connection_id: ConnectionId) -> None:
        """May be repeated. Raises Stale."""
        sync = self.syncs.get(workspace, connection_id)
        if sync is None:
            forget_sync(self.connections, workspace, connection_id)
            return
        if not sync.ending:
            until = self.now() + timedelta(seconds=TURN_STALLED_SECONDS)
            sync = self.syncs.save(replace(sync, ending=True, next_run_at=None, active_until=until))
        if sync.active_run is not None:
            run = self.runs.get(workspace, connection_id, sync.active_run)
            if run is not None and not run.is_over:
                self.runs.ask_to_cancel(run)
        self.queue.send([(removal_of(sync), 0)])


def removal_of(sync: Sync) -> Work:
    """The message that has the corpus removed. There is no other turn than the first: each does what is left."""
    return Work("remove_corpus", sync.workspace, sync.connection_id, sync.corpus_id, 1)


def forget_sync(connections: Connections, workspace: WorkspaceId, connection_id: ConnectionId) -> None:
    """The connection has no sync (any more): one that wants one gets a new one."""
    while True:
        connection = connections.get(workspace, connection_id)
        if connection is None or connection.sync_begun == 0:
            return
        try:
            connections.save(replace(connection, sync_begun=0))
        except Stale:
            continue
        return
