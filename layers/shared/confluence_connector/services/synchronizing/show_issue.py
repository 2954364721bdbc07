"""A page's issue for one person: its status, and what that person can do with it (G6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.page_acts import ActingAs
from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.people import Principal
from confluence_connector.ports import Deadline
from confluence_connector.ports.jira import EditableField, IssueNow, Transition
from confluence_connector.services.synchronizing.both_sites import told_to_who_asks
from confluence_connector.services.synchronizing.find_issue import FindIssue


@dataclass(frozen=True, slots=True)
class ShownIssue:
    """`url`: where people open it in Jira."""

    now: IssueNow
    url: str
    fields: Sequence[EditableField]


@dataclass(frozen=True, slots=True)
class PageIssue:
    """`issue` None: the link is broken. `transitions` and the issue's fields: those open to who acts."""

    state: LinkState
    issue: ShownIssue | None
    transitions: Sequence[Transition]
    acting_as: ActingAs


@dataclass(frozen=True, slots=True)
class ShowIssue:
    find: FindIssue

    @told_to_who_asks()
    def show(self, person: Principal, synchronizer_id: str, page_id: str, deadline: Deadline) -> PageIssue:
        """Raises what `FindIssue.of` raises."""
        found = self.find.of(person, synchronizer_id, page_id, deadline)
        if found.issue is None:
            return PageIssue(found.link.state, None, (), found.actor.acting_as)
        jira, ref = found.actor.jira, found.issue.ref
        url = f"{found.synchronizer.jira_url}/browse/{ref.key}"
        shown = ShownIssue(found.issue, url, jira.fields(ref.id))
        return PageIssue(found.link.state, shown, jira.transitions(ref.id), found.actor.acting_as)
