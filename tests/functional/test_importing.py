"""Importing over HTTP: features, copies, links, edits (C1–C7, D1, D5, D6)."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from confluence_connector.domain.connections import Site
from confluence_connector.domain.identifiers import CloudId, MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from tests.atlassian import page_titled
from tests.aws import Fault
from tests.connecting import ANN, BOB, STRANGER, World
from tests.importing import BIG, PRD, TRD, Desk, by_role


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk.of(world)


# ── creating ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_is_stored_editable_and_knows_where_it_came_from(desk: Desk) -> None:
    feature = desk.create("copy")
    prd = by_role(feature)["prd"]
    assert feature["prd_document_id"] == prd["id"]
    assert (feature["name"], feature["folder"], feature["status"]) == ("Saved carts", "shop/carts", "draft")
    assert (prd["mode"], prd["editable"], prd["source_of_truth"], prd["label"]) == ("copy", True, "workspace", None)
    source = prd["source"]
    assert source["page_id"] == page_titled(desk.world.simulator, PRD)
    assert (source["provider"], source["space_key"], source["title"]) == ("confluence", "SHOP", PRD)
    assert source["site_url"] == "https://acme.atlassian.net"
    assert source["version"] >= 1
    assert prd["last_synced"] == "2026-11-22T09:00:00Z"
    assert len(desk.text(prd["id"])) > 100


def test_a_link_stores_the_reference_and_nothing_of_the_text(desk: Desk) -> None:
    desk.world.simulator.editor().edit(
        desk.page(PRD)["page_id"], desk.world.clock(), storage="<p>a sentence that must not be kept</p>"
    )
    prd = by_role(desk.create("link"))["prd"]
    assert prd["last_synced"] is None, "its text has not been fetched yet"
    assert (prd["mode"], prd["editable"], prd["source_of_truth"]) == ("link", False, "confluence")
    assert prd["label"] == "Source of truth: Confluence"
    assert prd["view_url"] == prd["source"]["url"]
    assert prd["connection_id"] == desk.connection_id
    assert "sentence that must not be kept" not in repr(desk.world.aws.items())
    assert desk.objects() == []


def test_a_document_can_override_the_mode(desk: Desk) -> None:
    feature = desk.create("link", prd=desk.page(PRD, "copy"), trd=desk.page(TRD))
    assert {role: document["mode"] for role, document in by_role(feature).items()} == {"prd": "copy", "trd": "link"}


def test_without_a_trd_page_the_trd_is_an_empty_editable_copy(desk: Desk) -> None:
    trd = by_role(desk.create("link"))["trd"]
    assert (trd["mode"], trd["editable"], trd["source"], trd["losses"]) == ("copy", True, None, [])
    assert (trd["source_of_truth"], trd["state"]) == ("workspace", "ok")
    assert desk.text(trd["id"]) == ""


def test_losses_of_each_conversion_come_as_data(desk: Desk) -> None:
    feature = desk.create("copy", prd=desk.page("All the macros"), trd=desk.page("All the elements"))
    assert {loss["role"] for loss in feature["losses"]} >= {"prd"}
    for loss in feature["losses"]:
        assert set(loss) == {"document_id", "role", "kind", "name", "count", "where"}
        assert loss["count"] >= 1
    assert desk.world.api.ok(ANN, "GET", f"/features/{feature['id']}")["losses"] == feature["losses"]


def test_the_same_page_twice_is_refused_and_asks_nobody(desk: Desk) -> None:
    other = desk.world.connect()["id"]
    desk.world.simulator.reset_requests()
    for trd in (desk.page(PRD), desk.page(PRD, "link"), desk.page(PRD, connection_id=other)):
        answer = desk.ask(desk.body(trd=trd))
        assert (answer.status, answer.code) == (422, "same_page_twice")
    assert desk.world.simulator.requests == []
    assert desk.items() == []


def test_equal_ids_on_two_sites_are_two_pages(world: World) -> None:
    acme = world.connect(account="ada", sites=[next(iter(world.simulator.sites))])
    desk = Desk(world, acme["id"])
    answer = desk.ask(desk.body(trd=desk.page(TRD)))
    assert answer.status == 201


def test_a_large_copy_lies_in_the_bucket_and_goes_with_its_feature(desk: Desk) -> None:
    desk.world.simulator.editor().edit(desk.page(PRD)["page_id"], desk.world.clock(), storage=f"<p>{BIG}</p>")
    feature = desk.create("copy")
    (name,) = desk.objects()
    assert name.startswith(f"copies/acme/{feature['prd_document_id']}/1-")
    assert len(desk.text(feature["prd_document_id"])) > 800_000
    assert desk.world.api.call(ANN, "DELETE", f"/features/{feature['id']}").status == 204
    assert desk.objects() == []
    assert [key for key in desk.items() if not key.startswith("CREATED#")] == []


def test_name_and_folder_are_checked_and_tidied(desk: Desk) -> None:
    assert desk.create(name="  Carts  ", folder=" /a / b/ ")["folder"] == "a/b"
    assert desk.create(folder="")["folder"] == ""
    for change in (
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 201},
        {"name": "two\nlines"},
        {"name": "hid\u200bden"},
        {"name": 7},
        {"folder": "a//b"},
        {"folder": "../up"},
        {"folder": "a/" * 9 + "b"},
        {"folder": None},
        {"default_mode": "move"},
        {"default_mode": None},
        {"workspace": "globex"},
        {"prd": None},
        {"prd": {}},
        {"prd": desk.page(PRD) | {"page_id": "12a"}},
        {"prd": desk.page(PRD) | {"page_id": 12}},
        {"prd": desk.page(PRD) | {"connection_id": "con_#"}},
        {"prd": desk.page(PRD) | {"owner": "me"}},
        {"trd": []},
    ):
        answer = desk.ask(desk.body() | change)
        assert (answer.status, answer.code) == (422, "validation_failed"), change


def test_a_page_or_connection_that_is_not_there_is_told(desk: Desk) -> None:
    trashed = desk.page("Draft of a bad idea")
    for prd, status, code in (
        (desk.page(PRD) | {"page_id": "4242"}, 404, "page_not_found"),
        (trashed, 404, "page_not_found"),
        (desk.page(PRD) | {"connection_id": "con_" + "0" * 36}, 404, "not_found"),
    ):
        for mode in ("copy", "link"):
            answer = desk.ask(desk.body(mode, prd=prd))
            assert (answer.status, answer.code) == (status, code)
    assert desk.items() == []


def test_another_members_connection_cannot_be_imported_with(desk: Desk) -> None:
    assert desk.ask(desk.body(), person=BOB).status == 404
    assert desk.ask(desk.body(), person=STRANGER).status == 404
    assert desk.items() == []


def test_an_archived_page_imports_with_its_marker(desk: Desk) -> None:
    feature = desk.create("link", prd=desk.page("Style guide of 2019"))
    assert by_role(feature)["prd"]["state"] == "source_archived"


# ── all or nothing ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", ["copy", "link"])
def test_nothing_is_left_when_the_second_page_fails(desk: Desk, mode: str) -> None:
    desk.world.simulator.editor().edit(desk.page(PRD)["page_id"], desk.world.clock(), storage=f"<p>{BIG}</p>")
    missing = desk.page(TRD) | {"page_id": "4242"}
    assert desk.ask(desk.body(mode, trd=missing)).status == 404
    assert (desk.items(), desk.objects()) == ([], [])


def test_nothing_is_left_when_the_transaction_is_refused(desk: Desk) -> None:
    desk.world.simulator.editor().edit(desk.page(PRD)["page_id"], desk.world.clock(), storage=f"<p>{BIG}</p>")
    for code, status in (
        ("TransactionCanceledException", 503),
        ("ThrottlingException", 503),
        ("AccessDeniedException", 503),
    ):
        desk.world.aws.fail("dynamodb", "TransactWriteItems", code, times=1)
        answer = desk.ask(desk.body(), key="again")
        assert answer.status == status
        assert (desk.items(), desk.objects()) == ([], [])
    assert desk.ask(desk.body(), key="again").status == 201


def test_a_text_that_may_be_in_use_is_not_taken_back(desk: Desk) -> None:
    """The transaction happened and its answer never came: the repeat finds the feature, with its text."""
    desk.world.simulator.editor().edit(desk.page(PRD)["page_id"], desk.world.clock(), storage=f"<p>{BIG}</p>")

    def lost(call: Any) -> Any:
        call()
        raise ReadTimeoutError(endpoint_url="dynamodb")

    def throttled(call: Any) -> Any:
        call()
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems")

    for number, (happen, status) in enumerate(((lost, 503), (throttled, 201))):
        desk.world.aws.faults.append(Fault("dynamodb", "TransactWriteItems", 1, happen))
        assert desk.ask(desk.body(), key=f"k-{number}").status == status
        again = desk.ask(desk.body(), key=f"k-{number}")
        assert again.status == 201
        assert len(desk.text(again.json()["prd_document_id"])) > 800_000
    assert len(desk.objects()) == 2


def test_nothing_is_left_when_the_second_text_cannot_be_stored(desk: Desk) -> None:
    for title in (PRD, TRD):
        desk.world.simulator.editor().edit(desk.page(title)["page_id"], desk.world.clock(), storage=f"<p>{BIG}</p>")
    desk.world.aws.before("s3", "PutObject", lambda: desk.world.aws.fail("s3", "PutObject", "SlowDown", times=1))
    answer = desk.ask(desk.body(trd=desk.page(TRD)))
    assert (answer.status, answer.code) == (503, "service_unavailable")
    assert (desk.items(), desk.objects()) == ([], [])


# ── features and folders ────────────────────────────────────────────────────────────────────────────────────────────


def test_features_are_listed_renamed_moved_and_deleted(desk: Desk) -> None:
    made = []
    for number, folder in enumerate(("b", "a/x", "")):
        made.append(desk.create(name=f"Feature {number}", folder=folder))
        desk.world.clock.move(seconds=1)
    page = desk.world.api.ok(BOB, "GET", "/features", query={"limit": "2"})
    assert [row["name"] for row in page["items"]] == ["Feature 0", "Feature 1"]
    rest = desk.world.api.ok(BOB, "GET", "/features", query={"limit": "2", "cursor": page["next"]})
    assert ([row["name"] for row in rest["items"]], rest["next"]) == (["Feature 2"], None)
    folders = desk.world.api.ok(BOB, "GET", "/folders")["items"]
    assert folders == [{"path": "", "features": 1}, {"path": "a/x", "features": 1}, {"path": "b", "features": 1}]
    path = f"/features/{made[0]['id']}"
    changed = desk.world.api.ok(BOB, "PATCH", path, {"folder": "a/x"})
    assert (changed["name"], changed["folder"]) == ("Feature 0", "a/x")
    assert desk.world.api.ok(BOB, "PATCH", path, {"name": "New"})["folder"] == "a/x"
    for nothing in ({}, {"name": None}, {"status": "done"}, {"name": ""}):
        assert desk.world.api.call(BOB, "PATCH", path, json_body=nothing).status == 422
    assert desk.world.api.call(BOB, "DELETE", path).status == 204
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert desk.world.api.call(BOB, method, path, json_body=body).status == 404
    for document in made[0]["documents"]:
        assert desk.world.api.call(BOB, "GET", f"/documents/{document['id']}").status == 404


def test_folders_are_given_page_by_page(desk: Desk) -> None:
    for folder in ("", "a", "b"):
        desk.create(folder=folder)
    first = desk.world.api.ok(ANN, "GET", "/folders", query={"limit": "1"})
    second = desk.world.api.ok(ANN, "GET", "/folders", query={"limit": "2", "cursor": first["next"]})
    assert [each["path"] for each in (*first["items"], *second["items"])] == ["", "a", "b"]
    assert second["next"] is None


def test_a_removal_that_was_cut_short_is_finished_by_repeating_it(desk: Desk) -> None:
    desk.world.simulator.editor().edit(desk.page(PRD)["page_id"], desk.world.clock(), storage=f"<p>{BIG}</p>")
    feature = desk.create("copy")
    path = f"/features/{feature['id']}"
    desk.world.aws.fail("dynamodb", "TransactWriteItems", "ThrottlingException", times=1)
    assert desk.world.api.call(ANN, "DELETE", path).status == 503
    assert len(desk.text(feature["prd_document_id"])) > 800_000  # nothing happened
    desk.world.aws.fail("s3", "DeleteObject", "SlowDown", times=1)
    assert desk.world.api.call(ANN, "DELETE", path).status == 503
    assert desk.world.api.call(ANN, "GET", path).status == 404  # gone for readers, with one object left
    assert len(desk.objects()) == 1
    assert desk.world.api.call(ANN, "DELETE", path).status == 204
    assert desk.objects() == []
    assert desk.world.api.call(ANN, "DELETE", path).status == 404
    assert not [item for item in desk.world.aws.items() if item["sk"]["S"].startswith("REMOVED#")]


def test_an_edit_in_the_middle_of_a_removal_leaves_no_object_behind(desk: Desk) -> None:
    feature = desk.create("copy")
    bob = Principal(MemberId("bob"), WorkspaceId("acme"), frozenset(), frozenset())
    edited = feature["prd_document_id"]
    desk.world.aws.before(
        "dynamodb",
        "TransactWriteItems",
        lambda: desk.world.runtime.importing.editor.edit(bob, edited, BIG, '"1"') and None,
    )
    assert desk.world.api.call(ANN, "DELETE", f"/features/{feature['id']}").status == 503
    assert desk.world.api.call(ANN, "DELETE", f"/features/{feature['id']}").status == 204
    assert desk.objects() == []


# ── documents ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_says_when_its_connection_is_lost_and_when_it_is_back(desk: Desk) -> None:
    feature = desk.create("link", trd=desk.page(TRD, "copy"))
    path = {role: f"/documents/{document['id']}" for role, document in by_role(feature).items()}
    assert desk.world.api.ok(BOB, "GET", path["prd"])["state"] == "ok"
    desk.world.api.ok(ANN, "DELETE", f"/connections/{desk.connection_id}")
    assert desk.world.api.ok(BOB, "GET", path["prd"])["state"] == "connection_lost"
    assert desk.world.api.ok(BOB, "GET", path["trd"])["state"] == "ok"  # a copy needs no connection


def test_a_link_says_when_its_connection_belongs_to_another_site(desk: Desk) -> None:
    document_id = desk.create("link")["prd_document_id"]
    connection = desk.world.stored(desk.connection_id)
    assert connection
    elsewhere = Site(CloudId("another-cloud"), "globex", "https://globex.atlassian.net")
    desk.world.runtime.connections.save(replace(connection, site=elsewhere))
    assert desk.world.api.ok(ANN, "GET", f"/documents/{document_id}")["state"] == "other_site"


def test_nobody_of_another_workspace_sees_anything(desk: Desk) -> None:
    feature = desk.create("copy")
    document = f"/documents/{feature['prd_document_id']}"
    for method, path, body in (
        ("GET", f"/features/{feature['id']}", None),
        ("PATCH", f"/features/{feature['id']}", {"name": "x"}),
        ("DELETE", f"/features/{feature['id']}", None),
        ("GET", document, None),
        ("PUT", f"{document}/content", {"markdown": "x"}),
    ):
        answer = desk.world.api.call(STRANGER, method, path, json_body=body, headers={"if-match": '"1"'})
        assert (answer.status, answer.code) == (404, "not_found")
    assert desk.world.api.ok(STRANGER, "GET", "/features") == {"items": [], "next": None}
    assert desk.world.api.ok(STRANGER, "GET", "/folders") == {"items": [], "next": None}
    assert desk.text(feature["prd_document_id"]) != "x"
