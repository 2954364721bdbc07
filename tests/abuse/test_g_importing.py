"""G6, G7, G10, G11 for finding and importing: cursors, ids and bodies that were made up."""

import base64
import itertools
from typing import Any

import pytest

from tests.connecting import ADMIN, ANN, STRANGER, World
from tests.importing import Desk


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world, world.connect(ADMIN, owner="workspace")["id"])


def lists(desk: Desk) -> list[tuple[str, dict[str, str]]]:
    here = f"/connections/{desk.connection_id}"
    home = desk.page("Web shop")["page_id"]
    return [
        ("/features", {}),
        ("/folders", {}),
        (f"{here}/spaces", {}),
        (f"{here}/spaces", {"q": "e"}),
        (f"{here}/spaces/SHOP/pages", {}),
        (f"{here}/spaces/SHOP/pages", {"title": "carts"}),
        (f"{here}/spaces/ENG/pages", {}),
        (f"{here}/pages/{home}/children", {}),
    ]


def cursors(desk: Desk) -> dict[tuple[str, str], str]:
    """A true cursor of every list."""
    found = {}
    for path, query in lists(desk):
        answer = desk.world.api.ok(ANN, "GET", path, query=query | {"limit": "1"})
        assert answer["next"], path
        found[path, repr(query)] = answer["next"]
    return found


def test_G6_a_cursor_serves_its_own_list_of_its_own_workspace_only(desk: Desk) -> None:
    for name, folder in (("A", "a"), ("B", "b")):
        desk.create(name=name, folder=folder)
    true = cursors(desk)
    for (path, query), (mine, cursor) in itertools.product(lists(desk), true.items()):
        answer = desk.world.api.call(ANN, "GET", path, query=query | {"limit": "1", "cursor": cursor})
        if (path, repr(query)) == mine:
            assert answer.status == 200
        else:
            assert (answer.status, answer.code) == (400, "invalid_request")
    for path in ("/features", "/folders"):
        query = {"cursor": true[path, "{}"]}
        assert desk.world.api.call(STRANGER, "GET", path, query=query).status == 400


def test_G6_an_edited_or_made_up_cursor_is_refused(desk: Desk) -> None:
    for name, folder in (("A", "a"), ("B", "b")):
        desk.create(name=name, folder=folder)
    true = desk.world.api.ok(ANN, "GET", "/features", query={"limit": "1"})["next"]
    raw = base64.urlsafe_b64decode(true + "=" * (-len(true) % 4))
    made_up = [
        true[:-1],
        true[1:],
        true.swapcase(),
        true + "AAAA",
        base64.urlsafe_b64encode(raw[:16] + b"ftr_" + b"0" * 36).decode(),
        base64.urlsafe_b64encode(bytes(16) + raw[16:]).decode(),
        base64.urlsafe_b64encode(raw[16:]).decode(),
        "ftr_" + "0" * 36,
        "0:x",
        "!!!",
        "",
        "é",
    ]
    for cursor in made_up:
        answer = desk.world.api.call(ANN, "GET", "/features", query={"cursor": cursor})
        assert (answer.status, answer.code) == (400, "invalid_request"), cursor


IDS = [
    "x",
    "ftr_",
    "ftr_#",
    "doc_" + "0" * 35,
    "DOC_" + "0" * 36,
    "ftr_" + "w" * 36,
    "con_" + "0" * 36 + "#",
    "a|b",
    "a\nb",
    "../x",
    "%2e%2e",
    "é",
    "f" * 199,
    "WS#globex",
    "FEATURE#x",
]


def test_G7_ids_that_are_none_of_ours_are_not_looked_up(desk: Desk) -> None:
    desk.world.aws.calls.clear()
    for identifier in IDS:
        path = identifier.replace("\n", "%0A").replace("#", "%23").replace("/", "%2F")
        calls: list[tuple[str, str, Any]] = [
            ("GET", f"/features/{path}", None),
            ("PATCH", f"/features/{path}", {"name": "x"}),
            ("DELETE", f"/features/{path}", None),
            ("GET", f"/documents/{path}", None),
            ("PUT", f"/documents/{path}/content", {"markdown": "x"}),
            ("GET", f"/connections/{path}/spaces", None),
            ("POST", f"/connections/{path}/resolve", {"url": "https://acme.atlassian.net/wiki/spaces/X"}),
        ]
        for method, url, body in calls:
            answer = desk.world.api.call(ANN, method, url, json_body=body, headers={"if-match": '"1"'})
            assert answer.status == 404, (method, url)
    assert desk.world.aws.calls == []


def test_G10_members_that_are_not_ours_to_set_are_refused(desk: Desk) -> None:
    feature = desk.create()
    document = f"/documents/{feature['prd_document_id']}/content"
    for extra in ("workspace", "tenant_id", "id", "status", "created_by", "revision", "source"):
        assert desk.ask(desk.body() | {extra: "x"}).status == 422
        path = f"/features/{feature['id']}"
        assert desk.world.api.call(ANN, "PATCH", path, json_body={"name": "n", extra: "x"}).status == 422
        body = {"markdown": "x", extra: "x"}
        assert desk.world.api.call(ANN, "PUT", document, json_body=body, headers={"if-match": '"1"'}).status == 422
    assert len(desk.world.api.ok(ANN, "GET", "/features")["items"]) == 1
    assert desk.text(feature["prd_document_id"]) != "x"


def test_G11_ids_of_features_and_documents_cannot_be_guessed(desk: Desk) -> None:
    made = [desk.create() for _ in range(3)]
    every = [each["id"] for each in made] + [document["id"] for each in made for document in each["documents"]]
    assert len({identifier[14:] for identifier in every}) == len(every)  # behind the milliseconds: 128 random bits
    assert all(len(identifier) == 40 for identifier in every)
