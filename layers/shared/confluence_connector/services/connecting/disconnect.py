"""Disconnect: from the first write on, nothing is called with the grant; then everything kept of it goes (A8).

1. connection: disconnected, its grants retired        a crash from here on is finished by a rerun or the sweeper
2. consents of it removed, with secrets they announced
3. its space sync stops, and its corpus goes
4. cached text, secrets, and last the record of them
"""

from contextlib import suppress
from dataclasses import dataclass

from confluence_connector.domain.connections import Connection, Right, Status
from confluence_connector.domain.identifiers import MemberId, WorkspaceId
from confluence_connector.domain.pending_grants import disconnected
from confluence_connector.domain.people import Principal
from confluence_connector.limits import WORKSPACE_STOP_SECONDS
from confluence_connector.ports import Deadline, Stale
from confluence_connector.ports.connections import Connections, Consents
from confluence_connector.services.connecting.delete_retired import DeleteRetired
from confluence_connector.services.connecting.drop_consent import DropConsent
from confluence_connector.services.connecting.throw_away_grant import ThrowAwayGrant
from confluence_connector.services.find_connection import find_connection
from confluence_connector.services.syncing.end_sync import EndSync

BY_A_MEMBER = "It was disconnected."
MEMBER_REMOVED = "Its owner was removed from the workspace."
WORKSPACE_ERASED = "Everything of the workspace is being erased."


@dataclass(frozen=True, slots=True)
class Disconnect:
    connections: Connections
    consents: Consents
    drop_consent: DropConsent
    delete_retired: DeleteRetired
    throw_away: ThrowAwayGrant
    end_sync: EndSync

    def disconnect(self, person: Principal, connection_id: str) -> None:
        """Ends it; again is no error. One that never held a grant ceases to exist. Raises NotFound, Forbidden."""
        self._end(find_connection(self.connections, person, connection_id, Right.DISCONNECT), BY_A_MEMBER)

    def remove_member(self, workspace: WorkspaceId, sub: MemberId) -> int:
        """Ends every connection that is theirs, and what they have begun for the workspace's (C6). May be repeated.

        First all are put out of use, then all is cleared away: a crash leaves none usable. Returns how many are theirs.
        """
        theirs = []
        for connection in list(self.connections.of_workspace(workspace)):
            if connection.owner == "user" and connection.owner_id == sub:
                theirs.append(connection)
                self._put_out_of_use(connection, MEMBER_REMOVED)
            elif connection.pending and connection.pending.starter == sub:
                self.throw_away.of(connection, "consent_of_removed_member", MEMBER_REMOVED)
        for consent in list(self.consents.of_workspace(workspace)):
            if consent.starter == sub:
                self.drop_consent.drop(consent)
        for connection in theirs:
            self._end(connection, MEMBER_REMOVED)
        return len(theirs)

    def end_all(self, workspace: WorkspaceId, deadline: Deadline) -> tuple[int, bool]:
        """Ends every connection of the workspace, and every consent under way; how many it ended as far as there was
        time, and whether that was all. Again goes on from there. First all are put out of use, as above.
        """
        theirs = [each for each in self.connections.of_workspace(workspace) if not _is_ended(each)]
        for connection in theirs:
            self._put_out_of_use(connection, WORKSPACE_ERASED)
        for consent in list(self.consents.of_workspace(workspace)):
            self.drop_consent.drop(consent)
        for number, connection in enumerate(theirs, start=1):
            self._end(connection, WORKSPACE_ERASED)
            if number < len(theirs) and deadline.remaining_seconds() < WORKSPACE_STOP_SECONDS:
                return number, False
        return len(theirs), True

    def _end(self, connection: Connection, reason: str) -> None:
        self._put_out_of_use(connection, reason)
        for consent in list(self.consents.of_workspace(connection.workspace)):
            if consent.connection_id == connection.id:
                self.drop_consent.drop(consent)
        # Once more, and always with a write: a callback that looked at its consent before it went away is stale now.
        last = self._put_out_of_use(connection, reason)
        if last is None:
            return
        if last.sync_begun:
            self.end_sync.of(last)
        left = self.delete_retired.of(last)
        if left.account is None:
            with suppress(Stale):  # a rerun was faster, or a new consent has begun
                self.connections.remove(left)

    def _put_out_of_use(self, connection: Connection, reason: str) -> Connection | None:
        current: Connection | None = connection
        while current is not None:
            try:
                return self.connections.save(disconnected(current, reason))
            except Stale:
                current = self.connections.get(connection.workspace, connection.id)
        return None


def _is_ended(connection: Connection) -> bool:
    return connection.status == Status.DISCONNECTED and connection.pending is None and not connection.retired
