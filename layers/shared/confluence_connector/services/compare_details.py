"""Labels, ancestors and attachments of every page of the corpus against the search index, 250 at a time (E3)."""

from dataclasses import dataclass, replace

from confluence_connector.domain.runs import Checkpoint, Run
from confluence_connector.limits import SYNC_ROWS
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.services.rewrite_pages import RewritePages
from confluence_connector.services.sync_turn import Turn, stage_done


@dataclass(frozen=True, slots=True)
class CompareDetails:
    index: CorpusIndex
    pages: RewritePages

    def step(self, turn: Turn) -> Run:
        rows = self.index.between(turn.scope, turn.run.checkpoint.last_id, None, SYNC_ROWS)
        if not rows:
            return stage_done(turn.run)
        run = self.pages.rewrite(turn, rows, turn.site.details([row.id for row in rows]))
        if len(rows) < SYNC_ROWS:
            return stage_done(run)
        return replace(run, checkpoint=Checkpoint(last_id=rows[-1].id))
