"""The end of a consent's record, and of a secret that it announced and nothing points to.

callback    ── announces the secret ──────────────── makes it ── looks at its consent ── ✗ killed
disconnect  ──────────────────────── drops the consent

Nobody but the record knows that secret, so it outlives every callback that could still make it; the sweeper ends both.
"""

from dataclasses import dataclass

from confluence_connector.domain.consents import Consent
from confluence_connector.ports import Clock, Stale
from confluence_connector.ports.connections import Connections, Consents, TokenSecrets


@dataclass(frozen=True, slots=True)
class DropConsent:
    connections: Connections
    consents: Consents
    secrets: TokenSecrets
    now: Clock

    def drop(self, consent: Consent) -> None:
        """Takes its leave away at once, and its secret; the record goes when no callback can make that secret any more.

        A secret that the connection points to, or is deleting, is the connection's and not the consent's.
        """
        current: Consent | None = consent
        while current is not None:
            try:
                return self._drop(current)
            except Stale:  # its callback has just announced a secret
                current = self.consents.get(consent.workspace, consent.id)
        return None

    def _drop(self, consent: Consent) -> None:
        if consent.secret_name is not None and not self._is_the_connections(consent, consent.secret_name):
            if consent.expires_at > self.now():
                self.consents.save(consent)  # another revision: whoever holds the one before may not go on
                self.secrets.delete(consent.secret_name)
                return
            self.secrets.delete(consent.secret_name)
        self.consents.remove(consent)

    def _is_the_connections(self, consent: Consent, secret_name: str) -> bool:
        connection = self.connections.get(consent.workspace, consent.connection_id)
        if connection is None:
            return False
        grants = (connection.grant, connection.pending and connection.pending.grant)
        known = {grant.pointer.secret_name for grant in grants if grant}
        return secret_name in known | {retired.secret_name for retired in connection.retired}
