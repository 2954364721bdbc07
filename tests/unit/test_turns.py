"""The life of a turn, with a course that does nothing but count."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from confluence_connector.domain.identifiers import CloudId, ConnectionId, JobId, MemberId, WorkspaceId
from confluence_connector.domain.import_jobs import ImportJob, work_of
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.domain.runs import RunStatus
from confluence_connector.errors import ConnectorError, ReconnectRequired, ServiceUnavailable
from confluence_connector.limits import AWAY_SECONDS, STRIKES
from confluence_connector.ports import Stale
from confluence_connector.services.turns import GAVE_UP, Held, Lines, Turns
from tests.conftest import MovableClock
from tests.fakes.pace import FreePace
from tests.fakes.syncing import FakeWorkQueue
from tests.telling import Told
from tests.vault import TimeLeft

INVOCATION_SECONDS = 50.0
OF_THE_TURN_SECONDS = 30.0


@dataclass
class Counting:
    """A job of steps. `defect`: an error is one; `deaf`: nobody hears of its end."""

    clock: MovableClock
    job: ImportJob
    defect: bool = False
    deaf: bool = False
    ended: int = 0
    told: Told = field(default_factory=Told)
    queue: FakeWorkQueue = field(default_factory=FakeWorkQueue)
    pace: FreePace = field(default_factory=FreePace)
    lines: ClassVar[Lines] = Lines("stale", "lost", "postponed", "failed", "not_released")

    def save(self, job: ImportJob) -> ImportJob:
        if job.revision != self.job.revision:
            raise Stale
        self.job = replace(job, revision=job.revision + 1)
        return self.job

    def hand_on(self, job: ImportJob, active_until: datetime) -> bool:
        self.save(replace(job, active_until=active_until))
        return True

    def rewound(self, job: ImportJob) -> ImportJob:
        return job

    def ends_by(self, _: ConnectorError) -> bool:
        return not self.defect

    def when_over(self, _: ImportJob) -> None:
        if self.deaf:
            raise ServiceUnavailable
        self.ended += 1

    def turn(self, go_on: Callable[[Held[ImportJob]], None]) -> None:
        """By the message for the present one."""
        turns = Turns(self.queue, self.pace, self.told, self.clock, lambda: "worker")
        left = TimeLeft(self.clock, INVOCATION_SECONDS)
        turns.take(self.job, self, go_on, work_of(self.job), left, job_id=self.job.id)

    def events(self) -> list[str]:
        return [event for event, _ in self.told.lines]


@pytest.fixture
def it(clock: MovableClock) -> Counting:
    return Counting(
        clock,
        ImportJob(
            id=JobId(f"job_{1:036d}"),
            workspace=WorkspaceId("acme"),
            connection_id=ConnectionId(f"con_{1:036d}"),
            cloud_id=CloudId("11111111-2222-3333-4444-555555555555"),
            started_by=MemberId("ann"),
            mode="link",
            folder="",
            status=RunStatus.QUEUED,
            created_at=clock(),
        ),
    )


def raises(error: Exception) -> Callable[[Held[ImportJob]], None]:
    def go_on(_: Held[ImportJob]) -> None:
        raise error

    return go_on


def test_a_turn_gets_on_by_one_step_and_is_used_up_to_the_second(it: Counting) -> None:
    used_up: list[bool] = []

    def go_on(held: Held[ImportJob]) -> None:
        it.clock.move(seconds=OF_THE_TURN_SECONDS)
        used_up.append(held.is_used_up)
        held.checkpoint(replace(held.run, done=1))
        used_up.append(held.is_used_up)
        held.pass_on()

    it.turn(go_on)
    assert used_up == [False, True]
    assert (it.job.done, it.job.turn, it.job.worker) == (1, 2, None)
    assert it.queue.sent == [(work_of(it.job), 0)]


@pytest.mark.parametrize("error", [RuntimeError(), ReconnectRequired()])
def test_a_defect_leaves_the_turn_to_whoever_gets_the_message_again(it: Counting, error: Exception) -> None:
    it.defect = True
    with pytest.raises(type(error)):
        it.turn(raises(error))
    assert (it.job.worker, it.job.turn, it.job.status) == (None, 1, RunStatus.RUNNING)
    it.turn(lambda held: held.finish(RunStatus.COMPLETED))
    assert it.job.status == RunStatus.COMPLETED


def test_what_ends_a_run_is_told_in_it_and_in_the_log(it: Counting) -> None:
    it.turn(raises(ReconnectRequired()))
    assert (it.job.status, it.job.failure_code, it.ended) == (RunStatus.FAILED, ReconnectRequired.code, 1)
    assert it.told.lines == [("failed", {"code": ReconnectRequired.code, "job_id": it.job.id})]


def test_a_run_that_was_claimed_too_often_is_given_up(it: Counting) -> None:
    it.job = replace(it.job, strikes=STRIKES)
    it.turn(raises(AssertionError("there is no further step")))
    assert (it.job.status, it.job.failure_detail, it.ended) == (RunStatus.FAILED, GAVE_UP, 1)


def test_what_was_asked_is_paid_once_also_for_a_step_that_fails(it: Counting) -> None:
    site, jira = Spent(), Spent()

    def go_on(held: Held[ImportJob]) -> None:
        held.pays_for(site, jira)
        site.asked()
        jira.asked()
        held.checkpoint(held.run)
        site.asked()
        raise ServiceUnavailable

    it.turn(go_on)
    assert (it.job.requests, it.job.points, it.job.turn) == (3, 3, 2)
    assert it.pace.settled == [site, jira] * 2


def test_an_end_that_nobody_heard_of_is_told_by_the_next_message_and_stays_what_it_was(it: Counting) -> None:
    it.deaf = True
    it.job = replace(it.job, away_since=it.clock() - timedelta(seconds=AWAY_SECONDS))
    it.turn(lambda held: held.finish(RunStatus.CANCELLED))
    assert (it.job.status, it.job.failure_code) == (RunStatus.CANCELLED, None)
    assert [work for work, _ in it.queue.sent] == [work_of(it.job)]
    it.turn(raises(AssertionError("it is over")))
    assert it.events() == ["postponed", "stale"]


def test_a_turn_that_somebody_else_took_meanwhile_is_left_to_them(it: Counting) -> None:
    def go_on(held: Held[ImportJob]) -> None:
        it.save(replace(held.run, done=7))
        held.checkpoint(replace(held.run, done=1))

    it.turn(go_on)
    assert (it.job.done, it.job.worker, it.events(), it.queue.sent) == (7, "worker", ["lost"], [])
