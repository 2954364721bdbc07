"""A worker that dies in the middle of a batch: whoever repeats it goes on behind what was written (J4)."""

from collections import Counter
from itertools import count
from typing import Any

from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.limits import CORPUS_PAGES_AT_ONCE, STRIKES
from tests.conftest import MovableClock
from tests.sync_rig import Killed, SyncRig

PAGES = 4 * CORPUS_PAGES_AT_ONCE


def killed_at_every(rig: SyncRig, puts: int) -> Counter[PageId]:
    """Each so-manieth object kills its writer from now on; how often each page's object was written."""
    written, calls, put = Counter[PageId](), count(1), rig.objects.put

    def dying(scope: Any, page_id: PageId, *bodies: bytes) -> None:
        if next(calls) % puts == 0:
            raise Killed
        put(scope, page_id, *bodies)
        written[page_id] += 1

    rig.objects.put = dying  # type: ignore[method-assign]
    return written


def test_J4_a_batch_too_large_for_any_worker_gets_done_by_several(clock: MovableClock) -> None:
    """Every worker dies before it has written it all; without rows in between, none would ever get further."""
    rig = SyncRig(clock)
    rig.fill(PAGES)
    connection = rig.connect()
    written = killed_at_every(rig, 2 * CORPUS_PAGES_AT_ONCE + 10)
    rig.drain()
    run = rig.last_run(connection)
    assert (run.status, run.pages.new) == (RunStatus.COMPLETED, PAGES)
    assert PAGES // CORPUS_PAGES_AT_ONCE <= STRIKES
    assert len(rig.shelf(connection).pages) == len(rig.objects.kept[rig.scope(connection)]) == len(written) == PAGES
    assert sorted(rig.changes(connection)) == sorted(("added", page) for page in written), "each told once"
    assert max(written.values()) <= 2, "only the fifty under way are written again"
