"""Every page in scope that has no link gets its issue, as far as the mode wants it (G3). A look asks only for pages
that were written lately, and checks those of them that have a link besides.

    a query's answer of 250 ids ─→ those without a link ─→ the pages themselves ─→ ten creates a step

The search index is late: what it shows of a page counts only as far as the page itself says so too. Where somebody
changes the settings meanwhile, it begins again with what they are by now: a cursor belongs to the query that it is of.
A list that does not end is left after so many answers, and told (D9).
"""

from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import batched
from typing import Final

from confluence_connector.domain.cql_fence import fenced, written_lately
from confluence_connector.domain.runs import ItemFailure
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.errors import UpstreamProtocolError
from confluence_connector.limits import ATLASSIAN_LIST_PAGES, CREATES_AT_ONCE, LINKS_AT_ONCE
from confluence_connector.ports import Stale
from confluence_connector.ports.site_reading import ListedPage
from confluence_connector.ports.synchronizing import PageLinks
from confluence_connector.services.synchronizing.check_links import CheckLinks
from confluence_connector.services.synchronizing.create_issue import CreateIssue
from confluence_connector.services.synchronizing.find_linked_pages import is_inside
from confluence_connector.services.synchronizing.synchronizer_turn import SynchronizerTurn, next_stage

ENDLESS: Final = "Confluence's list of the pages in scope does not end; the next run goes on with what is missing."


@dataclass(frozen=True, slots=True)
class TakeInPages:
    links: PageLinks
    checks: CheckLinks
    creates: CreateIssue

    def step(self, turn: SynchronizerTurn) -> SynchronizerRun:
        run, memory = turn.run, turn.memory
        if turn.synchronizer.settings.mode == "selected" and not _is_look(turn):
            return next_stage(run)
        asked = memory.unlinked is not None and memory.asked == (turn.synchronizer.settings, run.cursor)
        if not asked and not self._ask(turn):
            return run
        assert memory.unlinked is not None  # noqa: S101 — asked just now
        for page in memory.unlinked[:CREATES_AT_ONCE]:
            try:
                self.creates.first(turn, page.id, page.title)
            except Stale:
                continue  # somebody else sees to this page
            turn.report.did("seen")
        memory.unlinked = memory.unlinked[CREATES_AT_ONCE:]
        if memory.unlinked:
            return run
        memory.unlinked = None
        return next_stage(run) if memory.following is None else replace(run, cursor=memory.following)

    def _ask(self, turn: SynchronizerTurn) -> bool:
        """False: somebody changed the synchronizer meanwhile, and it has to be asked once more."""
        synchronizer, memory = turn.synchronizer, turn.memory
        query = _query_of(turn)
        answers, cursor = _place_in(query, turn.run.cursor)
        matches = turn.site.matching(query, cursor)
        linked = self.links.among(synchronizer.workspace, synchronizer.id, matches.pages)
        if _is_look(turn):
            for some in batched(linked.values(), LINKS_AT_ONCE, strict=False):
                if not self.checks.checked(turn, some):
                    return False
        wanted = [page_id for page_id in dict.fromkeys(matches.pages) if page_id not in linked]
        pages = turn.site.pages(wanted, bodies=False) if wanted else []
        memory.asked = synchronizer.settings, turn.run.cursor
        memory.following = None
        if matches.cursor is not None and answers + 1 < ATLASSIAN_LIST_PAGES:
            memory.following = f"{_name_of(query)} {answers + 1} {matches.cursor}"
        elif matches.cursor is not None:
            turn.report.failures.append(ItemFailure("run", None, UpstreamProtocolError.code, ENDLESS))
            turn.report.did("failed")
        memory.unlinked = sorted(
            (page for page in pages if is_inside(turn, page) and _is_wanted(turn, page)),
            key=lambda page: int(page.id),
        )
        return True


def _is_look(turn: SynchronizerTurn) -> bool:
    return turn.run.stages[0] == "recent"


def _query_of(turn: SynchronizerTurn) -> str:
    fence = fenced(turn.synchronizer.space_key, turn.synchronizer.settings.cql)
    return written_lately(fence, turn.run.recent_minutes) if _is_look(turn) else fence


def _is_wanted(turn: SynchronizerTurn, page: ListedPage) -> bool:
    synchronizer = turn.synchronizer
    if synchronizer.settings.mode == "selected":
        return False
    only_new = synchronizer.settings.mode == "new_pages" and not turn.run.catch_up
    return not only_new or page.created_at >= synchronizer.new_since


def _place_in(query: str, kept: str | None) -> tuple[int, str | None]:
    """How many answers there were, and where the next one is; another query's begins anew."""
    name, answers, cursor = (kept or "- 0 -").split(" ", 2)
    return (int(answers), cursor) if name == _name_of(query) else (0, None)


def _name_of(query: str) -> str:
    return sha256(query.encode()).hexdigest()[:16]
