"""Fault cases of the fetch functions as Lambdas: C4, J13, J14, N12, N13, N14."""

from typing import Any

import pytest

from confluence_connector.runtime import from_environment
from confluence_connector.settings import MisconfiguredEnvironment
from tests.aws import Aws
from tests.canary import LINKED_SENTENCE
from tests.connecting import ANN, BOB, STRANGER, World
from tests.http import Answer, LambdaContext, event
from tests.shelf import PAGE_READS, Shelf
from tests.telling import told_during


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf.of(world)


def test_C4_a_grant_revoked_at_atlassian_is_noticed_at_the_next_read_and_told_once(shelf: Shelf) -> None:
    world = shelf.world
    shelf.read()
    world.simulator.revoke("grace")
    world.clock.move(seconds=600)
    assert [shelf.read().code for _ in range(3)] == ["reconnect_required"] * 3
    stored = world.stored(shelf.connection["id"])
    assert stored
    assert stored.status == "needs_reconnect"
    assert len(world.aws.published("ConnectionNeedsReconnect")) == 1
    world.simulator.reset_requests()
    assert shelf.read(BOB).code == "reconnect_required"
    assert shelf.refresh(BOB).code == "reconnect_required"
    assert world.simulator.requests == [], "a dead connection is not tried for ever"


def test_C4_a_text_still_in_the_cache_is_not_served_through_a_dead_connection(shelf: Shelf) -> None:
    shelf.read()
    shelf.world.simulator.revoke("grace")
    assert shelf.refresh().code == "reconnect_required"
    assert shelf.read().code == "reconnect_required"


def test_C3_a_disconnect_leaves_nothing_in_the_cache(shelf: Shelf) -> None:
    shelf.read()
    shelf.world.api.ok(ANN, "DELETE", f"/connections/{shelf.connection['id']}")
    assert shelf.world.aws.items(shelf.world.aws.settings.cache_table) == []


def test_C3_a_read_that_comes_back_after_the_disconnect_refills_nothing(shelf: Shelf) -> None:
    world = shelf.world

    def disconnect() -> None:
        elsewhere = world.restarted()
        person, connection = shelf_owner(), shelf.connection["id"]
        elsewhere.runtime.connecting.disconnect.disconnect(person, connection)

    world.aws.before("dynamodb", "TransactWriteItems", disconnect)
    shelf.read()
    left = world.aws.items(world.aws.settings.cache_table)
    assert [item["sk"]["S"] for item in left if not item["sk"]["S"].startswith("FLIGHT")] == []
    assert shelf.read().code == "reconnect_required"


def shelf_owner() -> Any:
    from confluence_connector.domain.identifiers import MemberId, WorkspaceId
    from confluence_connector.domain.people import Principal

    return Principal(MemberId("ann"), WorkspaceId("acme"), frozenset(), frozenset())


