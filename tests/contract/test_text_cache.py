"""The ten-minute cache: the same promises from the fake and from DynamoDB."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from confluence_connector.adapters.dynamodb.text_cache import DynamoTextCache
from confluence_connector.domain.connections import Status
from confluence_connector.ports.cache import Flight, FlightFailure, TextCache
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.fakes.text_cache import FakeTextCache
from tests.reading import a_connection, a_text, of_generation, scope, store_connection
from tests.telling import Told

ENTRY = "page:101:1"
type Connected = Callable[[int, Status], None]


@pytest.fixture(params=["fake", "dynamodb"])
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def cache(kind: str, clock: MovableClock, request: pytest.FixtureRequest) -> TextCache:
    """With a connection of generation 1 that is alive."""
    if kind == "fake":
        return FakeTextCache(clock, alive={scope()})
    aws: Aws = request.getfixturevalue("aws")
    store_connection(aws, a_connection(clock()))
    return dynamo_cache(aws, clock)


def dynamo_cache(aws: Aws, clock: MovableClock) -> DynamoTextCache:
    numbers = iter(range(1000))
    return DynamoTextCache(
        aws.dynamodb,
        aws.settings.cache_table,
        aws.settings.state_table,
        clock,
        clock.sleep,
        lambda: f"upload-{next(numbers):020}",
        Told(),
    )


@pytest.fixture
def becomes(kind: str, cache: TextCache, clock: MovableClock, request: pytest.FixtureRequest) -> Connected:
    """The connection's generation and status from now on."""

    def set_to(generation: int, status: Status) -> None:
        if isinstance(cache, FakeTextCache):
            cache.alive = {scope(generation)} if status is Status.CONNECTED else set()
        else:
            changed = of_generation(replace(a_connection(clock()), status=status), generation)
            store_connection(request.getfixturevalue("aws"), changed)

    return set_to


def test_what_was_put_is_found(cache: TextCache, clock: MovableClock) -> None:
    text = a_text(clock(), "# Prüfung ✓\n", losses=[{"kind": "dropped", "name": "toc", "count": 2, "where": "top"}])
    assert cache.put(scope(), ENTRY, text)
    assert cache.get(scope(), ENTRY) == text


def test_other_scopes_and_entries_are_misses(cache: TextCache, clock: MovableClock) -> None:
    cache.put(scope(), ENTRY, a_text(clock()))
    assert cache.get(scope(2), ENTRY) is None
    assert cache.get(scope(), "page:101:2") is None
    assert cache.get(scope(), "page:10:1") is None


@pytest.mark.parametrize(("age", "found"), [(0, True), (599, True), (600, False), (601, False)])
def test_ten_minutes_sharp_is_too_late(cache: TextCache, clock: MovableClock, age: int, found: bool) -> None:
    cache.put(scope(), ENTRY, a_text(clock()))
    clock.move(seconds=age)
    assert (cache.get(scope(), ENTRY) is not None) is found


def test_a_longer_expiry_is_cut_to_ten_minutes(cache: TextCache, clock: MovableClock) -> None:
    cache.put(scope(), ENTRY, replace(a_text(clock()), expires_at=clock() + timedelta(hours=2)))
    clock.move(seconds=600)
    assert cache.get(scope(), ENTRY) is None


def test_a_later_fetch_replaces_an_earlier_one_and_never_the_other_way(cache: TextCache, clock: MovableClock) -> None:
    slow = clock()
    clock.move(seconds=5)
    assert cache.put(scope(), ENTRY, a_text(clock(), "new"))
    assert cache.put(scope(), ENTRY, a_text(slow, "old"))
    found = cache.get(scope(), ENTRY)
    assert found
    assert found.text == "new"
    clock.move(seconds=5)
    cache.put(scope(), ENTRY, a_text(clock(), "newest"))
    found = cache.get(scope(), ENTRY)
    assert found
    assert found.text == "newest"


def test_a_text_of_any_size_comes_back_whole_or_not_at_all(cache: TextCache, clock: MovableClock) -> None:
    noise = random.Random(3)
    large = "".join(chr(noise.randrange(33, 0x2FFF)) for _ in range(900_000))
    assert cache.put(scope(), ENTRY, a_text(clock(), large))
    found = cache.get(scope(), ENTRY)
    assert found
    assert found.text == large


