"""A consent's token pair goes into a secret of its own, and waits there for the member who started it.

consent: name of the secret ─→ secret ─→ connection: pending grant ─→ consent: good until the pending grant runs out
crash after any step: the sweeper finds the consent, and with it the secret that nothing points to (A18, A19)
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from confluence_connector.domain.account_reports import next_round
from confluence_connector.domain.connections import Account, Connection, Grant, PendingGrant, Pointer, Site
from confluence_connector.domain.consents import Consent, sealed
from confluence_connector.domain.grants import version_id
from confluence_connector.domain.pending_grants import held
from confluence_connector.limits import CONFIRMATION_SECONDS, UNFINISHED_CALLBACK_SECONDS
from confluence_connector.ports import Clock, Stale
from confluence_connector.ports.account_reports import AccountReports
from confluence_connector.ports.connections import Connections, Consents, TokenPair, TokenSecrets


class ConsentOver(Exception):
    """The consent, or its connection, was taken back while its answer was under way. Nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class ConsentFruit:
    """What Atlassian gave for a code: tokens, whose they are, and the sites that our purposes can work on."""

    pair: TokenPair
    account: Account
    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class StoreGrant:
    """`secret_prefix` is where the stack's functions may make secrets."""

    connections: Connections
    consents: Consents
    secrets: TokenSecrets
    reports: AccountReports
    now: Clock
    secret_prefix: str

    def store(self, consent: Consent, fruit: ConsentFruit, code: str) -> Connection:
        """Holds the grant as pending, to be confirmed with `code`. Raises ConsentOver."""
        connection = self.connections.get(consent.workspace, consent.connection_id)
        if connection is None:
            raise ConsentOver
        # A name never comes twice: the generation may (two consents at once), the consent's id may not.
        name = f"{self.secret_prefix}/{consent.workspace}/{connection.id}/g{connection.generation + 1}-{consent.id[4:]}"
        until = self.now() + timedelta(seconds=UNFINISHED_CALLBACK_SECONDS)
        try:
            noted = self.consents.save(replace(consent, secret_name=name, expires_at=until))
        except Stale:
            raise ConsentOver from None
        pointer = Pointer(name, version_id(connection, connection.generation + 1, 0))
        self.secrets.create(name, pointer.version_id, fruit.pair)
        self.connections.note_account(connection, fruit.account.id)
        self.reports.begin(connection.workspace, next_round(self.now(), None))
        while connection is not None:
            # The consent is looked at after the connection was read: a disconnect in between changes the revision.
            if self.consents.get(consent.workspace, consent.id) != noted:
                break
            pending = self._pending(connection, noted, fruit, code, pointer)
            try:
                saved = self.connections.save(held(connection, pending))
            except Stale:
                connection = self.connections.get(consent.workspace, consent.connection_id)
                continue
            self._keep_until_confirmed(noted, pending)
            return saved
        self.secrets.delete(name)
        raise ConsentOver

    def _pending(
        self, connection: Connection, consent: Consent, fruit: ConsentFruit, code: str, pointer: Pointer
    ) -> PendingGrant:
        grant = Grant(
            pointer=pointer,
            generation=connection.generation + 1,
            scopes=fruit.pair.scopes,
            consented_at=fruit.pair.issued_at,
            rotated_at=fruit.pair.issued_at,
            access_expires_at=fruit.pair.access_expires_at,
        )
        return PendingGrant(
            grant=grant,
            account=fruit.account,
            sites=fruit.sites,
            purposes=consent.purposes,
            starter=consent.starter,
            code_hash=sealed(code),
            expires_at=self.now() + timedelta(seconds=CONFIRMATION_SECONDS),
        )

    def _keep_until_confirmed(self, consent: Consent, pending: PendingGrant) -> None:
        try:
            self.consents.save(replace(consent, expires_at=pending.expires_at))
        except Stale:
            return  # a disconnect has just removed it, and sees to the pending grant as well
