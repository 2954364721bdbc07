"""Names of authors in every page of the corpus as the corpus knows them now, 250 pages at a time (A12).

Nothing is asked of Atlassian, so that a name is erased whatever has become of the grant.
"""

from dataclasses import dataclass, replace

from confluence_connector.domain.runs import Checkpoint, Run
from confluence_connector.limits import SYNC_ROWS
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.services.syncing.rewrite_pages import RewritePages
from confluence_connector.services.syncing.sync_turn import Turn, stage_done


@dataclass(frozen=True, slots=True)
class CorrectNames:
    index: CorpusIndex
    pages: RewritePages

    def step(self, turn: Turn) -> Run:
        rows = self.index.between(turn.scope, turn.run.checkpoint.last_id, None, SYNC_ROWS)
        run = self.pages.rewrite(turn, rows, {}) if rows else turn.run
        if len(rows) < SYNC_ROWS:
            return stage_done(run)
        return replace(run, checkpoint=Checkpoint(last_id=rows[-1].id))
