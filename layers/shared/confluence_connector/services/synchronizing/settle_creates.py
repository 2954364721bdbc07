"""What became of issues that were asked for: each answer that was lost is looked for before anybody asks again (M4).

    asked ── two minutes ──▶ looked for by its marker ──▶ found: tied, the oldest of several
                                       └ not found: asked again ── at the next run ──▶ looked for once more

Two minutes are longer than any worker lives, so that nobody's create is still under way; but Jira's search index is
late, and may be later than that: the second look finds the duplicate which that makes, and tells it. The pass goes over
all links until no answer is owed; what else a worker left half done it finishes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from confluence_connector.domain.issue_texts import summary_of
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.errors import WriteOutcomeUnknown
from confluence_connector.limits import CREATES_ASKED, LINKS_AT_ONCE, SETTLE_AFTER_SECONDS, SETTLE_MINUTES
from confluence_connector.ports import Clock, Stale
from confluence_connector.ports.jira import IssueRef
from confluence_connector.ports.synchronizing import PageLinks
from confluence_connector.services.synchronizing.create_issue import CreateIssue
from confluence_connector.services.synchronizing.find_linked_pages import find_linked_pages
from confluence_connector.services.synchronizing.synchronizer_turn import SynchronizerTurn, next_stage
from confluence_connector.services.synchronizing.write_title import WriteTitle

SETTLE_AFTER: Final = timedelta(seconds=SETTLE_AFTER_SECONDS)
NO_ANSWER: Final = "Jira's answers were lost several times, and no issue has come to light; the next run goes on."


@dataclass(frozen=True, slots=True)
class SettleCreates:
    links: PageLinks
    titles: WriteTitle
    creates: CreateIssue
    now: Clock

    def step(self, turn: SynchronizerTurn) -> SynchronizerRun:
        """Where `settle_at` is left and no `last_page`, another pass is worth while from then on."""
        run, synchronizer = turn.run, turn.synchronizer
        if run.dry_run:
            return next_stage(run)
        if run.last_page is None:
            run = replace(run, settle_at=None)
        links = self.links.after(synchronizer.workspace, synchronizer.id, run.last_page, limit=LINKS_AT_ONCE)
        if not links:
            return replace(run, last_page=None) if run.settle_at is not None else next_stage(run)
        moments = [run.settle_at] if run.settle_at is not None else []
        to_ask: list[PageLink] = []
        for link in links:
            ripe_at = _ripe_at(link)
            if ripe_at is not None and ripe_at > turn.memory.began_at:
                moments.append(ripe_at)
            elif (open_link := self._unsettled(turn, link)) is None:
                continue
            elif _is_asked_enough(turn, open_link):
                turn.report.failed(open_link, WriteOutcomeUnknown(NO_ANSWER))
            else:
                to_ask.append(open_link)
        self._ask(turn, to_ask)
        if turn.report.unanswered:
            moments.append(self.now() + SETTLE_AFTER)
        return replace(run, last_page=links[-1].page_id, settle_at=min(moments, default=None))

    def _unsettled(self, turn: SynchronizerTurn, link: PageLink) -> PageLink | None:
        """The link, if its issue has to be asked for (again)."""
        try:
            if link.state == LinkState.CREATING:
                return self._looked_for(turn, link)
            self._finish(turn, link)
        except Stale:  # somebody else sees to it
            pass
        return None

    def _looked_for(self, turn: SynchronizerTurn, link: PageLink) -> PageLink | None:
        """What was refused, or left its scope, after a look in vain is looked for once more at a later run, and free
        then.
        """
        if link.asked_at is None:
            # What was refused is the next run's, unless a person has just asked for it once more.
            return link if link.failure is None or turn.run.trigger == "selection" else None
        if found := _marked(turn, link, link.asked_at).get(link.marker):
            self.creates.made(turn, link, found, None if link.recheck else summary_of(link.title))
            return None
        if link.failure is not None and _may_be_rechecked(turn, link.asked_at):
            return self.links.save(replace(link, recheck=False, asked_at=None))
        return link

    def _finish(self, turn: SynchronizerTurn, link: PageLink) -> None:
        if link.recheck and link.asked_at is not None and _may_be_rechecked(turn, link.asked_at):
            if found := _marked(turn, link, link.asked_at).get(link.marker):
                link = self.creates.made(turn, link, found, link.summary)
            self.links.save(replace(link, recheck=False, asked_at=None))
        elif link.state == LinkState.ACTIVE and link.remote_title is None and link.failure is None:
            self.titles.link_back(turn, link)

    def _ask(self, turn: SynchronizerTurn, links: Sequence[PageLink]) -> None:
        sights = find_linked_pages(turn, [link.page_id for link in links])
        for link in links:
            try:
                self.creates.where_seen(turn, link, sights[link.page_id])
            except Stale:
                continue


def _ripe_at(link: PageLink) -> datetime | None:
    """When an unanswered create may be looked for; None: there is none."""
    waits = link.state == LinkState.CREATING and link.asked_at is not None
    return link.asked_at + SETTLE_AFTER if waits and link.asked_at is not None else None


def _is_asked_enough(turn: SynchronizerTurn, link: PageLink) -> bool:
    return link.asks >= CREATES_ASKED and link.asked_at is not None and link.asked_at >= turn.run.created_at


def _may_be_rechecked(turn: SynchronizerTurn, asked_at: datetime) -> bool:
    """Not in the run that asked: the index has had that time already."""
    return asked_at < turn.run.created_at and asked_at + SETTLE_AFTER <= turn.memory.began_at


def _marked(turn: SynchronizerTurn, link: PageLink, asked_at: datetime) -> Mapping[str, Sequence[IssueRef]]:
    """The technical user's issues since then, and an hour more, by their markers; asked once in a turn, if possible.

    Where another account may have asked before it, anybody's.
    """
    memory, account_since = turn.memory, turn.synchronizer.account_since
    changed = account_since is not None and (link.recheck or asked_at < account_since)
    by_anyone = memory.marked_by_anyone or changed
    age_minutes = (memory.began_at - asked_at).total_seconds() / 60
    minutes = ceil((age_minutes + SETTLE_MINUTES) / SETTLE_MINUTES) * SETTLE_MINUTES
    if memory.marked_minutes < minutes or memory.marked_by_anyone != by_anyone:
        found: defaultdict[str, list[IssueRef]] = defaultdict(list)
        for ref, marker in turn.jira.created_lately(turn.synchronizer.project_key, minutes, by_anyone=by_anyone):
            found[marker].append(ref)
        memory.marked, memory.marked_minutes, memory.marked_by_anyone = dict(found), minutes, by_anyone
    return memory.marked
