"""Runs that die and are begun again: corpus, feed and counts end as if nothing had happened (fault case I)."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from confluence_connector.domain.corpus import CorpusPage, PageDetails
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.ports.corpus import CorpusScope
from tests.conftest import MovableClock
from tests.sync_rig import Killed, SyncRig

PAGES = 6
MOST_WRITES = 60


@pytest.fixture
def rig(clock: MovableClock) -> SyncRig:
    return SyncRig(clock)


def outcome(rig: SyncRig) -> tuple[object, ...]:
    """All that must not depend on where the process died."""
    connection = rig.connections.stored["acme", "con_" + "1".rjust(36, "0")]  # type: ignore[index]
    run, shelf = rig.last_run(connection), rig.shelf(connection)
    return (
        run.status,
        run.pages,
        shelf.pages,
        rig.objects.kept[rig.scope(connection)],
        rig.changes(connection),
        rig.sync(connection).pages,
        rig.sync(connection).owed,
        dict(shelf.missing),
    )


def first_run(rig: SyncRig) -> None:
    rig.fill(PAGES)
    rig.connect()
    rig.queue.sent.clear()  # the first message is lost, and the dispatcher's comes later
    rig.clock.move(seconds=601)


def changes(rig: SyncRig) -> None:
    """An edit, a new page, a removal, a move, labels: everything that a walk and a comparison of details find."""
    first_run(rig)
    rig.tick()
    rig.drain()
    other = rig.site.add_space("OPS", number=2)
    rig.site.edit("1001", rig.clock())
    rig.site.add_page(2000, other, rig.clock())
    rig.site.alter("1002", status="trashed")
    rig.site.alter("1003", space_id=other)
    rig.site.details["1004"] = PageDetails(labels=("red",))  # type: ignore[index]
    connection = next(iter(rig.connections.stored.values()))
    rarely = replace(rig.sync(connection).settings, interval_minutes=1440)  # then one run does both
    rig.due_now(connection, walk_due_at=rig.clock(), details_due_at=rig.clock(), settings=rarely)


def edits(rig: SyncRig) -> None:
    """Only new versions, which a probe finds."""
    first_run(rig)
    rig.tick()
    rig.drain()
    for page_id in ("1000", "1002", "1003", "1005"):
        rig.clock.move(seconds=1)
        rig.site.edit(PageId(page_id), rig.clock())
    rig.due_now(next(iter(rig.connections.stored.values())))


def finish(rig: SyncRig) -> None:
    """The dispatcher's minutes go by until what was due is done."""
    (sync,) = rig.syncs.stored.values()
    before = sync.last_run
    for _ in range(40):
        rig.clock.move(seconds=60)
        rig.survive(rig.tick)
        rig.drain()
        (sync,) = rig.syncs.stored.values()
        if sync.active_run is None and sync.last_run != before:
            return
    raise AssertionError("the run does not end")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scene", [first_run, changes])
def test_I6_killed_at_any_write_it_ends_the_same(scene: object, after: bool, clock: MovableClock) -> None:
    undisturbed = SyncRig(MovableClock())
    scene(undisturbed)  # type: ignore[operator]
    counting = undisturbed.kill_at(0, after=after)
    finish(undisturbed)
    wanted = outcome(undisturbed)
    assert 8 < counting.writes < MOST_WRITES
    for write in range(1, counting.writes + 1):
        rig = SyncRig(MovableClock())
        scene(rig)  # type: ignore[operator]
        rig.kill_at(write, after=after)
        finish(rig)
        assert outcome(rig) == wanted, f"killed at write {write}"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scene", [first_run, edits, changes])
