"""What follows once a connection's item says how a rotation ended. After a crash the sweeper does it."""

from dataclasses import dataclass, replace

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.grants import grant_in_use, version_id
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Events, Stale, Telemetry
from confluence_connector.ports.connections import Connections, SecretGone, TokenSecrets
from confluence_connector.services.vault.token_steps import Pause, Step, Steps


@dataclass(frozen=True, slots=True)
class FinishRotation:
    connections: Connections
    secrets: TokenSecrets
    events: Events
    telemetry: Telemetry

    def label(self, connection: Connection) -> Steps[None]:
        """AWSCURRENT follows the pointer: people find the right version, and a labelled version is never deleted."""
        pointer = grant_in_use(connection).pointer
        current = self.connections.get(connection.workspace, connection.id)
        if current is None or current.grant is None or current.grant.pointer != pointer or not current.unlabelled:
            return
        try:
            self.secrets.make_current(pointer)
            yield Pause(Step.LABELLED)
            self.connections.save(replace(current, unlabelled=False))
            yield Pause(Step.RELEASED)
        except ConnectorError as error:
            self.telemetry.refused(error, "label_left_to_sweeper", connection_id=connection.id)
        except (SecretGone, Stale) as error:
            self.telemetry.note("label_left_to_sweeper", connection_id=connection.id, kind=type(error).__name__)

    def announce(self, connection: Connection) -> None:
        """Tells once that a connection needs its person. What fails here is repeated by the sweeper (A11)."""
        self.telemetry.note("connection_needs_reconnect", workspace=connection.workspace, connection_id=connection.id)
        detail = {
            "event_id": version_id(connection, connection.generation, connection.fence),
            "workspace": connection.workspace,
            "connection_id": connection.id,
            "reason": connection.reason or "",
        }
        try:
            self.events.publish("ConnectionNeedsReconnect", detail)
            self._announced(connection)
        except ConnectorError as error:
            self.telemetry.refused(error, "announcement_left_to_sweeper", connection_id=connection.id)

    def _announced(self, connection: Connection) -> None:
        current: Connection | None = connection
        while current is not None and current.unannounced_since is not None:
            try:
                self.connections.save(replace(current, unannounced_since=None))
            except Stale:
                current = self.connections.get(connection.workspace, connection.id)
            else:
                return
