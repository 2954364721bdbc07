"""`DELETE /workspace` on the one-machine stack, to its end: nothing of it is left, and all of its neighbour's (C5).

`make scale` runs it, because of the quiet quarter of an hour in the middle. What a kill, an outage or somebody still at
work does to an erasure is proven in process by tests/faults/test_c_workspace.py, in every test run.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from confluence_connector.limits import QUIET_SECONDS, TURN_STALLED_SECONDS
from tests.e2e.conftest import Stack, new_stack
from tests.e2e.household import PRD, Household
from tests.e2e.syncing import OVER, until

pytestmark = [pytest.mark.e2e, pytest.mark.scale]

PASSING = ("CacheTable: ", "StateTable: LIMIT#")
"""What goes within that time even if nobody erases it: cached text, and an agent's calls of a minute."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack in which nobody else's workspace is."""
    stack = new_stack(tmp_path_factory.mktemp("erasure"))
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture
def browsers() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def begin_what_will_not_end(house: Household) -> None:
    """A consent that nobody finishes, and a run that has everything to write again."""
    begun = house.member.post("/connections", {"owner": "user", "purposes": ["link"]})
    house.ids["begun"] = begun["connection"]["id"]
    house.ids["last run"] = house.site.trigger(full=True)["id"]


def until_over(house: Household, job_id: str) -> Any:
    deadline = time.monotonic() + QUIET_SECONDS + TURN_STALLED_SECONDS
    while (job := house.admin.get(f"/workspace/jobs/{job_id}"))["status"] not in OVER:
        assert time.monotonic() < deadline, job
        time.sleep(5)
    return job


def test_C5_nothing_of_an_erased_workspace_is_left_on_the_stack(own: Stack, browsers: ExitStack) -> None:
    house, neighbours = (Household.furnished(own, name, browsers) for name in ("hearth", "lodge"))
    theirs = {trace for trace in neighbours.traces() if not trace.startswith(PASSING)}
    text, corpus = neighbours.member.content(neighbours.ids["copy"]), neighbours.site.objects()
    begin_what_will_not_end(house)
    before = house.traces()
    print(f"\n{len(before)} traces before", flush=True)

    began = time.monotonic()
    erasure = house.admin.call("DELETE", "/workspace", json={"confirm": "hearth"})
    assert erasure.is_success, erasure.text
    job_id = erasure.json()["id"]
    until(lambda: house.admin.get(f"/workspace/jobs/{job_id}")["stage"] == "quiet" or None, 120, "the quiet")
    assert not any(trace.startswith("secret: ") for trace in house.traces())
    assert house.agent_calls("GET", "/wiki/api/v2/spaces") == 401
    refused = house.member.call("POST", "/connections", json={"owner": "user", "purposes": ["link"]})
    assert refused.json()["code"] == "workspace_being_erased"
    print(f"quiet after {time.monotonic() - began:.0f} s, {len(house.traces())} traces", flush=True)

    done = until_over(house, job_id)
    print(f"over after {time.monotonic() - began:.0f} s: {done['erased']}", flush=True)
    assert (done["status"], done["failure"], done["erased"]["connections"]) == ("completed", None, 3)
    assert house.traces() == {f"StateTable: WS#hearth / WORKSPACEJOB#{job_id}"}

    assert theirs <= neighbours.traces()
    assert neighbours.member.content(neighbours.ids["copy"]) == text
    assert neighbours.site.objects() == corpus
    assert neighbours.member.content(neighbours.ids["link"])["content"]
    assert neighbours.agent_calls("GET", f"/wiki/api/v2/pages/{neighbours.page(PRD)}") == 200
    assert neighbours.admin.get(f"/approvals/{neighbours.ids['approval']}")["status"] == "pending"
    assert neighbours.admin.get(f"/synchronizers/{neighbours.ids['synchronizer']}")["paused_because"] is None
