"""Where pages are that have a link, as the technical user sees them now: one question, and one more if there is CQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confluence_connector.domain.cql_fence import among, fenced
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.page_links import Whereabouts
from confluence_connector.errors import UpstreamProtocolError
from confluence_connector.limits import ATLASSIAN_LIST_PAGES
from confluence_connector.ports.site_reading import ListedPage
from confluence_connector.services.synchronizing.synchronizer_turn import SynchronizerTurn


@dataclass(frozen=True, slots=True)
class Sight:
    """`page` None: purged, or hidden."""

    whereabouts: Whereabouts
    page: ListedPage | None


def find_linked_pages(turn: SynchronizerTurn, ids: Sequence[PageId]) -> Mapping[PageId, Sight]:
    """Of at most LINKS_AT_ONCE pages, each of them."""
    if not ids:
        return {}
    pages = {page.id: page for page in turn.site.pages(ids, bodies=False)}
    inside = [each for each, page in pages.items() if is_inside(turn, page)]
    in_scope = _matching(turn, inside) if turn.synchronizer.settings.cql is not None and inside else frozenset(inside)
    return {each: _sight(pages.get(each), in_scope) for each in ids}


def is_inside(turn: SynchronizerTurn, page: ListedPage) -> bool:
    """Whether it is a current page of the synchronizer's space, whatever a query said of it (M5)."""
    return page.status == "current" and page.space_id == turn.synchronizer.space_id


def _sight(page: ListedPage | None, in_scope: frozenset[PageId]) -> Sight:
    if page is None or page.status == "trashed":
        return Sight("gone", page)
    return Sight("in_scope" if page.id in in_scope else "out_of_scope", page)


def _matching(turn: SynchronizerTurn, ids: Sequence[PageId]) -> frozenset[PageId]:
    synchronizer = turn.synchronizer
    query = among(fenced(synchronizer.space_key, synchronizer.settings.cql), ids)
    found: set[PageId] = set()
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        matches = turn.site.matching(query, cursor)
        found.update(matches.pages)
        cursor = matches.cursor
        if cursor is None:
            return frozenset(found)
        if cursor in seen or len(seen) >= ATLASSIAN_LIST_PAGES:  # a list that does not end (D9)
            raise UpstreamProtocolError
        seen.add(cursor)
