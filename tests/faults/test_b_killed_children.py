"""Points of the crash table with a process that is really killed (fault cases B6 to B11, design §7)."""

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

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.services.token_steps import Step
from tests.vault import ON_THE_WAY, World, world

CHILD = Path(__file__).with_name("vault_child.py")
ROOT = CHILD.parents[2]


@pytest.fixture(scope="module")
def it() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def kill_at(it: World) -> Iterator[Callable[[Connection, Step], int]]:
    """Runs a caller in a process of its own, up to that step; returns the signal that ended it."""
    listener = Listener(("127.0.0.1", 0), authkey=b"tests")
    Thread(target=_answer_all, args=(listener, it), daemon=True).start()
    environment = os.environ | it.aws.environment | {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/shared'}"}
    command = [sys.executable, str(CHILD)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as zygote:
        assert zygote.stdin
        assert zygote.stdout

        def kill(connection: Connection, step: Step) -> int:
            job = {
                "port": listener.address[1],
                "now": it.clock().isoformat(),
                "workspace": connection.workspace,
                "connection": connection.id,
                "step": step,
            }
            assert zygote.stdin
            assert zygote.stdout
            print(json.dumps(job), file=zygote.stdin, flush=True)
            return int(zygote.stdout.readline())

        yield kill
        zygote.stdin.close()
    listener.close()


def _answer_all(listener: Listener, it: World) -> None:
    while True:
        try:
            line = listener.accept()
        except OSError:
            return
        Thread(target=_answer, args=(line, it), daemon=True).start()


def _answer(line: Line, it: World) -> None:
    """Makes the calls of one child until it is dead."""
    clients = {"dynamodb": it.aws.dynamodb, "secretsmanager": it.aws.secrets, "events": it.aws.events}
    atlassian = it.simulator.transport()
    while True:
        try:
            kind, *asked = line.recv()
        except (EOFError, ConnectionResetError):
            return
        if kind == "aws":
            service, operation, parameters = asked
            client: Any = clients[service]
            try:
                line.send((True, client._make_api_call(operation, parameters)))
            except ClientError as error:
                line.send((False, error.response))
        else:
            method, url, headers, body = asked
            answer = atlassian.handle_request(httpx.Request(method, url, headers=headers, content=body))
            line.send((answer.status_code, list(answer.headers.multi_items()), answer.read()))


@pytest.mark.parametrize("sweeper", [True, False], ids=["swept", "unswept"])
@pytest.mark.parametrize("step", ON_THE_WAY)
def test_B6_B7_B10_B11_a_killed_process_loses_no_grant(
    it: World, kill_at: Callable[[Connection, Step], int], step: Step, sweeper: bool
) -> None:
    """Eighteen kills. Swept: nobody calls for two hours (B8). Unswept: a caller comes as soon as the lease is over."""
    connection, killed_before = it.expired(), len(it.reuse())
    assert kill_at(connection, step) == signal.SIGKILL
    if sweeper:
        it.sweep_for(2 * 3600)
    assert it.use(connection)
    assert it.now_stored(connection).status == Status.CONNECTED
    assert it.works(connection)
    assert len(it.reuse()) == killed_before


def test_B9_a_killed_process_and_no_sweeper_for_eleven_minutes_end_honestly(
    it: World, kill_at: Callable[[Connection, Step], int]
) -> None:
    connection = it.expired()
    assert kill_at(connection, Step.AFTER_POST) == signal.SIGKILL
    it.clock.move(seconds=11 * 60)
    calls = it.token_calls
    it.sweep()
    ended = it.now_stored(connection)
    assert ended.status == Status.NEEDS_RECONNECT
    assert ended.reason
    assert it.token_calls == calls + 1
    assert it.announced(connection) == 1
