"""The pipeline step: a Lambda of its own, invoked directly, for the workspaces it is configured for (H1, D7)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fetch_step import answer

from confluence_connector import errors
from local.simulator.accounts import ACME
from tests.aws import Aws, started
from tests.canary import LINKED_SENTENCE
from tests.conftest import MovableClock
from tests.connecting import ANN, World
from tests.http import LambdaContext, event
from tests.shelf import LINKED, PAGE_READS, Shelf


@pytest.fixture
def aws() -> Iterator[Aws]:
    with started(PIPELINE_WORKSPACES="acme, other") as running:
        yield running


@pytest.fixture
def shelf(aws: Aws, clock: MovableClock) -> Shelf:
    return Shelf.of(World.over(aws, clock))


def invoke(shelf: Shelf, **wanted: Any) -> Any:
    """One invocation, answered as Lambda would: through JSON."""
    result = answer({"workspace": "acme"} | wanted, LambdaContext(), shelf.world.runtime)
    return json.loads(json.dumps(result))


def test_a_document_comes_with_its_provenance_and_is_marked_untrusted(shelf: Shelf) -> None:
    body = invoke(shelf, document_id=shelf.document_id)
    assert LINKED_SENTENCE in body["content"]
    assert (body["trust"], body["freshness"], body["format"]) == ("untrusted", "live", "markdown")
    assert body["source"]["page_id"] == shelf.page_id
    assert invoke(shelf, document_id=shelf.document_id)["freshness"] == "cached"
    assert invoke(shelf, document_id=shelf.document_id, max_age=0)["freshness"] == "live"


def test_it_is_the_same_body_as_over_http(shelf: Shelf) -> None:
    shelf.read()
    over_http = shelf.read().json()
    step = invoke(shelf, document_id=shelf.document_id)
    assert step == over_http | {"trust": "untrusted"}


def test_a_feature_comes_whole_with_its_prd_first(shelf: Shelf) -> None:
    body = invoke(shelf, feature_id=shelf.feature_id)
    assert (body["feature_id"], body["name"], body["trust"]) == (shelf.feature_id, "Checkout", "untrusted")
    assert [document["role"] for document in body["documents"]] == ["prd", "trd"]
    assert LINKED_SENTENCE in body["documents"][0]["content"]
    assert {document["trust"] for document in body["documents"]} == {"untrusted"}


def test_a_feature_with_one_page_gone_fails_as_a_whole(shelf: Shelf) -> None:
    shelf.world.simulator.editor(ACME).trash(shelf.page_id)
    with pytest.raises(errors.PageGone):
        invoke(shelf, feature_id=shelf.feature_id)


def test_nobody_needs_to_be_logged_in_and_other_members_links_read(shelf: Shelf) -> None:
    shelf.world.simulator.reset_requests()
    invoke(shelf, document_id=shelf.document_id)
    assert shelf.upstream_reads == 1


@pytest.mark.parametrize("workspace", ["globex", "acme2", "ACME", "oth"])
def test_a_workspace_that_is_not_configured_is_refused(shelf: Shelf, workspace: str) -> None:
    shelf.world.aws.calls.clear()
    with pytest.raises(errors.WorkspaceNotAllowed):
        invoke(shelf, workspace=workspace, document_id=shelf.document_id)
    assert shelf.world.aws.calls == []


def test_a_document_of_another_workspace_is_not_found(shelf: Shelf) -> None:
    with pytest.raises(errors.NotFound):
        invoke(shelf, workspace="other", document_id=shelf.document_id)
    with pytest.raises(errors.NotFound):
        invoke(shelf, workspace="other", feature_id=shelf.feature_id)


def test_G3_events_of_the_http_api_are_refused(shelf: Shelf) -> None:
    over_http = event("GET", "/documents/x/content", claims=ANN.claims)
    for smuggled in (over_http, {"workspace": "acme", "document_id": shelf.document_id, "requestContext": {}}):
        with pytest.raises(errors.Forbidden):
            answer(smuggled, LambdaContext(), shelf.world.runtime)
    assert shelf.upstream_reads == 0


def test_G3_the_http_function_refuses_the_steps_events(shelf: Shelf) -> None:
    fetch = shelf.world.api.handler("fetch")
    result = fetch({"workspace": "acme", "document_id": shelf.document_id}, LambdaContext())
    assert result["statusCode"] == 401
    assert shelf.upstream_reads == 0


WRONG: list[dict[str, Any]] = [
    {},
    {"document_id": "doc_" + "0" * 36, "feature_id": "ftr_" + "0" * 36},
    {"document_id": 5},
    {"document_id": "../x"},
    {"document_id": None},
    {"document_id": "doc_" + "0" * 36, "max_age": 601},
    {"document_id": "doc_" + "0" * 36, "max_age": "0"},
    {"document_id": "doc_" + "0" * 36, "max_age": -1},
    {"document_id": "doc_" + "0" * 36, "workspace": ""},
    {"document_id": "doc_" + "0" * 36, "workspace": ["acme"]},
    {"document_id": "doc_" + "0" * 36, "tenant": LINKED_SENTENCE},
    {LINKED_SENTENCE: 1},
]


@pytest.mark.parametrize("wanted", WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_wrong_event_raises_a_typed_error_that_echoes_nothing(shelf: Shelf, wanted: dict[str, Any]) -> None:
    with pytest.raises(errors.Unprocessable) as raised:
        invoke(shelf, **wanted)
    assert "canary" not in str(raised.value).lower()
    assert type(raised.value).__name__ == "Unprocessable"


def test_failures_have_names_that_a_state_machine_can_match(shelf: Shelf) -> None:
    """Retryable and final errors have different names; the message is what a person reads."""
    world, seen = shelf.world, {}

    def failure() -> errors.ConnectorError:
        with pytest.raises(errors.ConnectorError) as raised:
            invoke(shelf, document_id=shelf.document_id, max_age=0)
        seen[type(raised.value).__name__] = raised.value.retry
        assert str(raised.value).startswith(LINKED)
        return raised.value

    for status in (429, 503, 403):
        world.simulator.script(PAGE_READS, times=None, status=status, headers={"retry-after": "600"})
        failure()
        world.simulator.clear_scripts()
    world.simulator.editor(ACME).trash(shelf.page_id)
    failure()
    world.api.ok(ANN, "DELETE", f"/connections/{shelf.connection['id']}")
    failure()
    assert seen == {
        "RateLimited": True,
        "ConfluenceUnavailable": True,
        "PageForbidden": False,
        "PageGone": False,
        "ReconnectRequired": False,
    }


def test_an_answer_over_5_MB_lies_at_a_url_and_is_never_an_empty_document(shelf: Shelf) -> None:
    shelf.write("<p>" + "Überlänge " * 600_000 + "</p>")
    body = invoke(shelf, document_id=shelf.document_id)
    assert set(body) == {"download_url", "expires_in", "bytes", "trust"}
    bucket = shelf.world.aws.settings.transient_bucket
    (handed,) = shelf.world.aws.s3.list_objects_v2(Bucket=bucket)["Contents"]
    stored = json.loads(shelf.world.aws.s3.get_object(Bucket=bucket, Key=handed["Key"])["Body"].read())
    assert stored["content"].startswith("Überlänge")
    assert handed["Size"] == body["bytes"]


def test_what_nobody_foresaw_is_raised_without_its_text(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(LINKED_SENTENCE)

    monkeypatch.setattr("confluence_connector.services.reading.fetch_linked.convert", broken)
    with pytest.raises(errors.ConnectorError) as raised:
        invoke(shelf, document_id=shelf.document_id)
    assert type(raised.value) is errors.ConnectorError
    assert LINKED_SENTENCE not in str(raised.value)
    assert raised.value.__cause__ is None
