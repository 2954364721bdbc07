"""What a run does, and what its sync has learned when it is over (E3, E4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from confluence_connector.domain.identifiers import CloudId, ConnectionId, CorpusId, PageId, RunId, WorkspaceId
from confluence_connector.domain.removals import is_too_much
from confluence_connector.domain.run_turns import away_pause
from confluence_connector.domain.runs import Checkpoint, PageCounts, Run, RunStatus
from confluence_connector.domain.sync_plan import after_tick, begun, planned, reconcile_days, settled
from confluence_connector.domain.sync_times import next_due, next_tick
from confluence_connector.domain.syncs import Sync, SyncSettings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUN = RunId("run_" + "1" * 36)


def a_sync(**fields: object) -> Sync:
    made = Sync(
        workspace=WorkspaceId("acme"),
        connection_id=ConnectionId("con_" + "1" * 36),
        cloud_id=CloudId("cloud"),
        corpus_id=CorpusId("cor_" + "1" * 36),
        generation=1,
        settings=SyncSettings(),
        created_at=NOW,
        next_run_at=NOW,
        watermark=NOW - HOUR,
        walk_due_at=NOW + HOUR,
        details_due_at=NOW + HOUR,
        last_run=RUN,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def over(run: Run, **fields: object) -> Run:
    changes: dict[str, object] = {"status": RunStatus.COMPLETED, "started_at": NOW, "finished_at": NOW + HOUR} | fields
    return replace(run, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "plan"),
    [
        ({}, ("probe",)),
        ({"watermark": None}, ("probe", "spaces", "walk", "evidence")),
        ({"walk_due_at": NOW}, ("spaces", "walk", "evidence")),
        ({"details_due_at": NOW}, ("probe", "details")),
        ({"walk_due_at": NOW - HOUR, "details_due_at": NOW}, ("spaces", "walk", "evidence")),
        ({"walk_due_at": NOW, "details_due_at": NOW - HOUR}, ("probe", "details")),
        ({"owed": (PageId("1"),)}, ("owed", "probe")),
        (
            {"walk_due_at": NOW, "details_due_at": NOW, "settings": SyncSettings(interval_minutes=1440)},
            ("spaces", "walk", "evidence", "details"),
        ),
    ],
)
def test_a_run_does_what_is_due(fields: dict[str, object], plan: tuple[str, ...]) -> None:
    assert planned(a_sync(**fields), RUN, "schedule", NOW).plan == plan


def test_a_person_may_ask_for_more() -> None:
    assert planned(a_sync(), RUN, "manual", NOW, accept_removals=True).plan == ("spaces", "walk", "evidence")
    full = planned(a_sync(), RUN, "manual", NOW, full=True)
    assert (full.plan[0], full.with_bodies, full.trigger) == ("probe", True, "manual")


def test_the_watermark_is_the_newest_version_or_five_minutes_before_the_run() -> None:
    run = planned(a_sync(), RUN, "schedule", NOW)
    quiet = settled(a_sync(), over(run, newest=NOW - timedelta(days=3)), 0.6)
    busy = settled(a_sync(), over(run, newest=NOW - timedelta(seconds=1)), 0.6)
    empty = settled(a_sync(), over(run, newest=None), 0.6)
    assert quiet.watermark == NOW - timedelta(days=3)
    assert busy.watermark == empty.watermark == NOW - timedelta(minutes=5)


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED])
def test_a_run_that_was_stopped_teaches_nothing_but_hides_no_change(status: RunStatus) -> None:
    sync = a_sync(watermark=None, walk_due_at=None, feed=3)
    run = planned(sync, RUN, "first", NOW)
    after = settled(sync, over(run, status=status, newest=NOW, feed=5, pages=PageCounts(new=7)), 0.6)
    assert (after.watermark, after.walk_due_at) == (None, None)
    assert (after.feed, after.pages) == (6, 7)


def test_walks_and_details_stay_half_a_day_apart() -> None:
    sync = a_sync(watermark=None, walk_due_at=None, details_due_at=None)
    plans = []
    now = NOW
    for _ in range(72):
        run = planned(sync, RUN, "schedule", now)
        plans.append(run.plan)
        sync = settled(begun(sync, run, now, 0), over(run, started_at=now, finished_at=now, newest=NOW), 0.6)
        now += HOUR
    walks = [hour for hour, plan in enumerate(plans) if "walk" in plan]
    details = [hour for hour, plan in enumerate(plans) if "details" in plan]
    assert walks == [0, 24, 48]
    assert details == [12, 36, 60]


def test_a_walk_that_was_asked_for_during_a_run_stays_due() -> None:
    sync = a_sync(walk_due_at=NOW)
    run = planned(sync, RUN, "schedule", NOW)
    meanwhile = replace(sync, walk_due_at=NOW + HOUR / 2)
    assert settled(meanwhile, over(run), 0.6).walk_due_at == NOW + HOUR / 2
    later = settled(sync, over(run), 0.6).walk_due_at
    assert later
    assert later > NOW + timedelta(hours=23)


def test_what_is_owed_is_asked_for_once_a_run_and_forgotten_by_a_comparison_of_all() -> None:
    owing = a_sync(owed=(PageId("1"), PageId("2")))
    run = planned(owing, RUN, "schedule", NOW)
    assert settled(owing, over(run, owed=(PageId("2"), PageId("3"))), 0.6).owed == ("2", "3")
    compared = planned(replace(owing, details_due_at=NOW), RUN, "schedule", NOW)
    assert settled(owing, over(compared), 0.6).owed == ()


@pytest.mark.parametrize(("days", "share", "then"), [(1, 0.9, 2), (8, 0.9, 14), (14, 0.6, 14), (14, 0.4, 7), (1, 0, 1)])
def test_the_reconcile_stretches_while_points_are_short(days: int, share: float, then: int) -> None:
    assert reconcile_days(days, share) == then


@pytest.mark.parametrize(
    ("known", "suspects", "paused"),
    [(100, 30, False), (100, 31, True), (60, 20, False), (60, 21, True), (5, 4, False), (5, 5, True), (0, 0, False)],
)
def test_the_volume_guard(known: int, suspects: int, paused: bool) -> None:
    assert is_too_much(Checkpoint(known=known, suspects=suspects)) is paused


def test_when_the_dispatcher_has_to_look() -> None:
    assert next_due(a_sync()) == NOW
    assert next_due(a_sync(next_run_at=None)) is None
    assert next_due(a_sync(active_run=RUN, active_until=NOW + HOUR, next_run_at=NOW + 2 * HOUR)) == NOW + HOUR
    assert next_due(a_sync(active_run=RUN, active_until=NOW + 2 * HOUR, next_run_at=NOW + HOUR)) == NOW + HOUR
    assert next_due(a_sync(ending=True, next_run_at=None)) == NOW
    assert next_due(a_sync(ending=True, next_run_at=None, active_until=NOW + HOUR)) == NOW + HOUR


@pytest.mark.parametrize(
    "fields", [{"settings": SyncSettings(enabled=False)}, {"paused_because": "x"}, {"ending": True}]
)
def test_what_is_off_has_no_next_run(fields: dict[str, object]) -> None:
    assert after_tick(a_sync(**fields), NOW) is None


@pytest.mark.parametrize("fields", [{"settings": SyncSettings(enabled=False)}, {"paused_because": "x"}])
def test_what_is_off_still_corrects_names_and_nothing_else(fields: dict[str, object]) -> None:
    owing = a_sync(names_due_at=NOW + HOUR, **fields)
    tick = after_tick(owing, NOW)
    assert tick is not None
    assert tick > NOW + HOUR
    run = planned(owing, RUN, "schedule", tick)
    assert (run.plan, run.with_bodies) == (("names",), False)
    over = replace(run, status=RunStatus.COMPLETED, finished_at=tick)
    done = settled(replace(owing, active_run=RUN, next_run_at=tick), over, 0.0)
    assert (done.names_due_at, done.next_run_at, done.paused_because) == (None, None, owing.paused_because)
    assert len(planned(owing, RUN, "manual", tick).plan) > 1


def test_names_changed_after_a_run_began_are_the_next_ones() -> None:
    owing = a_sync(names_due_at=NOW + HOUR)
    run = planned(owing, RUN, "schedule", NOW)
    assert "names" not in run.plan
    assert planned(owing, RUN, "schedule", NOW + HOUR).plan[0] == "names"
    begun_before = replace(run, plan=("names", *run.plan), status=RunStatus.COMPLETED, finished_at=NOW + HOUR)
    assert settled(owing, begun_before, 0.0).names_due_at == NOW + HOUR


def test_ticks_lie_on_a_grid_of_the_connections_own() -> None:
    one, other = ConnectionId("con_" + "1" * 36), ConnectionId("con_" + "2" * 36)
    first = next_tick(one, 60, NOW)
    assert NOW < first <= NOW + HOUR
    assert next_tick(one, 60, first) == first + HOUR
    assert next_tick(one, 60, first - timedelta(seconds=1)) == first
    assert next_tick(other, 60, NOW) != first


def test_pauses_double_and_end() -> None:
    run = planned(a_sync(), RUN, "schedule", NOW)
    waited = [away_pause(replace(run, away_since=NOW), NOW + timedelta(seconds=s)) for s in (0, 15, 30, 60, 900, 9000)]
    assert waited == [15, 15, 30, 60, 900, 900]
    assert away_pause(replace(run, away_since=NOW), NOW + 6 * HOUR) is None
    assert away_pause(run, NOW) == 15
