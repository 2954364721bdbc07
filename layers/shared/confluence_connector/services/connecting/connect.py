"""Connect: a new connection, waiting for its owner's consent."""

from dataclasses import dataclass

from confluence_connector.domain.connections import Connection, Owner, Status
from confluence_connector.domain.identifiers import ConnectionId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.scopes import Purpose
from confluence_connector.errors import Forbidden
from confluence_connector.ports import Clock, NewId
from confluence_connector.ports.connections import Connections
from confluence_connector.services.connecting.begin_consent import BeginConsent
from confluence_connector.services.connecting.check_purposes import check_purposes


@dataclass(frozen=True, slots=True)
class Started:
    connection: Connection
    authorize_url: str


@dataclass(frozen=True, slots=True)
class Connect:
    connections: Connections
    begin_consent: BeginConsent
    now: Clock
    new_id: NewId

    def start(self, person: Principal, owner: Owner, purposes: frozenset[Purpose], return_to: str | None) -> Started:
        """A `pending` connection and where to send the browser.

        Raises Forbidden (the workspace's own need an admin), WorkspaceOwnerRequired (for all purposes but linking),
        ConnectorNotEnabled, TooManyRequests.
        """
        if owner == "workspace" and not person.is_admin:
            raise Forbidden("Only an admin connects an account for the whole workspace.")
        check_purposes(owner, purposes)
        connection = Connection(
            id=ConnectionId(self.new_id("con")),
            workspace=person.workspace,
            owner=owner,
            owner_id=person.sub if owner == "user" else person.workspace,
            started_by=person.sub,
            purposes=purposes,
            status=Status.PENDING,
            created_at=self.now(),
        )
        authorize_url = self.begin_consent.begin(connection, person, purposes, return_to)
        return Started(self.connections.save(connection), authorize_url)
