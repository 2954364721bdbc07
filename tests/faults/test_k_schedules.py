"""When runs begin: ticks that come twice, too late or all at once; syncs that lost their connection (fault case K)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from confluence_connector.domain.connections import Status
from confluence_connector.domain.identifiers import CloudId, ConnectionId, WorkspaceId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.sync_times import next_tick
from confluence_connector.domain.syncs import Sync, SyncSettings
from confluence_connector.errors import Unprocessable
from confluence_connector.limits import STARTS_PER_SECOND
from tests.conftest import MovableClock
from tests.sync_rig import ACME, ADMIN, SyncRig


@pytest.fixture
def rig(clock: MovableClock) -> SyncRig:
    made = SyncRig(clock)
    made.fill(3)
    return made


def synced(rig: SyncRig) -> ConnectionId:
    connection = rig.connect()
    rig.drain()
    return connection.id


def runs_of(rig: SyncRig, connection_id: ConnectionId) -> int:
    return len(rig.runs.of_connection(ACME, connection_id, limit=100))


def test_K1_the_same_tick_twice_is_one_run(rig: SyncRig) -> None:
    connection = rig.connect()
    rig.drain()
    due = rig.sync(connection)
    assert due.next_run_at
    rig.clock.at = due.next_run_at
    rig.tick()
    first = rig.sync(connection).active_run
    rig.tick()
    assert rig.sync(connection).active_run == first
    assert (runs_of(rig, connection.id), len(rig.queue.sent)) == (2, 1)
    # The very same tick again, as if nothing of it had been written but the run's own item.
    rig.syncs.stored[ACME, connection.id] = replace(due, revision=rig.sync(connection).revision)
    rig.tick()
    assert (rig.sync(connection).active_run, runs_of(rig, connection.id)) == (first, 2)
    rig.drain()
    assert rig.last_run(connection).status == RunStatus.COMPLETED
    assert runs_of(rig, connection.id) == 2


def test_K2_a_tick_during_a_run_is_skipped_and_recorded(rig: SyncRig) -> None:
    connection = rig.connect()
    first = rig.sync(connection).active_run
    rig.queue.sent.clear()
    tick = rig.sync(connection).next_run_at
    assert tick
    rig.clock.at = tick
    rig.tick()
    assert rig.sync(connection).active_run == first
    assert runs_of(rig, connection.id) == 1
    assert "sync_tick_skipped" in [event for event, _ in rig.told.lines]
    later = rig.sync(connection).next_run_at
    assert later
    assert tick < later


def test_K3_six_missed_hours_are_one_run(rig: SyncRig) -> None:
    connection = rig.connect()
    rig.drain()
    rig.clock.move(seconds=6 * 3600)
    for _ in range(3):
        rig.tick()
        rig.drain()
    assert runs_of(rig, connection.id) == 2
    following = rig.sync(connection).next_run_at
    assert following
    assert timedelta(0) < following - rig.clock() <= timedelta(hours=1)


def test_K4_a_sync_without_its_connection_calls_nobody_and_goes(rig: SyncRig) -> None:
    connection = rig.connect()
    rig.drain()
    scope = rig.scope(connection)
    del rig.connections.stored[ACME, connection.id]
    rig.site.calls.clear()
    rig.clock.move(seconds=2 * 3600)
    rig.tick()
    rig.drain()
    assert rig.site.calls == []
    assert (dict(rig.syncs.stored), rig.syncs.sites) == ({}, {})
    assert scope not in rig.objects.kept
    assert scope not in rig.index.shelves


def test_K4_a_message_that_got_lost_is_sent_again(rig: SyncRig) -> None:
    connection = rig.connect()
    rig.queue.sent.clear()
    rig.clock.move(seconds=599)
    rig.tick()
    assert rig.queue.sent == []
    rig.clock.move(seconds=1)
    rig.tick()
    rig.drain()
    assert rig.last_run(connection).status == RunStatus.COMPLETED


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_K5_a_crash_anywhere_while_it_begins_is_made_good(clock: MovableClock, after: bool) -> None:
    undisturbed = SyncRig(clock)
    undisturbed.fill(3)
    connection = undisturbed.connect(begin=False)
    writes = undisturbed.kill_at(0, after=after)
    undisturbed.begin.of(connection)
    assert writes.writes >= 6
    for write in range(1, writes.writes + 1):
        rig = SyncRig(MovableClock())
        rig.fill(3)
        connection = rig.connect(begin=False)
        rig.kill_at(write, after=after)
        rig.survive(lambda rig=rig, connection=connection: rig.begin.of(connection))
        for _ in range(12):  # a sweep every two minutes, a dispatcher's tick every minute
            for due in list(rig.connections.due("sweep", rig.clock())):
                rig.begin.begin(due)
            rig.pass_time(minutes=2)
        stored = rig.connections.stored[ACME, connection.id]
        assert not stored.wants_sync
        assert rig.sync(stored).pages == 3, f"killed at write {write}"
        assert rig.runs.of_connection(ACME, stored.id, limit=10)[-1].trigger == "first"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_K5_a_crash_anywhere_while_it_ends_is_made_good(after: bool) -> None:
    for write in range(1, 20):
        rig = SyncRig(MovableClock())
        rig.fill(3)
        connection = rig.connect()
        rig.drain()
        ended = rig.changed(connection, status=Status.DISCONNECTED, grant=None)
        killer = rig.kill_at(write, after=after)
        rig.survive(lambda rig=rig, ended=ended: rig.end.of(ended))
        for _ in range(12):
            for due in list(rig.connections.due("sweep", rig.clock())):
                rig.survive(lambda rig=rig, due=due: rig.end.end(due.workspace, due.id))
            rig.clock.move(seconds=120)
            rig.survive(rig.tick)
            rig.drain()
        assert (rig.syncs.stored, rig.syncs.sites, rig.index.shelves, rig.objects.kept) == ({}, {}, {}, {}), write
        assert rig.connections.stored[ACME, connection.id].sync_begun == 0
        if killer.writes < write:
            return
    raise AssertionError("it writes more often than it was killed")


@pytest.mark.parametrize("minutes", [0, 1, 14, 1441])
def test_K6_too_often_or_too_rarely_is_refused(rig: SyncRig, minutes: int) -> None:
    connection_id = synced(rig)
    with pytest.raises(Unprocessable):
        rig.configure.change(ADMIN, connection_id, SyncSettings(interval_minutes=minutes))


@pytest.mark.parametrize("minutes", [15, 1440])
def test_K6_the_bounds_themselves_are_taken(rig: SyncRig, minutes: int) -> None:
    changed = rig.configure.change(ADMIN, synced(rig), SyncSettings(interval_minutes=minutes))
    assert changed.next_run_at
    assert changed.next_run_at - rig.clock() <= timedelta(minutes=minutes)


def test_K12_three_thousand_in_the_same_minute_are_spread(clock: MovableClock) -> None:
    rig = SyncRig(clock)
    due_at = clock()
    for number in range(3000):
        connection = rig.connect(
            number=number + 1, workspace=WorkspaceId(f"w{number % 7}"), cloud_id=CloudId(f"cloud-{number}")
        )
        rig.runs.stored.clear()
        sync = rig.sync(connection)
        rig.syncs.save(replace(sync, active_run=None, active_until=None, next_run_at=due_at))
    rig.queue.sent.clear()
    rig.tick()
    starts = Counter(delay for _, delay in rig.queue.sent)
    assert starts.total() == 3000
    assert max(starts.values()) <= STARTS_PER_SECOND
    following = Counter(sync.next_run_at for sync in rig.syncs.stored.values())
    by_minute = Counter(int((moment - due_at).total_seconds() // 60) for moment in following if moment)
    assert max(by_minute.values()) <= 3 * 3000 / 60, "the next runs are spread over the hour"


def test_K3_a_backlog_that_takes_long_to_look_at_shrinks_all_the_same(clock: MovableClock) -> None:
    """After an outage: each sync that is due is read again, twenty milliseconds each."""
    rig = SyncRig(clock)
    for number in range(3000):
        rig.connect(number=number + 1, cloud_id=CloudId(f"cloud-{number}"))
    for sync in list(rig.syncs.stored.values()):
        rig.syncs.save(replace(sync, active_run=None, active_until=None, next_run_at=clock()))
    rig.queue.sent.clear()
    due = rig.syncs.due

    def slowly(now: datetime) -> Iterator[Sync]:
        for sync in due(now):
            clock.move(seconds=0.02)
            yield sync

    rig.syncs.due = slowly  # type: ignore[method-assign]
    assert rig.dispatcher.dispatch(rig.deadline(45)) >= 500
    assert len(rig.queue.sent) >= 500


def test_K13_an_hour_is_an_hour_when_the_clocks_change() -> None:
    at = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # in Europe, clocks go back that night
    ticks = []
    for _ in range(6):
        at = next_tick(ConnectionId("con_" + "0" * 36), 60, at)
        ticks.append(at)
    assert {later - earlier for earlier, later in pairwise(ticks)} == {timedelta(hours=1)}
    assert all(tick.tzinfo is UTC for tick in ticks)
