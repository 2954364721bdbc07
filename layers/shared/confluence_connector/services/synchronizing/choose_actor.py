"""Who acts on the issue of a page for a person (G6): they themselves, or, by a stated exception, the technical user.

    own connection for Jira on the synchronizer's site?  none ──▶ connect_required
        │ has that account Jira there?                   yes ──▶ itself, with its own rights; refused where they end
        │ certainly not                    out of use, scopes ──▶ why: what cannot be asked proves nothing
        └─▶ the synchronizer allows it, and that account may edit the page ──▶ the technical user
                                                                otherwise ──▶ fallback_refused

Only Jira's definite word is "no access" (`Jira.has_access`): an outage, a limit or a grant that does not reach the site
is raised, and never turns into somebody else's rights. The questions are asked in this order, each only if it matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.page_acts import ActingAs
from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.errors import ConnectorError, ConnectRequired, FallbackRefused, ReconnectRequired
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.jira import Jira, JiraSites
from confluence_connector.ports.page_rights import PageRights
from confluence_connector.services.synchronizing.both_sites import both_sites

GRANTED: Final = frozenset({Status.CONNECTED, Status.LIMITED, Status.NEEDS_RECONNECT})
"""A consent was given and confirmed. One that was withdrawn here, or never finished, is none."""
OUT_OF_USE: Final = "Your account has no Jira access, and this synchronizer's technical user cannot act at the moment."


@dataclass(frozen=True, slots=True)
class Actor:
    """`own`: the person's connection, whose account's rights were weighed. `connection`: whose grant `jira` uses."""

    acting_as: ActingAs
    own: Connection
    connection: Connection
    jira: Jira


@dataclass(frozen=True, slots=True)
class ChooseActor:
    connections: Connections
    jira_sites: JiraSites
    page_rights: PageRights
    now: Clock

    def of(self, person: Principal, synchronizer: Synchronizer, page_id: PageId, deadline: Deadline) -> Actor:
        """Raises ConnectRequired, ReconnectRequired, ScopesMissing, FallbackRefused, and what the ports raise."""
        own = self._own(person, synchronizer)
        if not own:
            raise ConnectRequired
        usable = [each for each in own if _unusable_because(each) is None]
        for connection in usable:
            jira = self.jira_sites.of(connection, synchronizer.jira_cloud_id, deadline)
            if jira.has_access():
                self.connections.touch(connection, self.now())
                return Actor("self", connection, connection, jira)
        for reason in map(_unusable_because, own):
            if reason is not None:
                raise reason
        return self._fallback(usable, synchronizer, page_id, deadline)

    def technical_user(self, synchronizer: Synchronizer) -> Connection | None:
        """The connection that the synchronizer works through, if it serves it now: on its sites, with its account."""
        found = self.connections.get(synchronizer.workspace, synchronizer.connection_id)
        if found is None or found.owner != "workspace":
            return None
        try:
            sites = both_sites(found)
        except ConnectorError:
            return None
        there = sites.confluence.cloud_id, sites.jira.cloud_id, sites.account_id
        wanted = synchronizer.cloud_id, synchronizer.jira_cloud_id, synchronizer.technical_account_id
        return found if there == wanted else None

    def _own(self, person: Principal, synchronizer: Synchronizer) -> Sequence[Connection]:
        """The person's own for Jira on the synchronizer's Confluence site, the newest first."""
        theirs = [
            each
            for each in self.connections.of_workspace(person.workspace)
            if each.owner == "user"
            and each.owner_id == person.sub
            and each.status in GRANTED
            and "jira" in each.purposes
            and each.site is not None
            and each.site.cloud_id == synchronizer.cloud_id
        ]
        return sorted(theirs, key=lambda each: each.id, reverse=True)

    def _fallback(
        self, usable: Sequence[Connection], synchronizer: Synchronizer, page_id: PageId, deadline: Deadline
    ) -> Actor:
        """For a person all of whose accounts have no Jira on the site."""
        if not synchronizer.settings.allow_fallback or not synchronizer.settings.enabled:
            raise FallbackRefused
        technical = self.technical_user(synchronizer)
        if technical is None:
            raise FallbackRefused(OUT_OF_USE, remedy="Ask an admin to reconnect the synchronizer's connection.")
        for own in usable:
            if self.page_rights.may_edit(own, page_id, deadline):
                jira = self.jira_sites.of(technical, synchronizer.jira_cloud_id, deadline)
                for each in (own, technical):
                    self.connections.touch(each, self.now())
                return Actor("technical_user", own, technical, jira)
        raise FallbackRefused


def _unusable_because(connection: Connection) -> ConnectorError | None:
    if reason := connection.unusable_because("jira"):
        return reason.of_search()
    return None if connection.account is not None else ReconnectRequired().of_search()
