"""Finding pages over HTTP, on the real handlers and the simulator (B1–B4, C3)."""

from typing import Any

import pytest

from confluence_connector.domain.tiny_links import encode
from tests.atlassian import page_titled
from tests.connecting import ADMIN, ANN, BOB, STRANGER, World

SITE = "https://acme.atlassian.net"
LISTING = "GET /wiki/api/v2/spaces/{id}/pages"


@pytest.fixture
def here(world: World) -> str:
    """The path of Ann's connection."""
    return f"/connections/{world.connect()['id']}"


def titles(world: World, here: str, part: str | None, space: str = "SHOP", **query: Any) -> list[str]:
    asked = {"limit": "200"} | ({"title": part} if part is not None else {}) | query
    found = world.api.ok(ANN, "GET", f"{here}/spaces/{space}/pages", query=asked)
    return [page["title"] for page in found["items"]]


# ── spaces ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_spaces_are_listed_by_name_with_where_their_tree_begins(world: World, here: str) -> None:
    found = world.api.ok(ANN, "GET", f"{here}/spaces")["items"]
    assert [space["name"] for space in found] == sorted((space["name"] for space in found), key=str.casefold)
    shop = next(space for space in found if space["key"] == "SHOP")
    assert shop["url"] == f"{SITE}/wiki/spaces/SHOP"
    assert shop["homepage_id"] == page_titled(world.simulator, "Web shop")


def test_spaces_are_found_by_any_part_of_name_or_key(world: World, here: str) -> None:
    for part in ("web", "EB SH", "shop", "sho"):
        found = world.api.ok(ANN, "GET", f"{here}/spaces", query={"q": part})["items"]
        assert [space["key"] for space in found] == ["SHOP"], part


def test_archived_spaces_are_not_offered(world: World, here: str) -> None:
    assert "OLD" not in {space["key"] for space in world.api.ok(ANN, "GET", f"{here}/spaces")["items"]}


def test_typing_costs_one_listing(world: World, here: str) -> None:
    world.simulator.reset_requests()
    for part in ("", "w", "we", "web"):
        world.api.ok(ANN, "GET", f"{here}/spaces", query={"q": part})
    assert world.simulator.by_endpoint["GET /wiki/api/v2/spaces"] == 1


# ── titles ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_titles_are_found_by_any_part_whatever_the_case(world: World, here: str) -> None:
    for part in ("Saved carts", "saved CARTS", "aved ca", "  saved carts  "):
        assert titles(world, here, part) == ["PRD: Saved carts", "TRD: Saved carts"], part


def test_titles_fold_case_as_unicode_does(world: World, here: str) -> None:
    for part, title in (
        ("GROSS", "Überschriften groß und klein — ÄÖÜ ß"),
        ("überschriften", "Überschriften groß und klein — ÄÖÜ ß"),
        ("U\u0308berschriften", "Überschriften groß und klein — ÄÖÜ ß"),
        ("のペ", "日本語のページ 🗻"),
        ("🗻", "日本語のページ 🗻"),
        ("İSTANBUL", "İstanbul’daki mağaza"),
        ("100 %", "“Quotes”, <angles> & ampersands: 100 % of them"),
        ("<ANGLES>", "“Quotes”, <angles> & ampersands: 100 % of them"),
    ):
        assert titles(world, here, part, "GUIDE") == [title], part


def test_the_text_is_literal(world: World, here: str) -> None:
    for part in ("*", ".*", "car?s", "s*d", '"', "\\", "title ~ x", "%", "_arts"):
        assert titles(world, here, part) == [], part


def test_no_title_or_an_empty_one_gives_all_in_title_order(world: World, here: str) -> None:
    every = titles(world, here, None)
    assert titles(world, here, "") == every
    assert every == sorted(every, key=str.casefold)
    assert len(every) == 41  # no blog post


def test_archived_trashed_and_hidden_pages_are_not_offered(world: World, here: str) -> None:
    every = titles(world, here, None, "GUIDE")
    assert not {"Style guide of 2019", "Draft of a bad idea"} & set(every)
    world.simulator.editor().restrict(page_titled(world.simulator, "An empty page"), ["somebody-else"])
    world.clock.move(seconds=600)
    assert "An empty page" not in titles(world, here, None, "GUIDE")


