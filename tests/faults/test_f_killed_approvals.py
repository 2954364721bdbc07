"""An approval is sent at most once, wherever the process that sends it is killed (F6)."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.agents import ASKING, PAGES, Robot, page, robot
from tests.connecting import ADMIN, World
from tests.killing import zygote

CHILD = Path(__file__).with_name("agent_child.py")
AT_LEAST = 10
"""Calls to the world that a decision makes: to AWS, to Atlassian."""


class Minute:
    """The `Deadline` port of an invocation that has just begun."""

    def remaining_seconds(self) -> float:
        return 60


@pytest.fixture
def kill_at(world: World) -> Iterator[Callable[[str, int, str], int]]:
    """Decides in a process of its own, up to its n-th call; returns the signal that ended it."""
    with zygote(CHILD, world.aws, world.simulator.transport()) as run:

        def kill(approval: str, at: int, when: str) -> int:
            return run({"now": world.clock().isoformat(), "approval": approval, "at": at, "when": when})

        yield kill


def created(world: World, title: str) -> int:
    site = next(site for site in world.simulator.sites.values() if site.url == "https://acme.atlassian.net")
    return sum(content.title == title for content in site.content.values())


def settle(world: World) -> None:
    for _ in range(2):
        world.clock.move(seconds=120)
        world.runtime.agents.sweeper.sweep(Minute())


def ask(asking: Robot, world: World, title: str) -> str:
    body = {"representation": "storage", "value": "<p>x</p>"}
    return asking.asks("POST", PAGES, body={"spaceId": page(world).space_id, "title": title, "body": body})


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_call_sends_at_most_once_and_is_resolved(
    world: World, kill_at: Callable[[str, int, str], int], when: str
) -> None:
    asking = robot(world, policy={"pages": ASKING})
    ends: list[str] = []
    for at in range(1, 40):
        title = f"Page {at}"
        approval = ask(asking, world, title)
        ended = kill_at(approval, at, when)
        if ended == 0:
            break
        assert ended == signal.SIGKILL
        settle(world)
        stands = world.api.ok(ADMIN, "GET", f"/approvals/{approval}")
        ends.append(stands["status"])
        if stands["status"] == "pending":  # killed before the decision was written down: nobody has decided
            assert created(world, title) == 0
            continue
        assert stands["status"] in {"executed", "failed"}, stands
        assert created(world, title) == (stands["status"] == "executed")
        assert stands["code"] == (None if stands["status"] == "executed" else "not_carried_out")
        assert world.api.call(
            ADMIN, "POST", f"/approvals/{approval}/decision", json_body={"action": "approve"}
        ).code == ("already_decided")
    assert len(ends) >= AT_LEAST
    assert {"pending", "executed", "failed"} == set(ends)
    print(f"{len(ends)} kills: {ends}")
