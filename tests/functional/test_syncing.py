"""A site kept in step, over the fakes: what it costs, and what lies in the corpus (E1–E6)."""

from dataclasses import replace

import pytest

from confluence_connector.domain.corpus import PageDetails
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.syncs import SyncSettings
from confluence_connector.errors import BadRequest, RateLimited
from confluence_connector.limits import CHANGES_KEPT_DAYS
from confluence_connector.services.syncing.read_corpus import ReadCorpus
from tests.conftest import MovableClock
from tests.sync_rig import ADMIN, SyncRig


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


def test_the_feed_is_read_in_pieces_of_any_size(rig: SyncRig) -> None:
    rig.fill(600)
    connection = rig.connect()
    rig.drain()
    reader = ReadCorpus(rig.shown, rig.index, rig.objects, rig.clock)
    for limit in (1, 100, 250, 10_000):
        found: list[str] = []
        since, more = None, True
        while more:
            changes, since, more = reader.changes(ADMIN, connection.id, since=since, limit=limit)
            assert 0 < len(changes) <= limit
            found += [change.page_id for change in changes]
        assert found == [page_id for _, page_id in rig.changes(connection)]
        assert reader.changes(ADMIN, connection.id, since=since, limit=limit)[0] == []


def test_a_cursor_behind_which_changes_may_be_forgotten_is_refused(rig: SyncRig) -> None:
    """Read slowly, read up, never read again: what is lost on the way is said, and nothing else is."""
    rig.fill(600)
    connection = rig.connect()
    rig.drain()
    reader = ReadCorpus(rig.shown, rig.index, rig.objects, rig.clock)
    _, slow, more = reader.changes(ADMIN, connection.id, since=None, limit=300)
    assert more
    rig.clock.move(days=60)
    _, slow, more = reader.changes(ADMIN, connection.id, since=slow, limit=10)
    _, read_up, _ = reader.changes(ADMIN, connection.id, since=slow, limit=1_000)
    rig.clock.move(days=CHANGES_KEPT_DAYS - 60)
    with pytest.raises(BadRequest) as refused:
        reader.changes(ADMIN, connection.id, since=slow, limit=10)
    assert "without a cursor" in refused.value.remedy
    assert reader.changes(ADMIN, connection.id, since=read_up, limit=10)[0] == []
    rig.clock.move(days=60)
    with pytest.raises(BadRequest):
        reader.changes(ADMIN, connection.id, since=read_up, limit=10)


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


def test_removals_are_found_with_five_requests_per_thousand_pages(rig: SyncRig) -> None:
    rig.fill(2000)
    connection = rig.connect()
    rig.drain()
    for number in range(3):
        rig.site.purge(PageId(str(1000 + 500 * number)))
    rig.due_now(connection, walk_due_at=rig.clock())
    run = rig.run_next(connection)
    assert (run.pages.removed, run.requests) == (3, 10), rig.site.calls
    assert len(rig.shelf(connection).pages) == 1997


def test_every_tenth_answer_refused_loses_nothing(rig: SyncRig) -> None:
    rig.fill(2000)
    connection = rig.connect()
    rig.site.failing = lambda _: RateLimited(retry_after=3) if len(rig.site.calls) % 10 == 0 else None
    rig.drain()
    run = rig.last_run(connection)
    assert (run.status, run.pages.new) == (RunStatus.COMPLETED, 2000)


def test_a_large_site_is_many_messages_and_no_more_memory(rig: SyncRig) -> None:
    """Each call takes two seconds: a turn of a minute holds only so many."""
    rig.fill(5000)
    connection = rig.connect()
    rig.site.failing = lambda _: rig.clock.move(seconds=2)
    messages = rig.drain()
    assert messages >= 3
    run = rig.last_run(connection)
    assert (run.status, run.pages.new, run.turn) == (RunStatus.COMPLETED, 5000, messages)


def test_many_spaces_are_walked_a_hundred_at_a_time(rig: SyncRig) -> None:
    for number in range(250):
        space = rig.site.add_space(f"S{number}", number=number + 1)
        rig.site.add_page(10_000 - number, space, rig.clock())
        rig.site.add_page(20_000 + number, space, rig.clock())
    connection = rig.connect()
    rig.drain()
    run = rig.last_run(connection)
    assert (run.pages.new, run.spaces_total, run.spaces_done) == (500, 250, 250)
    rig.site.alter(PageId("10000"), space_id="250")  # from the first group's to the last's
    rig.site.alter(PageId("20249"), space_id="1")
    rig.site.purge(PageId("9900"))
    rig.due_now(connection, walk_due_at=rig.clock())
    run = rig.run_next(connection)
    assert (run.pages.changed, run.pages.removed, run.failure) == (2, 1, None)
    assert rig.sync(connection).pages == len(rig.shelf(connection).pages) == 499
    assert rig.site.calls.count("walk") == 3


