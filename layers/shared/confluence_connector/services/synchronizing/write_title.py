"""A page's title reaches its issue: as its summary, and as the title of the remote link to the page (G5).

Written only when the title has changed since our last write, so that a person's edit in Jira stays and nothing echoes
(M1). Where both sides changed, the page's title wins; what it overwrote is told, and stays in Jira's history (M2). What
Jira refused is tried again when the title changes or a person starts a run.
"""

from dataclasses import dataclass, replace
from typing import Final

from confluence_connector.domain.issue_texts import global_id_of, page_url, summary_of
from confluence_connector.domain.page_links import PageLink
from confluence_connector.errors import (
    ConnectorError,
    EditConflict,
    IssueGone,
    JiraForbidden,
    JiraRefused,
    JiraUnavailable,
    PermissionsMissing,
    UpstreamProtocolError,
    WriteOutcomeUnknown,
)
from confluence_connector.ports.jira import IssueNow
from confluence_connector.ports.synchronizing import PageLinks
from confluence_connector.services.synchronizing.synchronizer_turn import SynchronizerTurn

OVERWRITTEN: Final = "summary_overwritten"
OVERWRITTEN_DETAIL: Final = "A summary that somebody had written in Jira gave way to the page's new title."
REFUSED: Final = frozenset({JiraForbidden.code, JiraRefused.code})


@dataclass(frozen=True, slots=True)
class WriteTitle:
    links: PageLinks

    def write(self, turn: SynchronizerTurn, link: PageLink, issue: IssueNow) -> None:
        """For a link that is active, with its page's present title. Raises Stale, and what concerns the whole run."""
        wanted = summary_of(link.title)
        if turn.run.dry_run:
            if link.summary != wanted:
                turn.report.did("updated")
                turn.report.plans(link, "rename")
            return
        if link.failure in REFUSED and turn.run.trigger != "manual":
            return
        try:
            if link.summary != wanted:
                link = self._rename(turn, link, issue, wanted)
            if link.remote_title != wanted:
                self._link_back(turn, link, wanted)
        except IssueGone:  # since a moment ago, or out of sight: that is the next look's to say
            return

    def link_back(self, turn: SynchronizerTurn, link: PageLink) -> PageLink:
        """For an issue that has just been made of this page; the link as it is stored then."""
        try:
            return self._link_back(turn, link, summary_of(link.title))
        except IssueGone:
            return link

    def _rename(self, turn: SynchronizerTurn, link: PageLink, issue: IssueNow, wanted: str) -> PageLink:
        if issue.summary == wanted:  # a person was faster, or a worker that died was ours
            return self.links.save(replace(link, summary=wanted, failure=None))
        if "EDIT_ISSUES" in turn.synchronizer.missing_permissions:
            return self._failed(turn, link, PermissionsMissing())
        assert link.issue_id is not None  # noqa: S101 — it is active
        try:
            try:
                turn.jira.rename(link.issue_id, wanted)
            except EditConflict:  # once more, knowing what it says by now (M3)
                issue = turn.jira.issues([link.issue_id]).get(link.issue_id, issue)
                if issue.summary != wanted:
                    turn.jira.rename(link.issue_id, wanted)
        except (WriteOutcomeUnknown, UpstreamProtocolError) as error:
            turn.report.did("writes")
            return self._failed(turn, link, error)
        except (EditConflict, JiraForbidden, JiraRefused) as error:
            return self._failed(turn, link, error)
        turn.report.did("writes")
        turn.report.did("updated")
        if link.summary is not None and issue.summary not in {link.summary, wanted}:
            turn.report.tells(link, OVERWRITTEN, OVERWRITTEN_DETAIL)
        return self.links.save(replace(link, summary=wanted, failure=None))

    def _link_back(self, turn: SynchronizerTurn, link: PageLink, wanted: str) -> PageLink:
        assert link.issue_id is not None  # noqa: S101 — it is active
        url = page_url(turn.site_url, link.page_id)
        global_id = global_id_of(turn.synchronizer.cloud_id, link.page_id)
        try:
            turn.jira.link_page(link.issue_id, global_id=global_id, url=url, title=wanted)
        except JiraUnavailable as error:
            if turn.run.away_since is None:
                raise
            return self._failed(turn, link, error)  # waited for already, and Jira gets all else done
        except (WriteOutcomeUnknown, UpstreamProtocolError) as error:
            turn.report.did("writes")
            return self._failed(turn, link, error)
        except (EditConflict, JiraForbidden, JiraRefused) as error:
            return self._failed(turn, link, error)
        turn.report.did("writes")
        failure = None if link.summary == wanted else link.failure
        return self.links.save(replace(link, remote_title=wanted, failure=failure))

    def _failed(self, turn: SynchronizerTurn, link: PageLink, error: ConnectorError) -> PageLink:
        turn.report.failed(link, error)
        return link if link.failure == error.code else self.links.save(replace(link, failure=error.code))