def test_I6_a_repeat_that_is_told_fewer_rows_leaves_no_page_unannounced(
    scene: object, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("confluence_connector.services.syncing.write_corpus.CORPUS_PAGES_AT_ONCE", 2)
    write, killer = 0, None
    while killer is None or killer.writes >= write:
        write += 1
        rig = SyncRig(MovableClock())
        rig.site.rows_at_most = PAGES - 1
        scene(rig)  # type: ignore[operator]
        killer = rig.kill_at(write, after=after)
        killer.then = rig.site.halve
        finish(rig)
        (connection,) = rig.connections.stored.values()
        last_told: dict[str, int | None] = {}
        for number, batch in rig.index.changes(rig.scope(connection), 0, rig.sync(connection).feed, 10_000):
            last_told |= {change.page_id: number if change.kind != "removed" else None for change in batch}
        kept = rig.shelf(connection).pages
        wanted = {page_id: row.change for page_id, row in kept.items()}
        assert {page: number for page, number in last_told.items() if number} == wanted, f"killed at write {write}"
        assert kept.keys() == {page.id for page in rig.site.pages.values() if page.status == "current"}
        assert rig.objects.kept[rig.scope(connection)].keys() == kept.keys()
    assert 8 < write < MOST_WRITES


@pytest.mark.parametrize("rows_written", [False, True])
def test_I6_a_page_that_goes_between_a_crash_and_the_repeat_leaves_nothing_behind(
    rig: SyncRig, rows_written: bool
) -> None:
    rig.fill(40)
    connection = rig.connect()
    put = rig.index.put

    def dies(scope: CorpusScope, pages: Iterable[CorpusPage]) -> None:
        rig.index.put = put  # type: ignore[method-assign]
        if rows_written:
            put(scope, pages)
        rig.site.alter(PageId("1007"), status="trashed")
        raise Killed

    rig.index.put = dies  # type: ignore[method-assign]
    rig.drain()
    rig.due_now(connection, walk_due_at=rig.clock())
    rig.run_next(connection)
    kept = rig.shelf(connection).pages
    assert PageId("1007") not in kept
    assert rig.objects.kept[rig.scope(connection)].keys() == kept.keys()
    assert rig.sync(connection).pages == len(kept) == 39
    told = [kind for kind, page_id in rig.changes(connection) if page_id == "1007"]
    assert told == (["added", "removed"] if rows_written else [])


@pytest.mark.parametrize("store", ["index", "objects"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_I6_a_page_that_comes_back_between_a_crash_and_the_repeat_of_its_removal_is_whole(
    rig: SyncRig, store: str, after: bool
) -> None:
    rig.fill(40)
    connection = rig.connect()
    rig.drain()
    rig.site.alter(PageId("1007"), status="trashed")
    stored = getattr(rig, store)
    remove = stored.remove

    def dies(scope: CorpusScope, ids: object) -> None:
        stored.remove = remove
        if after:
            remove(scope, ids)
        rig.site.alter(PageId("1007"), status="current")
        raise Killed

    stored.remove = dies
    rig.due_now(connection, walk_due_at=rig.clock())
    rig.run_next(connection)
    kept = rig.shelf(connection).pages
    assert rig.objects.kept[rig.scope(connection)].keys() == kept.keys() == rig.site.pages.keys()
    assert "removed" not in {kind for kind, _ in rig.changes(connection)}


def test_I6_a_page_that_comes_back_unreadable_between_a_crash_and_the_repeat_stays_removed(rig: SyncRig) -> None:
    rig.fill(40)
    connection = rig.connect()
    rig.drain()
    for page_id in ("1007", "1008"):
        rig.site.alter(PageId(page_id), status="trashed")
    remove = rig.objects.remove

    def dies(scope: CorpusScope, page_id: PageId) -> None:
        rig.objects.remove = remove  # type: ignore[method-assign]
        rig.site.alter(PageId("1007"), status="current", body=None)
        raise Killed

    rig.objects.remove = dies  # type: ignore[method-assign]
    rig.due_now(connection, walk_due_at=rig.clock())
    assert rig.run_next(connection).pages.removed == 2
    kept = rig.shelf(connection).pages
    assert rig.objects.kept[rig.scope(connection)].keys() == kept.keys() == rig.site.pages.keys() - {"1007", "1008"}
    assert {page_id for kind, page_id in rig.changes(connection) if kind == "removed"} == {"1007", "1008"}


@pytest.mark.parametrize("store", ["index", "objects"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_I6_a_removal_that_a_crash_cut_short_in_a_cancelled_run_is_finished_by_the_next(
    rig: SyncRig, store: str, after: bool
) -> None:
    rig.fill(40)
    connection = rig.connect()
    rig.drain()
    rig.site.alter(PageId("1007"), status="trashed")
    stored = getattr(rig, store)
    remove = stored.remove

    def dies(scope: CorpusScope, ids: object) -> None:
        stored.remove = remove
        if after:
            remove(scope, ids)
        rig.runs.ask_to_cancel(rig.run(connection))
        raise Killed

    stored.remove = dies
    rig.due_now(connection, walk_due_at=rig.clock())
    assert rig.run_next(connection).status is RunStatus.CANCELLED
    rig.clock.move(seconds=1)
    rig.site.edit(PageId("1003"), rig.clock())
    rig.due_now(connection, walk_due_at=rig.clock())
    rig.run_next(connection)
    kept = rig.shelf(connection).pages
    assert rig.objects.kept[rig.scope(connection)].keys() == kept.keys() == rig.site.pages.keys() - {"1007"}
    told = [kind for kind, page_id in rig.changes(connection) if page_id == "1007"]
    assert (told[0], {*told[1:]}) == ("added", {"removed"})
