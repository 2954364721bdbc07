"""The evidence: each page that the walk missed is asked for by its id, and leaves only if the answer says so (E4).

First the volume guard: where too much is missing to be believed, nothing leaves, and a person is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from confluence_connector.domain.corpus import Missing
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.removals import REMOVALS_PAUSED, fate, is_too_much
from confluence_connector.domain.runs import ItemFailure, Run
from confluence_connector.errors import UpstreamProtocolError
from confluence_connector.limits import SYNC_ROWS
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.ports.site_reading import ListedPage
from confluence_connector.services.syncing.sync_pages import SyncPages
from confluence_connector.services.syncing.sync_turn import Turn, stage_done
from confluence_connector.services.syncing.write_corpus import Removal

TOO_MUCH: Final = (
    "Too many pages seem to be gone at once, so none was removed. If they really went, accept the removals."
)


@dataclass(frozen=True, slots=True)
class WeighEvidence:
    index: CorpusIndex
    pages: SyncPages

    def step(self, turn: Turn) -> Run:
        """Raises UpstreamProtocolError if the answer lacks the page that the walk has just met."""
        run, at = turn.run, turn.run.checkpoint
        witnesses = [at.witness] if at.witness else []
        suspects = self.index.missing(turn.scope, run.id, SYNC_ROWS - len(witnesses))
        if not suspects:
            return stage_done(run)
        if is_too_much(at) and not run.accept_removals:
            self.index.forget_missing(turn.scope, suspects)
            return replace(run, failure=ItemFailure("site", None, REMOVALS_PAUSED, TOO_MUCH))
        # A crash came between the checkpoint and the forgetting: these have been dealt with.
        done = [each for each in suspects if at.last_id and int(each.id) <= int(at.last_id)]
        if done:
            self.index.forget_missing(turn.scope, done)
            return run
        found = {page.id: page for page in turn.site.pages([*witnesses, *(each.id for each in suspects)], bodies=False)}
        if not found.keys() >= set(witnesses):
            raise UpstreamProtocolError
        removals, staying = self._judged(turn, suspects, found)
        run = self.pages.sync(turn, staying, removals=removals)
        return replace(run, checkpoint=replace(at, last_id=suspects[-1].id))

    def _judged(
        self, turn: Turn, suspects: Sequence[Missing], found: Mapping[PageId, ListedPage]
    ) -> tuple[Sequence[Removal], Sequence[ListedPage]]:
        shown = [found[each.id] for each in suspects if each.id in found]
        spaces = turn.spaces.of(page.space_id for page in shown)
        removals = []
        for each in suspects:
            page = found.get(each.id)
            because = fate(
                each,
                page.status if page else None,
                spaces.get(page.space_id) if page else None,
                spaces.get(each.space_id),
            )
            if because is not None:
                removals.append(Removal(each, because))
        leaving = {removal.missing.id for removal in removals}
        return removals, [page for page in shown if page.id not in leaving]
