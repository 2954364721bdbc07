"""Confirm: the member who started a consent says, signed in, that the grant is theirs. From here on it is usable.

State and cookie do not prove who consented: a link sent to a victim passes both. The completion code, in the hands of
the starter's own session, does (A9; fault cases A6, A7).
"""

from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest

from confluence_connector.domain.connections import Connection, PendingGrant, Right
from confluence_connector.domain.consents import sealed
from confluence_connector.domain.identifiers import OURS, ConnectionId
from confluence_connector.domain.pending_grants import adopted, is_other_account_or_site
from confluence_connector.domain.people import Principal
from confluence_connector.errors import (
    BadRequest,
    ConfirmationRequired,
    Forbidden,
    NotFound,
    OtherAccountOrSite,
    OtherMember,
)
from confluence_connector.ports import Clock, Stale
from confluence_connector.ports.connections import Connections, Consents
from confluence_connector.services.connecting.delete_retired import DeleteRetired
from confluence_connector.services.connecting.throw_away_grant import ThrowAwayGrant
from confluence_connector.services.syncing.begin_sync import BeginSync

BY_ANOTHER = "Somebody else tried to confirm this consent, so it was thrown away."
NOTHING_WAITS = "No consent waits to be confirmed."
TOO_LATE = "The consent was not confirmed within ten minutes, so it was thrown away."


@dataclass(frozen=True, slots=True)
class Confirm:
    connections: Connections
    consents: Consents
    throw_away: ThrowAwayGrant
    delete_retired: DeleteRetired
    begin_sync: BeginSync
    now: Clock

    def confirm(self, person: Principal, connection_id: str, code: str, *, accept_change: bool) -> Connection:
        """The connection with its new grant; the one before is gone, and a space sync that it wants has begun.

        Raises NotFound, OtherMember or Forbidden (the grant is thrown away), ConfirmationRequired (nothing waits, or it
        waited too long), BadRequest (not this consent's code), OtherAccountOrSite (until `accept_change`).
        """
        if not OURS.fullmatch(connection_id):
            raise NotFound
        while True:
            connection = self.connections.get(person.workspace, ConnectionId(connection_id))
            if connection is None:
                raise NotFound
            pending = self._allowed(connection, person)
            if not compare_digest(sealed(code), pending.code_hash):
                raise BadRequest("The code does not belong to the consent that waits.", remedy="Connect again.")
            if is_other_account_or_site(connection, pending) and not accept_change:
                raise OtherAccountOrSite
            try:
                saved = self.connections.save(adopted(connection, pending, self.now()))
            except Stale:  # a refresh of the grant in use, say
                continue
            self._close(saved)
            return self.begin_sync.of(self.delete_retired.of(saved))

    def _allowed(self, connection: Connection, person: Principal) -> PendingGrant:
        pending, rights = connection.pending, connection.rights_of(person)
        if pending and person.sub != pending.starter:
            self.throw_away.of(connection, "consent_confirmed_by_other_member", BY_ANOTHER)
            raise OtherMember if Right.SEE in rights else NotFound
        if Right.SEE not in rights:
            raise NotFound
        if Right.MANAGE not in rights:
            if pending:  # an admin when it began, none any more
                self.throw_away.of(connection, "consent_confirmed_by_other_member", BY_ANOTHER)
            raise Forbidden
        if pending is None:
            raise ConfirmationRequired(NOTHING_WAITS, remedy="Read the connection, or connect again.")
        if pending.expires_at <= self.now():
            self.throw_away.of(connection, "consent_not_confirmed", TOO_LATE)
            raise ConfirmationRequired(TOO_LATE, remedy="Connect again.")
        return pending

    def _close(self, connection: Connection) -> None:
        """The consent has done its work. Others of this connection may still be under way."""
        name = connection.grant.pointer.secret_name if connection.grant else None
        for consent in self.consents.of_workspace(connection.workspace):
            if consent.secret_name == name:
                with suppress(Stale):  # then the sweeper removes it
                    self.consents.remove(consent)
