"""What an admin should hear of.

A consent that somebody else finished, that nobody confirmed, or that one who left began; work that names a connection
which its workspace does not have; a request that is not what was frozen; that a whole workspace is to be exported or
erased.
"""

from dataclasses import dataclass
from typing import Literal

from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Events, Telemetry

type Kind = Literal[
    "consent_from_other_browser",
    "consent_confirmed_by_other_member",
    "consent_not_confirmed",
    "consent_of_removed_member",
    "forged_work",
    "frozen_request_changed",
    "workspace_export_asked_for",
    "workspace_erasure_asked_for",
]


@dataclass(frozen=True, slots=True)
class SecurityEvents:
    """A log line, a metric, and the event `SecurityEvent` on the stack's bus. Ids only."""

    events: Events
    telemetry: Telemetry

    def report(self, kind: Kind, workspace: WorkspaceId, connection_id: ConnectionId | None = None) -> None:
        """Never fails: a bus that is down must not keep a grant from being thrown away."""
        about: dict[str, str] = {"connection_id": connection_id} if connection_id is not None else {}
        self.telemetry.warn("security_event", kind=kind, workspace=workspace, **about)
        self.telemetry.count("SecurityEvent")
        try:
            self.events.publish("SecurityEvent", {"kind": kind, "workspace": workspace} | about)
        except ConnectorError as error:
            self.telemetry.refused(error, "event_not_published")
