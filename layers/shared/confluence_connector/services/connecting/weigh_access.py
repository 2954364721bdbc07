"""How much a workspace's own connection may see: told to the admin who made it, since every member reads with it."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from confluence_connector.domain.connections import Connection
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import SPACES_EXPECTED
from confluence_connector.ports import Deadline, Stale, Telemetry
from confluence_connector.ports.atlassian import ConfluenceSites
from confluence_connector.ports.connections import Connections

PATIENCE_SECONDS: Final = 8
"""A person waits for the end of a consent; the number is worth no more of their time."""


@dataclass(frozen=True, slots=True)
class Brief:
    """A `Deadline` that comes sooner."""

    deadline: Deadline
    until: float

    def remaining_seconds(self) -> float:
        return self.deadline.remaining_seconds() - self.until


@dataclass(frozen=True, slots=True)
class WeighAccess:
    connections: Connections
    sites: ConfluenceSites
    telemetry: Telemetry

    def of(self, connection: Connection, deadline: Deadline) -> Connection:
        """The connection with the number of spaces noted, as soon as it has its site; at most one more than expected.

        A consent does not fail for it: where nobody can tell now, it stays unknown.
        """
        if connection.owner != "workspace" or connection.site is None or connection.unusable_because("link"):
            return connection
        brief = Brief(deadline, max(0.0, deadline.remaining_seconds() - PATIENCE_SECONDS))
        try:
            spaces = self.sites.of(connection, brief).spaces()
            seen = sum(1 for _ in islice(spaces, SPACES_EXPECTED + 1))
            return self.connections.save(replace(connection, spaces_seen=seen))
        except ConnectorError as error:
            self.telemetry.refused(error, "spaces_not_counted", connection_id=connection.id)
        except Stale:  # a refresh, say; the next consent counts again
            self.telemetry.note("spaces_not_counted", connection_id=connection.id)
        return connection