def test_J13_an_unhandled_exception_is_a_500_in_our_shape_a_log_line_and_a_metric(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(LINKED_SENTENCE)

    monkeypatch.setattr("confluence_connector.services.reading.fetch_linked.convert", broken)
    answers: list[Answer] = []
    told = told_during(lambda: answers.append(shelf.read()))
    answer = answers[0]
    assert (answer.status, answer.code) == (500, "internal_error")
    assert answer.json()["request_id"] == "req-1"
    assert LINKED_SENTENCE not in answer.text
    assert {line["kind"] for line in told if line.get("message") == "unhandled"} == {"RuntimeError"}
    metrics = [line["_aws"]["CloudWatchMetrics"][0] for line in told if "UnhandledError" in line]
    assert [metric["Namespace"] for metric in metrics] == ["tests"], "the stack's, where the alarms listen"
    monkeypatch.undo()
    assert shelf.read().status == 200, "the lease went back"


NEEDED = sorted(
    {
        "STATE_TABLE",
        "CACHE_TABLE",
        "CORPUS_TABLE",
        "WORK_QUEUE_URL",
        "CONTENT_BUCKET",
        "TRANSIENT_BUCKET",
        "SECRET_PREFIX",
        "APP_SECRET_ID",
    }
    | {"SIGNING_SECRET_ID", "KMS_KEY_ID", "EVENT_BUS", "PUBLIC_BASE_URL", "CONSOLE_ORIGIN"}
)


@pytest.mark.parametrize("variable", NEEDED)
@pytest.mark.parametrize("entry", ["fetch_handler", "fetch_step"])
def test_J14_a_cold_start_without_a_variable_names_it(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, variable: str, entry: str
) -> None:
    import importlib

    handler = importlib.import_module(entry).handler
    from_environment.cache_clear()
    monkeypatch.delenv(variable)
    with pytest.raises(MisconfiguredEnvironment, match=rf"^missing or malformed: {variable}$"):
        handler(event("GET", "/documents/x/content", claims=ANN.claims), LambdaContext())
    from_environment.cache_clear()


def test_J14_a_bad_value_is_named_and_not_shown(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    import fetch_step

    from_environment.cache_clear()
    monkeypatch.setenv("ATLASSIAN_API_URL", "http://evil.example.com/hidden")
    with pytest.raises(MisconfiguredEnvironment) as raised:
        fetch_step.handler({}, LambdaContext())  # type: ignore[arg-type]
    assert str(raised.value) == "missing or malformed: ATLASSIAN_API_URL"
    from_environment.cache_clear()


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("dynamodb", "BatchGetItem", "AccessDeniedException"),
        ("secretsmanager", "GetSecretValue", "AccessDeniedException"),
    ],
)
def test_N12_a_right_that_is_missing_is_the_deployments_fault_and_nobodys_state_changes(
    shelf: Shelf, service: str, operation: str, code: str
) -> None:
    before = shelf.world.state_of()
    shelf.world.aws.calls.clear()
    shelf.world.aws.fail(service, operation, code)
    answer = shelf.read()
    assert (answer.status, answer.code) == (503, "app_misconfigured")
    assert shelf.world.state_of() == before
    assert shelf.world.aws.count(operation) <= 3, "no storm of retries"
    shelf.world.aws.heal()
    shelf.world.clock.move(seconds=1)
    assert shelf.read().status == 200


def test_N13_log_keys_of_an_earlier_invocation_are_gone(shelf: Shelf) -> None:
    shelf.world.runtime.telemetry._logger.append_keys(leftover="of the first")
    told = told_during(lambda: shelf.read(STRANGER, context=LambdaContext(aws_request_id="req-2")))
    assert told
    assert {line.get("request_id") for line in told if "request_id" in line} == {"req-2"}
    assert not [line for line in told if "leftover" in line]


def test_N14_a_warm_process_keeps_ids_and_no_text_and_nobodys_name(shelf: Shelf, tmp_path: Any) -> None:
    shelf.read()
    shelf.read(BOB)
    snapshots = shelf.world.runtime.reading.documents.snapshots
    kept = repr(snapshots._known)  # type: ignore[attr-defined]
    assert shelf.document_id in kept
    for personal in (LINKED_SENTENCE, "ann", "bob", "grace", "Grace"):
        assert personal not in kept


def test_N14_what_a_process_remembers_is_bounded(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    from confluence_connector.adapters.dynamodb import snapshots as module

    monkeypatch.setattr(module, "REMEMBERED", 3)
    known = shelf.world.runtime.reading.documents.snapshots
    where = module.Whereabouts("con", 1, "1")  # type: ignore[arg-type]
    for number in range(10):
        known._remember(("acme", f"doc_{number}"), where)  # type: ignore[attr-defined]
    assert [key[1] for key in known._known] == ["doc_7", "doc_8", "doc_9"]  # type: ignore[attr-defined]


def test_G8_one_warm_process_keeps_workspaces_apart(shelf: Shelf) -> None:
    """The second workspace asks for the very id that the process has just learned."""
    shelf.read()
    shelf.world.aws.calls.clear()
    answer = shelf.read(STRANGER)
    assert answer.code == "not_found"
    assert LINKED_SENTENCE not in answer.text
    read = [repr(call.parameters) for call in shelf.world.aws.calls]
    assert read
    assert all("WS#globex" in call and "WS#acme" not in call for call in read)
    assert shelf.world.simulator.by_endpoint[PAGE_READS] == 1
