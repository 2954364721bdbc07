"""Points of the crash table with a process that is really killed (fault cases B6 to B11, design §7)."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.services.vault.token_steps import Step
from tests.killing import zygote
from tests.vault import ON_THE_WAY, World, world

CHILD = Path(__file__).with_name("vault_child.py")


@pytest.fixture(scope="module")
def it() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def kill_at(it: World) -> Iterator[Callable[[Connection, Step], int]]:
    """Runs a caller in a process of its own, up to that step; returns the signal that ended it."""
    with zygote(CHILD, it.aws, it.simulator.transport()) as run:

        def kill(connection: Connection, step: Step) -> int:
            now = it.clock().isoformat()
            return run({"now": now, "workspace": connection.workspace, "connection": connection.id, "step": step})

        yield kill


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
