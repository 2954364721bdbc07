"""Every failure of a linked read is a specific error that begins "Could not fetch linked source" (D8)."""

from typing import Any

import pytest

from confluence_connector.domain.identifiers import ConnectionId, DocumentId
from local.simulator.accounts import ACME, GLOBEX
from tests.canary import LINKED_SENTENCE
from tests.connecting import ADMIN, ANN, BOB, World
from tests.http import Answer
from tests.shelf import LINKED, PAGE_READS, Shelf


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf.of(world)


def assert_linked(answer: Answer, status: int, code: str) -> Any:
    body = answer.json()
    assert (answer.status, body["code"]) == (status, code), answer.text
    assert body["detail"].startswith(LINKED)
    assert body["remedy"]
    assert "content" not in body
    assert LINKED_SENTENCE not in answer.text
    return body


@pytest.mark.parametrize("gone", ["trash", "purge", "restrict"])
def test_a_page_that_is_deleted_trashed_or_hidden_is_gone(shelf: Shelf, gone: str) -> None:
    shelf.read()
    editor = shelf.world.simulator.editor(ACME)
    if gone == "restrict":
        editor.restrict(shelf.page_id, ["somebody-else"])
    else:
        editor.trash(shelf.page_id)
    if gone == "purge":
        editor.purge(shelf.page_id)
    shelf.world.clock.move(seconds=600)
    assert_linked(shelf.read(), 410, "page_gone")
    assert_linked(shelf.refresh(), 410, "page_gone")
    assert shelf.show()["source"]["page_id"] == shelf.page_id, "the reference stays"


def test_a_page_that_was_restored_reads_again(shelf: Shelf) -> None:
    editor = shelf.world.simulator.editor(ACME)
    editor.trash(shelf.page_id)
    assert_linked(shelf.read(), 410, "page_gone")
    editor.restore(shelf.page_id)
    shelf.world.clock.move(seconds=1)
    assert LINKED_SENTENCE in shelf.read().json()["content"]


def test_an_archived_page_is_readable_and_says_so(shelf: Shelf) -> None:
    shelf.world.simulator.editor(ACME).archive(shelf.page_id)
    shelf.world.clock.move(seconds=1)
    live, cached = shelf.read().json(), shelf.read().json()
    assert (live["state"], cached["state"]) == ("source_archived", "source_archived")
    assert LINKED_SENTENCE in cached["content"]
    assert shelf.show()["state"] == "source_archived"


UPSTREAM: list[tuple[dict[str, Any], int, str]] = [
    ({"status": 403, "body": {"message": "Current user not permitted to use Confluence"}}, 403, "page_forbidden"),
    ({"status": 429, "headers": {"retry-after": "1800"}}, 429, "rate_limited"),
    ({"status": 500}, 503, "confluence_unavailable"),
    ({"status": 503, "headers": {"retry-after": "900"}}, 503, "confluence_unavailable"),
    ({"status": 504}, 503, "confluence_unavailable"),
    ({"reset": "before"}, 503, "confluence_unavailable"),
    ({"status": 200, "body": "<html>Log in</html>"}, 502, "upstream_protocol_error"),
    ({"status": 200, "body": {"id": "1"}}, 502, "upstream_protocol_error"),
]


@pytest.mark.parametrize(
    ("fault", "status", "code"), UPSTREAM, ids=[f"{code}-{n}" for n, (*_, code) in enumerate(UPSTREAM)]
)
def test_what_confluence_says_is_told_apart_and_an_expired_text_never_stands_in(
    shelf: Shelf, fault: dict[str, Any], status: int, code: str
) -> None:
    shelf.read()
    shelf.world.clock.move(seconds=600)
    shelf.world.simulator.script(PAGE_READS, times=None, **fault)
    body = assert_linked(shelf.read(), status, code)
    assert (body.get("retry_after", 0) > 0) is (code != "page_forbidden"), "when to come again"
    shelf.world.simulator.clear_scripts()
    shelf.world.clock.move(seconds=1)
    assert shelf.read().json()["freshness"] == "live"


