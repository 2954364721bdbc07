"""Details that the search index did not have when a page was written: asked for again, by the next run."""

from dataclasses import dataclass, replace

from confluence_connector.domain.runs import Run
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.services.syncing.rewrite_pages import RewritePages
from confluence_connector.services.syncing.sync_turn import Turn, stage_done


@dataclass(frozen=True, slots=True)
class AskOwed:
    """What is still absent stays owed until the next comparison of all details."""

    index: CorpusIndex
    pages: RewritePages

    def step(self, turn: Turn) -> Run:
        rows = self.index.get(turn.scope, turn.sync.owed)
        if not rows:
            return stage_done(turn.run)
        details = turn.site.details(list(rows))
        run = self.pages.rewrite(turn, [row for page_id, row in rows.items() if page_id in details], details)
        absent = tuple(page_id for page_id in rows if page_id not in details)
        return stage_done(replace(run, owed=(*run.owed, *absent)))
