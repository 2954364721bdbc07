"""What a run finds, and what it must not believe: edits, moves, removals, storms and lost cursors (fault case K)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.corpus import Ancestor, PageDetails
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.domain.pages import Page
from confluence_connector.domain.removals import REMOVALS_PAUSED
from confluence_connector.domain.runs import Run, RunStatus
from confluence_connector.domain.syncs import SyncSettings
from confluence_connector.errors import ConfluenceUnavailable, UpstreamProtocolError
from confluence_connector.services.reading.convert_page import convert
from tests.conftest import MovableClock
from tests.sync_rig import ADMIN, SyncRig

PAGES = 60
P = PageId("1005")
OTHER, PERSONAL = SpaceId("2"), SpaceId("3")


@pytest.fixture
def rig(clock: MovableClock) -> SyncRig:
    """A site of 60 pages in one of two covered spaces, synced once."""
    made = SyncRig(clock)
    made.fill(PAGES)
    made.site.add_space("OPS", number=2)
    made.site.add_space("~ann", number=3, kind="personal")
    made.connect()
    made.drain()
    return made


@pytest.fixture
def connection(rig: SyncRig) -> Connection:
    return next(iter(rig.connections.stored.values()))


def walk(rig: SyncRig, connection: Connection, **trigger: bool) -> Run:
    """A day later: the next run that walks over everything."""
    rig.clock.move(days=1)
    rig.due_now(connection, walk_due_at=rig.clock(), details_due_at=rig.clock().replace(year=2100))
    if trigger:
        run = rig.trigger.start(ADMIN, connection.id, **trigger)
        rig.drain()
        return rig.run(connection, run.id)
    return rig.run_next(connection)


# ── K9: what became of a page, and what that does ──────────────────────────────────────────────────────────────────


def moved(rig: SyncRig) -> None:
    rig.site.alter(P, space_id=OTHER)


def moved_out(rig: SyncRig) -> None:
    rig.site.alter(P, space_id=PERSONAL)


def renamed(rig: SyncRig) -> None:
    rig.site.edit(P, rig.clock(), title="Another name")


def reparented(rig: SyncRig) -> None:
    rig.site.alter(P, parent_id="1001")
    rig.site.details[P] = PageDetails(ancestors=(Ancestor(PageId("1001"), "Page 1001"),))


def archived(rig: SyncRig) -> None:
    rig.site.alter(P, status="archived")


def trashed(rig: SyncRig) -> None:
    rig.site.alter(P, status="trashed")


def purged(rig: SyncRig) -> None:
    rig.site.purge(P)


def permission_lost(rig: SyncRig) -> None:
    rig.site.hidden.add(P)


EFFECTS: list[tuple[Callable[[SyncRig], None], str, str | None]] = [
    (moved, "changed", None),
    (moved_out, "removed", "moved_out"),
    (renamed, "changed", None),
    (reparented, "changed", None),
    (archived, "removed", "archived"),
    (trashed, "removed", "trashed"),
    (purged, "removed", "gone"),
    (permission_lost, "removed", "gone"),
]


@pytest.mark.parametrize(("event", "kind", "because"), EFFECTS, ids=[event.__name__ for event, _, _ in EFFECTS])
def test_K9_each_has_one_effect(
    rig: SyncRig, connection: Connection, event: Callable[[SyncRig], None], kind: str, because: str | None
) -> None:
    before = len(rig.changes(connection))
    event(rig)
    run = walk(rig, connection)
    assert run.status == RunStatus.COMPLETED
    assert rig.changes(connection)[before:] == [(kind, P)]
    batches = rig.index.changes(rig.scope(connection), 0, 10_000, 10_000)
    assert batches[-1][1][0].because == because
    there = P in rig.shelf(connection).pages
    assert there is (kind == "changed")
    assert (P in rig.objects.kept[rig.scope(connection)]) is there
    assert rig.sync(connection).pages == len(rig.shelf(connection).pages) == PAGES - (not there)
    assert not rig.shelf(connection).missing


@pytest.mark.parametrize("event", [moved_out, archived, trashed, permission_lost], ids=lambda event: event.__name__)
def test_K9_what_comes_back_is_added_again(
    rig: SyncRig, connection: Connection, event: Callable[[SyncRig], None]
) -> None:
    original = rig.site.pages[P]
    event(rig)
    walk(rig, connection)
    rig.site.pages[P] = original
    rig.site.hidden.clear()
    assert walk(rig, connection).pages.new == 1
    assert rig.changes(connection)[-2:] == [("removed", P), ("added", P)]


def test_K9_a_deleted_space_leaves_with_its_pages(rig: SyncRig, connection: Connection) -> None:
    for number in range(5):
        rig.site.add_page(3000 + number, OTHER, rig.clock())
    rig.run_next(connection)
    for number in range(5):
        rig.site.purge(PageId(str(3000 + number)))
    del rig.site.spaces[OTHER]
    run = walk(rig, connection)
    assert (run.pages.removed, run.failure) == (5, None)
    last = rig.index.changes(rig.scope(connection), 0, 10_000, 10_000)[-1][1]
    assert {change.because for change in last} == {"space_left"}


def test_K9_an_archived_space_leaves_too(rig: SyncRig, connection: Connection) -> None:
    for number in range(5):
        rig.site.add_page(3000 + number, OTHER, rig.clock())
    rig.run_next(connection)
    rig.site.spaces[OTHER] = replace(rig.site.spaces[OTHER], status="archived")
    run = walk(rig, connection)
    assert (run.pages.removed, len(rig.shelf(connection).pages)) == (5, PAGES)


def test_a_space_that_a_person_excludes_leaves_without_an_alarm(rig: SyncRig, connection: Connection) -> None:
    rig.site.add_page(3000, OTHER, rig.clock())
    rig.run_next(connection)
    rig.configure.change(ADMIN, connection.id, SyncSettings(exclude_spaces=("doc",)))
    rig.clock.move(seconds=60)
    rig.tick()
    rig.drain()
    run = rig.last_run(connection)
    assert (run.pages.removed, run.failure, list(rig.shelf(connection).pages)) == (PAGES, None, ["3000"])
    rig.configure.change(ADMIN, connection.id, SyncSettings())
    rig.clock.move(seconds=60)
    rig.tick()
    rig.drain()
    assert rig.last_run(connection).pages.new == PAGES


# ── what is not believed ────────────────────────────────────────────────────────────────────────────────────────────


def test_K9_too_much_at_once_pauses_removals_until_a_person_accepts_them(rig: SyncRig, connection: Connection) -> None:
    for number in range(21):
        rig.site.purge(PageId(str(1000 + number)))
    run = walk(rig, connection)
    assert run.status == RunStatus.COMPLETED_WITH_ERRORS
    assert run.failure
    assert run.failure.code == REMOVALS_PAUSED
    assert run.pages.removed == 0
    assert rig.told.counters["RemovalsPaused"] == 1
    assert [kind for kind, _ in rig.told.published] == ["SyncRemovalsPaused"]
    assert not rig.shelf(connection).missing
    accepted = walk(rig, connection, accept_removals=True)
    assert (accepted.status, accepted.pages.removed) == (RunStatus.COMPLETED, 21)


def test_K9_twenty_may_go_whatever_their_share(rig: SyncRig, connection: Connection) -> None:
    for number in range(20):
        rig.site.purge(PageId(str(1000 + number)))
    assert walk(rig, connection).pages.removed == 20


@pytest.mark.parametrize("spaces_too", [False, True])
def test_K9_an_empty_listing_removes_nothing(clock: MovableClock, spaces_too: bool) -> None:
    rig = SyncRig(clock)
    rig.fill(3)
    connection = rig.connect()
    rig.drain()
    rig.site.hidden |= set(rig.site.pages)
    if spaces_too:
        rig.site.spaces.clear()
    run = walk(rig, connection)
    assert run.failure
    assert (run.failure.code, run.pages.removed) == (REMOVALS_PAUSED, 0)
    assert len(rig.shelf(connection).pages) == 3


def test_K9_evidence_without_its_witness_is_none(rig: SyncRig, connection: Connection) -> None:
    """A page slips through the walk; and then, by id, the site shows nothing at all for a while."""
    everything, storm = set(rig.site.pages), iter(range(3))

    def weather(call: str) -> None:
        if call == "pages":
            rig.site.hidden = set() if next(storm, None) is None else everything
        else:
            rig.site.hidden = {P} if call == "walk" else set()

    rig.site.failing = weather
    run = walk(rig, connection)
    assert (run.status, run.pages.removed) == (RunStatus.COMPLETED, 0)
    assert P in rig.shelf(connection).pages


def test_K9_a_storm_of_404s_removes_nothing(rig: SyncRig, connection: Connection) -> None:
    rig.site.failing = lambda call: UpstreamProtocolError() if call == "walk" else None
    run = walk(rig, connection)
    assert (run.status, run.pages.removed) == (RunStatus.FAILED, 0)
    assert len(rig.shelf(connection).pages) == PAGES
    rig.site.failing = lambda _: None
    assert rig.run_next(connection).status == RunStatus.COMPLETED, "the next tick goes on as if nothing had been"


def test_a_walk_out_of_order_is_not_believed(rig: SyncRig, connection: Connection) -> None:
    rig.site.out_of_order = True
    run = walk(rig, connection)
    assert (run.status, run.pages.removed) == (RunStatus.FAILED, 0)
    assert run.failure
    assert run.failure.code == UpstreamProtocolError.code


# ── what a probe finds ──────────────────────────────────────────────────────────────────────────────────────────────


def test_K8_an_edit_in_the_second_of_the_watermark_is_not_missed(clock: MovableClock) -> None:
    rig = SyncRig(clock)
    rig.fill(30)
    rig.site.edit("1001", rig.clock())
    connection = rig.connect()
    rig.drain()
    for number in range(2, 14):  # in the same instant as the run, more than one small answer holds
        rig.site.edit(str(1000 + number), rig.clock())
    assert rig.run_next(connection).pages.changed == 12


def test_K8_the_overlap_is_read_once(rig: SyncRig, connection: Connection) -> None:
    for number in range(12):
        rig.site.edit(str(1000 + number), rig.clock())
    first, second, third = (rig.run_next(connection) for _ in range(3))
    assert first.pages.changed == 12
    assert (second.requests, third.requests) == (1, 1)


def test_K10_nothing_changed_costs_one_request_and_writes_nothing(rig: SyncRig, connection: Connection) -> None:
    before = rig.index.writes, rig.objects.writes
    run = rig.run_next(connection)
    assert (run.requests, run.points, rig.index.writes, rig.objects.writes) == (1, 11, *before)


def test_K10_an_unchanged_walk_writes_nothing_either(rig: SyncRig, connection: Connection) -> None:
    before = rig.index.writes, rig.objects.writes
    run = walk(rig, connection)
    assert (run.requests, rig.index.writes, rig.objects.writes) == (2, *before)


def test_K7_without_a_watermark_everything_is_read_and_nothing_written_twice(
    rig: SyncRig, connection: Connection
) -> None:
    before = rig.index.writes, rig.objects.writes, len(rig.changes(connection))
    rig.due_now(connection, watermark=None)
    run = rig.run_next(connection)
    assert (run.status, run.pages.unchanged, run.pages.new) == (RunStatus.COMPLETED, PAGES, 0)
    assert (rig.index.writes, rig.objects.writes, len(rig.changes(connection))) == before


def test_K7_a_full_run_makes_everything_again_and_writes_what_came_out_differently(
    rig: SyncRig, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a release that converts better."""

    def better(page: Page, site_url: str) -> Any:
        markdown, losses = convert(page, site_url)
        return (f"Better: {markdown}" if page.ref.id in {"1003", "1007"} else markdown), losses

    monkeypatch.setattr("confluence_connector.services.syncing.sync_pages.convert", better)
    feed = len(rig.changes(connection))
    rig.trigger.start(ADMIN, connection.id, full=True)
    rig.drain()
    run = rig.last_run(connection)
    assert (run.pages.changed, run.pages.unchanged, run.pages.seen) == (2, PAGES - 2, PAGES)
    assert rig.changes(connection)[feed:] == [("changed", "1003"), ("changed", "1007")]
    assert "Better" in rig.text(connection, "1007")


