"""A connection that became usable for sync gets one, or gets its own going again (E1, A9).

the site claimed ─→ sync ─→ its first run ─→ connection: begun with this grant
    └ after a crash anywhere the connection is still due, and the sweeper goes through the same steps again (K5)
"""

from dataclasses import dataclass, replace

from confluence_connector.domain.connections import Connection, Site, Status
from confluence_connector.domain.identifiers import ConnectionId, CorpusId, RunId
from confluence_connector.domain.sync_plan import planned
from confluence_connector.domain.syncs import Sync, SyncSettings
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Clock, NewId, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.syncing import Syncs, WorkQueue
from confluence_connector.services.syncing.end_sync import EndSync
from confluence_connector.services.syncing.start_run import StartRun


@dataclass(frozen=True, slots=True)
class BeginSync:
    connections: Connections
    syncs: Syncs
    queue: WorkQueue
    start: StartRun
    end: EndSync
    telemetry: Telemetry
    now: Clock
    new_id: NewId

    def of(self, connection: Connection) -> Connection:
        """The connection, its sync begun if it wants one and that could be done now; else the sweeper does it."""
        try:
            return self.begin(connection) if connection.wants_sync else connection
        except ConnectorError as error:
            self.telemetry.refused(error, "sync_not_begun", connection_id=connection.id)
        except Stale:
            self.telemetry.note("sync_begin_overtaken", connection_id=connection.id)
        return self.connections.get(connection.workspace, connection.id) or connection

    def begin(self, connection: Connection) -> Connection:
        """For a connection that wants it. May be repeated. Raises Stale.

        Where another connection has the site there is no sync, and none is tried again before the next consent. An old
        corpus of another site is removed first; until then the connection stays due.
        """
        site, grant = connection.site, connection.grant
        assert site is not None and grant is not None  # noqa: S101, PT018 — it is usable
        sync = self.syncs.get(connection.workspace, connection.id)
        if sync is not None and (sync.ending or sync.cloud_id != site.cloud_id):
            if not sync.ending:
                self.end.end(connection.workspace, connection.id)
            return connection
        if sync is None:
            self._first(connection, site, grant.generation)
        elif sync.generation != grant.generation:
            resumed_at = self.now() if sync.settings.enabled else None
            self.syncs.save(replace(sync, generation=grant.generation, paused_because=None, next_run_at=resumed_at))
        return self.connections.save(replace(connection, sync_begun=grant.generation))

    def _first(self, connection: Connection, site: Site, generation: int) -> None:
        if not self._claims(connection, site):
            self.telemetry.note("site_already_synced", connection_id=connection.id)
            return
        now = self.now()
        sync = self.syncs.save(
            Sync(
                workspace=connection.workspace,
                connection_id=connection.id,
                cloud_id=site.cloud_id,
                corpus_id=CorpusId(self.new_id("cor")),
                generation=generation,
                settings=SyncSettings(),
                created_at=now,
                next_run_at=now,  # a crash before the next line: the dispatcher begins the first run
            )
        )
        _, work = self.start.start(sync, planned(sync, RunId(self.new_id("run")), "first", now))
        self.queue.send([(work, 0)])

    def _claims(self, connection: Connection, site: Site) -> bool:
        """A claim that a crash left behind, of a connection that has no sync and wants none, is taken over."""
        holder = self.syncs.claim_site(connection.workspace, site.cloud_id, connection.id)
        if holder != connection.id and self._is_left_behind(connection, holder):
            self.syncs.release_site(connection.workspace, site.cloud_id, holder)
            holder = self.syncs.claim_site(connection.workspace, site.cloud_id, connection.id)
        return holder == connection.id

    def _is_left_behind(self, connection: Connection, holder: ConnectionId) -> bool:
        other = self.connections.get(connection.workspace, holder)
        gone = other is None or other.status == Status.DISCONNECTED
        return gone and self.syncs.get(connection.workspace, holder) is None
