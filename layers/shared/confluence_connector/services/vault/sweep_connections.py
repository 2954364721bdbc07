"""Every two minutes: what crashes and outages left unfinished in the vault (design §3 step 8), and around syncs (K5).

It is why a crash after the token request loses no grant: it comes well inside Atlassian's ten minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from confluence_connector.domain.connections import ALIVE, Connection, Pointer, Status
from confluence_connector.domain.grants import UNREADABLE, needs_reconnect
from confluence_connector.domain.upkeep import recovery_due
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import LEASE_SECONDS, UNREADABLE_SECONDS
from confluence_connector.ports import Clock, Deadline, Sleep, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.services.in_parallel import in_parallel
from confluence_connector.services.syncing.begin_sync import BeginSync
from confluence_connector.services.syncing.end_sync import EndSync
from confluence_connector.services.vault.finish_rotation import FinishRotation
from confluence_connector.services.vault.keep_tokens import KeepTokens
from confluence_connector.services.vault.read_pairs import ReadPairs
from confluence_connector.services.vault.token_steps import run


@dataclass(frozen=True, slots=True)
class SweepConnections:
    connections: Connections
    tokens: KeepTokens
    pairs: ReadPairs
    finish: FinishRotation
    begin_sync: BeginSync
    end_sync: EndSync
    telemetry: Telemetry
    now: Clock
    sleep: Sleep

    def sweep(self, deadline: Deadline) -> int:
        """Returns how many connections it looked after. Raises only defects, after all others had their turn."""
        return in_parallel(
            self.connections.due("sweep", self.now()), lambda connection: self._finish(connection, deadline), deadline
        )

    def _finish(self, connection: Connection, deadline: Deadline) -> None:
        for part in (self._recover, self._judge_unreadable, self._label, self._announce, self._sync):
            current = self.connections.get(connection.workspace, connection.id)
            if current is not None:
                self._try(part, current, deadline)

    def _try(self, part: Callable[[Connection, Deadline], None], connection: Connection, deadline: Deadline) -> None:
        try:
            part(connection, deadline)
        except ConnectorError as error:  # Atlassian or AWS: it stays due
            self.telemetry.refused(error, "sweep_postponed", connection_id=connection.id)
        except Stale:
            self.telemetry.note("sweep_overtaken", connection_id=connection.id)

    def _recover(self, connection: Connection, deadline: Deadline) -> None:
        due_at = recovery_due(connection)
        if connection.status in ALIVE and due_at is not None and due_at <= self.now():
            self.tokens.recover(connection, deadline)

    def _judge_unreadable(self, connection: Connection, _: Deadline) -> None:
        """Ten minutes of absence are no delay any more. An answer that an attempt stored would still be a rescue."""
        if connection.grant is None or not self._past(connection.unreadable_since, UNREADABLE_SECONDS):
            return
        secret = connection.grant.pointer.secret_name
        rescues = [Pointer(secret, attempt.version_id) for attempt in connection.attempts]
        if self.pairs.at(connection.grant.pointer) is not None:
            self.connections.save(replace(connection, unreadable_since=None))
        elif not any(self.pairs.at(pointer) for pointer in rescues):
            self.finish.announce(self.connections.save(needs_reconnect(connection, UNREADABLE, self.now())))

    def _label(self, connection: Connection, _: Deadline) -> None:
        if connection.unlabelled and connection.grant is not None and connection.status in ALIVE:
            run(self.finish.label(connection), self.sleep)

    def _announce(self, connection: Connection, _: Deadline) -> None:
        if self._past(connection.unannounced_since, LEASE_SECONDS):
            self.finish.announce(connection)

    def _sync(self, connection: Connection, _: Deadline) -> None:
        """No crash leaves a connection without the sync that it wants, nor a sync without its connection."""
        if connection.wants_sync:
            self.begin_sync.begin(connection)
        elif connection.status == Status.DISCONNECTED and connection.sync_begun:
            self.end_sync.end(connection.workspace, connection.id)

    def _past(self, since: datetime | None, seconds: int) -> bool:
        return since is not None and since + timedelta(seconds=seconds) <= self.now()
