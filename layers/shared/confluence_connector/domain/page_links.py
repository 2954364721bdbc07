"""What ties a page to its issue, at most one per page and synchronizer (G5), and how that tie changes (G7). Pure.

    creating ──▶ active ⇄ inactive   the page is out of scope: moved to another space, archived, or not in the CQL
                   ⇅        ⇅
                 orphaned            the page is in the trash, or gone, or hidden from the technical user
    any of the last three ⇄ broken   the issue is gone, or hidden from the technical user; shown, and not made again

A create is announced before it is sent: the link is saved with its `marker` and `asked_at`, and the issue carries that
marker from its making on. Where no answer came, nobody asks again before the marker was looked for (fault case M4).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from confluence_connector.domain.identifiers import IssueId, MemberId, PageId, SynchronizerId, WorkspaceId


class LinkState(StrEnum):
    CREATING = "creating"
    ACTIVE = "active"
    INACTIVE = "inactive"
    ORPHANED = "orphaned"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class PageLink:
    """`summary` and `remote_title` are what we wrote to Jira last: it is written again only when the title has changed
    since, so that a person's edit in Jira stays and no echo runs (M1, M2).

    `asked_at`: a create was sent then and what became of it is not known; None in `creating`: there is no issue yet.
    `asks` counts creates; after more than one, the marker is looked for once more (`recheck`), because the search index
    may have been later than we waited. `duplicates`: keys of further issues with the marker, reported, never hidden.
    """

    workspace: WorkspaceId
    synchronizer_id: SynchronizerId
    page_id: PageId
    state: LinkState
    marker: str
    issue_type: str
    title: str  # of the page, when it was last looked at
    since: datetime  # of this state
    issue_id: IssueId | None = None
    issue_key: str | None = None
    summary: str | None = None
    remote_title: str | None = None
    asked_at: datetime | None = None
    asks: int = 0
    recheck: bool = False
    duplicates: tuple[str, ...] = ()
    selected_by: MemberId | None = None
    failure: str | None = None  # the code of what stood in its way last
    revision: int = 0


type Whereabouts = Literal["in_scope", "out_of_scope", "gone"]
"""Of a page, as the technical user sees it. `out_of_scope`: it exists, elsewhere, archived, or not in the CQL."""


def state_of(whereabouts: Whereabouts, *, issue_exists: bool) -> LinkState:
    """The state of a link whose issue was made, from what both sides show now."""
    if not issue_exists:
        return LinkState.BROKEN
    match whereabouts:
        case "in_scope":
            return LinkState.ACTIVE
        case "out_of_scope":
            return LinkState.INACTIVE
        case "gone":
            return LinkState.ORPHANED
