"""Hourly: grants that nobody used for two months are rotated, so that none dies of Atlassian's 90 idle days (B26)."""

from dataclasses import dataclass

from confluence_connector.domain.connections import Connection
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Clock, Deadline, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.services.in_parallel import in_parallel
from confluence_connector.services.vault.keep_tokens import KeepTokens


@dataclass(frozen=True, slots=True)
class KeepAlive:
    connections: Connections
    tokens: KeepTokens
    telemetry: Telemetry
    now: Clock

    def rotate_idle(self, deadline: Deadline) -> int:
        """Returns how many it looked after; what did not fit or failed is due again in an hour, with a month to go."""
        return in_parallel(
            self.connections.due("keep_alive", self.now()), lambda each: self._rotate(each, deadline), deadline
        )

    def _rotate(self, connection: Connection, deadline: Deadline) -> None:
        try:
            self.tokens.recover(connection, deadline)
        except ConnectorError as error:
            self.telemetry.refused(error, "keep_alive_postponed", connection_id=connection.id)
