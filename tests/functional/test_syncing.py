"""A site kept in step, over the fakes: what it costs, and what lies in the corpus (E1–E6)."""

import pytest

from confluence_connector.domain.runs import RunStatus
from tests.conftest import MovableClock
from tests.sync_rig import SyncRig


@pytest.fixture
def rig(clock: MovableClock) -> SyncRig:
    return SyncRig(clock)


def test_the_first_sync_begins_by_itself_and_costs_a_request_per_hundred_pages(rig: SyncRig) -> None:
    rig.fill(2000)
    connection = rig.connect()
    assert rig.drain() >= 1
    run = rig.last_run(connection)
    assert (run.trigger, run.status) == ("first", RunStatus.COMPLETED)
    assert run.pages.new == run.pages.seen == 2000
    assert run.requests <= 24, rig.site.calls
    assert run.points <= 2 * 2600
    assert len(rig.shelf(connection).pages) == len(rig.objects.kept[rig.scope(connection)]) == 2000
    assert len(rig.changes(connection)) == 2000
    assert rig.sync(connection).pages == 2000


def test_an_unchanged_site_costs_one_request_and_no_write(rig: SyncRig) -> None:
    rig.fill(300)
    connection = rig.connect()
    rig.drain()
    before = rig.index.writes, rig.objects.writes
    run = rig.run_next(connection)
    assert (run.trigger, run.status, run.requests, run.points) == ("schedule", RunStatus.COMPLETED, 1, 11)
    assert (rig.index.writes, rig.objects.writes) == before


def test_one_percent_changed_costs_three_requests(rig: SyncRig) -> None:
    rig.fill(2000)
    connection = rig.connect()
    rig.drain()
    rig.clock.move(seconds=1200)
    for number in range(20):
        rig.site.edit(f"{1000 + 7 * number}", rig.clock())
    run = rig.run_next(connection)
    assert run.pages.changed == 20
    assert run.requests <= 3, rig.site.calls
    assert "version 2" in rig.text(connection, "1007")
    assert rig.changes(connection)[-20:] == [("changed", f"{1000 + 7 * n}") for n in range(19, -1, -1)]
