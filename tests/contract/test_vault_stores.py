"""What the vault relies on, held against the in-memory stand-ins and against the real adapters on moto alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.adapters.dynamodb.connections import DynamoConnections
from confluence_connector.adapters.secrets_manager import SecretsManagerTokens
from confluence_connector.domain import grants
from confluence_connector.domain.connections import Account, Connection, Grant, Pointer, Status
from confluence_connector.domain.identifiers import ConnectionId, MemberId, WorkspaceId
from confluence_connector.errors import AppMisconfigured, ServiceUnavailable
from confluence_connector.limits import USE_NOTED_SECONDS
from confluence_connector.ports import Stale
from confluence_connector.ports.connections import SecretGone, SecretUnreadable, TokenPair, VersionCollision
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.fakes.vault_stores import FakeConnections, FakeTokenSecrets
from tests.telling import Told

ACME, GLOBEX = WorkspaceId("acme"), WorkspaceId("globex")
NAME = "tests/connections/acme/con_1/g1-x"
FIRST, SECOND, THIRD = (f"{number}" * 36 for number in (1, 2, 3))


@dataclass
class Stores:
    connections: Any
    secrets: Any
    garble: Callable[[Pointer], None]


@pytest.fixture(params=["fake", "real"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        fake = FakeTokenSecrets()
        yield Stores(FakeConnections(), fake, fake.garble)
        return
    aws: Aws = request.getfixturevalue("aws")
    numbers = iter(range(10_000))
    connections = DynamoConnections(aws.dynamodb, aws.settings.state_table, lambda: f"s{next(numbers)}", Told())

    def garble(pointer: Pointer) -> None:
        aws.secrets.put_secret_value(
            SecretId=pointer.secret_name, ClientRequestToken=THIRD, SecretString="not a pair", VersionStages=["X"]
        )

    yield Stores(connections, SecretsManagerTokens(aws.secrets, aws.settings.kms_key_id), garble)


@pytest.fixture
def connection(clock: MovableClock) -> Connection:
    now = clock()
    return Connection(
        id=ConnectionId("con_1"),
        workspace=ACME,
        owner="user",
        owner_id="alice",
        started_by=MemberId("alice"),
        purposes=frozenset({"link", "sync"}),
        status=Status.CONNECTED,
        created_at=now,
        account=Account("account-1", "Alice Ä.", None),
        grant=Grant(Pointer(NAME, FIRST), 1, ("read:me",), now, now, now + timedelta(hours=1)),
        generation=1,
    )


@pytest.fixture
def pair(clock: MovableClock) -> TokenPair:
    return TokenPair("access", "refresh", clock(), clock() + timedelta(hours=1), ("read:me",))


# ── connections ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_saved_is_what_is_read(stores: Stores, connection: Connection, clock: MovableClock) -> None:
    busy = grants.begin(connection, "owner", clock())
    saved = stores.connections.save(busy)
    assert saved == replace(busy, revision=1)
    assert stores.connections.get(ACME, connection.id) == saved
    assert stores.connections.get(GLOBEX, connection.id) is None
    assert stores.connections.get(ACME, ConnectionId("con_2")) is None
    assert list(stores.connections.of_workspace(ACME)) == [saved]
    assert list(stores.connections.of_workspace(GLOBEX)) == []


def test_a_save_from_an_older_revision_is_stale_and_changes_nothing(stores: Stores, connection: Connection) -> None:
    first = stores.connections.save(connection)
    second = stores.connections.save(replace(first, reason="second"))
    for stale in (connection, first, replace(second, revision=7)):
        with pytest.raises(Stale):
            stores.connections.save(replace(stale, reason="third"))
    assert stores.connections.get(ACME, connection.id) == second


def test_a_remove_from_an_older_revision_is_stale(stores: Stores, connection: Connection) -> None:
    first = stores.connections.save(connection)
    second = stores.connections.save(first)
    with pytest.raises(Stale):
        stores.connections.remove(first)
    stores.connections.remove(second)
    stores.connections.remove(second)
    assert stores.connections.get(ACME, connection.id) is None
    with pytest.raises(Stale):
        stores.connections.save(second)


def test_a_use_is_noted_without_a_revision_and_never_for_what_is_gone(
    stores: Stores, connection: Connection, clock: MovableClock
) -> None:
    stores.connections.touch(connection, clock())
    assert stores.connections.get(ACME, connection.id) is None
    saved = stores.connections.save(connection)
    clock.move(seconds=5)
    stores.connections.touch(saved, clock())
    found = stores.connections.get(ACME, connection.id)
    assert found == replace(saved, last_used_at=clock())


def test_a_use_is_noted_once_in_ten_minutes(stores: Stores, connection: Connection, clock: MovableClock) -> None:
    noted_at = clock()
    saved = stores.connections.save(replace(connection, last_used_at=noted_at))
    clock.move(seconds=USE_NOTED_SECONDS - 1)
    stores.connections.touch(saved, clock())
    assert stores.connections.get(ACME, connection.id) == saved
    clock.move(seconds=1)
    stores.connections.touch(saved, clock())
    assert stores.connections.get(ACME, connection.id) == replace(saved, last_used_at=clock())


def test_a_later_use_is_put_back_by_nobody(stores: Stores, connection: Connection, clock: MovableClock) -> None:
    """A save writes the whole item, and a touch moves no revision that would tell it."""
    saved = stores.connections.save(connection)
    clock.move(seconds=5.25)
    stores.connections.touch(saved, clock())
    stores.connections.touch(saved, clock() - timedelta(seconds=2))
    again = stores.connections.save(replace(saved, reason="again"))
    assert again == replace(saved, reason="again", last_used_at=clock(), revision=2)
    assert stores.connections.get(ACME, connection.id) == again
    with pytest.raises(Stale):
        stores.connections.save(replace(saved, reason="too late"))


def test_due_is_what_the_item_itself_says(stores: Stores, connection: Connection, clock: MovableClock) -> None:
    saved = stores.connections.save(connection)
    ids = lambda kind: [each.id for each in stores.connections.due(kind, clock())]  # noqa: E731
    assert ids("sweep") == ids("keep_alive") == []
    clock.move(days=60)
    assert ids("keep_alive") == [connection.id]
    announced = stores.connections.save(grants.begin(saved, "owner", clock()))
    assert ids("sweep") == ids("keep_alive") == []
    clock.move(seconds=90)
    assert ids("sweep") == [connection.id]
    stores.connections.save(replace(announced, status=Status.DISCONNECTED, grant=None))
    assert ids("sweep") == ids("keep_alive") == []


def test_connections_of_an_account_in_every_workspace(stores: Stores, connection: Connection) -> None:
    other = replace(connection, workspace=GLOBEX, id=ConnectionId("con_2"))
    for each in (connection, other, replace(connection, id=ConnectionId("con_3"), account=Account("account-2", "Bo"))):
        stores.connections.note_account(each, "account-1")
        stores.connections.note_account(each, "account-1")
        stores.connections.save(each)
    stores.connections.note_account(replace(connection, id=ConnectionId("con_4")), "account-1")
    assert {each.id for each in stores.connections.of_account("account-1")} == {"con_1", "con_2"}
    assert {each.id for each in stores.connections.of_account("account-1")} == {"con_1", "con_2"}
    assert list(stores.connections.of_account("account-9")) == []


# ── token pairs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pair_is_read_by_its_version_only(stores: Stores, pair: TokenPair) -> None:
    stores.secrets.create(NAME, FIRST, pair)
    later = replace(pair, access_token="later")
    stores.secrets.put(Pointer(NAME, SECOND), later)
    assert stores.secrets.get(Pointer(NAME, FIRST)) == pair
    assert stores.secrets.get(Pointer(NAME, SECOND)) == later
    assert stores.secrets.get(Pointer(NAME, THIRD)) is None
    assert stores.secrets.get(Pointer(NAME + "0", FIRST)) is None


def test_B21_a_repeated_put_is_one_version_and_another_payload_is_refused(stores: Stores, pair: TokenPair) -> None:
    stores.secrets.create(NAME, FIRST, pair)
    stores.secrets.create(NAME, FIRST, pair)
    later = replace(pair, access_token="later")
    stores.secrets.put(Pointer(NAME, SECOND), later)
    stores.secrets.put(Pointer(NAME, SECOND), later)
    with pytest.raises(VersionCollision):
        stores.secrets.put(Pointer(NAME, SECOND), pair)
    assert stores.secrets.get(Pointer(NAME, SECOND)) == later


def test_the_current_label_moves_and_a_repeat_changes_nothing(stores: Stores, pair: TokenPair) -> None:
    stores.secrets.create(NAME, FIRST, pair)
    stores.secrets.put(Pointer(NAME, SECOND), pair)
    stores.secrets.make_current(Pointer(NAME, SECOND))
    stores.secrets.make_current(Pointer(NAME, SECOND))
    assert stores.secrets.get(Pointer(NAME, FIRST)) == pair


def test_C1_a_deleted_secret_is_gone_at_once_and_its_name_is_free(stores: Stores, pair: TokenPair) -> None:
    stores.secrets.create(NAME, FIRST, pair)
    stores.secrets.delete(NAME)
    stores.secrets.delete(NAME)
    assert stores.secrets.get(Pointer(NAME, FIRST)) is None
    for attempt in (stores.secrets.make_current, lambda gone: stores.secrets.put(gone, pair)):
        with pytest.raises(SecretGone):
            attempt(Pointer(NAME, FIRST))
    stores.secrets.create(NAME, SECOND, pair)
    assert stores.secrets.get(Pointer(NAME, SECOND)) == pair


def test_garbage_is_told_apart_from_absence(stores: Stores, pair: TokenPair) -> None:
    stores.secrets.create(NAME, THIRD if isinstance(stores.secrets, FakeTokenSecrets) else FIRST, pair)
    stores.garble(Pointer(NAME, THIRD))
    with pytest.raises(SecretUnreadable):
        stores.secrets.get(Pointer(NAME, THIRD))


# ── what only AWS does ──────────────────────────────────────────────────────────────────────────────────────────────


def test_B15_a_save_whose_answer_was_lost_is_recognised_as_ours(aws: Aws, connection: Connection) -> None:
    numbers = iter(range(99))
    store = DynamoConnections(aws.dynamodb, aws.settings.state_table, lambda: f"s{next(numbers)}", Told())
    aws.lose_answer("dynamodb", "PutItem", times=2)
    first = store.save(connection)
    second = store.save(replace(first, reason="again"))
    assert second.revision == 2
    assert store.get(ACME, connection.id) == second
    with pytest.raises(Stale):  # the same bytes from somebody else are not ours
        store.save(replace(first, reason="again"))


def test_an_item_that_cannot_be_read_keeps_no_other_waiting(
    aws: Aws, connection: Connection, clock: MovableClock
) -> None:
    told, numbers = Told(), iter(range(99))
    store = DynamoConnections(aws.dynamodb, aws.settings.state_table, lambda: f"s{next(numbers)}", told)
    for number in range(40):  # every shard has some
        store.save(replace(connection, id=ConnectionId(f"con_{number}")))
    broken = next(item for item in aws.items() if item["id"]["S"] == "con_7")
    aws.dynamodb.put_item(TableName=aws.settings.state_table, Item=broken | {"status": {"S": "of another release"}})
    clock.move(days=60)
    assert len(list(store.due("keep_alive", clock()))) == 39
    assert ("item_unreadable", {"item": "CONNECTION#con_7"}) in told.lines
    assert told.counters["ItemUnreadable"] == 1


def test_names_only_as_much_as_the_index_needs(aws: Aws, connection: Connection) -> None:
    DynamoConnections(aws.dynamodb, aws.settings.state_table, lambda: "s", Told()).save(connection)
    (item,) = aws.items()
    assert item["due_kind"]["S"].startswith("DUE#keep_alive#")
    assert item["due_at"]["S"] == "2027-01-21T09:00:00.000000+00:00"
    assert item["pk"]["S"] == "WS#acme"


@pytest.mark.parametrize("code", ["AccessDeniedException", "DecryptionFailure", "KMSAccessDeniedException"])
def test_N12_a_denied_key_or_right_is_the_deployments_fault(aws: Aws, pair: TokenPair, code: str) -> None:
    secrets = SecretsManagerTokens(aws.secrets, aws.settings.kms_key_id)
    secrets.create(NAME, FIRST, pair)
    for operation in ("GetSecretValue", "PutSecretValue", "DeleteSecret", "CreateSecret"):
        aws.fail("secretsmanager", operation, code)
    for call in (
        lambda: secrets.get(Pointer(NAME, FIRST)),
        lambda: secrets.put(Pointer(NAME, SECOND), pair),
        lambda: secrets.delete(NAME),
        lambda: secrets.create(NAME + "1", FIRST, pair),
        lambda: secrets.make_current(Pointer(NAME, FIRST)),
    ):
        with pytest.raises(AppMisconfigured):
            call()


def test_what_passes_is_no_absence(aws: Aws, pair: TokenPair) -> None:
    secrets = SecretsManagerTokens(aws.secrets, aws.settings.kms_key_id)
    secrets.create(NAME, FIRST, pair)
    aws.fail("secretsmanager", "GetSecretValue", "ThrottlingException")
    with pytest.raises(ServiceUnavailable):
        secrets.get(Pointer(NAME, FIRST))


def test_N1_a_pair_shows_no_token_and_its_secret_lies_under_our_key(aws: Aws, pair: TokenPair) -> None:
    assert "refresh" not in repr(pair)
    SecretsManagerTokens(aws.secrets, aws.settings.kms_key_id).create(NAME, FIRST, pair)
    assert aws.secrets.describe_secret(SecretId=NAME)["KmsKeyId"] == aws.settings.kms_key_id
