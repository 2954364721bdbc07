"""Reconnect: a new consent for a connection that exists; id, documents and schedules stay (A9)."""

from dataclasses import dataclass

from confluence_connector.domain.connections import Right
from confluence_connector.domain.people import Principal
from confluence_connector.domain.scopes import Purpose
from confluence_connector.ports.connections import Connections
from confluence_connector.services.connecting.begin_consent import BeginConsent
from confluence_connector.services.connecting.check_purposes import check_purposes
from confluence_connector.services.connecting.connect import Started
from confluence_connector.services.find_connection import find_connection


@dataclass(frozen=True, slots=True)
class Reconnect:
    connections: Connections
    begin_consent: BeginConsent

    def start(
        self, person: Principal, connection_id: str, purposes: frozenset[Purpose] | None, return_to: str | None
    ) -> Started:
        """Where to send the browser. The stored grant stays usable until the new one is confirmed.

        `purposes` widen what the connection is for; they never take away what something may hang on.
        Raises NotFound, Forbidden, WorkspaceOwnerRequired, ConnectorNotEnabled, TooManyRequests.
        """
        connection = find_connection(self.connections, person, connection_id, Right.MANAGE)
        check_purposes(connection.owner, purposes or frozenset())
        wanted = connection.purposes | (purposes or frozenset())
        return Started(connection, self.begin_consent.begin(connection, person, wanted, return_to))
