"""What the schedules start, through the real handler."""

from collections.abc import Iterator

import pytest
import sync_dispatcher

from confluence_connector.domain.connections import Status
from confluence_connector.services.vault.token_steps import Step
from tests.http import LambdaContext
from tests.vault import World, crash_at, world


@pytest.fixture
def it(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world() as made:
        monkeypatch.setattr(sync_dispatcher, "from_environment", lambda: made.dispatcher)
        yield made


def context() -> LambdaContext:
    return LambdaContext(seconds=60)


def test_B8_the_sweep_recovers_what_a_crash_left(it: World) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.AFTER_POST)
    it.clock.move(seconds=120)
    done = sync_dispatcher.handler({"task": "sweep"}, context())
    assert done == {"connections": 1, "consents": 0, "cache": 0, "handovers": 0, "approvals": 0}
    assert it.now_stored(connection).unsettled_since is None
    assert it.works(connection)


def test_B26_the_keep_alive_rotates_what_lay_idle(it: World) -> None:
    connection = it.connect()
    assert sync_dispatcher.handler({"task": "keep_alive"}, context()) == {"grants": 0}
    it.clock.move(days=60)
    assert sync_dispatcher.handler({"task": "keep_alive"}, context()) == {"grants": 1}
    assert it.now_stored(connection).status == Status.CONNECTED
    assert it.token_calls == 1


def test_a_part_that_fails_stops_no_other_and_is_named(it: World) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.AFTER_POST)
    it.clock.move(seconds=120)
    it.aws.fail("s3", "ListObjectsV2", "AccessDenied")
    with pytest.raises(sync_dispatcher.UpkeepFailed, match=r"^handovers$"):
        sync_dispatcher.handler({"task": "sweep"}, context())
    assert it.now_stored(connection).unsettled_since is None


@pytest.mark.parametrize("event", [{}, {"task": "x"}, {"task": None}, {"task": ["sweep"]}, {"requestContext": {}}])
def test_J6_an_unknown_task_is_an_error_and_does_nothing(it: World, event: dict[str, object]) -> None:
    with pytest.raises(sync_dispatcher.UnknownTask):
        sync_dispatcher.handler(event, context())


def test_one_connection_that_fails_keeps_no_other_waiting(it: World) -> None:
    connections = [it.connect() for _ in range(3)]
    it.clock.move(seconds=3600)
    for connection in connections:
        assert crash_at(it.steps(connection), Step.BEFORE_PUT)
    it.clock.move(seconds=120)
    it.simulator.script("POST /oauth/token", status=429, headers={"retry-after": "30"}, times=1)
    sync_dispatcher.handler({"task": "sweep"}, context())
    settled = [it.now_stored(each).unsettled_since is None for each in connections]
    assert sorted(settled) == [False, True, True]
    it.clock.move(seconds=120)
    sync_dispatcher.handler({"task": "sweep"}, context())
    assert all(it.now_stored(each).unsettled_since is None for each in connections)
