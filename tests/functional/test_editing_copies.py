"""Editing copies over HTTP, under their ETag; links are edited in Confluence (C5, D5)."""

from typing import Any

import pytest

from confluence_connector.domain.identifiers import MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from tests.atlassian import page_titled
from tests.connecting import ANN, BOB, World
from tests.importing import BIG, PRD, Desk, by_role


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk.of(world)


def edit(desk: Desk, document_id: str, markdown: Any, if_match: str | None, person: Any = ANN) -> Any:
    headers = {"if-match": if_match} if if_match is not None else None
    body = {"markdown": markdown}
    return desk.world.api.call(person, "PUT", f"/documents/{document_id}/content", json_body=body, headers=headers)


def test_a_copy_is_edited_under_its_etag(desk: Desk) -> None:
    document_id = desk.create("copy")["prd_document_id"]
    got = desk.world.api.call(ANN, "GET", f"/documents/{document_id}")
    assert got.headers["etag"] == '"1"'
    first = edit(desk, document_id, "# Mine\n", got.headers["etag"])
    assert (first.status, first.headers["etag"]) == (200, '"2"')
    assert desk.text(document_id) == "# Mine\n"
    stale = edit(desk, document_id, "# Theirs\n", '"1"')
    assert (stale.status, stale.code) == (412, "precondition_failed")
    assert desk.text(document_id) == "# Mine\n"
    assert edit(desk, document_id, "# Bob's\n", '"7", "2"', BOB).status == 200
    assert first.json()["source"]["page_id"] == page_titled(desk.world.simulator, PRD)


def test_an_edit_names_the_version_it_was_made_from(desk: Desk) -> None:
    document_id = desk.create("copy")["prd_document_id"]
    for if_match in (None, "*"):
        answer = edit(desk, document_id, "x", if_match)
        assert (answer.status, answer.code) == (428, "precondition_required")
    for if_match in ('W/"1"', "1", '"1-html"', '"01"', '"', "", '"2"'):
        assert edit(desk, document_id, "x", if_match).status == 412, if_match


def test_a_link_is_read_only_and_says_where_to_edit(desk: Desk) -> None:
    prd = by_role(desk.create("link"))["prd"]
    for if_match in ('"1"', None):
        answer = edit(desk, prd["id"], "x", if_match)
        assert (answer.status, answer.code) == (409, "linked_read_only")
        assert answer.json()["view_url"] == prd["source"]["url"]
        assert "edit it in confluence" in answer.json()["remedy"].lower()


def test_edits_are_checked(desk: Desk) -> None:
    document_id = desk.create("copy")["prd_document_id"]
    for markdown in (None, 7, ["x"], "nul\x00", "bell\x07", "\x7f"):
        assert edit(desk, document_id, markdown, '"1"').status == 422
    answer = edit(desk, document_id, "x" * 5_000_001, '"1"')
    assert (answer.status, answer.code) == (413, "too_large")
    assert edit(desk, document_id, "tabs\tand\r\nlines 🗻", '"1"').status == 200


def test_a_copy_moves_between_item_and_bucket_as_it_grows_and_shrinks(desk: Desk) -> None:
    document_id = desk.create("copy")["prd_document_id"]
    assert edit(desk, document_id, BIG, '"1"').status == 200
    assert len(desk.objects()) == 1
    assert desk.text(document_id) == BIG
    assert edit(desk, document_id, BIG + "!", '"2"').status == 200
    assert len(desk.objects()) == 1
    assert edit(desk, document_id, "small", '"3"').status == 200
    assert (desk.objects(), desk.text(document_id)) == ([], "small")


def test_two_editors_at_once_one_wins_and_the_others_text_is_taken_back(desk: Desk) -> None:
    document_id = desk.create("copy")["prd_document_id"]

    bob = Principal(MemberId("bob"), WorkspaceId("acme"), frozenset(), frozenset())

    def somebody_else() -> None:
        desk.world.runtime.importing.editor.edit(bob, document_id, BIG + "theirs", '"1"')

    desk.world.aws.before("dynamodb", "UpdateItem", somebody_else)
    assert edit(desk, document_id, BIG + "mine", '"1"').status == 412
    assert desk.text(document_id).endswith("theirs")
    assert len(desk.objects()) == 1


def test_an_edit_whose_answer_was_lost_counts(desk: Desk) -> None:
    document_id = desk.create("copy")["prd_document_id"]
    for revision, markdown in (('"1"', "small"), ('"2"', BIG)):
        desk.world.aws.lose_answer("dynamodb", "UpdateItem")
        assert edit(desk, document_id, markdown, revision).status == 200
        assert desk.text(document_id) == markdown
