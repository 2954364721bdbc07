"""What consents leave behind when nobody finishes them: expired grants, orphaned secrets, empty connections."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.consents import Consent
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Clock, Stale, Telemetry
from confluence_connector.ports.connections import Connections, Consents
from confluence_connector.services.connecting.confirm import TOO_LATE
from confluence_connector.services.connecting.delete_retired import DeleteRetired
from confluence_connector.services.connecting.drop_consent import DropConsent
from confluence_connector.services.connecting.throw_away_grant import ThrowAwayGrant


@dataclass(frozen=True, slots=True)
class SweepConsents:
    """Everything here may be done twice, and one that fails does not keep the others waiting."""

    connections: Connections
    consents: Consents
    drop_consent: DropConsent
    throw_away: ThrowAwayGrant
    delete_retired: DeleteRetired
    telemetry: Telemetry
    now: Clock

    def sweep(self) -> int:
        """Unconfirmed grants are thrown away, interrupted deletions finished, consents that ran out dropped (A18, A19).

        Returns how many things were seen to. Raises only defects, after all others had their turn.
        """
        now, defects = self.now(), list[Exception]()
        done = self._each(self.connections.due("sweep", now), lambda each: self._tidy(each, now), defects)
        done += self._each(self.consents.due(now), lambda each: self._settle(each, now), defects)
        if defects:
            raise defects[0]
        return done

    def _each[Thing](self, things: Iterable[Thing], see_to: Callable[[Thing], None], defects: list[Exception]) -> int:
        done = 0
        for thing in things:
            try:
                see_to(thing)
                done += 1
            except ConnectorError as error:  # AWS: it stays due
                self.telemetry.refused(error, "sweep_postponed")
            except Exception as error:  # noqa: BLE001 — one broken thing must not keep the others waiting
                defects.append(error)
        return done

    def _tidy(self, connection: Connection, now: datetime) -> None:
        if connection.pending and connection.pending.expires_at <= now:
            self.throw_away.of(connection, "consent_not_confirmed", TOO_LATE)
        elif connection.retired:
            self.delete_retired.of(connection)
        self._forget_if_empty(connection.workspace, connection.id)

    def _settle(self, consent: Consent, now: datetime) -> None:
        connection = self.connections.get(consent.workspace, consent.connection_id)
        pending = connection.pending if connection else None
        if pending and pending.grant.pointer.secret_name == consent.secret_name and pending.expires_at > now:
            # The callback was killed before it could say so: the grant is held, and waits for its confirmation.
            with suppress(Stale):
                self.consents.save(replace(consent, expires_at=pending.expires_at))
            return
        self.drop_consent.drop(consent)
        self._forget_if_empty(consent.workspace, consent.connection_id)

    def _forget_if_empty(self, workspace: WorkspaceId, connection_id: ConnectionId) -> None:
        """A connection that never held a grant goes with its last consent; not before what it retired is deleted."""
        connection = self.connections.get(workspace, connection_id)
        if connection is None or connection.status != Status.PENDING or connection.retired:
            return
        if all(consent.connection_id != connection_id for consent in self.consents.of_workspace(workspace)):
            with suppress(Stale):
                self.connections.remove(connection)
