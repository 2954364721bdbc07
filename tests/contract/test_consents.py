"""Consents and one-time lookups: the same promises from the fakes and from DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.adapters.dynamodb.consents import DynamoConsents
from confluence_connector.adapters.dynamodb.lookups import DynamoLookups
from confluence_connector.domain.consents import Consent
from confluence_connector.domain.identifiers import ConnectionId, ConsentId, MemberId, WorkspaceId
from confluence_connector.ports import Stale
from confluence_connector.ports.connections import Consents, LookupEntry, Lookups
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.fakes.consents import FakeConsents, FakeLookups
from tests.telling import Told

ACME = WorkspaceId("acme")


@pytest.fixture(params=["fake", "dynamodb"])
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def consents(kind: str, request: pytest.FixtureRequest) -> Consents:
    if kind == "fake":
        return FakeConsents()
    aws: Aws = request.getfixturevalue("aws")
    return DynamoConsents(aws.dynamodb, aws.settings.state_table, Told())


@pytest.fixture
def lookups(kind: str, request: pytest.FixtureRequest) -> Lookups:
    if kind == "fake":
        return FakeLookups()
    aws: Aws = request.getfixturevalue("aws")
    return DynamoLookups(aws.dynamodb, aws.settings.state_table)


def a_consent(clock: MovableClock, number: int = 1, **more: Any) -> Consent:
    now = clock()
    made = Consent(
        id=ConsentId(f"cst_{number}"),
        workspace=ACME,
        connection_id=ConnectionId("con_1"),
        starter=MemberId("ann|1"),
        purposes=frozenset({"link", "sync"}),
        scopes=("offline_access", "read:me"),
        created_at=now,
        expires_at=now + timedelta(seconds=120, microseconds=7),
    )
    return replace(made, **more)


def test_what_is_saved_is_read(consents: Consents, clock: MovableClock) -> None:
    saved = consents.save(a_consent(clock))
    assert saved == replace(a_consent(clock), revision=1)
    assert consents.get(ACME, saved.id) == saved
    full = consents.save(replace(saved, return_to="app", cookie_hash="c" * 64, secret_name="p/acme/con_1/g1-x"))
    assert consents.get(ACME, saved.id) == full
    assert consents.get(WorkspaceId("globex"), saved.id) is None
    assert consents.get(ACME, ConsentId("cst_2")) is None


def test_a_save_from_an_older_revision_is_refused(consents: Consents, clock: MovableClock) -> None:
    first = consents.save(a_consent(clock))
    consents.save(replace(first, return_to="app"))
    for stale in (first, a_consent(clock), replace(first, revision=7)):
        with pytest.raises(Stale):
            consents.save(stale)


def test_a_removed_one_is_not_resurrected(consents: Consents, clock: MovableClock) -> None:
    saved = consents.save(a_consent(clock))
    consents.remove(saved)
    consents.remove(saved)
    assert consents.get(ACME, saved.id) is None
    with pytest.raises(Stale):
        consents.save(replace(saved, return_to="app"))


def test_a_removal_from_an_older_revision_is_refused(consents: Consents, clock: MovableClock) -> None:
    first = consents.save(a_consent(clock))
    second = consents.save(replace(first, return_to="app"))
    with pytest.raises(Stale):
        consents.remove(first)
    assert consents.get(ACME, first.id) == second


def test_of_workspace_and_due(consents: Consents, clock: MovableClock) -> None:
    for number in range(40):
        consents.save(a_consent(clock, number))
    consents.save(a_consent(clock, 1, workspace=WorkspaceId("globex")))
    later = consents.save(a_consent(clock, 99, expires_at=clock() + timedelta(seconds=600)))
    assert len(list(consents.of_workspace(ACME))) == 41
    assert list(consents.due(clock())) == []
    clock.move(seconds=121)
    assert len(list(consents.due(clock()))) == 41, "of all workspaces"
    clock.move(seconds=600)
    assert later in list(consents.due(clock()))


def test_a_lookup_is_taken_once(lookups: Lookups, clock: MovableClock) -> None:
    entry = LookupEntry(ACME, "cst_1", clock() + timedelta(seconds=120))
    lookups.put("ticket", "value", entry)
    assert lookups.take("state", "value", clock()) is None
    assert lookups.take("ticket", "valu", clock()) is None
    assert lookups.take("ticket", "value", clock()) == entry
    assert lookups.take("ticket", "value", clock()) is None


@pytest.mark.parametrize(("seconds", "found"), [(119, True), (120, False), (121, False)])
def test_a_lookup_runs_out(lookups: Lookups, clock: MovableClock, seconds: int, found: bool) -> None:
    lookups.put("state", "value", LookupEntry(ACME, "cst_1", clock() + timedelta(seconds=120)))
    clock.move(seconds=seconds)
    assert (lookups.take("state", "value", clock()) is not None) == found


def test_many_take_one_wins(lookups: Lookups, clock: MovableClock) -> None:
    lookups.put("state", "value", LookupEntry(ACME, "cst_1", clock() + timedelta(seconds=120)))
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: lookups.take("state", "value", clock()), range(16)))
    assert len([entry for entry in taken if entry]) == 1


# ── DynamoDB only ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_lost_answer_is_no_conflict(aws: Aws, clock: MovableClock) -> None:
    consents = DynamoConsents(aws.dynamodb, aws.settings.state_table, Told())
    aws.lose_answer("dynamodb", "PutItem")
    saved = consents.save(a_consent(clock))
    aws.lose_answer("dynamodb", "PutItem")
    assert consents.save(replace(saved, return_to="app")).revision == 2


def test_a_save_is_conditional_on_what_it_was_made_from_and_nothing_else(aws: Aws, clock: MovableClock) -> None:
    consents = DynamoConsents(aws.dynamodb, aws.settings.state_table, Told())
    consents.save(replace(consents.save(a_consent(clock)), return_to="app"))
    first, second = (call.parameters for call in aws.calls if call.operation == "PutItem")
    assert first["ConditionExpression"] == "attribute_not_exists(pk)"
    assert "ExpressionAttributeValues" not in first
    assert (second["ConditionExpression"], second["ExpressionAttributeValues"]) == (
        "revision = :was",
        {":was": {"N": "1"}},
    )


def test_a_consent_that_cannot_be_read_keeps_no_other_waiting(aws: Aws, clock: MovableClock) -> None:
    told = Told()
    consents = DynamoConsents(aws.dynamodb, aws.settings.state_table, told)
    for number in range(40):  # every shard has some
        consents.save(a_consent(clock, number))
    broken = next(item for item in aws.items() if item["id"]["S"] == "cst_7")
    aws.dynamodb.put_item(TableName=aws.settings.state_table, Item=broken | {"purposes": {"S": "of another release"}})
    clock.move(seconds=121)
    assert len(list(consents.due(clock()))) == 39
    assert ("item_unreadable", {"item": "CONSENT#cst_7"}) in told.lines
    assert told.counters["ItemUnreadable"] == 1


def test_what_lies_in_the_table(aws: Aws, clock: MovableClock) -> None:
    """Values hashed, TTL in epoch seconds as a Number, none while a secret hangs on it (H9, A19)."""
    lookups = DynamoLookups(aws.dynamodb, aws.settings.state_table)
    lookups.put("ticket", "the-value-itself", LookupEntry(ACME, "cst_1", clock() + timedelta(seconds=120)))
    (item,) = aws.items()
    assert "the-value-itself" not in repr(item)
    assert item["expires_at"] == {"N": str(int(clock().timestamp()) + 120)}
    aws.dynamodb.delete_item(TableName=aws.settings.state_table, Key={"pk": item["pk"], "sk": item["sk"]})
    consents = DynamoConsents(aws.dynamodb, aws.settings.state_table, Told())
    saved = consents.save(a_consent(clock))
    (item,) = aws.items()
    assert item["expires_at"].keys() == {"N"}
    consents.save(replace(saved, secret_name="p/acme/con_1/g1-x"))
    (item,) = aws.items()
    assert "expires_at" not in item
