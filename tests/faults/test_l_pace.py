"""L4–L7, L10: all workers together ask each site no faster than agreed, and background work steps back for people."""

from datetime import datetime, timedelta

import pytest

from confluence_connector.adapters.pace_of_people import PaceOfPeople
from confluence_connector.domain.rate_limits import Lane, Spent
from confluence_connector.errors import RateLimited
from confluence_connector.limits import (
    BACKGROUND_PERCENT,
    BUCKET_BURST,
    BUCKET_INTERVAL_MS,
    BURST_HOLD_SECONDS,
    HOURLY_POINTS,
    LEDGER_LOOK_SECONDS,
    LOCAL_INTERVAL_MS,
    LOCAL_POINTS,
    NEXT_HOUR_SPREAD_SECONDS,
    POINTS_BOOKED_AT_ONCE,
    RESERVED_SECONDS,
    WAIT_MAX_SECONDS,
)
from confluence_connector.ports.pace import Pace
from confluence_connector.runtime import Runtime
from confluence_connector.settings import Settings
from local.simulator import create_simulator
from tests.atlassian import Rig
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.crowd_clock import CrowdClock
from tests.pacing import JIRA, LANES, OTHER_JIRA, OTHER_WIKI, WIKI, Fleet, Left

BACKGROUND_POINTS = HOURLY_POINTS * BACKGROUND_PERCENT // 100
BURST, PER_SECOND = BUCKET_BURST["confluence"], 1000 / BUCKET_INTERVAL_MS


@pytest.fixture
def fleet(aws: Aws, clock: MovableClock) -> Fleet:
    return Fleet(aws, clock, clock.sleep)


def most_in_any_window(moments: list[datetime]) -> float:
    """By how many calls the fullest window goes beyond what refills while it lasts."""
    return max(
        last - first + 1 - (moments[last] - moments[first]).total_seconds() * PER_SECOND
        for first in range(len(moments))
        for last in range(first, len(moments))
    )


def list_without_end(pace: Pace, spent: Spent) -> None:
    while True:
        pace.before(WIKI, spent, Left())
        spent.asked()
        spent.returned(objects=250)


# ── one bucket for all ──────────────────────────────────────────────────────────────────────────────────────────────


def test_L5_twenty_workers_stay_within_one_bucket_in_any_window(aws: Aws) -> None:
    clock = CrowdClock()
    fleet = Fleet(aws, clock, clock.sleep)
    asked: list[datetime] = []

    def worker() -> None:
        pace, spent = fleet.background(), Spent()
        for _ in range(15):
            pace.before(WIKI, spent, Left())
            asked.append(clock())
            clock.sleep(fleet.chance.random() * 0.05)

    aws.calls.clear()
    clock.run([worker] * 20)
    asked.sort()
    assert len(asked) == 300
    assert BURST <= most_in_any_window(asked) <= BURST + 1
    assert (asked[-1] - asked[0]).total_seconds() <= (300 - BURST) / PER_SECOND + 1  # and no slower than agreed
    looks = sum("points" in call.parameters["UpdateExpression"] for call in aws.calls)
    assert aws.count("UpdateItem") - looks <= 300 * 1.2  # one update a call, and hardly a wrong guess
    assert aws.count("GetItem") == 0
    assert not fleet.told.counters["LimitsUnavailable"]


def test_L5_sites_and_products_have_buckets_of_their_own(fleet: Fleet) -> None:
    paces = [fleet.background() for _ in range(BURST)]
    for lane in (WIKI, OTHER_WIKI):
        assert [fleet.delay(lane, pace=pace, seconds=5) for pace in paces] == [None] * BURST
    for lane in (JIRA, OTHER_JIRA):
        assert [fleet.delay(lane, pace=pace, seconds=5) for pace in paces[: BUCKET_BURST["jira"]]] == [None] * 10
    assert fleet.slept == []
    assert fleet.held() == LANES


def test_L5_a_bucket_that_rests_fills_up_and_not_beyond(fleet: Fleet, clock: MovableClock) -> None:
    pace = fleet.background()
    for pause in (0, 1, 3600):
        clock.move(seconds=pause)
        free = 0
        while fleet.delay(pace=pace, seconds=5) is None:
            free += 1
        assert free == {0: BURST, 1: 10, 3600: BURST}[pause]


def test_L5_a_wrong_guess_costs_one_more_update(fleet: Fleet, aws: Aws) -> None:
    first, second = fleet.limits(), fleet.limits()
    now = fleet.clock()
    assert first.take(WIKI, now, 0).taken
    aws.calls.clear()
    assert second.take(WIKI, now, 0).taken  # knows nothing of the first
    assert aws.count("UpdateItem") == 2
    assert second.take(WIKI, now, 0).taken
    assert aws.count("UpdateItem") == 3
    assert not aws.count("GetItem")


