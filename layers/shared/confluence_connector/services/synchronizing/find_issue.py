"""The issue of a page, as whoever acts for a person sees it: what showing it and acting on it begin with (G6)."""

from dataclasses import dataclass

from confluence_connector.domain.identifiers import PAGE, PageId
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.errors import FallbackRefused, IssueGone, NoIssueYet, NotFound
from confluence_connector.ports import Deadline
from confluence_connector.ports.jira import IssueNow
from confluence_connector.ports.site_reading import SiteReaders
from confluence_connector.ports.synchronizing import PageLinks, Synchronizers
from confluence_connector.services.synchronizing.choose_actor import Actor, ChooseActor
from confluence_connector.services.synchronizing.find_synchronizer import find_synchronizer


@dataclass(frozen=True, slots=True)
class FoundIssue:
    """`issue` None: its link is broken, as the last run found."""

    synchronizer: Synchronizer
    link: PageLink
    actor: Actor
    issue: IssueNow | None

    @property
    def present(self) -> IssueNow:
        """Raises IssueGone."""
        if self.issue is None:
            raise IssueGone
        return self.issue


@dataclass(frozen=True, slots=True)
class FindIssue:
    """`sites` at people's pace: somebody waits."""

    synchronizers: Synchronizers
    links: PageLinks
    actors: ChooseActor
    sites: SiteReaders

    def of(self, person: Principal, synchronizer_id: str, page_id: str, deadline: Deadline) -> FoundIssue:
        """Raises NotFound, NoIssueYet, IssueGone (deleted since the last run, or hidden from who acts), and what
        `ChooseActor.of`, Confluence and Jira raise.
        """
        synchronizer = find_synchronizer(self.synchronizers, person, synchronizer_id)
        link = self.links.get(synchronizer.workspace, synchronizer.id, PageId(page_id)) if _is_page(page_id) else None
        if link is None:
            raise NotFound
        if link.state is LinkState.CREATING:
            raise NoIssueYet(failure=link.failure) if link.failure else NoIssueYet
        actor = self.actors.of(person, synchronizer, link.page_id, deadline)
        if link.state is LinkState.BROKEN or link.issue_id is None:
            return FoundIssue(synchronizer, link, actor, None)
        lent = actor.acting_as == "technical_user"
        if lent and not self._in_scope(synchronizer, link, actor, deadline):
            raise FallbackRefused
        issue = actor.jira.issue(link.issue_id)
        if issue is None:
            raise IssueGone
        if lent and issue.project_id != synchronizer.project_id:
            raise FallbackRefused
        return FoundIssue(synchronizer, link, actor, issue)

    def _in_scope(self, synchronizer: Synchronizer, link: PageLink, actor: Actor, deadline: Deadline) -> bool:
        """The technical user lends its rights for pages in scope and issues in the project, and for nothing beyond: a
        page can be moved to where more people may edit, an issue to a project that they were never to see.

        As the last run found it, and where the page is now: that run may be an hour old.
        """
        if link.state is not LinkState.ACTIVE:
            return False
        found = self.sites.of(actor.own, deadline).pages([link.page_id], bodies=False)
        return any(page.status == "current" and page.space_id == synchronizer.space_id for page in found)


def _is_page(page_id: str) -> bool:
    """What is no id of a page is not looked up (fault case G7)."""
    return PAGE.fullmatch(page_id) is not None