@pytest.mark.parametrize(
    ("generation", "status"),
    [(2, Status.CONNECTED), (1, Status.DISCONNECTED), (1, Status.NEEDS_RECONNECT), (1, Status.PENDING)],
)
@pytest.mark.parametrize("size", [10, 900_000])
def test_a_fetch_in_flight_cannot_refill_what_was_purged(
    cache: TextCache, clock: MovableClock, becomes: Connected, *, generation: int, status: Status, size: int
) -> None:
    noise = random.Random(4)
    text = a_text(clock(), "".join(chr(noise.randrange(33, 0x2FFF)) for _ in range(size)))
    becomes(generation, status)
    cache.purge(scope())
    assert not cache.put(scope(), ENTRY, text)
    assert cache.get(scope(), ENTRY) is None


def test_purging_takes_one_generation_of_one_connection(
    cache: TextCache, clock: MovableClock, becomes: Connected
) -> None:
    for number in range(60):
        cache.put(scope(), f"page:{number}:1", a_text(clock()))
    becomes(2, Status.CONNECTED)
    cache.put(scope(2), ENTRY, a_text(clock()))
    cache.purge(scope())
    assert [number for number in range(60) if cache.get(scope(), f"page:{number}:1")] == []
    assert cache.get(scope(2), ENTRY)
    cache.purge(scope())


def test_the_sweep_takes_expired_texts_only(cache: TextCache, clock: MovableClock) -> None:
    cache.put(scope(), ENTRY, a_text(clock()))
    clock.move(seconds=300)
    cache.put(scope(), "page:102:1", a_text(clock()))
    assert cache.sweep(clock()) == 0
    clock.move(seconds=300)
    assert cache.sweep(clock()) == 1
    assert cache.get(scope(), "page:102:1")
    clock.move(seconds=300)
    assert cache.sweep(clock()) == 1


def begin(cache: TextCache, clock: MovableClock, holder: str, *, since: float = 0) -> Flight:
    return cache.begin_flight(
        scope(),
        ENTRY,
        holder=holder,
        until=clock() + timedelta(seconds=30),
        waiting_since=clock() - timedelta(seconds=since),
    )


def test_one_flies_and_the_rest_wait(cache: TextCache, clock: MovableClock) -> None:
    assert begin(cache, clock, "a") == Flight(mine=True)
    assert begin(cache, clock, "b") == Flight(mine=False)
    assert begin(cache, clock, "a") == Flight(mine=True), "a repeat after a lost answer is still the holder's"
    cache.end_flight(scope(), ENTRY, holder="a")
    assert begin(cache, clock, "b") == Flight(mine=True)


def test_a_crashed_holder_blocks_for_half_a_minute_at_most(cache: TextCache, clock: MovableClock) -> None:
    begin(cache, clock, "crashed")
    clock.move(seconds=29)
    assert not begin(cache, clock, "b").mine
    clock.move(seconds=1)
    assert begin(cache, clock, "b").mine


def test_a_holder_who_is_late_does_not_end_another_ones_flight(cache: TextCache, clock: MovableClock) -> None:
    begin(cache, clock, "slow")
    clock.move(seconds=31)
    begin(cache, clock, "b")
    cache.end_flight(scope(), ENTRY, holder="slow")
    cache.end_flight(scope(), ENTRY, holder="slow", failure=FlightFailure("PageGone"))
    assert begin(cache, clock, "c") == Flight(mine=False)


def test_a_crowd_shares_a_failure_and_latecomers_do_not(cache: TextCache, clock: MovableClock) -> None:
    begin(cache, clock, "a")
    clock.move(seconds=2)
    failure = FlightFailure("RateLimited", 17)
    cache.end_flight(scope(), ENTRY, holder="a", failure=failure)
    clock.move(seconds=1)
    assert begin(cache, clock, "waited", since=2) == Flight(mine=False, failure=failure)
    assert begin(cache, clock, "late", since=0.5) == Flight(mine=True)
