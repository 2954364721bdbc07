"""What a retired grant leaves behind: text, cached or handed over, and a secret.

Repeatable, so that a crash costs nothing (C3).
"""

from dataclasses import dataclass, replace

from confluence_connector.domain.connections import Connection
from confluence_connector.ports import Stale
from confluence_connector.ports.cache import CacheScope, Handovers, TextCache
from confluence_connector.ports.connections import Connections, TokenSecrets


@dataclass(frozen=True, slots=True)
class DeleteRetired:
    connections: Connections
    secrets: TokenSecrets
    cache: TextCache
    handovers: Handovers

    def of(self, connection: Connection) -> Connection:
        """Deletes, then forgets: the record goes last. The cache refuses text of a grant that is no longer in use."""
        done = connection.retired
        for retired in done:
            scope = CacheScope(connection.workspace, connection.id, retired.generation)
            self.cache.purge(scope)
            self.secrets.delete(retired.secret_name)
            self.handovers.purge(scope)
        current: Connection | None = connection
        while current and set(done) & set(current.retired):
            left = tuple(retired for retired in current.retired if retired not in done)
            try:
                return self.connections.save(replace(current, retired=left))
            except Stale:
                current = self.connections.get(connection.workspace, connection.id)
        return current or connection