def test_L5_a_turn_that_is_known_to_be_too_far_is_not_asked_for(fleet: Fleet, aws: Aws) -> None:
    pace = fleet.background()
    while fleet.delay(pace=pace, seconds=5) is None:
        pass
    aws.calls.clear()
    assert fleet.delay(pace=pace, seconds=5)
    assert aws.count("UpdateItem") == 0


def test_a_lost_answer_leaves_a_turn_out_and_gives_none_twice(fleet: Fleet, aws: Aws, clock: MovableClock) -> None:
    aws.lose_answer("dynamodb", "UpdateItem", times=100)
    limits = fleet.limits()
    taken = 0
    while limits.take(WIKI, clock(), 0).taken:
        taken += 1
    assert taken <= BURST


def test_limits_hold_no_workspace_and_are_forgotten_by_themselves(fleet: Fleet, clock: MovableClock) -> None:
    fleet.delay()
    fleet.answered(429, ratelimit_reason="confluence-burst-based", retry_after="9")
    fleet.answered(429, lane=OTHER_WIKI, ratelimit_reason="confluence-quota-global-based")
    for item in fleet.items():
        assert 3600 < int(item["expires_at"]["N"]) - clock().timestamp() <= 3 * 24 * 3600
        assert set(item) - {"pk", "sk", "expires_at"} <= {"next_ms", "points", "held_confluence"}


# ── waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_L4_a_turn_within_the_time_left_is_slept_for_and_one_beyond_is_handed_back(fleet: Fleet) -> None:
    pace = fleet.background()
    for _ in range(BURST):
        assert fleet.delay(pace=pace) is None
    assert fleet.delay(pace=pace) is None
    assert fleet.slept == [pytest.approx(0.1)]
    fleet.answered(429, ratelimit_reason="confluence-burst-based", retry_after="12")
    assert fleet.delay(seconds=12) in {12, 13}  # with 7 seconds to sleep in, and jitter
    assert len(fleet.slept) == 1
    assert fleet.delay(seconds=30) is None
    assert fleet.slept[1:] == [pytest.approx(12)]


def test_L4_a_turn_that_others_moved_away_meanwhile_is_not_waited_for(fleet: Fleet) -> None:
    pace = fleet.background()
    assert [fleet.delay(pace=pace) for _ in range(2)] == [None] * 2
    fleet.answered(429, ratelimit_reason="confluence-burst-based", retry_after="12")
    assert fleet.delay(pace=pace, seconds=12) in {12, 13}
    assert fleet.slept == []


def test_L4_no_turn_is_waited_for_longer_than_a_sleep_may_last(fleet: Fleet) -> None:
    fleet.answered(429, ratelimit_reason="confluence-burst-based", retry_after=str(WAIT_MAX_SECONDS + 1))
    assert fleet.delay(seconds=900) in {WAIT_MAX_SECONDS + 1, WAIT_MAX_SECONDS + 2}
    assert fleet.slept == []


def test_L4_a_short_invocation_takes_the_turns_that_need_no_wait(fleet: Fleet) -> None:
    pace = fleet.background()
    assert [fleet.delay(pace=pace, seconds=4) for _ in range(BURST)] == [None] * BURST
    assert (fleet.delay(pace=pace, seconds=4) in {1, 2}, fleet.slept) == (True, [])


def test_L4_without_time_no_turn_is_taken(fleet: Fleet) -> None:
    assert fleet.delay(seconds=RESERVED_SECONDS) == 1
    assert not any("BUCKET" in item["sk"]["S"] for item in fleet.items())


# ── the store is down ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", ["InternalServerError", "AccessDeniedException", "ValidationException"])
def test_L6_without_the_store_each_process_goes_slowly_by_itself(
    fleet: Fleet, aws: Aws, clock: MovableClock, code: str
) -> None:
    aws.fail("dynamodb", "UpdateItem", code)
    pace, started = fleet.background(), clock()
    for lane in (WIKI, OTHER_WIKI, WIKI, JIRA, WIKI):
        assert fleet.delay(lane, pace=pace) is None
    assert (clock() - started).total_seconds() == 4 * LOCAL_INTERVAL_MS / 1000
    assert fleet.told.counters["LimitsUnavailable"] > 0
    assert fleet.told.refusals["app_misconfigured"] == (code == "AccessDeniedException") * 10


