"""Many at once (fault cases B2 to B5, B13, B14, B23, B24, B27, B28; figure 2)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from random import Random
from time import sleep as real_sleep

import pytest

from confluence_connector.domain import grants
from confluence_connector.domain.connections import Connection, Grant, PendingGrant, Retired, Status
from confluence_connector.domain.pending_grants import adopted, disconnected, held
from confluence_connector.errors import ReconnectRequired, TokenRefreshInProgress
from confluence_connector.services.vault.token_steps import Step
from tests.vault import ON_THE_WAY, world
from tests.weaving import FOR_EVER, Caller, FastWorld, callers, weave


@pytest.fixture
def it() -> Iterator[FastWorld]:
    made = FastWorld()
    yield made
    assert made.reuse() == []


def test_B2_B3_fifty_threads_in_four_functions_make_one_token_call() -> None:
    with world() as it:
        connection = it.expired()
        runtimes = [it.new_runtime(sleep=lambda _seconds: real_sleep(0.001)) for _ in range(4)]
        for runtime in runtimes:
            assert runtime.tokens  # built before the start, as in a warm process
        with ThreadPoolExecutor(50) as crowd:
            asked = [crowd.submit(it.token, connection, runtimes[n % 4]) for n in range(50)]
            tokens = {each.result() for each in asked}
        assert len(tokens) == 1
        assert it.token_calls == 1
        assert it.puts == 1
        assert it.reuse() == []


@pytest.mark.parametrize("siblings", [True, False], ids=["siblings-live", "siblings-die"])
def test_B2_B3_B24_one_token_call_in_every_order_of_two_hundred(siblings: bool) -> None:
    it = FastWorld()
    it.simulator.behaviour.siblings_stay_valid = siblings
    runtimes = [it.new_runtime() for _ in range(4)]
    for seed in range(200):
        connection, calls, puts = it.expired(), it.token_calls, it.puts
        everybody = callers(it, connection, 8, runtimes)
        weave(everybody, it.clock, Random(seed))
        assert {caller.error for caller in everybody} == {None}, seed
        assert len({caller.token for caller in everybody}) == 1, seed
        assert (it.token_calls - calls, it.puts - puts) == (1, 1), seed
    assert it.reuse() == []


def test_B2_fifty_callers_in_one_order_of_many(it: FastWorld) -> None:
    for seed in range(5):
        connection = it.expired()
        calls = it.token_calls
        everybody = callers(it, connection, 50, [it.new_runtime() for _ in range(4)])
        weave(everybody, it.clock, Random(seed))
        assert len({caller.token for caller in everybody}) == 1
        assert it.token_calls == calls + 1


@pytest.mark.parametrize("siblings", [True, False], ids=["siblings-live", "siblings-die"])
@pytest.mark.parametrize("frozen_for", [0, 95, 9 * 60, 11 * 60, 2 * 3600])
def test_B13_B24_a_frozen_holder_wakes_at_any_step_after_another_one_stopped_at_any(
    frozen_for: int, siblings: bool
) -> None:
    """The first stops at a step; time passes; a second goes as far as its step; the first wakes and finishes; then the
    second does. Nobody ever presents an old token; and unless both a spent token's leeway and all sweeps were missed,
    the connection lives."""
    it = FastWorld()
    it.simulator.behaviour.siblings_stay_valid = siblings
    for first, second in product(ON_THE_WAY, [*ON_THE_WAY, None]):
        connection, killed = it.expired(), len(it.reuse())
        one, two = callers(it, connection, 2, [it.runtime], FOR_EVER)
        one.run_to(first, it.clock)
        it.clock.move(seconds=frozen_for)
        if second is not None:
            two.run_to(second, it.clock)
        one.finish(it.clock)
        two.finish(it.clock)
        story = (first, second, frozen_for)
        if frozen_for >= 9 * 60 and first in {Step.AFTER_POST, Step.BEFORE_PUT}:
            # Spent, unstored, and no sweeper for nine minutes: the grant may be gone, and then it is said, once.
            if not lives(it, connection):
                assert it.announced(connection) == 1, story
            continue
        assert len(it.reuse()) == killed, story
        assert it.now_stored(connection).status == Status.CONNECTED, story
        assert it.works(connection), story


def lives(it: FastWorld, connection: Connection) -> bool:
    try:
        return it.works(connection)
    except ReconnectRequired:
        return False


def test_B24_three_callers_frozen_at_random_with_a_sweeper(it: FastWorld) -> None:
    """Leases run out, holders wake as zombies, the sweeper comes between: 300 stories, no token presented too late."""
    for seed in range(300):
        random = Random(seed)
        it.simulator.behaviour.siblings_stay_valid = bool(seed % 2)
        connection = it.expired()
        everybody = callers(it, connection, 3, [it.runtime], FOR_EVER)

        def now_and_then(random: Random = random) -> None:
            if random.random() < 0.1:
                it.clock.move(seconds=random.choice([5, 60, 95, 120]))
                it.sweep()

        weave(everybody, it.clock, random, now_and_then)
        it.sweep_for(600)
        assert it.now_stored(connection).status == Status.CONNECTED, seed
        assert it.works(connection), seed
        assert it.reuse() == [], seed


def test_B4_a_slow_holder_is_waited_for(it: FastWorld) -> None:
    connection = it.expired()
    holder, waiter = callers(it, connection, 2, [it.runtime])
    holder.run_to(Step.BEFORE_POST, it.clock)
    waiter.run_to(Step.WAITING, it.clock)
    it.clock.move(seconds=12)
    waiter.advance(it.clock())
    holder.finish(it.clock)
    waiter.finish(it.clock)
    assert waiter.token == holder.token
    assert it.token_calls == 1


def test_B4_who_cannot_wait_any_longer_is_told_when_to_come_again(it: FastWorld) -> None:
    connection = it.expired()
    holder, waiter = callers(it, connection, 2, [it.runtime])
    holder.run_to(Step.BEFORE_POST, it.clock)
    began = it.clock()
    waiter.finish(it.clock)
    assert isinstance(waiter.error, TokenRefreshInProgress)
    assert waiter.error.retry_after
    assert (it.clock() - began).total_seconds() <= 24
    assert it.token_calls == 0


def test_B5_a_loser_that_is_refused_uses_the_winners_pair(it: FastWorld) -> None:
    connection = it.expired()
    late, early = callers(it, connection, 2, [it.runtime], FOR_EVER)
    late.run_to(Step.BEFORE_POST, it.clock)
    it.simulator.script("POST /oauth/token", status=403, body={"error": "invalid_grant"})
    late.run_to(Step.REFUSED, it.clock)
    it.clock.move(seconds=91)
    early.finish(it.clock)
    late.finish(it.clock)
    assert early.token
    assert late.token == early.token
    assert it.now_stored(connection).status == Status.CONNECTED
    assert it.announced(connection) == 0


def test_B13_a_zombies_token_is_never_pointed_at_nor_used(it: FastWorld) -> None:
    connection = it.expired()
    zombie, winner = callers(it, connection, 2, [it.runtime], FOR_EVER)
    zombie.run_to(Step.BEFORE_PUT, it.clock)
    it.clock.move(seconds=91)
    winner.finish(it.clock)
    pointed = it.now_stored(connection).grant
    zombie.finish(it.clock)
    assert it.now_stored(connection).grant == pointed
    assert zombie.token == winner.token


def test_B14_only_the_holder_ends_a_lease(it: FastWorld) -> None:
    connection = it.expired()
    taken = it.connections.save(grants.begin(connection, "holder", it.clock()))
    hold = grants.hold_of(taken)
    for stranger in (
        replace(hold, owner="stranger"),
        replace(hold, fence=hold.fence - 1),
        replace(hold, fence=hold.fence + 1),
        replace(hold, generation=2),
        replace(hold, pointer=replace(hold.pointer, version_id="another")),
    ):
        assert not grants.holds(taken, stranger)
    assert grants.holds(taken, hold)


@pytest.mark.parametrize(("skew", "calls"), [(-120, 2), (120, 2), (-5, 1), (5, 1)])
def test_B23_clocks_that_disagree_lose_nothing_and_use_no_expired_token(it: FastWorld, skew: int, calls: int) -> None:
    for seed in range(60):
        connection = it.expired()
        before = it.token_calls
        right, wrong = it.runtime, it.new_runtime(skew_seconds=skew)
        everybody = callers(it, connection, 4, [right, wrong])
        weave(everybody, it.clock, Random(seed))
        assert {caller.error for caller in everybody} == {None}
        assert it.token_calls - before <= calls
        for caller in everybody:
            assert caller.token
            assert it.runtime.atlassian_oauth.account(caller.token)
        assert it.works(connection)


def test_B27_a_new_consent_wins_over_a_refresh_in_flight(it: FastWorld) -> None:
    for step in ON_THE_WAY:
        connection, fresh = it.expired(), it.connect()
        refresher = Caller(it.steps(connection), it.clock())
        refresher.run_to(step, it.clock)
        current = it.now_stored(connection)
        assert fresh.grant
        assert fresh.account
        new_grant = replace(fresh.grant, generation=2)
        pending = _pending(it, new_grant, fresh)
        saved = it.connections.save(held(current, pending))
        after = it.connections.save(adopted(saved, pending, it.clock()))
        assert after.retired
        it.secrets.delete(after.retired[0].secret_name)
        refresher.finish(it.clock)
        stored = it.now_stored(connection)
        assert stored.grant is not None
        assert stored.grant == new_grant, step
        assert it.works(connection), step


def _pending(it: FastWorld, grant: Grant, fresh: Connection) -> PendingGrant:
    assert fresh.account
    assert fresh.site
    return PendingGrant(grant, fresh.account, (fresh.site,), fresh.purposes, fresh.started_by, "0" * 64, it.clock())


def test_B28_a_disconnect_in_flight_resurrects_nothing(it: FastWorld) -> None:
    for step in ON_THE_WAY[:-3]:
        connection = it.expired()
        refresher = Caller(it.steps(connection), it.clock())
        refresher.run_to(step, it.clock)
        after = it.connections.save(disconnected(it.now_stored(connection), "It was disconnected."))
        assert after.retired == (Retired(connection.grant.pointer.secret_name, 1),)  # type: ignore[union-attr]
        it.secrets.delete(after.retired[0].secret_name)
        refresher.finish(it.clock)
        assert isinstance(refresher.error, ReconnectRequired), step
        stored = it.now_stored(connection)
        assert (stored.status, stored.grant, stored.lease) == (Status.DISCONNECTED, None, None), step
        assert connection.grant
        assert connection.grant.pointer.secret_name not in it.secrets.versions
