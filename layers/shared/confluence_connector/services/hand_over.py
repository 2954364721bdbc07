"""An answer too large for one response: laid down for a few minutes, at an address that whoever asked is given.

What it holds of Confluence lives no longer than the cache would keep it, and goes with the grant that it came through.
"""

from dataclasses import dataclass

from confluence_connector.domain.connections import ALIVE
from confluence_connector.errors import ReconnectRequired
from confluence_connector.ports.cache import CacheScope, HandedOver, Handovers, Origin
from confluence_connector.ports.connections import Connections


@dataclass(frozen=True, slots=True)
class HandOver:
    connections: Connections
    handovers: Handovers

    def of(self, body: str, content_type: str, *, origin: Origin | None, age_seconds: int) -> HandedOver:
        """`age_seconds`: of its oldest text of Confluence's.

            this         put ……………… look: still in use? ── no ──▶ withdraw
            disconnect        grant out of use │ purge

        Whichever way they fall, either the purge finds it or this does. Raises ReconnectRequired for the latter.
        """
        name = self.handovers.put(body, content_type, origin=origin, age_seconds=age_seconds)
        if origin and not all(self._in_use(scope) for scope in origin.scopes):
            self.handovers.withdraw(name)
            raise ReconnectRequired().of_linked_source()
        return self.handovers.address(name, age_seconds=age_seconds)

    def _in_use(self, scope: CacheScope) -> bool:
        connection = self.connections.get(scope.workspace, scope.connection_id)
        if connection is None or connection.grant is None:
            return False
        return connection.status in ALIVE and connection.grant.generation == scope.generation