def test_pages_are_given_page_by_page_each_once(world: World, here: str) -> None:
    given: list[str] = []
    cursor: str | None = None
    for _ in range(20):
        query = {"limit": "7"} | ({"cursor": cursor} if cursor else {})
        answer = world.api.ok(ANN, "GET", f"{here}/spaces/SHOP/pages", query=query)
        given += [page["title"] for page in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert given == titles(world, here, None)


def test_a_page_has_what_the_contract_promises(world: World, here: str) -> None:
    asked = {"title": "PRD: Saved carts"}
    (page,) = world.api.ok(ANN, "GET", f"{here}/spaces/shop/pages", query=asked)["items"]
    assert page["id"] == page_titled(world.simulator, "PRD: Saved carts")
    assert page["url"].startswith(f"{SITE}/wiki/spaces/SHOP/pages/{page['id']}")
    assert page["parent_id"] == page_titled(world.simulator, "Product requirements")
    assert page["version"] >= 1
    assert page["updated_at"].endswith("Z")


def test_the_title_index_is_read_once_and_again_after_ten_minutes(world: World, here: str) -> None:
    for part in ("s", "sa", "sav"):
        titles(world, here, part)
    assert world.simulator.by_endpoint[LISTING] == 1
    world.clock.move(seconds=599)
    titles(world, here, "save")
    assert world.simulator.by_endpoint[LISTING] == 1
    world.clock.move(seconds=1)
    titles(world, here, "saved")
    assert world.simulator.by_endpoint[LISTING] == 2


def test_titles_lie_in_the_cache_table_only_and_expire(world: World, here: str) -> None:
    titles(world, here, "saved")
    assert "Gift cards" not in repr(world.aws.items())
    assert all("expires_at" in item for item in world.aws.items(world.aws.settings.cache_table))


def test_a_large_space_is_read_over_several_calls_and_nothing_twice(world: World, here: str) -> None:
    world.simulator.behaviour.short_pages = True
    site = world.simulator.sites[next(iter(world.simulator.sites))]
    author = site.content[page_titled(world.simulator, "Web shop")].author_id
    for number in range(600):
        world.simulator.editor().create(
            str(900_000_000 + number), "SHOP", f"Filler {number}", world.clock(), author, storage="<p/>", parent_id=None
        )
    world.simulator.script(LISTING, times=1, latency_seconds=7)
    slow = _Ticking(world, 9)
    first = world.api.call(ANN, "GET", f"{here}/spaces/SHOP/pages", query={"limit": "1"}, context=slow)
    assert (first.status, first.code) == (503, "confluence_unavailable")
    assert first.json()["retry_after"] == 1
    before = world.simulator.by_endpoint[LISTING]
    assert len({*titles(world, here, "Filler")}) == 200
    assert len(titles(world, here, "Filler 59")) == 11
    assert world.simulator.by_endpoint[LISTING] == before + 2


class _Ticking:
    """A Lambda context whose time runs with the movable clock."""

    aws_request_id = "req-1"
    function_name = "under-test"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:000000000000:function:under-test"

    def __init__(self, world: World, seconds: float) -> None:
        self._clock, self._until = world.clock, world.clock().timestamp() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self._until - self._clock().timestamp()) * 1000)


def test_without_a_space_the_answer_asks_for_one(world: World, here: str) -> None:
    answer = world.api.call(ANN, "GET", f"{here}/pages", query={"title": "x"})
    assert (answer.status, answer.code) == (400, "space_required")


def test_an_unknown_space_is_told(world: World, here: str) -> None:
    for key in ("NOPE", "~nobody", "A,B", "%2e%2e"):
        answer = world.api.call(ANN, "GET", f"{here}/spaces/{key}/pages")
        assert (answer.status, answer.code) == (404, "not_found")


# ── tree ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_tree_is_browsed_level_by_level_through_folders(world: World, here: str) -> None:
    def below(page_id: str) -> dict[str, Any]:
        found = world.api.ok(ANN, "GET", f"{here}/pages/{page_id}/children", query={"limit": "200"})
        return {node["title"]: node for node in found["items"]}

    top = below(page_titled(world.simulator, "Platform engineering"))
    assert top["Runbooks"] | {"id": ""} == {"id": "", "title": "Runbooks", "type": "page", "has_text": True}
    folder = next(node for node in top.values() if node["type"] == "folder")
    assert folder["has_text"] is False
    assert "2025-10-27 Invoices twice" in below(folder["id"])
    assert below(page_titled(world.simulator, "An empty page")) == {}


def test_a_page_that_is_not_there_has_no_children(world: World, here: str) -> None:
    for page_id in ("1", "0", "abc", "1e3", "-5", "٣", "9" * 25):
        answer = world.api.call(ANN, "GET", f"{here}/pages/{page_id}/children")
        assert (answer.status, answer.code) == (404, "page_not_found"), page_id


# ── pasted URLs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pasted_url_of_any_form_gives_the_page(world: World, here: str) -> None:
    page_id = page_titled(world.simulator, "PRD: Saved carts")
    for form in (
        f"/wiki/spaces/SHOP/pages/{page_id}/PRD%3A+Saved+carts#Scope",
        f"/wiki/spaces/STALE/pages/{page_id}/An+older+title",
        f"/wiki/spaces/SHOP/pages/edit-v2/{page_id}",
        f"/wiki/pages/viewpage.action?pageId={page_id}",
        f"/wiki/pages/resumedraft.action?draftId={page_id}",
        "/wiki/pages/viewpage.action?spaceKey=SHOP&title=PRD%3A+Saved+carts",
        "/wiki/display/SHOP/PRD%3A+Saved+carts",
        f"/wiki/x/{encode(int(page_id))}",
    ):
        page = world.api.ok(ANN, "POST", f"{here}/resolve", {"url": SITE + form})
        assert (page["id"], page["title"], page["space_key"]) == (page_id, "PRD: Saved carts", "SHOP"), form
    assert not world.simulator.violations


