"""A consent that came back and will not be used: its grant goes, at once and for good."""

from dataclasses import dataclass

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.pending_grants import discarded
from confluence_connector.ports import Stale
from confluence_connector.ports.connections import Connections
from confluence_connector.services.connecting.delete_retired import DeleteRetired
from confluence_connector.services.report_security_event import Kind, SecurityEvents


@dataclass(frozen=True, slots=True)
class ThrowAwayGrant:
    connections: Connections
    delete_retired: DeleteRetired
    security_events: SecurityEvents

    def of(self, connection: Connection, why: Kind, reason: str) -> None:
        """Only the pending grant that the caller saw; another that came meanwhile has its own ten minutes."""
        current: Connection | None = connection
        while current and current.pending and current.pending == connection.pending:
            try:
                current = self.connections.save(discarded(current, reason))
            except Stale:
                current = self.connections.get(connection.workspace, connection.id)
            else:
                self.security_events.report(why, current.workspace, current.id)
                self.delete_retired.of(current)
