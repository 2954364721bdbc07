"""Labels, ancestors and attachments of every page of the corpus against the search index, 250 at a time (E3)."""

from dataclasses import dataclass, replace

from confluence_connector.domain.runs import Checkpoint, Run
from confluence_connector.limits import SYNC_ROWS
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.services.syncing.rewrite_pages import RewritePages
from confluence_connector.services.syncing.sync_turn import Turn, stage_done


@dataclass(frozen=True, slots=True)
class CompareDetails:
    index: CorpusIndex
    pages: RewritePages

    def step(self, turn: Turn) -> Run:
        run, at = turn.run, turn.run.checkpoint
        rows = self.index.between(turn.scope, at.last_id, None, SYNC_ROWS)
        known = at.known + len(rows)
        if rows:
            run = self.pages.rewrite(turn, rows, turn.site.details([row.id for row in rows]))
        if len(rows) < SYNC_ROWS:
            return replace(stage_done(run), counted=known)
        return replace(run, checkpoint=Checkpoint(last_id=rows[-1].id, known=known))