def test_a_spaces_own_url_gives_its_homepage(world: World, here: str) -> None:
    for form in ("/wiki/spaces/SHOP", "/wiki/spaces/SHOP/overview", "/wiki/display/SHOP"):
        assert world.api.ok(ANN, "POST", f"{here}/resolve", {"url": SITE + form})["title"] == "Web shop"


def test_a_blog_post_is_a_page_to_read(world: World, here: str) -> None:
    post = page_titled(world.simulator, "A year of saved carts")
    url = f"{SITE}/wiki/spaces/SHOP/blog/2026/01/31/{post}/A+year+of+saved+carts"
    page = world.api.ok(ANN, "POST", f"{here}/resolve", {"url": url})
    assert (page["id"], page["parent_id"], page["space_key"]) == (post, None, "SHOP")


def test_archived_pages_resolve_trashed_and_missing_ones_do_not(world: World, here: str) -> None:
    def resolve(page_id: str) -> Any:
        url = f"{SITE}/wiki/spaces/GUIDE/pages/{page_id}"
        return world.api.call(ANN, "POST", f"{here}/resolve", json_body={"url": url})

    assert resolve(page_titled(world.simulator, "Style guide of 2019")).json()["status"] == "archived"
    for page_id in (page_titled(world.simulator, "Draft of a bad idea"), "4242"):
        answer = resolve(page_id)
        assert (answer.status, answer.code) == (404, "page_not_found")
    legacy = {"url": f"{SITE}/wiki/display/SHOP/No+such+page"}
    assert world.api.call(ANN, "POST", f"{here}/resolve", json_body=legacy).code == "page_not_found"


def test_another_site_and_what_is_no_page_are_told_apart_without_asking_anybody(world: World, here: str) -> None:
    world.simulator.reset_requests()
    for url, code in (
        ("https://globex.atlassian.net/wiki/spaces/X/pages/1", "other_site"),
        (f"{SITE}/wiki/l/cp/8NcZ0d1x", "unsupported_page_url"),
        ("see the wiki", "unsupported_page_url"),
    ):
        answer = world.api.call(ANN, "POST", f"{here}/resolve", json_body={"url": url})
        assert (answer.status, answer.code) == (422, code)
        assert url not in answer.text
    assert world.simulator.requests == []


# ── suggestion ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_name_and_folder_are_suggested_from_the_page_and_existing_folders(world: World, here: str) -> None:
    page_id = page_titled(world.simulator, "PRD: Saved carts")
    connection_id = here.rpartition("/")[2]
    for name, folder in (("Guest carts", "shop/carts"), ("Log retention", "platform/logs")):
        body = {
            "name": name,
            "folder": folder,
            "default_mode": "link",
            "prd": {"connection_id": connection_id, "page_id": page_id},
        }
        world.api.ok(ANN, "POST", "/features", body, headers={"idempotency-key": name})
    first = world.api.ok(ANN, "GET", f"{here}/pages/{page_id}/suggestion")
    assert first["name"]
    assert not first["name"].startswith("PRD")
    assert first["folders"][0]["path"] == "shop/carts"
    assert 0 < first["folders"][0]["score"] <= 1
    assert world.api.ok(ANN, "GET", f"{here}/pages/{page_id}/suggestion") == first


# ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_owner_finds_with_a_members_own_connection(world: World, here: str) -> None:
    page_id = page_titled(world.simulator, "Web shop")
    routes: list[tuple[str, str, Any]] = [
        ("GET", f"{here}/spaces", None),
        ("GET", f"{here}/spaces/SHOP/pages", None),
        ("GET", f"{here}/pages", None),
        ("GET", f"{here}/pages/{page_id}/children", None),
        ("GET", f"{here}/pages/{page_id}/suggestion", None),
        ("POST", f"{here}/resolve", {"url": f"{SITE}/wiki/spaces/SHOP"}),
    ]
    world.simulator.reset_requests()
    for method, path, body in routes:
        assert world.api.call(BOB, method, path, json_body=body).status == 404
        assert world.api.call(ADMIN, method, path, json_body=body).status == 403
        assert world.api.call(STRANGER, method, path, json_body=body).status == 404
    assert world.simulator.requests == []


def test_a_workspace_connection_serves_every_member(world: World) -> None:
    here = f"/connections/{world.connect(ADMIN, owner='workspace')['id']}"
    assert world.api.call(BOB, "GET", f"{here}/spaces").status == 200
    assert world.api.call(STRANGER, "GET", f"{here}/spaces").status == 404


def test_a_dead_grant_says_reconnect_and_what_was_asked_for(world: World, here: str) -> None:
    world.simulator.revoke("grace")
    answer = world.api.call(ANN, "GET", f"{here}/spaces/SHOP/pages")
    assert (answer.status, answer.code) == (409, "reconnect_required")
    assert answer.json()["detail"].startswith("Could not ask Confluence")