def test_personal_and_archived_spaces_and_all_but_current_pages_stay_out(rig: SyncRig) -> None:
    home = rig.fill(2)
    for number, (key, kind, status) in enumerate(
        [("~ann", "personal", "current"), ("OLD", "global", "archived"), ("KB", "knowledge_base", "current")], 2
    ):
        space = rig.site.add_space(key, number=number, kind=kind, status=status)
        rig.site.add_page(2000 + number, space, rig.clock())
    rig.site.alter(rig.site.add_page(3000, home, rig.clock()), status="archived")
    connection = rig.connect()
    rig.drain()
    assert sorted(rig.shelf(connection).pages) == ["1000", "1001", "2004"]
    rig.site.edit("2002", rig.clock())
    rig.site.add_page(2005, rig.site.add_space("NEW", number=9), rig.clock())
    rig.run_next(connection)
    assert sorted(rig.shelf(connection).pages) == ["1000", "1001", "2004", "2005"], "a new space is met by its pages"


def test_labels_names_and_spaces_that_changed_are_found_without_reading_a_body(rig: SyncRig) -> None:
    rig.fill(300)
    connection = rig.connect()
    rig.drain()
    rig.site.details[PageId("1007")] = PageDetails(labels=("red",))
    rig.site.calls.clear()
    rig.due_now(connection, details_due_at=rig.clock())
    run = rig.run_next(connection)
    assert (run.pages.changed, rig.site.calls) == (1, ["newest(10)", "details", "details"])
    assert 'labels: ["red"]' in rig.text(connection, "1007")
    assert "Text of 1007" in rig.text(connection, "1007")
    rig.site.spaces[SpaceId("1")] = replace(rig.site.spaces[SpaceId("1")], name="Renamed")
    rig.index.put_authors(rig.scope(connection), {"557058:ann": None})
    rig.due_now(connection, walk_due_at=rig.clock())
    rig.run_next(connection)
    rig.due_now(connection, details_due_at=rig.clock())
    assert rig.run_next(connection).pages.changed == 300
    text = rig.text(connection, "1008")
    assert '"name": "Renamed"' in text
    assert "Ann" not in text


def test_pages_that_a_crash_left_uncounted_are_counted_a_day_later(rig: SyncRig) -> None:
    rig.fill(600)
    connection = rig.connect()
    rig.drain()
    rig.due_now(connection, pages=7, details_due_at=rig.clock())
    rig.run_next(connection)
    assert rig.sync(connection).pages == 600


def test_what_the_search_index_lacks_is_asked_for_by_the_next_run(rig: SyncRig) -> None:
    rig.fill(5)
    rig.site.details[PageId("1001")] = PageDetails(labels=("red",))
    rig.site.unindexed |= {PageId("1001"), PageId("1002")}
    connection = rig.connect()
    rig.drain()
    assert rig.sync(connection).owed == ("1001", "1002")
    rig.site.unindexed.remove(PageId("1001"))
    rig.site.calls.clear()
    rig.run_next(connection)
    assert rig.site.calls == ["details", "newest(10)"]
    assert rig.sync(connection).owed == ("1002",)
    assert 'labels: ["red"]' in rig.text(connection, "1001")


def test_spaces_chosen_while_a_run_goes_on_are_walked_right_after_it(rig: SyncRig) -> None:
    rig.fill(600)
    connection = rig.connect()
    for _ in ("probe", "spaces"):
        work, _ = rig.queue.sent.pop(0)
        rig.clock.move(seconds=1)
        rig.deliver(work, 0.0)
    rig.configure.change(ADMIN, connection.id, SyncSettings(interval_minutes=1440, exclude_spaces=("DOC",)))
    rig.tick()
    rig.drain()
    assert len(rig.shelf(connection).pages) == 600, "it went on with what it began with"
    rig.pass_time(minutes=5)
    assert len(rig.shelf(connection).pages) == 0


def test_a_sync_that_is_switched_off_rests(rig: SyncRig) -> None:
    rig.fill(2)
    connection = rig.connect()
    rig.drain()
    rig.configure.change(ADMIN, connection.id, SyncSettings(enabled=False))
    calls = len(rig.site.calls)
    rig.pass_time(minutes=130)
    assert len(rig.site.calls) == calls
    rig.trigger.start(ADMIN, connection.id)
    rig.drain()
    assert rig.sync(connection).next_run_at is None
    rig.configure.change(ADMIN, connection.id, SyncSettings(interval_minutes=15))
    rig.pass_time(minutes=16)
    assert rig.last_run(connection).trigger == "schedule"
