"""An approval is sent at most once, wherever the process that sends it is killed (F6)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection as Line
from multiprocessing.connection import Listener
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.agents import ASKING, PAGES, Robot, page, robot
from tests.connecting import ADMIN, World

CHILD = Path(__file__).with_name("agent_child.py")
ROOT = CHILD.parents[2]
AT_LEAST = 10
"""Calls to the world that a decision makes: to AWS, to Atlassian."""


class Minute:
    """The `Deadline` port of an invocation that has just begun."""

    def remaining_seconds(self) -> float:
        return 60


@pytest.fixture
def kill_at(world: World) -> Iterator[Callable[[str, int, str], int]]:
    """Decides in a process of its own, up to its n-th call; returns the signal that ended it."""
    listener = Listener(("127.0.0.1", 0), authkey=b"tests")
    Thread(target=_answer_all, args=(listener, world), daemon=True).start()
    environment = os.environ | world.aws.environment | {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/shared'}"}
    command = [sys.executable, str(CHILD)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as zygote:
        assert zygote.stdin
        assert zygote.stdout

        def kill(approval: str, at: int, when: str) -> int:
            assert zygote.stdin
            assert zygote.stdout
            job = {
                "port": listener.address[1],
                "now": world.clock().isoformat(),
                "approval": approval,
                "at": at,
                "when": when,
            }
            print(json.dumps(job), file=zygote.stdin, flush=True)
            return int(zygote.stdout.readline())

        yield kill
        zygote.stdin.close()
    listener.close()


def _answer_all(listener: Listener, world: World) -> None:
    while True:
        try:
            line = listener.accept()
        except OSError:
            return
        Thread(target=_answer, args=(line, world), daemon=True).start()


def _answer(line: Line, world: World) -> None:
    """Makes the calls of one child until it is dead."""
    aws = world.aws
    clients: dict[str, Any] = {
        "dynamodb": aws.dynamodb, "secretsmanager": aws.secrets, "events": aws.events, "s3": aws.s3,
    }  # fmt: skip
    atlassian = world.simulator.transport()
    while True:
        try:
            kind, *asked = line.recv()
        except (EOFError, ConnectionResetError):
            return
        if kind == "aws":
            service, operation, parameters = asked
            try:
                answer = clients[service]._make_api_call(operation, parameters)
                if "Body" in answer:
                    answer["Body"] = answer["Body"].read()
                line.send((True, answer))
            except ClientError as error:
                line.send((False, error.response))
        else:
            method, url, headers, body = asked
            given = atlassian.handle_request(httpx.Request(method, url, headers=headers, content=body))
            line.send((given.status_code, list(given.headers.multi_items()), given.read()))


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
def test_F6_a_kill_at_any_call_sends_at_most_once_and_is_resolved(
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
