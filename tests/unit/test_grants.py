"""A grant's transitions and what is due, without any store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from confluence_connector.domain import grants
from confluence_connector.domain.connections import Connection, Grant, Pointer, Status
from confluence_connector.domain.identifiers import ConnectionId, MemberId, WorkspaceId
from confluence_connector.domain.scopes import LINK
from confluence_connector.domain.upkeep import next_due, recovery_due
from confluence_connector.errors import ConfirmationRequired, ReconnectRequired
from tests.conftest import MovableClock


@pytest.fixture
def connection(clock: MovableClock) -> Connection:
    now = clock()
    first = Connection(
        id=ConnectionId("con_1"),
        workspace=WorkspaceId("acme"),
        owner="user",
        owner_id="alice",
        started_by=MemberId("alice"),
        purposes=frozenset({"link"}),
        status=Status.CONNECTED,
        created_at=now,
        generation=1,
    )
    pointer = Pointer("secret", grants.version_id(first, 1, 0))
    return replace(first, grant=Grant(pointer, 1, tuple(LINK), now, now, now + timedelta(hours=1)))


def test_a_token_is_fresh_until_five_minutes_before_its_end(connection: Connection, clock: MovableClock) -> None:
    assert connection.grant
    end = connection.grant.access_expires_at
    assert grants.is_fresh(connection.grant, end - timedelta(seconds=301), 0)
    assert not grants.is_fresh(connection.grant, end - timedelta(seconds=300), 0)
    assert not grants.is_fresh(connection.grant, end - timedelta(seconds=301), 30)


def test_a_short_lived_token_is_fresh_for_half_its_life(connection: Connection, clock: MovableClock) -> None:
    assert connection.grant
    short = replace(connection.grant, access_expires_at=clock() + timedelta(seconds=60))
    assert grants.is_fresh(short, clock() + timedelta(seconds=29), 30)
    assert not grants.is_fresh(short, clock() + timedelta(seconds=30), 30)


def test_every_announcement_has_a_fence_and_a_version_id_of_its_own(
    connection: Connection, clock: MovableClock
) -> None:
    first = grants.begin(connection, "one", clock())
    clock.move(seconds=91)
    second = grants.begin(replace(first, lease=None), "two", clock())
    assert (first.fence, second.fence) == (1, 2)
    assert len({attempt.version_id for attempt in second.attempts}) == 2
    assert second.unsettled_since == first.attempts[0].started_at
    assert grants.version_id(connection, 1, 1) == grants.version_id(connection, 1, 1)
    assert grants.version_id(connection, 1, 1) != grants.version_id(connection, 2, 1)


def test_announcements_do_not_grow_without_bound(connection: Connection, clock: MovableClock) -> None:
    for _ in range(100):
        connection = grants.set_aside(grants.begin(connection, "owner", clock()), clock())
    assert len(connection.attempts) == grants.ATTEMPTS_KEPT
    assert connection.unsettled_since == clock()
    assert connection.fence == 100


def test_withdrawing_leaves_no_trace_and_giving_up_leaves_the_moment(
    connection: Connection, clock: MovableClock
) -> None:
    begun = grants.begin(connection, "owner", clock())
    hold = grants.hold_of(begun)
    assert replace(grants.withdraw(begun, hold), fence=0) == connection
    clock.move(seconds=3)
    left = grants.give_up(begun, hold, clock())
    assert (left.lease, left.attempts, left.unsettled_since) == (None, (), hold.announced_at)
    again = grants.begin(left, "owner", clock())
    assert grants.withdraw(again, grants.hold_of(again)).unsettled_since == hold.announced_at


def test_rest_grows_to_a_minute(connection: Connection, clock: MovableClock) -> None:
    rests = []
    for _ in range(6):
        begun = grants.begin(connection, "owner", clock())
        connection = grants.give_up(begun, grants.hold_of(begun), clock())
        assert connection.retry_at
        rests.append((connection.retry_at - clock()).total_seconds())
    assert rests == [5, 10, 20, 40, 60, 60]


def test_moving_the_pointer_clears_every_trouble(connection: Connection, clock: MovableClock) -> None:
    begun = grants.begin(replace(connection, failures=3, unreadable_since=clock()), "owner", clock())
    hold = grants.hold_of(begun)
    stored = grants.Stored(hold.target, clock(), clock() + timedelta(hours=1), ("read:me",))
    moved = grants.move_pointer(begun, stored)
    assert moved.grant
    assert moved.grant.pointer == hold.target
    assert (moved.lease, moved.attempts, moved.unsettled_since, moved.failures) == (None, (), None, 0)
    assert (moved.status, moved.unlabelled, moved.unreadable_since) == (Status.LIMITED, True, None)
    assert not grants.holds(moved, hold)


def test_a_hold_ends_with_the_connections_life(connection: Connection, clock: MovableClock) -> None:
    begun = grants.begin(connection, "owner", clock())
    hold = grants.hold_of(begun)
    assert grants.holds(begun, hold)
    assert not grants.holds(None, hold)
    assert not grants.holds(grants.needs_reconnect(begun, grants.REFUSED, clock()), hold)


def test_a_rejected_token_may_cost_a_version_at_once_after_a_consent_and_then_every_ten_minutes(
    connection: Connection, clock: MovableClock
) -> None:
    assert grants.rotation_pause_left(connection, clock()) <= 0
    begun = grants.begin(connection, "owner", clock())
    stored = grants.Stored(grants.hold_of(begun).target, clock(), clock() + timedelta(hours=1), ())
    moved = grants.move_pointer(begun, stored)
    assert grants.rotation_pause_left(moved, clock()) == 600
    assert grants.rotation_pause_left(moved, clock() + timedelta(seconds=600)) <= 0


def test_who_has_no_usable_grant_is_told_why(connection: Connection) -> None:
    with pytest.raises(ReconnectRequired):
        grants.grant_in_use(replace(connection, status=Status.NEEDS_RECONNECT))
    with pytest.raises(ReconnectRequired):
        grants.grant_in_use(replace(connection, status=Status.DISCONNECTED, grant=None))
    with pytest.raises(ConfirmationRequired):
        grants.grant_in_use(replace(connection, status=Status.PENDING, grant=None))


def test_a_quiet_connection_is_due_in_sixty_days_and_a_dead_one_never(
    connection: Connection, clock: MovableClock
) -> None:
    assert next_due(connection) == ("keep_alive", clock() + timedelta(days=60))
    for status in (Status.NEEDS_RECONNECT, Status.DISCONNECTED, Status.PENDING):
        assert next_due(replace(connection, status=status)) is None


def test_an_interrupted_rotation_is_due_when_its_lease_ends(connection: Connection, clock: MovableClock) -> None:
    begun = grants.begin(connection, "owner", clock())
    assert next_due(begun) == ("sweep", clock() + timedelta(seconds=90))
    left = grants.give_up(begun, grants.hold_of(begun), clock())
    assert next_due(left) == ("sweep", clock() + timedelta(seconds=5))


def test_past_the_leeway_the_sweeper_takes_its_time(connection: Connection, clock: MovableClock) -> None:
    for _ in range(20):
        begun = grants.begin(connection, "owner", clock())
        connection = grants.give_up(begun, grants.hold_of(begun), clock())
        clock.move(seconds=60)
    assert connection.retry_at
    assert recovery_due(connection) == connection.retry_at + timedelta(minutes=15)


def test_what_is_owed_is_due(connection: Connection, clock: MovableClock) -> None:
    ended = grants.needs_reconnect(connection, grants.REFUSED, clock())
    assert next_due(ended) == ("sweep", clock() + timedelta(seconds=90))
    assert next_due(replace(connection, unlabelled=True)) == ("sweep", clock() + timedelta(seconds=90))
    assert next_due(replace(connection, unreadable_since=clock())) == ("sweep", clock() + timedelta(seconds=600))
