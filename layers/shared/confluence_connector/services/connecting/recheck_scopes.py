"""After any consent: what it took away from the account's other connections (A3)."""

from dataclasses import dataclass, replace

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.grants import with_scopes_checked
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Stale, Telemetry
from confluence_connector.ports.connections import Connections


@dataclass(frozen=True, slots=True)
class RecheckScopes:
    """A new consent replaces the scopes of the account's grant at Atlassian, whoever asked for it and wherever."""

    connections: Connections
    telemetry: Telemetry

    def of_account(self, account_id: str, granted: tuple[str, ...]) -> None:
        """Narrows what every connection of that account believes to hold; one that lacks something becomes `limited`.

        Widening is left to the next refresh, whose answer names the scopes of that very token. So is everything, should
        a store not answer: the consent that is being finished must not fail for it.
        """
        try:
            for connection in self.connections.of_account(account_id):
                self._narrow(connection, frozenset(granted))
        except ConnectorError as error:
            self.telemetry.refused(error, "scopes_not_rechecked")

    def _narrow(self, connection: Connection, granted: frozenset[str]) -> None:
        current: Connection | None = connection
        while current and current.grant and not set(current.grant.scopes) <= granted:
            scopes = tuple(scope for scope in current.grant.scopes if scope in granted)
            narrowed = with_scopes_checked(replace(current, grant=replace(current.grant, scopes=scopes)))
            if narrowed.status == Status.LIMITED != current.status:
                self.telemetry.note("limited_by_consent", connection_id=current.id, workspace=current.workspace)
            try:
                current = self.connections.save(narrowed)
            except Stale:
                current = self.connections.get(connection.workspace, connection.id)
