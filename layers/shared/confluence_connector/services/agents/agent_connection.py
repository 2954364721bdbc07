"""The connection that an agent works through, if it serves that agent right now. Never another one (fault case F4)."""

from dataclasses import dataclass

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.operations import Operation, missing_scopes
from confluence_connector.domain.connections import Connection
from confluence_connector.errors import ReconnectRequired, ScopesMissing, SiteChanged
from confluence_connector.ports.connections import Connections

GONE = "Could not ask Confluence: the connection was disconnected."
MOVED = "Could not ask Confluence: the connection belongs to another site than this agent by now."


@dataclass(frozen=True, slots=True)
class AgentConnection:
    connections: Connections

    def of(self, agent: Agent, operation: Operation) -> Connection:
        """Raises ReconnectRequired, ConfirmationRequired, SiteNotChosen, SiteChanged (A4), and ScopesMissing before
        Atlassian's 401 could say so (F8).
        """
        connection = self.connections.get(agent.workspace, agent.connection_id)
        if connection is None:
            raise ReconnectRequired(GONE, remedy="Ask an admin to connect again and to make the agent anew.")
        if reason := connection.out_of_use_because():
            raise reason.of_search()
        if connection.site is None or connection.site.cloud_id != agent.cloud_id:
            raise SiteChanged(MOVED, remedy="Ask an admin to reconnect with the agent's site, or to make it anew.")
        lacking = missing_scopes(operation, connection.grant.scopes if connection.grant else ())
        if lacking:
            wanted = "read" if all(scope.startswith("read:") for scope in lacking) else "write"
            raise ScopesMissing(
                f"The connection's grant does not reach as far as this agent's policy: {wanted} access is missing.",
                remedy=f"Ask an admin to reconnect to grant {wanted} access.",
                missing_scopes=lacking,
            )
        return connection
