"""Asking Confluence on somebody's behalf: with a connection they may use, and refusals told for a search."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from confluence_connector.domain.connections import Connection, Right, Site
from confluence_connector.domain.people import Principal
from confluence_connector.errors import ConnectorError, PageGone, PageNotFound, SiteNotChosen
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.atlassian import Confluence, ConfluenceSites
from confluence_connector.ports.connections import Connections
from confluence_connector.services.find_connection import find_connection


@dataclass(frozen=True, slots=True)
class Asked:
    """A usable connection, its site, and Confluence through it."""

    connection: Connection
    site: Site
    confluence: Confluence


@dataclass(frozen=True, slots=True)
class ConfluenceAsker:
    connections: Connections
    sites: ConfluenceSites
    now: Clock

    @contextmanager
    def asking(self, person: Principal, connection_id: str, deadline: Deadline) -> Iterator[Asked]:
        """Confluence through a connection that the person may use (A2), for as long as the block lasts.

        Inside it PageGone becomes PageNotFound. Raises NotFound, Forbidden, ConfirmationRequired, SiteNotChosen,
        ReconnectRequired, ScopesMissing.
        """
        connection = find_connection(self.connections, person, connection_id, Right.USE)
        try:
            yield self._usable(connection, deadline)
        except PageGone:
            raise PageNotFound from None
        except ConnectorError as error:
            raise error.of_search() from None
        self.connections.touch(connection, self.now())

    def _usable(self, connection: Connection, deadline: Deadline) -> Asked:
        if reason := connection.unusable_because("link"):
            raise reason
        if connection.site is None:
            raise SiteNotChosen
        return Asked(connection, connection.site, self.sites.of(connection, deadline))
