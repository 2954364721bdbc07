"""A connection that somebody asks for by its id, with the right that the call takes (A2)."""

from confluence_connector.domain.connections import Connection, Right
from confluence_connector.domain.identifiers import OURS, ConnectionId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import Forbidden, NotFound
from confluence_connector.ports.connections import Connections


def find_connection(connections: Connections, person: Principal, connection_id: str, right: Right) -> Connection:
    """The connection. Raises NotFound for whom it does not exist, Forbidden for who may see it and not do this.

    An id that is none of ours is not looked up, so that it cannot become a key (fault case G7).
    """
    if not OURS.fullmatch(connection_id):
        raise NotFound
    connection = connections.get(person.workspace, ConnectionId(connection_id))
    rights = connection.rights_of(person) if connection else frozenset()
    if connection is None or Right.SEE not in rights:
        raise NotFound
    if right not in rights:
        raise Forbidden
    return connection
