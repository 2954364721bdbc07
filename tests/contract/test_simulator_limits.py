"""Too fast, too much, too slow: bursts, refusals at intervals, headers near the quota, latency."""

import asyncio

import httpx
import pytest

from local.simulator.accounts import GLOBEX
from tests.conftest import MovableClock
from tests.contract.simulator_caller import API, AUTH, Caller, new_caller

PAGES = "/wiki/api/v2/pages"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent()


def statuses(caller: Caller, times: int) -> list[int]:
    return [caller.get(PAGES, limit=1).status_code for _ in range(times)]


def test_a_burst_is_cut_off_and_forgiven_with_time(caller: Caller) -> None:
    caller.simulator.behaviour.burst_per_second = 5
    assert statuses(caller, 7) == [200] * 5 + [429] * 2
    assert caller.get("/wiki/api/v2/spaces", GLOBEX).status_code == 200, "each site has its own"
    caller.clock.move(seconds=0.4)
    assert statuses(caller, 3) == [200, 200, 429]
    caller.clock.move(seconds=60)
    assert statuses(caller, 6) == [200] * 5 + [429]


def test_no_burst_limit_unless_asked_for(caller: Caller) -> None:
    assert set(statuses(caller, 300)) == {200}


def test_what_a_burst_refusal_says(caller: Caller) -> None:
    behaviour = caller.simulator.behaviour
    behaviour.every_nth_429 = 1
    said = caller.get(PAGES).headers
    assert (said["retry-after"], said["ratelimit-reason"]) == ("1", "confluence-burst-based")
    assert "x-failure-category" not in said
    behaviour.refusal_retry_after_seconds, behaviour.refusal_reason = None, "confluence-quota-tenant-based"
    said = caller.get(PAGES).headers
    assert "retry-after" not in said
    assert said["x-failure-category"] == "FAILURE_CLIENT_RATE_LIMITED"
    assert said["ratelimit-reason"] == "confluence-quota-tenant-based"


def test_every_tenth_is_refused(caller: Caller) -> None:
    caller.simulator.behaviour.every_nth_429 = 10
    found = statuses(caller, 40)
    assert [at for at, status in enumerate(found, 1) if status == 429] == [10, 20, 30, 40]


def test_refusals_cost_no_points_and_are_of_the_products_alone(caller: Caller) -> None:
    caller.simulator.behaviour.every_nth_429 = 1
    before = caller.simulator.world.ledger.total
    assert set(statuses(caller, 3)) == {429}
    assert caller.simulator.world.ledger.total == before
    assert caller.api("/me").status_code == 200
    assert caller.refresh().status_code == 200


def test_the_quota_announces_its_end(caller: Caller) -> None:
    caller.simulator.behaviour.hourly_points = 1_000
    caller.simulator.world.ledger.used = 790
    far, near = caller.get(PAGES, limit=9).headers, caller.get(PAGES, limit=9).headers
    assert (far["x-ratelimit-remaining"], "x-ratelimit-nearlimit" in far, "ratelimit" in far) == ("200", False, False)
    assert (near["x-ratelimit-remaining"], near["x-ratelimit-nearlimit"]) == ("190", "true")
    assert near["ratelimit"] == '"global-app-quota";r=190;t=3600'


def test_latency_is_every_answers(caller: Caller) -> None:
    caller.simulator.behaviour.latency_seconds = 0.25
    began = caller.clock()
    caller.get(PAGES)
    caller.http.get(f"{API}/me", headers=caller.headers)
    caller.http.get(f"{AUTH}/authorize")
    assert (caller.clock() - began).total_seconds() == pytest.approx(0.75)
    caller.http.get("http://simulator/_simulator/health")
    assert (caller.clock() - began).total_seconds() == pytest.approx(0.75)


def test_answers_wait_side_by_side(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty answers meet while each is waiting out its latency: none waits for another to be sent."""
    caller.simulator.behaviour.latency_seconds = 0.3

    waits: list[float] = []

    async def crowd() -> list[int]:
        all_waiting = asyncio.Barrier(20)

        async def wait(seconds: float) -> None:
            waits.append(seconds)
            async with asyncio.timeout(30):
                await all_waiting.wait()

        monkeypatch.setattr(asyncio, "sleep", wait)
        transport = httpx.ASGITransport(app=caller.simulator.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as http:
            answers = await asyncio.gather(*(http.get("/me", headers=caller.headers) for _ in range(20)))
            return [answer.status_code for answer in answers]

    assert asyncio.run(crowd()) == [200] * 20
    assert waits == [0.3] * 20