def test_rate_limits_carry_the_wait_that_atlassian_asked_for(shelf: Shelf) -> None:
    shelf.world.simulator.script(PAGE_READS, times=None, status=429, headers={"retry-after": "1800"})
    answer = shelf.read()
    assert answer.json()["retry_after"] == 1800
    assert answer.headers["retry-after"] == "1800"


def test_while_confluence_is_down_what_is_young_enough_is_served(shelf: Shelf) -> None:
    shelf.read()
    shelf.world.simulator.script("*", times=None, status=503)
    shelf.world.clock.move(seconds=599)
    assert shelf.read().json()["freshness"] == "cached"
    assert_linked(shelf.read(max_age=0), 503, "confluence_unavailable")


def test_a_disconnected_link_says_reconnect_and_comes_back_with_it(shelf: Shelf) -> None:
    shelf.read()
    world = shelf.world
    world.api.ok(ANN, "DELETE", f"/connections/{shelf.connection['id']}")
    assert_linked(shelf.read(BOB), 409, "reconnect_required")
    assert_linked(shelf.refresh(BOB), 409, "reconnect_required")
    assert shelf.show()["state"] == "connection_lost"
    page = world.consented(world.reconnect(ANN, shelf.connection["id"]), "grace")
    assert world.confirm(ANN, page).status == 200
    body = shelf.read(BOB).json()
    assert (body["freshness"], LINKED_SENTENCE in body["content"]) == ("live", True)


def test_a_member_who_left_takes_their_links_along(shelf: Shelf) -> None:
    shelf.read()
    shelf.world.api.ok(ADMIN, "DELETE", "/members/ann")
    shelf.world.simulator.reset_requests()
    assert_linked(shelf.read(BOB), 409, "reconnect_required")
    assert shelf.world.simulator.requests == []


def test_a_connection_that_does_not_exist_any_more_is_not_found(shelf: Shelf) -> None:
    settings, dynamodb = shelf.world.aws.settings, shelf.world.aws.dynamodb
    shelf.read()
    from confluence_connector.adapters.dynamodb import cached_items, keys
    from tests.reading import ACME as WORKSPACE

    key = cached_items.at(keys.connection(WORKSPACE, ConnectionId(shelf.connection["id"])))
    dynamodb.delete_item(TableName=settings.state_table, Key=key)
    assert_linked(shelf.read(), 404, "connection_not_found")
    assert_linked(shelf.refresh(), 404, "connection_not_found")


def test_a_connection_that_moved_to_another_site_does_not_read_a_page_of_the_same_id(world: World) -> None:
    shelf = Shelf.of(world, account="alice", sites=[ACME])
    shelf.read()
    world.simulator.revoke("alice")  # else her grant still has both sites, and a connection keeps its own
    page = world.consented(world.reconnect(ANN, shelf.connection["id"]), "alice", sites=[GLOBEX])
    assert world.confirm(ANN, page, accept_change=True).status == 200
    world.simulator.reset_requests()
    assert_linked(shelf.read(), 409, "site_changed")
    assert_linked(shelf.refresh(), 409, "site_changed")
    assert world.simulator.by_endpoint[PAGE_READS] == 0
    assert shelf.show()["state"] == "other_site"


def test_a_table_that_does_not_answer_is_our_own_503(shelf: Shelf) -> None:
    shelf.world.aws.fail("dynamodb", "BatchGetItem", "ThrottlingException")
    answer = shelf.read()
    assert (answer.status, answer.code) == (503, "service_unavailable")
    assert answer.headers["retry-after"]


def test_a_document_that_is_removed_reads_404(shelf: Shelf) -> None:
    shelf.read()
    answer = shelf.world.api.call(ANN, "DELETE", f"/features/{shelf.feature_id}")
    assert answer.status == 204
    assert shelf.read().code == "not_found"
    assert shelf.refresh().code == "not_found"
    assert shelf.world.runtime.documents.get(_workspace(), DocumentId(shelf.document_id)) is None, "nor is it back"


def _workspace() -> Any:
    return "acme"
