"""AWS throttles, denies, loses and forgets (fault cases B15, B20, B21, B25, N12)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from confluence_connector.domain.connections import Pointer, Status
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ReconnectRequired,
    ServiceUnavailable,
)
from confluence_connector.services.vault.token_steps import Step
from tests.vault import World, crash_at, world
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


def test_B15_a_lost_answer_of_any_write_is_recognised_as_ours(real: World) -> None:
    connection = real.expired()
    real.aws.lose_answer("dynamodb", "PutItem", times=1000)
    real.aws.lose_answer("secretsmanager", "PutSecretValue", times=1000)
    assert real.token(connection)
    assert real.token_calls == 1
    assert real.works(connection)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServiceError"])
def test_B20_a_put_that_fails_for_a_moment_is_repeated(real: World, code: str) -> None:
    connection = real.expired()
    real.aws.fail("secretsmanager", "PutSecretValue", code, times=2)
    assert real.token(connection)
    assert real.token_calls == 1
    assert real.works(connection)


def test_B20_a_put_that_fails_for_minutes_serves_the_caller_and_is_recovered(real: World) -> None:
    connection = real.expired()
    real.aws.fail("secretsmanager", "PutSecretValue", "ThrottlingException")
    token = real.token(connection)
    assert real.runtime.atlassian_oauth.account(token)
    assert real.now_stored(connection).unsettled_since is not None
    real.sweep_for(300)
    real.aws.heal()
    real.sweep_for(240)
    assert real.now_stored(connection).unsettled_since is None
    assert real.works(connection)


def test_B21_a_version_id_taken_by_other_bytes_alarms_and_a_new_attempt_stores_the_pair(it: FastWorld) -> None:
    connection = it.expired()
    assert crash_at(it.steps(connection), Step.STORED)
    stored = it.now_stored(connection)
    assert connection.grant
    name, taken = connection.grant.pointer.secret_name, stored.attempts[0].version_id
    it.secrets.versions[name][taken] = None  # whatever it is, it is not ours
    it.connections.stored[connection.workspace, connection.id] = replace(
        connection, revision=stored.revision + 1
    )  # as a State table restored from its backup would be
    assert it.token(connection)
    assert it.telemetry.counts["VersionCollision"] == 1
    assert it.secrets.versions[name][taken] is None
    assert it.works(connection)


@pytest.mark.parametrize("harm", ["removed", "garbled"])
def test_B25_a_pair_that_stays_unreadable_needs_reconnecting_after_ten_minutes(it: FastWorld, harm: str) -> None:
    connection, other = it.connect(), it.connect("ada")
    assert connection.grant
    pointer = connection.grant.pointer
    if harm == "removed":
        del it.secrets.versions[pointer.secret_name][pointer.version_id]
    else:
        it.secrets.garble(pointer)
    began = it.clock()
    for _ in range(2):
        with pytest.raises(ServiceUnavailable) as told:
            it.token(connection)
        assert told.value.retry_after
    assert (it.clock() - began).total_seconds() == 10  # five seconds of looking again, each
    it.sweep()
    assert it.now_stored(connection).status == Status.CONNECTED
    it.clock.move(seconds=600)
    it.sweep()
    assert it.now_stored(connection).status == Status.NEEDS_RECONNECT
    with pytest.raises(ReconnectRequired):
        it.token(connection)
    assert it.announced(connection) == 1
    assert it.token(other)


def test_B25_a_pair_that_comes_back_within_ten_minutes_is_used_again(it: FastWorld) -> None:
    connection = it.connect()
    assert connection.grant
    pointer = connection.grant.pointer
    pair = it.secrets.versions[pointer.secret_name].pop(pointer.version_id)
    with pytest.raises(ServiceUnavailable):
        it.token(connection)
    it.secrets.versions[pointer.secret_name][pointer.version_id] = pair
    it.clock.move(seconds=600)
    it.sweep()
    assert it.now_stored(connection).unreadable_since is None
    assert it.works(connection)


@pytest.mark.parametrize("operation", ["GetSecretValue", "PutSecretValue"])
@pytest.mark.parametrize("code", ["AccessDeniedException", "DecryptionFailure", "KMSDisabledException"])
def test_B25_N12_a_denied_key_is_the_deployments_fault_and_changes_no_state(
    real: World, operation: str, code: str
) -> None:
    connection = real.expired()
    real.aws.fail("secretsmanager", operation, code)
    for _ in range(3):
        with pytest.raises((AppMisconfigured, ConfluenceUnavailable)):
            real.token(connection)
    assert real.now_stored(connection).status == Status.CONNECTED
    assert real.token_calls <= 3
    real.aws.heal()
    real.clock.move(seconds=91)
    assert real.token(connection)
    assert real.works(connection)


def test_N12_secrets_manager_down_at_the_look_up_is_no_absence(real: World) -> None:
    """A stored answer that cannot be seen for a moment must not be asked for again."""
    connection = real.expired()
    assert crash_at(real.steps(connection), Step.STORED)
    real.clock.move(seconds=91)
    real.aws.fail("secretsmanager", "GetSecretValue", "InternalServiceError", times=1)
    with pytest.raises(ServiceUnavailable):
        real.token(connection)
    assert real.token(connection)
    assert real.token_calls == 1


def test_an_announcement_that_failed_is_made_by_the_sweeper(real: World) -> None:
    connection = real.expired()
    real.simulator.revoke("alice")
    real.aws.fail("events", "PutEvents", "InternalException", times=1)
    with pytest.raises(ReconnectRequired):
        real.token(connection)
    made = real.announced(connection)
    real.clock.move(seconds=120)
    real.sweep()
    assert real.announced(connection) == made + 1
    assert real.sweep() == 0


def test_B12_a_process_killed_between_end_and_announcement_is_finished_by_the_sweeper(it: FastWorld) -> None:
    connection = it.expired()
    it.simulator.revoke("alice")
    assert crash_at(it.steps(connection), Step.ENDED)
    assert it.announced(connection) == 0
    it.clock.move(seconds=120)
    it.sweep()
    it.sweep()
    assert it.announced(connection) == 1


def test_B8_a_pointer_of_another_secret_is_never_asked_for(it: FastWorld) -> None:
    connection = it.expired()
    assert connection.grant
    other = replace(connection.grant, pointer=Pointer("elsewhere", connection.grant.pointer.version_id))
    it.connections.save(replace(it.now_stored(connection), grant=other))
    with pytest.raises(ServiceUnavailable):
        it.token(connection)
    assert it.token_calls == 0
