"""Every page that has a link, a hundred at a time: where the page is, whether its issue exists, what follows (G7).

A page that moved, went or came back changes the link's state and writes nothing to Jira; before something is taken for
gone, the technical user's rights are looked at again, because losing one has an effect of its own. A title that changed
is written. A link whose create was refused, or interrupted before it was sent, or that a person has just made is tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from confluence_connector.domain.identifiers import IssueId
from confluence_connector.domain.page_links import LinkState, PageLink, state_of
from confluence_connector.domain.synchronizer_runs import PlannedAction, SynchronizerRun
from confluence_connector.limits import LINKS_AT_ONCE
from confluence_connector.ports import Clock, Stale
from confluence_connector.ports.jira import IssueNow
from confluence_connector.ports.synchronizing import PageLinks
from confluence_connector.services.synchronizing.check_before_run import CheckBeforeRun
from confluence_connector.services.synchronizing.create_issue import CreateIssue
from confluence_connector.services.synchronizing.find_linked_pages import Sight, find_linked_pages
from confluence_connector.services.synchronizing.synchronizer_turn import SynchronizerTurn, next_stage
from confluence_connector.services.synchronizing.write_title import WriteTitle

TURNING: Final[Mapping[LinkState, tuple[str, PlannedAction]]] = {
    LinkState.ACTIVE: ("activated", "activate"),
    LinkState.INACTIVE: ("deactivated", "deactivate"),
    LinkState.ORPHANED: ("orphaned", "orphan"),
    LinkState.BROKEN: ("broken", "break"),
}
"""How a new state is counted, and what a dry run calls it."""


@dataclass(frozen=True, slots=True)
class CheckLinks:
    links: PageLinks
    rights: CheckBeforeRun
    titles: WriteTitle
    creates: CreateIssue
    now: Clock

    def step(self, turn: SynchronizerTurn) -> SynchronizerRun:
        run, synchronizer = turn.run, turn.synchronizer
        links = self.links.after(synchronizer.workspace, synchronizer.id, run.last_page, limit=LINKS_AT_ONCE)
        if not links:
            return next_stage(run)
        return replace(run, last_page=links[-1].page_id) if self.checked(turn, links) else run

    def checked(self, turn: SynchronizerTurn, links: Sequence[PageLink]) -> bool:
        """At most LINKS_AT_ONCE of them. False: nothing was done, for somebody changed the synchronizer meanwhile."""
        sights = find_linked_pages(turn, [link.page_id for link in links])
        tied = [link.issue_id for link in links if link.issue_id is not None]
        issues = turn.jira.issues(tied) if tied else {}
        if any(_is_lost(link, sights[link.page_id], issues) for link in links) and not self.rights.holds(turn):
            return False
        for link in links:
            try:
                self._check(turn, link, sights[link.page_id], issues)
            except Stale:
                continue  # somebody changed the link this very moment: what they did is right
        turn.report.did("seen", len(links))
        return True

    def _check(self, turn: SynchronizerTurn, link: PageLink, sight: Sight, issues: Mapping[IssueId, IssueNow]) -> None:
        if link.issue_id is None:
            if link.state == LinkState.CREATING and link.asked_at is None:
                self.creates.where_seen(turn, link, sight)
            return
        issue = issues.get(link.issue_id)
        now = self._as_it_is(link, sight, issue_exists=issue is not None)
        if now.state != link.state:
            counted, action = TURNING[now.state]
            turn.report.did(counted)
            if turn.run.dry_run:
                turn.report.plans(now, action)
        if now != link and not turn.run.dry_run:
            now = self.links.save(now)
        if now.state == LinkState.ACTIVE and issue is not None:
            self.titles.write(turn, now, issue)

    def _as_it_is(self, link: PageLink, sight: Sight, *, issue_exists: bool) -> PageLink:
        """A new title is a new chance for what Jira refused of the old one."""
        state = state_of(sight.whereabouts, issue_exists=issue_exists)
        title = sight.page.title if sight.page is not None else link.title
        return replace(
            link,
            state=state,
            since=link.since if state == link.state else self.now(),
            title=title,
            failure=link.failure if title == link.title else None,
        )


def _is_lost(link: PageLink, sight: Sight, issues: Mapping[IssueId, IssueNow]) -> bool:
    """Whether a page or an issue that was there seems to be gone."""
    if link.issue_id is None:
        return False
    state = state_of(sight.whereabouts, issue_exists=link.issue_id in issues)
    return state != link.state and state in {LinkState.ORPHANED, LinkState.BROKEN}
