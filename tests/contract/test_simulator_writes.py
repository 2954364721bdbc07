"""Pages and blog posts written through the simulator: as documented, with the refusals that were measured."""

from typing import Any

import httpx
import pytest

from local.simulator.accounts import ACCOUNTS
from tests.conftest import MovableClock
from tests.contract.simulator_caller import WRITING, Caller, new_caller

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent(WRITING)


def other(caller: Caller, account: str) -> Caller:
    return Caller(caller.clock, caller.simulator, account).consent(WRITING)


def stored(value: str) -> dict[str, str]:
    return {"representation": "storage", "value": value}


def create(caller: Caller, title: str, value: str = "<p>x</p>", /, **more: Any) -> httpx.Response:
    body = {"spaceId": caller.space_id("SHOP"), "title": title, "body": stored(value)} | more
    return caller.send("POST", f"{V2}/pages", body)


def changed(page: dict[str, Any], value: str = "<p>y</p>", **more: Any) -> dict[str, Any]:
    number = page["version"]["number"] + 1
    whole = {"id": page["id"], "status": "current", "title": page["title"], "body": stored(value)}
    return whole | {"version": {"number": number, "message": "Said why"}} | more


def update(caller: Caller, page: dict[str, Any], *args: Any, **more: Any) -> httpx.Response:
    return caller.send("PUT", f"{V2}/pages/{page['id']}", changed(page, *args, **more))


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert len(answer.json()["errors"]) == 1
    return answer.status_code, answer.json()["errors"][0]["title"]


def storage(caller: Caller, page_id: str) -> str:
    return str(caller.get(f"{V2}/pages/{page_id}", body_format="storage").json()["body"]["storage"]["value"])


def test_a_new_page_is_200_and_below_the_homepage(caller: Caller) -> None:
    answer = create(caller, "PRD: Wish lists")
    made = answer.json()
    home = caller.get(f"{V2}/spaces/{made['spaceId']}").json()["homepageId"]
    assert (answer.status_code, made["status"], made["parentId"], made["version"]["number"]) == (
        200,
        "current",
        home,
        1,
    )
    assert made["authorId"] == ACCOUNTS["alice"].account_id
    assert caller.page("PRD: Wish lists")["id"] == made["id"]
    assert made["id"] in [row["id"] for row in caller.walk(f"{V2}/pages/{home}/direct-children", limit=250)]
    assert caller.violations() == []


def test_a_place_of_ones_own_or_the_root(caller: Caller) -> None:
    parent = caller.page("Decisions")["id"]
    assert create(caller, "A", parentId=parent).json()["parentId"] == parent
    body = {"spaceId": caller.space_id("SHOP"), "title": "B", "body": stored("")}
    assert caller.send("POST", f"{V2}/pages", body, root_level="true").json()["parentId"] is None
    both = caller.send("POST", f"{V2}/pages", body | {"title": "C", "parentId": parent}, root_level="true")
    assert both.status_code == 400
    elsewhere = caller.page("Runbooks")["id"]
    assert create(caller, "D", parentId=elsewhere).status_code == 400
    assert create(caller, "E", parentId="1").status_code == 404


def test_a_title_is_there_once_in_a_space(caller: Caller) -> None:
    title = caller.page("PRD: Gift cards")["title"]
    expected = (400, "A page with this title already exists: prd: GIFT cards")
    assert refusal(create(caller, "prd: GIFT cards")) == expected
    editor, page = caller.simulator.editor(), caller.page(title)
    editor.archive(page["id"])
    assert refusal(create(caller, "prd: GIFT cards")) == expected, "archived pages count"
    engineering = caller.space_id("ENG")
    assert create(caller, "Past incidents", spaceId=engineering).status_code == 200, "folders do not"
    editor.trash(page["id"])
    assert create(caller, title).status_code == 200
    decisions = caller.page("Decisions")
    assert update(caller, decisions, title=title).status_code == 400
    renamed = caller.send("PUT", f"{V2}/pages/{decisions['id']}/title", {"status": "current", "title": title})
    assert renamed.status_code == 400


