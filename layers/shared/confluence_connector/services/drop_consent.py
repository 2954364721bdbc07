"""The end of a consent's record, and of a secret that it announced and nothing points to."""

from dataclasses import dataclass

from confluence_connector.domain.consents import Consent
from confluence_connector.ports.connections import Connections, Consents, TokenSecrets


@dataclass(frozen=True, slots=True)
class DropConsent:
    connections: Connections
    consents: Consents
    secrets: TokenSecrets

    def drop(self, consent: Consent) -> None:
        """Secret first, record last. A secret that the connection points to is the connection's, not the consent's."""
        if consent.secret_name is not None:
            connection = self.connections.get(consent.workspace, consent.connection_id)
            grants = (connection.grant, connection.pending and connection.pending.grant) if connection else ()
            if consent.secret_name not in {grant.pointer.secret_name for grant in grants if grant}:
                self.secrets.delete(consent.secret_name)
        self.consents.remove(consent)
