"""The exhaustive crash table of the vault (fault case B12, figure 1): every step × every delay."""

from collections.abc import Iterator

import pytest

from confluence_connector.domain.connections import Status
from confluence_connector.errors import ReconnectRequired
from confluence_connector.services.vault.token_steps import Step
from tests.vault import AN_HOUR, ON_THE_WAY, World, crash_at, world
from tests.weaving import FastWorld

SPENT_UNSTORED = {Step.AFTER_POST, Step.BEFORE_PUT}
DELAYS = (5, 9 * 60, 11 * 60, 2 * 3600)


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """One world for the tables: each case has a connection of its own and leaves nothing to sweep."""
    with world() as made:
        yield made


@pytest.mark.parametrize("siblings", [True, False], ids=["siblings-live", "siblings-die"])
@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("step", ON_THE_WAY)
def test_B12_no_crash_point_loses_a_grant_while_the_sweeper_runs(
    shared: World, step: Step, delay: int, siblings: bool
) -> None:
    it, killed_before = shared, len(shared.reuse())
    it.calm()
    it.simulator.behaviour.siblings_stay_valid = siblings
    connection = it.expired()
    assert crash_at(it.steps(connection), step)
    it.sweep_for(delay)
    assert it.use(connection)
    assert it.now_stored(connection).status == Status.CONNECTED
    assert it.works(connection)
    assert it.announced(connection) == 0
    assert len(it.reuse()) == killed_before


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("step", ON_THE_WAY)
def test_B12_without_sweeper_only_a_spent_and_lost_token_ends_a_grant_and_says_so_once(
    shared: World, step: Step, delay: int
) -> None:
    it = shared
    killed_before = len(shared.reuse())
    it.calm()
    connection = it.expired()
    assert crash_at(it.steps(connection), step)
    calls = it.token_calls
    it.clock.move(seconds=delay)
    if step in SPENT_UNSTORED and delay > 600:
        with pytest.raises(ReconnectRequired):
            it.token(connection)
        ended = it.now_stored(connection)
        assert ended.status == Status.NEEDS_RECONNECT
        assert ended.reason
        for _ in range(3):
            with pytest.raises(ReconnectRequired):
                it.token(connection)
        it.sweep_for(600)
        assert it.token_calls == calls + 1  # exactly one attempt, no loop (B9)
        assert it.announced(connection) == 1
    else:
        assert it.use(connection)
        assert it.works(connection)
        assert len(it.reuse()) == killed_before


@pytest.mark.parametrize("siblings", [True, False], ids=["siblings-live", "siblings-die"])
def test_B12_two_crashes_in_a_row_lose_nothing(siblings: bool) -> None:
    it = FastWorld()
    it.simulator.behaviour.siblings_stay_valid = siblings
    pairs = [(first, second) for first in ON_THE_WAY for second in ON_THE_WAY]
    connections = {pair: it.connect() for pair in pairs}
    it.clock.move(seconds=AN_HOUR)
    for (first, _), connection in connections.items():
        assert crash_at(it.steps(connection), first)
    it.clock.move(seconds=91)
    for (_, second), connection in connections.items():
        crash_at(it.steps(connection), second)  # one that finds a fresh token has no step to die at
    it.sweep_for(360)
    it.clock.move(seconds=AN_HOUR)
    for pair, connection in connections.items():
        assert it.token(connection), pair
        assert it.announced(connection) == 0
    assert it.reuse() == []


def test_B12_the_table_names_every_step_of_a_rotation(shared: World) -> None:
    shared.calm()
    connection = shared.expired()
    assert tuple(pause.step for pause in shared.steps(connection)) == ON_THE_WAY