@pytest.mark.parametrize(
    "more",
    [
        {"title": ""},
        {"title": "x" * 256},
        {"title": 7},
        {"spaceId": 7},
        {"status": "archived"},
        {"body": {"representation": "markdown", "value": "x"}},
        {"body": {"storage": stored(""), "wiki": stored("")}},
        {"body": {"representation": "atlas_doc_format", "value": "{}"}},
        {"body": {"representation": "atlas_doc_format", "value": "not json"}},
    ],
)
def test_bodies_that_do_not_fit(caller: Caller, more: dict[str, Any]) -> None:
    assert create(caller, "New", **more).status_code == 400


def test_members_nobody_documented_are_bad_manners(caller: Caller) -> None:
    assert create(caller, "New", labels=["a"]).status_code == 400
    assert caller.violations() == ["undocumented_member"]


def test_wiki_markup_is_not_simulated_and_other_bodies_are(caller: Caller) -> None:
    assert create(caller, "Wiki", body={"representation": "wiki", "value": "h1. x"}).status_code == 501
    document = '{"version": 1, "type": "doc", "content": []}'
    made = create(caller, "ADF", body={"atlas_doc_format": {"representation": "atlas_doc_format", "value": document}})
    page = f"{V2}/pages/{made.json()['id']}"
    assert caller.get(page, body_format="atlas_doc_format").json()["body"]["atlas_doc_format"]["value"] == document
    assert caller.get(page, body_format="storage").json()["body"] == {}


def test_more_than_five_megabytes_are_too_much(caller: Caller) -> None:
    assert create(caller, "Long", "<p>" + "x" * 5 * 1024 * 1024 + "</p>").status_code == 413
    assert create(caller, "Long", "<p>" + "x" * 5 * 1000 * 1000 + "</p>").status_code == 200


