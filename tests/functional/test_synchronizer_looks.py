"""Looks between whole runs: what was written lately, at a handful of points however large the space is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizer_runs import A_LOOK, STAGES, SynchronizerRun
from confluence_connector.domain.synchronizers import Synchronizer
from local.simulator.accounts import ACCOUNTS
from tests.conftest import MovableClock
from tests.synchronizer_rig import HERE, SynchronizerRig

NEW = PageId("990001")


@pytest.fixture
def rig(clock: MovableClock) -> SynchronizerRig:
    return SynchronizerRig(clock)


def scheduled(rig: SynchronizerRig, synchronizer: Synchronizer, minutes: int = 16) -> SynchronizerRun:
    """The next run of the schedule, so many minutes later."""
    rig.clock.move(seconds=60 * minutes)
    rig.tick()
    rig.drain()
    newest, *_ = rig.runs.of_synchronizer(HERE, synchronizer.id, limit=1)
    assert newest.trigger == "schedule"
    return newest


def written_today(rig: SynchronizerRig, minutes_ago: int = 0) -> None:
    author, at = ACCOUNTS["ada"].account_id, rig.clock() - timedelta(minutes=minutes_ago)
    rig.editor.create(NEW, "GEN1", "Written today", at, author, storage="<p/>", parent_id=None)


def begun(rig: SynchronizerRig, mode: str = "automatic") -> Synchronizer:
    synchronizer = rig.make(mode)  # type: ignore[arg-type]
    assert scheduled(rig, synchronizer, 0).plan == STAGES
    return synchronizer


def test_a_look_costs_the_same_whatever_the_size(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=300)
    synchronizer = begun(rig)
    rig.clock.move(seconds=3 * 3600)
    rig.synchronizers.save(replace(rig.now(synchronizer), looked_at=clock(), whole_run_at=None))
    assert scheduled(rig, synchronizer).plan == STAGES
    run = scheduled(rig, synchronizer)
    assert (run.plan, run.status, run.counts.writes) == (A_LOOK, RunStatus.COMPLETED, 0)
    assert (run.requests, run.points) == (4, 4 + 2 + 4 * 2)  # rights, project, space, one query


def test_a_new_page_and_a_new_title_come_by_a_look(rig: SynchronizerRig) -> None:
    synchronizer = begun(rig)
    page = rig.page_ids[0]
    rig.editor.rename(page, rig.clock(), "Another name")
    written_today(rig)
    run = scheduled(rig, synchronizer)
    assert (run.plan, run.counts.created, run.counts.updated) == (A_LOOK, 1, 1)
    assert rig.link(synchronizer, page).summary == "Another name"
    assert rig.link(synchronizer, NEW).state == LinkState.ACTIVE
    assert scheduled(rig, synchronizer).counts.writes == 0


def test_what_bumps_no_version_waits_for_the_whole_run(rig: SynchronizerRig) -> None:
    synchronizer = begun(rig)
    page = rig.page_ids[1]
    rig.editor.trash(page)
    plans = []
    while (rig.link(synchronizer, page).state) == LinkState.ACTIVE:
        plans.append(scheduled(rig, synchronizer).plan)
        assert len(plans) < 10
    assert plans == [A_LOOK, A_LOOK, A_LOOK, STAGES]
    assert rig.link(synchronizer, page).state == LinkState.ORPHANED


def test_a_look_makes_no_issue_of_what_nobody_selected(rig: SynchronizerRig) -> None:
    synchronizer = begun(rig, "selected")
    home = rig.page_ids[0]
    rig.select(synchronizer, home)
    rig.run(synchronizer, "selection")
    rig.editor.rename(home, rig.clock(), "Another name")
    rig.editor.rename(rig.page_ids[1], rig.clock(), "Not selected")
    run = scheduled(rig, synchronizer)
    assert (run.plan, run.counts.created, run.counts.updated) == (A_LOOK, 0, 1)


def test_what_the_search_index_was_late_with_is_in_the_next_look(rig: SynchronizerRig) -> None:
    synchronizer = begun(rig)
    assert scheduled(rig, synchronizer).plan == A_LOOK
    written_today(rig, minutes_ago=10)
    assert scheduled(rig, synchronizer).counts.created == 1


def test_a_look_reaches_back_to_when_the_last_one_began(rig: SynchronizerRig) -> None:
    """What is written while a run is under way is the next one's; a run for a selection has looked at nothing else."""
    synchronizer = begun(rig, "selected")
    rig.clock.move(seconds=16 * 60)
    rig.tick()
    began = rig.clock()
    rig.clock.move(seconds=30)
    rig.drain()
    assert rig.now(synchronizer).looked_at == began
    rig.select(synchronizer, rig.page_ids[0])
    assert rig.run(synchronizer, "selection").counts.created == 1
    assert rig.now(synchronizer).looked_at == began


def test_a_look_that_failed_is_made_up_for_by_the_next(rig: SynchronizerRig) -> None:
    synchronizer = begun(rig)
    looked_at = rig.now(synchronizer).looked_at
    written_today(rig)
    rig.clock.move(seconds=60 * 16)
    rig.tick()
    run = rig.runs.of_synchronizer(HERE, synchronizer.id, limit=1)[0]
    rig.conclude.conclude(rig.runs.save(replace(run, status=RunStatus.CANCELLED)))
    assert rig.now(synchronizer).looked_at == looked_at
    rig.queue.sent.clear()
    assert scheduled(rig, synchronizer, 60 * 24 * 3 // 60).plan in {A_LOOK, STAGES}
    assert rig.link(synchronizer, NEW).state == LinkState.ACTIVE


def test_settings_that_change_ask_for_a_whole_run(rig: SynchronizerRig) -> None:
    """Also during one that has not seen them."""
    synchronizer = begun(rig)
    rig.clock.move(seconds=3 * 3600)
    rig.tick()
    rig.clock.move(seconds=1)
    rig.synchronizers.save(replace(rig.now(synchronizer), whole_run_at=rig.clock(), next_run_at=rig.clock()))
    rig.drain()
    assert scheduled(rig, synchronizer, 0).plan == STAGES
    assert scheduled(rig, synchronizer).plan == A_LOOK
