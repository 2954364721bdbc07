"""Which connections somebody may see, and what they say about themselves (A2, A5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.connections import Connection, Right
from confluence_connector.domain.people import Principal
from confluence_connector.ports.connections import Connections
from confluence_connector.services.find_connection import find_connection


@dataclass(frozen=True, slots=True)
class ShowConnections:
    connections: Connections

    def one(self, person: Principal, connection_id: str) -> Connection:
        """Raises NotFound."""
        return find_connection(self.connections, person, connection_id, Right.SEE)

    def page(self, person: Principal, *, limit: int, after: str | None) -> tuple[Sequence[Connection], str | None]:
        """In order of creation, which ids carry. The second answer is the position of the next page."""
        seen = (
            each
            for each in sorted(self.connections.of_workspace(person.workspace), key=lambda each: each.id)
            if each.id > (after or "") and Right.SEE in each.rights_of(person)
        )
        found = [each for each, _ in zip(seen, range(limit + 1), strict=False)]
        return found[:limit], found[limit - 1].id if len(found) > limit else None