def test_an_update_says_the_next_version(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")
    caller.clock.move(seconds=60)
    grace = other(caller, "grace")
    assert page["authorId"] != ACCOUNTS["grace"].account_id
    answer = update(grace, page)
    assert answer.status_code == 200
    version = answer.json()["version"]
    assert (version["number"], version["message"], version["authorId"]) == (2, "Said why", ACCOUNTS["grace"].account_id)
    assert "y" in storage(caller, page["id"])
    stale = update(caller, page)
    assert stale.json() == {
        "errors": [
            {
                "status": 409,
                "code": "CONFLICT",
                "title": "Version must be incremented when updating a page. Current Version: [2]. "
                "Provided version: [2]",
                "detail": None,
            }
        ]
    }
    assert caller.get(f"{V2}/pages/{page['id']}").json()["version"]["number"] == 2
    assert update(caller, page, version={"number": 4}).status_code == 409


def test_an_update_needs_all_its_members_and_the_right_page(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")
    for member in ("id", "status", "title", "body", "version"):
        whole = changed(page)
        del whole[member]
        assert caller.send("PUT", f"{V2}/pages/{page['id']}", whole).status_code == 400, member
    assert update(caller, page, id="1").status_code == 400
    assert update(caller, page, spaceId=caller.space_id("ENG")).status_code == 400
    assert caller.send("PUT", f"{V2}/pages/1", changed(page, id="1")).status_code == 404
    assert caller.get(f"{V2}/pages/{page['id']}").json()["version"]["number"] == 1


def test_an_update_may_move_within_the_space_but_not_below_itself(caller: Caller) -> None:
    page, target = caller.page("PRD: Gift cards"), caller.page("Decisions")
    assert update(caller, page, parentId=target["id"]).json()["parentId"] == target["id"]
    below = update(caller, target, parentId=page["id"])
    assert below.status_code == 400
    assert caller.get(f"{V2}/pages/{target['id']}").json()["version"]["number"] == 1, "refused as a whole"


def test_a_rename_is_a_version(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")
    path = f"{V2}/pages/{page['id']}/title"
    renamed = caller.send("PUT", path, {"status": "current", "title": "PRD: Vouchers"}).json()
    assert (renamed["title"], renamed["version"]["number"]) == ("PRD: Vouchers", 2)
    assert caller.send("PUT", path, {"status": "draft", "title": "X"}).status_code == 400
    assert caller.send("PUT", path, {"title": "X"}).status_code == 400


def test_deletion_goes_to_the_trash_and_from_there_for_ever(caller: Caller) -> None:
    page = f"{V2}/pages/{caller.page('PRD: Gift cards')['id']}"
    assert caller.send("DELETE", page, purge="true").status_code == 400, "only from the trash"
    assert caller.send("DELETE", page, draft="true").status_code == 400
    gone = caller.send("DELETE", page)
    assert (gone.status_code, gone.content) == (204, b"")
    assert caller.get(page).json()["status"] == "trashed"
    assert caller.send("DELETE", page).status_code == 404
    assert caller.send("DELETE", page, purge="true").status_code == 204
    assert caller.get(page).status_code == 404


def test_an_update_takes_out_of_the_trash_and_changes_nothing_else(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")
    before = storage(caller, page["id"])
    caller.send("DELETE", f"{V2}/pages/{page['id']}")
    back = update(caller, page, title="Other").json()
    assert (back["status"], back["title"], back["version"]["number"]) == ("current", page["title"], 1)
    assert storage(caller, page["id"]) == before


def test_a_draft_is_its_authors_until_it_is_published(caller: Caller) -> None:
    made = create(caller, "Half an idea", status="draft").json()
    page, ada = f"{V2}/pages/{made['id']}", other(caller, "ada")
    assert made["status"] == "draft"
    assert caller.get(page).status_code == 404
    assert caller.get(page, get_draft="true").json()["status"] == "draft"
    assert ada.get(page, get_draft="true").status_code == 404
    assert made["id"] not in [row["id"] for row in caller.walk(f"{V2}/pages", limit=250)]
    assert caller.send("DELETE", page).status_code == 400
    assert caller.send("PUT", page, changed(made)).status_code == 400, "a draft's version is 1"
    published = caller.send("PUT", page, changed(made, version={"number": 1})).json()
    assert (published["status"], published["version"]["number"]) == ("current", 1)
    assert ada.get(page).status_code == 200
    assert caller.get(page, get_draft="true").status_code == 501, "drafts beside a published version are not done"
    second = create(caller, "", status="draft").json()["id"]
    assert caller.send("DELETE", f"{V2}/pages/{second}", draft="true").status_code == 204
    assert caller.get(f"{V2}/pages/{second}", get_draft="true").status_code == 404


def test_a_private_page_is_its_authors_alone(caller: Caller) -> None:
    body = {"spaceId": caller.space_id("SHOP"), "title": "Mine", "body": stored("")}
    page = caller.send("POST", f"{V2}/pages", body, private="true").json()["id"]
    assert caller.get(f"{V2}/pages/{page}").status_code == 200
    assert other(caller, "ada").get(f"{V2}/pages/{page}").status_code == 404


def test_blog_posts(caller: Caller) -> None:
    made = caller.send("POST", f"{V2}/blogposts", {"spaceId": caller.space_id("SHOP"), "title": "Day one"}).json()
    path = f"{V2}/blogposts/{made['id']}"
    assert "parentId" not in made
    assert caller.send("PUT", path, changed(made)).json()["version"]["number"] == 2
    assert caller.send("PUT", path, changed(made)).status_code == 409
    again = caller.send("POST", f"{V2}/blogposts", {"spaceId": made["spaceId"], "title": "day one"})
    assert again.status_code == 400
    assert create(caller, "Day one").status_code == 200, "a page may have a blog post's title"
    assert caller.send("DELETE", f"{V2}/pages/{made['id']}").status_code == 404
    assert caller.send("DELETE", path).status_code == 204
    assert caller.get(path).json()["status"] == "trashed"


def test_who_may_read_and_not_edit_gets_403_and_who_may_not_read_404(caller: Caller) -> None:
    page, editor, ada = caller.page("PRD: Gift cards"), caller.simulator.editor(), other(caller, "ada")
    editor.lock(page["id"], [ACCOUNTS["alice"].account_id])
    answers = [
        update(ada, page),
        ada.send("DELETE", f"{V2}/pages/{page['id']}"),
        ada.send("PUT", f"{V2}/pages/{page['id']}/title", {"status": "current", "title": "X"}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert update(caller, page).status_code == 200
    editor.restrict(page["id"], [ACCOUNTS["alice"].account_id])
    assert update(ada, page).status_code == 404
    restrictions = caller.get(f"{V1}/content/{page['id']}/restriction").json()["results"]
    assert [len(each["restrictions"]["user"]["results"]) for each in restrictions] == [1, 1]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{V2}/pages"),
        ("PUT", f"{V2}/pages/1"),
        ("DELETE", f"{V2}/pages/1"),
        ("POST", f"{V2}/blogposts"),
        ("PUT", f"{V2}/pages/1/title"),
    ],
)
def test_scopes_come_first(caller: Caller, method: str, path: str) -> None:
    caller.consent("offline_access read:page:confluence write:confluence-content")
    answer = caller.send(method, path, None if method == "DELETE" else {})
    assert (answer.status_code, answer.json()["message"]) == (401, "Unauthorized; scope does not match")


def test_a_write_costs_one_point(caller: Caller) -> None:
    ledger = caller.simulator.world.ledger
    space = caller.space_id("SHOP")
    before = ledger.used
    made = create(caller, "Cheap", spaceId=space).json()
    update(caller, made)
    caller.send("DELETE", f"{V2}/pages/{made['id']}")
    assert ledger.used - before == 3 + 2, "and two for the space asked for again"


def test_ids_are_never_given_twice(caller: Caller) -> None:
    first = create(caller, "One").json()["id"]
    caller.send("DELETE", f"{V2}/pages/{first}")
    caller.send("DELETE", f"{V2}/pages/{first}", purge="true")
    assert create(caller, "Two").json()["id"] != first


@pytest.mark.parametrize("fault", [{"reset": "after"}, {"status": 502, "effect": True}])
def test_a_lost_answer_to_a_write_has_happened_all_the_same(caller: Caller, fault: dict[str, Any]) -> None:
    def lost(method: str, endpoint: str, path: str, body: Any = None) -> None:
        caller.simulator.script(f"{method} {V2}{endpoint}", **fault)
        try:
            assert caller.send(method, f"{V2}{path}", body).status_code == 502
        except httpx.ReadError:
            assert "reset" in fault

    lost("POST", "/pages", "/pages", {"spaceId": caller.space_id("SHOP"), "title": "Lost"})
    made = caller.page("Lost")
    lost("PUT", "/pages/{id}", f"/pages/{made['id']}", changed(made))
    assert update(caller, made).status_code == 409
    lost("DELETE", "/pages/{id}", f"/pages/{made['id']}")
    assert caller.get(f"{V2}/pages/{made['id']}").json()["status"] == "trashed"


def test_a_reset_before_a_write_leaves_nothing(caller: Caller) -> None:
    space = caller.space_id("SHOP")
    caller.simulator.script(f"POST {V2}/pages", reset="before")
    with pytest.raises(httpx.ReadError):
        create(caller, "Lost", spaceId=space)
    assert caller.get(f"{V2}/pages", title="Lost").json()["results"] == []


def test_search_lags_behind_a_write(caller: Caller) -> None:
    create(caller, "Zugvogel")
    found = [caller.get(f"{V1}/content/search", cql='title = "Zugvogel"').json()["size"]]
    caller.clock.move(seconds=20)
    found.append(caller.get(f"{V1}/content/search", cql='title = "Zugvogel"').json()["size"])
    assert found == [0, 1]
