"""One page gets its issue, at most one (G5).

link: creating, marker, asked_at ─→ create, with the marker ─→ link: active ─→ remote link ─→ link: remote_title
   │ conditional: of two that ask, one does      ├ refused, or never sent: asked_at is taken back
   └ a crash from here on, or an answer that was lost: `settle_creates` looks for the marker before anybody asks again
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.issue_texts import page_url, summary_of
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.synchronizers import PER_PAGE
from confluence_connector.errors import (
    ConnectorError,
    JiraRefused,
    OutOfScope,
    UpstreamProtocolError,
    WriteOutcomeUnknown,
)
from confluence_connector.limits import CREATES_REFUSED
from confluence_connector.ports import Clock, NewSecret
from confluence_connector.ports.jira import Draft, IssueRef
from confluence_connector.ports.synchronizing import PageLinks
from confluence_connector.services.synchronizing.find_linked_pages import Sight
from confluence_connector.services.synchronizing.synchronizer_turn import SynchronizerTurn
from confluence_connector.services.synchronizing.write_title import WriteTitle

DUPLICATE = "duplicate_issue"
DUPLICATE_DETAIL = "Jira made more than one issue of this page: the oldest is tied to it, the others stand beside it."


@dataclass(frozen=True, slots=True)
class CreateIssue:
    links: PageLinks
    titles: WriteTitle
    now: Clock
    new_marker: NewSecret

    def first(self, turn: SynchronizerTurn, page_id: PageId, title: str) -> None:
        """For a page without a link. Raises as `of` does."""
        synchronizer = turn.synchronizer
        blank = PageLink(
            workspace=synchronizer.workspace,
            synchronizer_id=synchronizer.id,
            page_id=page_id,
            state=LinkState.CREATING,
            marker=self.new_marker(),
            issue_type=synchronizer.settings.issue_type,
            title=title,
            since=self.now(),
        )
        self.of(turn, blank, title)

    def of(self, turn: SynchronizerTurn, link: PageLink, title: str) -> None:
        """Asks Jira for a link's issue: for the first time, or again where its marker was looked for in vain.

        Raises Stale (somebody else sees to this page), JiraRefused after too many of them in a row, and what concerns
        the whole run.
        """
        if turn.run.dry_run:
            turn.report.did("created")
            turn.report.plans(replace(link, title=title), "create")
            return
        of_all = turn.synchronizer.settings.issue_type
        announced = self.links.save(
            replace(
                link,
                title=title,
                issue_type=link.issue_type if of_all == PER_PAGE else of_all,
                asked_at=self.now(),
                asks=link.asks + 1,
                recheck=link.recheck or link.asked_at is not None,
                failure=None,
            )
        )
        try:
            ref = self._create(turn, announced)
        except (WriteOutcomeUnknown, UpstreamProtocolError):
            turn.report.did("writes")
            turn.report.unanswered = True
        except ConnectorError as error:  # it certainly was not made
            self._not_made(turn, link, announced, error)
        else:
            turn.report.did("writes")
            turn.report.refused_in_a_row = 0
            self.made(turn, announced, [ref], summary_of(announced.title))

    def where_seen(self, turn: SynchronizerTurn, link: PageLink, sight: Sight) -> None:
        """`of` for a link without an issue, if its page is in scope. If not, a link that nobody selected goes, unless
        an issue was asked for: it might come to light yet.
        """
        if sight.whereabouts == "in_scope" and sight.page is not None:
            self.of(turn, link, sight.page.title)
        elif turn.run.dry_run:
            return
        elif link.selected_by is None and link.asks == 0:
            self.links.remove(link)
        elif link.failure != OutOfScope.code:
            self.links.save(replace(link, failure=OutOfScope.code))

    def made(self, turn: SynchronizerTurn, link: PageLink, refs: Sequence[IssueRef], summary: str | None) -> PageLink:
        """The link's marker is on these issues: the oldest is the page's, unless it has one, and links back to it.

        `summary`: theirs; None: not known. Returns the link as it is stored then. Raises Stale: whoever changed the
        link, or the next look for its marker, sees to it.
        """
        oldest = min(refs, key=lambda ref: int(ref.id))
        others = {ref.key for ref in refs if ref.id != (link.issue_id or oldest.id)} - set(link.duplicates)
        tied = replace(link, duplicates=(*link.duplicates, *sorted(others)))
        if link.issue_id is None:
            tied = replace(_active(tied, oldest, summary), since=self.now())
        stored = link if tied == link else self.links.save(tied)
        if link.issue_id is None:
            turn.report.did("created")
        if others:
            turn.report.did("duplicates", len(others))
            turn.report.tells(stored, DUPLICATE, DUPLICATE_DETAIL)
        if stored.state == LinkState.ACTIVE and stored.remote_title is None:
            return self.titles.link_back(turn, stored)
        return stored

    def _create(self, turn: SynchronizerTurn, link: PageLink) -> IssueRef:
        """Without a description where the issue type's screen has none: the remote link leads to the page, too."""
        draft = self._draft(turn, link)
        try:
            return turn.jira.create(draft)
        except JiraRefused as refused:
            if not draft.described or refused.members.get("fields") != ["description"]:
                raise
        turn.memory.undescribed.add(link.issue_type)
        return turn.jira.create(replace(draft, described=False))

    def _draft(self, turn: SynchronizerTurn, link: PageLink) -> Draft:
        return Draft(
            project_id=turn.synchronizer.project_id,
            issue_type=link.issue_type,
            summary=summary_of(link.title),
            page_url=page_url(turn.site_url, link.page_id),
            marker=link.marker,
            described=link.issue_type not in turn.memory.undescribed,
        )

    def _not_made(self, turn: SynchronizerTurn, was: PageLink, announced: PageLink, error: ConnectorError) -> None:
        """As it was: an answer that is owed from before is looked for again before anybody asks once more."""
        failure = error.code if isinstance(error, JiraRefused) else None
        self.links.save(replace(announced, asked_at=was.asked_at, asks=was.asks, recheck=was.recheck, failure=failure))
        if failure is None:
            raise error
        turn.report.failed(announced, error)
        turn.report.refused_in_a_row += 1
        if turn.report.refused_in_a_row >= CREATES_REFUSED:
            raise error


def _active(link: PageLink, issue: IssueRef, summary: str | None) -> PageLink:
    """Until the marker was looked for once more, it is known when it was sent last."""
    return replace(
        link,
        state=LinkState.ACTIVE,
        issue_id=issue.id,
        issue_key=issue.key,
        summary=summary,
        asked_at=link.asked_at if link.recheck else None,
        failure=None,
    )