def test_L6_without_the_store_a_process_spends_little_and_books_it_later(
    fleet: Fleet, aws: Aws, clock: MovableClock
) -> None:
    aws.fail("dynamodb", "UpdateItem", "InternalServerError")
    pace, spent = fleet.background(), Spent()
    with pytest.raises(RateLimited):
        list_without_end(pace, spent)
    assert LOCAL_POINTS <= spent.points < LOCAL_POINTS + 251
    aws.heal()
    pace.before(WIKI, spent, Left())
    assert fleet.limits().book(0, clock()).points == spent.points


def test_L6_without_the_store_nobody_sleeps_past_the_time_left(fleet: Fleet, aws: Aws) -> None:
    aws.fail("dynamodb", "UpdateItem", "InternalServerError")
    pace = fleet.background()
    assert [fleet.delay(pace=pace, seconds=6) for _ in range(2)] == [None, 3]
    assert fleet.slept == []


def test_L6_people_are_not_held_up_by_the_store(fleet: Fleet, aws: Aws) -> None:
    aws.fail("dynamodb", "UpdateItem", "InternalServerError")
    people = fleet.people()
    people.before(WIKI, Spent(), Left(0))
    fleet.answered(429, ratelimit_reason="confluence-burst-based", retry_after="9")
    fleet.answered(429, ratelimit_reason="confluence-quota-global-based")
    assert fleet.told.counters["LimitsUnavailable"] == 2


# ── who is slowed ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reason", "slowed", "seconds"),
    [
        ("confluence-burst-based", {WIKI}, 60),
        ("", {WIKI}, 60),
        ("confluence-quota-tenant-based", {WIKI}, 1200),
        ("confluence-quota-global-based", {WIKI, OTHER_WIKI}, 1200),
        ("jira-burst-based", {JIRA}, 60),
        ("jira-quota-tenant-based", {JIRA}, 1200),
        ("jira-quota-global-based", {JIRA, OTHER_JIRA}, 1200),
        ("jira-per-issue-on-write", set(), 0),
    ],
)
def test_L7_only_the_kind_that_was_hit_is_slowed(
    fleet: Fleet, clock: MovableClock, reason: str, slowed: set[Lane], seconds: int
) -> None:
    clock.move(seconds=40 * 60)
    fleet.answered(429, lane=JIRA if "jira" in reason else WIKI, ratelimit_reason=reason, retry_after="60")
    assert fleet.held() == slowed
    for lane in slowed:
        told = fleet.delay(lane)
        assert told is not None
        assert seconds <= told <= seconds + 1 + NEXT_HOUR_SPREAD_SECONDS * (seconds > 60)
    clock.move(seconds=seconds + 1)
    assert fleet.held() == set()


def test_L7_a_site_that_was_held_begins_again_without_a_burst(fleet: Fleet, clock: MovableClock) -> None:
    fleet.answered(429, ratelimit_reason="confluence-burst-based", retry_after="9")
    clock.move(seconds=9)
    pace = fleet.background()
    assert [fleet.delay(pace=pace) for _ in range(5)] == [None] * 5
    assert fleet.slept == [pytest.approx(0.1)] * 4


def test_L7_a_shorter_hold_does_not_end_a_longer_one(fleet: Fleet, clock: MovableClock) -> None:
    fleet.answered(429, ratelimit_reason="confluence-quota-tenant-based")
    fleet.answered(429, ratelimit_reason="confluence-burst-based", retry_after="9")
    clock.move(seconds=60)
    assert fleet.held() == {WIKI}


def test_L7_a_refusal_without_a_time_pauses_the_site_for_a_moment(fleet: Fleet, clock: MovableClock) -> None:
    fleet.answered(429)
    assert fleet.delay(seconds=5.5) is not None
    clock.move(seconds=BURST_HOLD_SECONDS)
    assert fleet.delay(seconds=5.5) is None


# ── people first ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_L10_background_work_leaves_the_hour_to_people_when_its_share_is_spent(
    fleet: Fleet, clock: MovableClock
) -> None:
    pace, spent = fleet.background(), Spent()
    clock.move(seconds=45 * 60)
    with pytest.raises(RateLimited) as refused:
        list_without_end(pace, spent)
    assert BACKGROUND_POINTS <= spent.points < BACKGROUND_POINTS + 251
    assert spent.points < HOURLY_POINTS * 0.61
    to_the_hour = 3600 - clock().minute * 60 - clock().second
    assert to_the_hour - 1 <= (refused.value.retry_after or 0) <= to_the_hour + NEXT_HOUR_SPREAD_SECONDS + 1
    assert fleet.held() == LANES
    fleet.people().before(WIKI, Spent(), Left(0))
    clock.move(seconds=to_the_hour)
    assert fleet.held() == set()


