"""The probe: newest version first, down to what is known (E3). An unchanged site costs one request of ten rows.

    10 rows ── one of them is known ──▶ done
       └ all are newer: 250 rows from the top again, and on, until one is known

Only then are pages dealt with, so that a repeat after a crash meets the same batches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from confluence_connector.domain.runs import Checkpoint, Run
from confluence_connector.limits import PROBE_ROWS, SYNC_ROWS
from confluence_connector.ports.site_reading import ListedPage, Listing
from confluence_connector.services.syncing.sync_pages import SyncPages
from confluence_connector.services.syncing.sync_turn import Turn, stage_done


@dataclass(frozen=True, slots=True)
class ProbeSite:
    pages: SyncPages

    def step(self, turn: Turn) -> Run:
        run, watermark = turn.run, turn.sync.watermark
        if watermark is None or run.with_bodies:  # a whole walk follows; where the next probe ends is all it asks for
            return stage_done(_with_newest(run, turn.site.newest(1)))
        cursor = run.checkpoint.cursor
        if cursor is not None:
            listing = turn.site.newest(SYNC_ROWS, cursor)
        else:
            listing = turn.site.newest(PROBE_ROWS)
            run = _with_newest(run, listing)
            if listing.cursor and _all_newer(listing.pages, watermark):
                listing = turn.site.newest(SYNC_ROWS)
        news = [page for page in listing.pages if page.updated_at > watermark]
        run = self.pages.sync(replace(turn, run=run), news)
        if listing.cursor and _all_newer(listing.pages, watermark):
            return replace(run, checkpoint=Checkpoint(cursor=listing.cursor))
        return stage_done(run)


def _with_newest(run: Run, listing: Listing) -> Run:
    """As it was when the run began; a repeat does not move it."""
    first = listing.pages[0].updated_at if listing.pages else None
    return replace(run, newest=run.newest or first)


def _all_newer(pages: Sequence[ListedPage], watermark: datetime) -> bool:
    return all(page.updated_at > watermark for page in pages)
