"""Atlassian refuses, hangs or lies (fault cases B1, B16 to B19, B22, B26, C4; figures 3 and 4)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from confluence_connector.domain.connections import Status
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectorNotEnabled,
    RateLimited,
    ReconnectRequired,
    UpstreamProtocolError,
)
from tests.vault import AN_HOUR, TOKEN, World, world
from tests.weaving import FastWorld


@pytest.fixture
def it() -> Iterator[FastWorld]:
    made = FastWorld()
    yield made
    assert made.reuse() == []


@pytest.fixture
def real() -> Iterator[World]:
    with world() as made:
        yield made
        assert made.reuse() == []


def test_B1_a_rejected_token_is_replaced_once(it: FastWorld) -> None:
    connection = it.connect()
    first = it.token(connection)
    second = it.token(connection, rejected=first)
    assert second != first
    assert it.token(connection, rejected=first) == second  # others had the old one too: no further refresh
    assert it.token_calls == 1


def test_B22_a_storm_of_rejections_costs_six_versions_an_hour(it: FastWorld) -> None:
    connection = it.connect()
    told: list[int] = []
    for _ in range(60):
        try:
            it.token(connection, rejected=it.token(connection))
        except ConfluenceUnavailable as error:
            told.append(error.retry_after or 0)
        it.clock.move(seconds=60)
    assert it.puts <= 6
    assert len(told) == 54
    assert all(0 < seconds <= 600 for seconds in told)
    assert it.now_stored(connection).status == Status.CONNECTED


@pytest.mark.parametrize("reset", ["before", "after"])
@pytest.mark.parametrize("siblings", [True, False], ids=["siblings-live", "siblings-die"])
def test_B16_a_lost_answer_is_asked_for_again_with_the_same_token(it: FastWorld, reset: str, siblings: bool) -> None:
    it.simulator.behaviour.siblings_stay_valid = siblings
    connection = it.expired()
    it.simulator.script(TOKEN, reset=reset, times=2)
    assert it.token(connection)
    assert it.token_calls == 3
    assert it.works(connection)


def test_B16_a_time_out_is_an_unknown_outcome(it: FastWorld) -> None:
    connection = it.expired()
    it.simulator.script(TOKEN, latency_seconds=30, effect=True, times=1)
    assert it.token(connection)
    assert it.token_calls == 2
    assert it.works(connection)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_B17_a_failing_token_endpoint_changes_no_state_and_gets_rest(it: FastWorld, status: int) -> None:
    connection = it.expired()
    fault = it.simulator.script(TOKEN, status=status, times=None)
    with pytest.raises(ConfluenceUnavailable) as told:
        it.token(connection)
    assert told.value.retry_after
    posts = it.token_calls
    assert posts <= 3
    for _ in range(20):
        with pytest.raises(ConfluenceUnavailable):
            it.token(connection)
    assert it.token_calls == posts  # the crowd is told without asking again
    fault.times = 0
    it.simulator.clear_scripts()
    it.clock.move(seconds=told.value.retry_after)
    assert it.token(connection)
    assert it.works(connection)


def test_B17_a_day_of_5xx_changes_no_state_and_leaves_one_moment_not_a_list(it: FastWorld) -> None:
    connection = it.expired()
    it.simulator.script(TOKEN, status=503, times=None)
    largest = 0
    for _ in range(24 * 12):
        for ask in (lambda: it.token(connection), it.sweep):
            with suppress(ConfluenceUnavailable):
                ask()
        it.clock.move(seconds=300)
        stored = it.now_stored(connection)
        largest = max(largest, len(stored.attempts))
        assert stored.status == Status.CONNECTED
        assert stored.unsettled_since is not None
    assert largest == 0
    assert it.token_calls < 24 * 60
    assert it.events.published == []
    it.simulator.clear_scripts()
    it.clock.move(seconds=60)
    assert it.token(connection)
    assert it.works(connection)


def test_B17_429_is_honoured_and_rotates_nothing(it: FastWorld) -> None:
    connection = it.expired()
    it.simulator.script(TOKEN, status=429, headers={"retry-after": "77"})
    with pytest.raises(RateLimited) as told:
        it.token(connection)
    assert told.value.retry_after == 77
    assert it.now_stored(connection).unsettled_since is None
    it.clock.move(seconds=76)
    with pytest.raises(RateLimited):
        it.token(connection)
    assert it.token_calls == 1
    it.clock.move(seconds=1)
    assert it.token(connection)


@pytest.mark.parametrize("error", ["access_denied", "invalid_client"])
def test_B18_a_wrong_app_secret_alarms_and_changes_no_connection_in_a_thousand_refreshes(
    it: FastWorld, error: str
) -> None:
    connections = [it.connect() for _ in range(20)]
    it.clock.move(seconds=AN_HOUR)
    it.simulator.script(TOKEN, status=401, body={"error": error}, times=None)
    before = {each.id: replace(each, fence=0, revision=0) for each in connections}
    for n in range(1000):
        with pytest.raises(AppMisconfigured):
            it.token(connections[n % 20])
    for connection in connections:
        after = it.now_stored(connection)
        assert replace(after, fence=0, revision=0, last_used_at=None) == before[connection.id]
    it.simulator.clear_scripts()
    assert it.works(connections[0])


def test_B18_a_secret_rotated_by_the_operator_is_read_again_at_once(real: World) -> None:
    connection = real.expired()
    real.simulator.script(TOKEN, status=401, body={"error": "access_denied"})
    with pytest.raises(AppMisconfigured):
        real.token(connection)
    assert real.token(connection)


def test_an_emptied_app_secret_is_not_enabled_and_changes_nothing(real: World) -> None:
    connection = real.expired()
    real.aws.secrets.put_secret_value(SecretId=real.settings.app_secret_id, SecretString="{}")
    real.clock.move(seconds=301)
    with pytest.raises(ConnectorNotEnabled):
        real.token(connection)
    assert real.now_stored(connection).unsettled_since is None


def test_B19_an_answer_without_a_refresh_token_keeps_the_old_one(it: FastWorld) -> None:
    it.simulator.behaviour.rotate = False
    connection = it.expired()
    assert it.token(connection)
    assert it.works(connection)
    assert it.works(connection)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": "<html>Log in</html>"},
        {"status": 200, "body": ""},
        {"status": 200, "body": []},
        {"drop": ("access_token",), "effect": True},
        {"patch": {"expires_in": "3600"}, "effect": True},
        {"patch": {"expires_in": -1}, "effect": True},
        {"patch": {"expires_in": 10**9}, "effect": True},
        {"patch": {"token_type": "mac"}, "effect": True},
        {"patch": {"access_token": ""}, "effect": True},
        {"patch": {"refresh_token": 7}, "effect": True},
        {"status": 403, "body": "<html>blocked</html>"},
        {"status": 400, "body": {"error": "invalid_request"}},
    ],
)
def test_A13_a_malformed_answer_stores_nothing_and_is_asked_for_again(it: FastWorld, fault: dict[str, object]) -> None:
    connection = it.expired()
    it.simulator.script(TOKEN, times=3, **fault)
    with pytest.raises(UpstreamProtocolError):
        it.token(connection)
    assert it.puts == 0
    assert it.now_stored(connection).status == Status.CONNECTED
    it.clock.move(seconds=60)
    assert it.token(connection)
    assert it.works(connection)


@pytest.mark.parametrize("spelling", ["documented", "measured", "older"])
def test_C4_a_grant_revoked_at_atlassian_needs_reconnecting_and_is_told_once(it: FastWorld, spelling: str) -> None:
    it.simulator.behaviour.error_spelling = spelling  # type: ignore[assignment]
    connection = it.connect()
    token = it.token(connection)
    it.simulator.revoke("alice")
    with pytest.raises(ReconnectRequired):
        it.token(connection, rejected=token)
    ended = it.now_stored(connection)
    assert (ended.status, ended.lease, ended.attempts) == (Status.NEEDS_RECONNECT, None, ())
    assert ended.reason
    calls = it.token_calls
    for _ in range(5):
        with pytest.raises(ReconnectRequired):
            it.token(connection)
    it.sweep_for(3600)
    it.clock.move(days=61)
    it.keep_alive()
    assert it.token_calls == calls
    assert it.announced(connection) == 1


def test_A14_a_narrower_answer_makes_the_connection_limited_and_a_full_one_connected(it: FastWorld) -> None:
    connection = it.expired()
    it.simulator.script(TOKEN, patch={"scope": "read:me read:space:confluence"})
    it.token(connection)
    narrowed = it.now_stored(connection)
    assert narrowed.status == Status.LIMITED
    assert "read:page:confluence" in narrowed.missing_scopes
    it.works(connection)
    assert it.now_stored(connection).status == Status.CONNECTED


@pytest.mark.parametrize("days", [60, 89])
def test_B26_an_idle_grant_is_kept_alive_and_age_alone_ends_none(it: FastWorld, days: int) -> None:
    connection = it.connect()
    it.clock.move(days=days)
    assert it.keep_alive() == 1
    assert it.keep_alive() == 0
    for _ in range(3):
        it.clock.move(days=61)
        assert it.keep_alive() == 1
    assert it.works(connection)


def test_B26_only_a_refused_refresh_ends_a_grant_at_its_absolute_age(it: FastWorld) -> None:
    connection = it.connect()
    for _ in range(6):
        it.clock.move(days=60)
        it.keep_alive()
    assert it.now_stored(connection).status == Status.CONNECTED
    it.clock.move(days=6)
    with pytest.raises(ReconnectRequired):
        it.token(connection)
    assert it.announced(connection) == 1
