"""When a synchronizer runs, what a quiet run costs, what begins beside the schedule, and how it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from confluence_connector.domain.identifiers import ConnectionId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizer_runs import A_LOOK, STAGES, SynchronizerRun, SynchronizerStage
from confluence_connector.domain.synchronizer_times import after_run, whole_run_after
from confluence_connector.domain.synchronizers import PER_PAGE, Synchronizer
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import InProgress, NotFound
from confluence_connector.limits import SYNCHRONIZE_MINUTES, SYNCHRONIZER_POINTS_HOURLY, TURN_STALLED_SECONDS
from tests.conftest import MovableClock
from tests.synchronizer_rig import BUG, HERE, TASK, Killed, SynchronizerRig


@pytest.fixture
def rig(clock: MovableClock) -> SynchronizerRig:
    return SynchronizerRig(clock)


# ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_quiet_run_asks_six_questions_and_writes_nothing(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    rig.run(synchronizer)
    writes, saves, asked = rig.quiet(lambda: rig.run(synchronizer))
    assert (writes, saves) == (0, 0)
    assert sorted(asked.elements()) == [
        "GET /rest/api/3/mypermissions",
        "GET /rest/api/3/project/{projectIdOrKey}",
        "GET /wiki/api/v2/pages",
        "GET /wiki/api/v2/spaces",
        "GET /wiki/rest/api/content/search",
        "POST /rest/api/3/issue/bulkfetch",
    ]


def test_the_schedule_runs_it_every_quarter_hour(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    began = rig.clock()
    while (rig.clock() - began).total_seconds() < 3600:
        rig.tick()
        rig.drain()
        rig.clock.move(seconds=60)
    runs = rig.runs.of_synchronizer(HERE, synchronizer.id, limit=100)
    assert len(runs) == 1 + 3600 // (SYNCHRONIZE_MINUTES * 60)
    assert {run.trigger for run in runs} == {"schedule"}
    assert {run.status for run in runs} == {RunStatus.COMPLETED}
    turns = [run.turn for run in runs]
    assert turns == sorted(set(turns), reverse=True)


def test_one_that_is_switched_off_stops_before_its_next_step(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    rig.tick()
    rig.set(synchronizer, enabled=False)
    rig.drain()
    (run,) = rig.runs.of_synchronizer(HERE, synchronizer.id, limit=10)
    assert (run.status, rig.made, rig.now(synchronizer).next_run_at) == (RunStatus.CANCELLED, [], None)
    assert rig.run(synchronizer, "manual").counts.created == 5


def test_a_second_start_gets_the_run_that_is_going_on(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    first = rig.starter.start(synchronizer, "manual")
    assert rig.starter.start(rig.now(synchronizer), "manual", dry_run=True) == first
    assert len(rig.queue.sent) == 1


def test_J9_a_message_of_an_earlier_run_is_let_go(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    rig.starter.start(synchronizer, "manual")
    old = rig.queue.sent[0][0]
    rig.drain()
    rig.starter.start(rig.now(synchronizer), "manual")
    rig.simulator.reset_requests()
    rig.deliver(old)
    assert rig.simulator.by_endpoint.total() == 0
    assert rig.told.lines[-1][0] == "synchronizer_message_stale"


def test_what_an_admin_changes_at_the_moment_of_a_runs_end_stays(
    rig: SynchronizerRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronizer, save = rig.make(), rig.synchronizers.save
    run = rig.starter.start(synchronizer, "manual")

    def overtaken(wanted: Synchronizer) -> Synchronizer:
        if wanted.active_run is None and rig.now(synchronizer).settings.allow_fallback:
            current = rig.now(synchronizer)
            save(replace(current, settings=replace(current.settings, allow_fallback=False)))
        return save(wanted)

    monkeypatch.setattr(rig.synchronizers, "save", overtaken)
    rig.drain()
    now = rig.now(synchronizer)
    assert (now.active_run, now.last_run, now.settings.allow_fallback) == (None, run.id, False)
    assert rig.told.counters["SynchronizerRuns"] == 1, "told once"


def test_a_run_whose_worker_died_before_its_synchronizer_heard_of_the_end_is_concluded(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    run = rig.starter.start(synchronizer, "manual")
    rig.queue.sent.clear()
    rig.runs.save(replace(run, status=RunStatus.COMPLETED))
    rig.clock.move(seconds=TURN_STALLED_SECONDS)
    rig.tick()
    assert (rig.now(synchronizer).active_run, rig.now(synchronizer).last_run) == (None, run.id)


def test_a_lost_message_is_sent_again_and_not_every_minute(rig: SynchronizerRig) -> None:
    rig.starter.start(rig.make(), "manual")
    rig.queue.sent.clear()
    rig.clock.move(seconds=TURN_STALLED_SECONDS)
    rig.tick()
    assert len(rig.queue.sent) == 1
    rig.clock.move(seconds=60)
    rig.tick()
    assert len(rig.queue.sent) == 1


def test_the_end_of_an_earlier_run_leaves_the_present_one_alone(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    earlier = rig.run(synchronizer)
    present = rig.starter.start(rig.now(synchronizer), "manual")
    rig.conclude.conclude(earlier)
    assert rig.now(synchronizer).active_run == present.id


def test_a_name_without_a_run_is_told_and_forgotten_in_time(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    rig.synchronizers.save(replace(synchronizer, active_run=rig.new_id("run"), active_until=rig.clock()))
    with pytest.raises(InProgress):
        rig.starter.start(rig.now(synchronizer), "manual")
    rig.tick()
    rig.tick()
    rig.drain()
    assert len(rig.made) == 5


@pytest.mark.parametrize(("points", "minutes"), [(0, 15), (250, 15), (380, 23), (3_800, 228)])
def test_looks_that_cost_more_come_less_often(rig: SynchronizerRig, points: int, minutes: int) -> None:
    synchronizer, moment = rig.make(), rig.clock()
    first = after_run(synchronizer, moment, points)
    assert first is not None
    second = after_run(synchronizer, first, points)
    assert second is not None
    assert moment < first
    assert (second - first).total_seconds() == minutes * 60
    assert points * 60 / minutes <= SYNCHRONIZER_POINTS_HOURLY


@pytest.mark.parametrize(("points", "minutes"), [(0, 60), (1_000, 60), (1_520, 92), (30_000, 1_800)])
def test_whole_runs_that_cost_more_come_less_often(rig: SynchronizerRig, points: int, minutes: int) -> None:
    assert (whole_run_after(rig.clock(), points) - rig.clock()).total_seconds() == minutes * 60


@pytest.mark.parametrize(("plan", "puts_it_off"), [(STAGES, False), (A_LOOK, True)])
def test_what_a_whole_run_cost_puts_off_the_next_whole_one_and_no_look(
    rig: SynchronizerRig, plan: tuple[SynchronizerStage, ...], *, puts_it_off: bool
) -> None:
    synchronizer = rig.make()
    run = rig.starter.start(synchronizer, "manual")
    rig.conclude.conclude(rig.runs.save(replace(run, status=RunStatus.COMPLETED, plan=plan, points=100_000)))
    now = rig.now(synchronizer)
    assert now.next_run_at
    assert (now.next_run_at - rig.clock() > timedelta(minutes=SYNCHRONIZE_MINUTES)) is puts_it_off
    assert (now.whole_run_at is None) is puts_it_off


def test_a_quiet_run_costs_three_points_a_page_and_its_questions(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=300)
    synchronizer = rig.make()
    rig.run(synchronizer)
    run = rig.run(synchronizer)
    questions = 3 + 3 * 2 + 2  # rights, project, space; pages and issues by the hundred; the query by 250
    assert run.requests == questions
    assert run.points == questions + 3 * 300 + 2 + 4 * 2  # the space and the project; four permissions


def test_a_selection_is_seen_to_at_once_and_leaves_everything_else_to_the_schedule(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("selected")
    home, page = rig.page_ids[:2]
    rig.select(synchronizer, home)
    rig.run(synchronizer)
    due = rig.clock() + timedelta(hours=3)  # of one with many pages
    rig.synchronizers.save(replace(rig.now(synchronizer), next_run_at=due))
    rig.editor.rename(home, rig.clock(), "Renamed")
    rig.select(synchronizer, page)
    run = rig.run(synchronizer, "selection")
    assert (run.status, run.counts.created, run.counts.updated, run.counts.writes) == (RunStatus.COMPLETED, 1, 0, 2)
    assert rig.now(synchronizer).next_run_at == due
    assert rig.run(synchronizer).counts.updated == 1


def test_a_selection_that_comes_too_late_for_a_run_has_one_right_after(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("selected")
    rig.starter.start(synchronizer, "manual", dry_run=True)
    rig.clock.move(seconds=1)
    rig.select(synchronizer, rig.page_ids[0])
    rig.starter.start(rig.now(synchronizer), "selection")
    rig.drain()
    assert rig.made == []
    rig.tick()
    rig.drain()
    assert len(rig.made) == 1


def test_settings_that_change_during_a_run_have_one_right_after(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("selected")
    rig.tick()
    rig.clock.move(seconds=1)
    rig.set(synchronizer, mode="automatic")
    rig.synchronizers.save(replace(rig.now(synchronizer), next_run_at=rig.clock()))
    rig.drain()
    first = len(rig.made)
    rig.tick()
    rig.drain()
    assert (first, len(rig.made), len(rig.runs.of_synchronizer(HERE, synchronizer.id, limit=9))) == (5, 5, 2)
    due = rig.now(synchronizer).next_run_at
    assert due is not None
    assert due > rig.clock()


def test_a_refused_page_that_is_selected_once_more_is_tried_at_once(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("selected")
    rig.select(synchronizer, rig.page_ids[0], BUG)
    rig.set(synchronizer, issue_type=PER_PAGE)
    assert rig.run(synchronizer, "selection").counts.failed == 1
    link = rig.link(synchronizer, rig.page_ids[0])
    rig.links.save(replace(link, issue_type=TASK))
    assert rig.run(synchronizer, "selection").counts.created == 1


# ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_its_end_forgets_the_links_and_keeps_the_issues(rig: SynchronizerRig) -> None:
    synchronizer, other = rig.make(), rig.make("selected")
    rig.run(synchronizer)
    rig.select(other, rig.page_ids[0])
    rig.ender.end(rig.now(synchronizer))
    with pytest.raises(NotFound):
        rig.starter.start(rig.now(synchronizer), "manual")
    rig.drain()
    assert rig.synchronizers.get(HERE, synchronizer.id) is None
    assert (len(rig.made), rig.linked(synchronizer), len(rig.linked(other))) == (5, {}, 1)


def test_an_end_waits_for_the_worker_and_is_sent_again_if_its_message_is_lost(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    rig.starter.start(synchronizer, "manual")
    rig.kill_at(7, after=True)  # a worker dies with the turn in its hands
    work, _ = rig.queue.sent.pop()
    with pytest.raises(Killed):
        rig.deliver(work)
    rig.ender.end(rig.now(synchronizer))
    rig.deliver(rig.queue.sent.pop(0)[0])
    assert rig.synchronizers.get(HERE, synchronizer.id) is not None
    rig.queue.sent.clear()
    rig.clock.move(seconds=TURN_STALLED_SECONDS)
    rig.tick()
    rig.drain()
    assert (rig.synchronizers.get(HERE, synchronizer.id), rig.linked(synchronizer)) == (None, {})


def test_an_end_that_meets_a_worker_which_has_just_begun_waits_for_it(
    rig: SynchronizerRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronizer, save = rig.make(), rig.runs.save
    run = rig.starter.start(synchronizer, "manual")
    rig.queue.sent.clear()

    def overtaken(wanted: SynchronizerRun) -> SynchronizerRun:
        if rig.told_of(run).worker is None:
            until = rig.clock() + timedelta(seconds=60)
            save(replace(rig.told_of(run), worker="another", worker_until=until))
        return save(wanted)

    monkeypatch.setattr(rig.runs, "save", overtaken)
    rig.ender.end(rig.now(synchronizer))
    rig.deliver(rig.queue.sent.pop(0)[0])
    assert [delay_seconds for _, delay_seconds in rig.queue.sent] == [1]
    rig.drain()
    assert rig.synchronizers.get(HERE, synchronizer.id) is None
    assert rig.told_of(run).status == RunStatus.CANCELLED


def test_a_message_that_nobody_sent_is_reported(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    for forged in (
        Work("synchronize", HERE, ConnectionId("con_" + "9" * 36), synchronizer.id, 1),
        Work("synchronize", HERE, ConnectionId("con_" + "9" * 36), "syn_" + "9" * 36, 1),
    ):
        with pytest.raises(ForgedWork):
            rig.deliver(forged)
    rig.deliver(Work("synchronize", HERE, rig.connection.id, "syn_" + "9" * 36, 1))  # one that was deleted
    assert [kind for kind, _ in rig.told.published] == ["SecurityEvent", "SecurityEvent"]
    assert rig.made == []
