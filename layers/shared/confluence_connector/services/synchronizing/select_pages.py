"""A person selects a page, so that it has an issue, or takes it back (G3).

Who may is who could make the issue in Jira, or for whom the technical user may (`ChooseActor`). Selecting saves the
link and starts a run: the issue itself is made by the run, as every other one is.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.cql_fence import among, fenced
from confluence_connector.domain.identifiers import PAGE, PageId
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizers import PER_PAGE, Synchronizer
from confluence_connector.errors import (
    InProgress,
    JiraForbidden,
    NoIssueYet,
    NotSelectable,
    OutOfScope,
    PageNotFound,
    PermissionsMissing,
    ReconnectRequired,
    Unprocessable,
)
from confluence_connector.ports import Clock, Deadline, NewSecret, Stale
from confluence_connector.ports.jira import JiraSites
from confluence_connector.ports.site_reading import ListedPage, SiteReaders
from confluence_connector.ports.synchronizing import PageLinks, Synchronizers
from confluence_connector.services.synchronizing.act_trail import ActTrail
from confluence_connector.services.synchronizing.both_sites import told_to_who_asks
from confluence_connector.services.synchronizing.check_settings import check_issue_type
from confluence_connector.services.synchronizing.choose_actor import Actor, ChooseActor
from confluence_connector.services.synchronizing.find_synchronizer import find_synchronizer
from confluence_connector.services.synchronizing.start_synchronizer_run import StartSynchronizerRun

CREATE: Final = "CREATE_ISSUES"
NO_CONNECTION: Final = "The connection that the synchronizer works through cannot be used at the moment."
OFF: Final = "This synchronizer is switched off."


@dataclass(frozen=True, slots=True)
class SelectPages:
    """Every method raises NotFound, NotSelectable, NoIssueYet, JiraForbidden, PermissionsMissing (the technical user
    may not create issues), and what `ChooseActor.of` raises. `sites` at people's pace: somebody waits.
    """

    synchronizers: Synchronizers
    links: PageLinks
    actors: ChooseActor
    sites: SiteReaders
    jira_sites: JiraSites
    runs: StartSynchronizerRun
    trail: ActTrail
    now: Clock
    new_marker: NewSecret

    @told_to_who_asks()
    def select(
        self, person: Principal, synchronizer_id: str, page_id: str, issue_type: str | None, deadline: Deadline
    ) -> PageLink:
        """The page's link: a new one in `creating`, or the one that it has, unchanged. Where the issue is gone, another
        one is made, in every mode: a person asked for it.

        Raises PageNotFound for a page that is not there for this person, OutOfScope; Unprocessable for an issue type
        missing or given where there is no choice, and for one that cannot be created; JiraRefused for one that demands
        what no synchronizer can give.
        """
        synchronizer = find_synchronizer(self.synchronizers, person, synchronizer_id)
        if not PAGE.fullmatch(page_id):
            raise PageNotFound
        wanted = PageId(page_id)
        link = self.links.get(synchronizer.workspace, synchronizer.id, wanted)
        if link is None and synchronizer.settings.mode != "selected":
            raise NotSelectable
        if not synchronizer.settings.enabled:
            raise NotSelectable(OFF, remedy="Ask an admin to switch it on.")
        actor = self.actors.of(person, synchronizer, wanted, deadline)
        page = self._seen_by(actor.own, wanted, deadline)
        if link is None or link.state in {LinkState.BROKEN, LinkState.CREATING}:
            _check_right(actor, synchronizer)
        if link is None or link.state is LinkState.BROKEN:
            chosen = _issue_type(synchronizer, issue_type, link)
            self._check_scope(synchronizer, page, chosen, deadline)
            line = self.trail.line(person, synchronizer, actor, "select", page_id=wanted, issue_id=None, what=[chosen])
            _, made = self.trail.tell(line, lambda: self._linked(person, synchronizer, page, chosen))
            link = made
        if link.state is LinkState.CREATING:
            self._start(synchronizer)
        return link

    @told_to_who_asks()
    def deselect(self, person: Principal, synchronizer_id: str, page_id: str, deadline: Deadline) -> None:
        """The page has no issue any more; the issue stays in Jira as it is. Again is no error."""
        synchronizer = find_synchronizer(self.synchronizers, person, synchronizer_id)
        if synchronizer.settings.mode != "selected":
            raise NotSelectable
        known = PAGE.fullmatch(page_id)
        link = self.links.get(synchronizer.workspace, synchronizer.id, PageId(page_id)) if known else None
        if link is None:
            return
        _check_settled(link)
        actor = self.actors.of(person, synchronizer, link.page_id, deadline)
        _check_right(actor, synchronizer)
        line = self.trail.line(
            person, synchronizer, actor, "deselect", page_id=link.page_id, issue_id=link.issue_id, what=[]
        )
        self.trail.tell(line, lambda: self._removed(link))

    def _seen_by(self, own: Connection, page_id: PageId, deadline: Deadline) -> ListedPage:
        found = self.sites.of(own, deadline).pages([page_id], bodies=False)
        if not found:
            raise PageNotFound
        return found[0]

    def _check_scope(self, synchronizer: Synchronizer, page: ListedPage, issue_type: str, deadline: Deadline) -> None:
        """As the technical user sees it, whose runs will see it so."""
        technical = self.actors.technical_user(synchronizer)
        if technical is None:
            raise ReconnectRequired(NO_CONNECTION, remedy="Ask an admin to reconnect it.")
        site, cql = self.sites.of(technical, deadline), synchronizer.settings.cql
        if page.status != "current" or page.space_id != synchronizer.space_id:
            raise OutOfScope
        if cql is None:
            inside = bool(site.pages([page.id], bodies=False))
        else:
            inside = page.id in site.matching(among(fenced(synchronizer.space_key, cql), [page.id])).pages
        if not inside:
            raise OutOfScope
        if synchronizer.settings.issue_type == PER_PAGE:
            jira = self.jira_sites.of(technical, synchronizer.jira_cloud_id, deadline)
            check_issue_type(jira, synchronizer.project_key, issue_type)

    def _linked(self, person: Principal, synchronizer: Synchronizer, page: ListedPage, issue_type: str) -> PageLink:
        """Of two who select a page at once, one makes its link."""
        while True:
            link = self.links.get(synchronizer.workspace, synchronizer.id, page.id)
            if link is not None and link.state is not LinkState.BROKEN:
                return link
            new = PageLink(
                workspace=synchronizer.workspace,
                synchronizer_id=synchronizer.id,
                page_id=page.id,
                state=LinkState.CREATING,
                marker=self.new_marker(),
                issue_type=issue_type,
                title=page.title,
                since=self.now(),
                duplicates=link.duplicates if link else (),
                selected_by=person.sub,
                revision=link.revision if link else 0,
            )
            with suppress(Stale):
                return self.links.save(new)

    def _removed(self, link: PageLink) -> None:
        current: PageLink | None = link
        while current is not None:
            _check_settled(current)
            try:
                self.links.remove(current)
            except Stale:
                current = self.links.get(link.workspace, link.synchronizer_id, link.page_id)
            else:
                return

    def _start(self, synchronizer: Synchronizer) -> None:
        """A run that is about to begin takes the link in, too; where none begins, the schedule's next one does."""
        current: Synchronizer | None = synchronizer
        while current is not None and not current.ending:
            with suppress(InProgress):
                try:
                    self.runs.start(current, "selection")
                except Stale:
                    current = self.synchronizers.get(synchronizer.workspace, synchronizer.id)
                    continue
            return


def _issue_type(synchronizer: Synchronizer, given: str | None, link: PageLink | None) -> str:
    setting = synchronizer.settings.issue_type
    if setting != PER_PAGE:
        if given is not None:
            raise Unprocessable("This synchronizer has one issue type for all pages.", remedy="Name none.")
        return setting
    if given is not None:
        return given
    if link is None:
        raise Unprocessable("This synchronizer's issue types are chosen per page.", remedy='Name one: "issue_type".')
    return link.issue_type


def _check_right(actor: Actor, synchronizer: Synchronizer) -> None:
    if CREATE in actor.jira.permissions(synchronizer.project_key, [CREATE]):
        return
    if actor.acting_as == "self":
        raise JiraForbidden
    raise PermissionsMissing(missing_permissions=[CREATE])


def _check_settled(link: PageLink) -> None:
    """An issue that may be on its way would be nobody's."""
    if link.recheck or (link.state is LinkState.CREATING and link.asked_at is not None):
        raise NoIssueYet
