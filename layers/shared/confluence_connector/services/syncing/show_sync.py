"""What a connection's space sync is set to, what it does and what it did (E5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.connections import Right
from confluence_connector.domain.identifiers import OURS, RunId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.runs import Run
from confluence_connector.domain.syncs import Sync
from confluence_connector.errors import NotFound, SyncNotSetUp
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.syncing import Runs, Syncs
from confluence_connector.services.find_connection import find_connection


@dataclass(frozen=True, slots=True)
class ShowSync:
    connections: Connections
    syncs: Syncs
    runs: Runs

    def sync(self, person: Principal, connection_id: str, right: Right = Right.SEE) -> Sync:
        """Raises NotFound, Forbidden, SyncNotSetUp (not asked for, or not begun yet)."""
        connection = find_connection(self.connections, person, connection_id, right)
        sync = self.syncs.get(connection.workspace, connection.id)
        if sync is None or sync.ending:
            raise SyncNotSetUp
        return sync

    def page(
        self, person: Principal, connection_id: str, *, limit: int, after: str | None
    ) -> tuple[Sequence[Run], str | None]:
        """Runs, newest first. The second answer is the position of the next page."""
        connection = find_connection(self.connections, person, connection_id, Right.SEE)
        before = RunId(after) if after else None
        found = self.runs.of_connection(connection.workspace, connection.id, limit=limit + 1, before=before)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def run(self, person: Principal, connection_id: str, run_id: str, right: Right = Right.SEE) -> Run:
        """Raises NotFound, Forbidden."""
        connection = find_connection(self.connections, person, connection_id, right)
        run = self.runs.get(connection.workspace, connection.id, RunId(run_id)) if OURS.fullmatch(run_id) else None
        if run is None:
            raise NotFound
        return run