def test_L10_many_workers_overdraw_the_share_by_little(fleet: Fleet, clock: MovableClock) -> None:
    paces, spent, asked = [fleet.background() for _ in range(20)], [Spent() for _ in range(20)], True
    while asked:
        asked = False
        for pace, own in zip(paces, spent, strict=True):
            clock.move(seconds=0.2)
            try:
                pace.before(WIKI, own, Left())
            except RateLimited:
                continue
            own.asked()
            own.returned(objects=90)
            asked = True
    assert sum(own.points for own in spent) <= BACKGROUND_POINTS + 20 * (POINTS_BOOKED_AT_ONCE + 91)


def test_L10_whoever_waits_for_the_hour_comes_back_spread_out(fleet: Fleet) -> None:
    fleet.limits().book(BACKGROUND_POINTS, fleet.clock())
    delays = [fleet.delay() or 0 for _ in range(100)]
    assert max(delays) - min(delays) >= NEXT_HOUR_SPREAD_SECONDS / 2
    assert min(delays) >= 3600


def test_L10_over_http_background_pauses_and_people_read_on(aws: Aws, clock: MovableClock) -> None:
    fleet = Fleet(aws, clock, clock.sleep)
    simulator = create_simulator(clock=clock, sleep=clock.sleep)
    people, worker = Rig(simulator, clock, pace=fleet.people()), Rig(simulator, clock, pace=fleet.background())
    page = people.page_of("Web shop")
    worker.confluence.page_ref(page)
    simulator.behaviour.hourly_points = 50
    for _ in range(21):
        people.confluence.page_ref(page)
    aws.calls.clear()
    assert people.confluence.page(page).body
    assert aws.calls == []  # told once, not with every answer
    clock.move(seconds=LEDGER_LOOK_SECONDS)
    with pytest.raises(RateLimited) as refused:
        worker.confluence.page_ref(page)
    assert (refused.value.retry_after or 0) > 3000
    assert people.confluence.page(page).body
    clock.move(seconds=3600)
    assert worker.confluence.page_ref(page)


def test_L10_a_worker_heeds_at_once_what_it_saw_itself(aws: Aws, clock: MovableClock) -> None:
    fleet = Fleet(aws, clock, clock.sleep)
    simulator = create_simulator(clock=clock, sleep=clock.sleep)
    worker = Rig(simulator, clock, pace=fleet.background())
    page = worker.page_of("Web shop")
    simulator.behaviour.hourly_points = 50

    def read_without_end() -> None:
        while True:
            worker.confluence.page_ref(page)

    with pytest.raises(RateLimited):
        read_without_end()
    assert len(worker.watched.paths) < 25  # 2 points each: well before the hard stop


def test_L10_without_a_limit_in_sight_people_cause_no_write(aws: Aws, clock: MovableClock) -> None:
    fleet = Fleet(aws, clock, clock.sleep)
    rig = Rig(create_simulator(clock=clock, sleep=clock.sleep), clock, pace=fleet.people())
    aws.calls.clear()
    rig.confluence.page(rig.page_of("Web shop"))
    list(rig.confluence.spaces())
    assert aws.calls == []


def test_points_are_booked_a_hundred_at_a_time_and_when_work_ends(fleet: Fleet, aws: Aws, clock: MovableClock) -> None:
    pace, spent = fleet.background(), Spent()
    pace.before(WIKI, spent, Left())
    aws.calls.clear()
    for _ in range(9):
        pace.before(WIKI, spent, Left())
        spent.asked()
        spent.returned(objects=10)
    assert aws.count("UpdateItem") == 9
    pace.before(WIKI, spent, Left())
    assert aws.count("UpdateItem") == 10
    spent.returned(objects=1)
    pace.before(WIKI, spent, Left())
    assert aws.count("UpdateItem") == 12
    spent.returned(identities=7)
    pace.settle(spent)
    pace.settle(spent)
    assert aws.count("UpdateItem") == 13
    assert fleet.limits().book(0, clock()).points == spent.points == 114
    clock.move(seconds=timedelta(hours=1).total_seconds())
    assert fleet.limits().book(0, clock()).points == 0


def test_L10_a_deployment_says_how_many_points_its_app_has(aws: Aws) -> None:
    for given, quota in (({}, HOURLY_POINTS), ({"HOURLY_POINTS": "90000"}, 90_000)):
        runtime = Runtime(Settings.from_environment(aws.environment | given))
        assert runtime.background_pace.hourly_points == quota
        assert runtime.background_http.pace is runtime.background_pace
        assert isinstance(runtime.atlassian_http.pace, PaceOfPeople)