def test_K7_a_full_run_puts_back_what_was_deleted_from_the_bucket(rig: SyncRig, connection: Connection) -> None:
    scope, lost = rig.scope(connection), PageId("1003")
    there = rig.objects.get(scope, lost)
    rig.objects.remove(scope, lost)
    assert rig.run_next(connection).pages.changed == 0, "an ordinary run does not look"
    feed, writes = len(rig.changes(connection)), rig.objects.writes
    rig.trigger.start(ADMIN, connection.id, full=True)
    rig.drain()
    assert (rig.objects.get(scope, lost), rig.objects.writes) == (there, writes + 1)
    assert rig.last_run(connection).pages.changed == 1
    assert rig.changes(connection)[feed:] == [("changed", lost)]


def test_K7_a_cursor_that_is_not_taken_any_more_is_given_up(clock: MovableClock) -> None:
    rig = SyncRig(clock)
    rig.fill(700)
    connection = rig.connect()
    broken = True

    def fail(call: str) -> ConfluenceUnavailable | None:
        return UpstreamProtocolError() if broken and call == "walk with bodies" and rig.site.cursors[-1] else None

    rig.site.failing = fail
    work, _ = rig.queue.sent.pop(0)
    rig.deliver(work)  # the first 250 pages; then the cursor fails
    for _ in range(3):
        again, _ = rig.queue.sent.pop(0)
        rig.clock.move(seconds=900)
        rig.deliver(again)
    assert rig.run(connection).checkpoint.rewound
    broken = False
    rig.drain()
    run = rig.last_run(connection)
    assert (run.status, run.pages.new, run.pages.seen) == (RunStatus.COMPLETED, 700, 700)
