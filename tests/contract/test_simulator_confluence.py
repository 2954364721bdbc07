"""The simulator's Confluence: scopes before routing, listings, cursors, trash, archive, restrictions, tree, files."""

from typing import Any

import httpx
import pytest

from local.simulator.accounts import ACCOUNTS, ACME, GLOBEX
from tests.conftest import MovableClock
from tests.contract.simulator_caller import API, Caller, new_caller

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent()


def titles(answer: httpx.Response) -> list[str]:
    return [row["title"] for row in answer.json()["results"]]


def other(caller: Caller, account: str) -> Caller:
    return Caller(caller.clock, caller.simulator, account).consent()


def test_scopes_are_checked_before_anything_else(caller: Caller) -> None:
    caller.consent("offline_access read:page:confluence")
    for path in (f"{V2}/spaces", f"{V2}/spaces/1", f"{V2}/folders/not-a-number", f"{V1}/search"):
        answer = caller.get(path, nonsense="1")
        assert (answer.status_code, answer.json()["message"]) == (401, "Unauthorized; scope does not match")
    assert caller.get(f"{V2}/pages/1").status_code == 404


def test_v2_takes_granular_scopes_only_and_v1_either_set(caller: Caller) -> None:
    caller.consent("read:confluence-content.all read:confluence-space.summary search:confluence")
    assert caller.get(f"{V2}/pages").status_code == 401
    assert caller.get(f"{V1}/search", cql="type = page").status_code == 200
    caller.consent("read:content-details:confluence")
    assert caller.get(f"{V1}/search", cql="type = page").status_code == 200


@pytest.mark.parametrize("path", ["/content", "/content/123", "/space", "/space/SHOP"])
def test_v1_reading_and_writing_of_content_is_gone(caller: Caller, path: str) -> None:
    assert caller.get(V1 + path).status_code == 410


def test_a_sites_own_host_takes_no_bearer(caller: Caller) -> None:
    answer = caller.http.get(f"https://acme.atlassian.net{V2}/pages", headers=caller.headers)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (401, "text/html")
    assert caller.violations() == ["bearer_to_other_host"]
    assert caller.http.get("https://acme.atlassian.net/_edge/tenant_info").json() == {"cloudId": ACME}


def test_a_site_outside_the_grant(caller: Caller) -> None:
    grace = other(caller, "grace")
    assert grace.get(f"{V2}/spaces", GLOBEX).status_code == 404


def test_bad_credentials_may_look_like_a_missing_page(caller: Caller) -> None:
    caller.simulator.revoke("alice")
    assert caller.get(f"{V2}/pages").status_code == 401
    caller.simulator.behaviour.bare_404 = True
    answer = caller.get(f"{V2}/pages")
    assert answer.json() == {"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}]}
    assert caller.get(f"{V1}/user/current").status_code == 403


def test_spaces_by_key_ignore_case_and_filter(caller: Caller) -> None:
    rows = caller.get(f"{V2}/spaces", keys="shop,ENG").json()["results"]
    assert [row["key"] for row in rows] == ["SHOP", "ENG"]
    assert [row["type"] for row in caller.walk(f"{V2}/spaces", type="personal")] == ["personal"]
    assert [row["key"] for row in caller.walk(f"{V2}/spaces", status="archived")] == ["OLD"]
    assert caller.walk(f"{V2}/spaces", sort="-key", limit=2)[0]["key"].startswith("~")


def test_pages_default_to_current_and_archived(caller: Caller) -> None:
    guide = caller.space_id("GUIDE")
    found = {row["title"]: row["status"] for row in caller.walk(f"{V2}/spaces/{guide}/pages", limit=250)}
    assert found["Style guide of 2019"] == "archived"
    assert "Draft of a bad idea" not in found
    assert titles(caller.get(f"{V2}/spaces/{guide}/pages", status="trashed")) == ["Draft of a bad idea"]
    assert "Style guide of 2019" not in titles(caller.get(f"{V2}/spaces/{guide}/pages", status="current"))
    assert titles(caller.get(f"{V2}/spaces/{guide}/pages", depth="root")) == ["Writing here"]


def test_title_is_exact_whatever_the_case_and_empty_matches_nothing(caller: Caller) -> None:
    assert titles(caller.get(f"{V2}/pages", title="prd: SAVED carts")) == ["PRD: Saved carts"]
    assert titles(caller.get(f"{V2}/pages", title="Saved carts")) == []
    assert titles(caller.get(f"{V2}/pages", title="")) == []


@pytest.mark.parametrize("sort", ["id", "-id", "title", "-title", "created-date", "-modified-date"])
@pytest.mark.parametrize("limit", [1, 7, 250])
def test_walks_give_every_page_once_in_order(caller: Caller, sort: str, limit: int) -> None:
    shop = caller.space_id("SHOP")
    rows = caller.walk(f"{V2}/spaces/{shop}/pages", sort=sort, limit=limit)
    assert len(rows) == len({row["id"] for row in rows}) == 41

    def key(row: dict[str, Any]) -> Any:
        field = {"id": int(row["id"]), "title": row["title"].casefold()}
        return field.get(sort.strip("-"), row["version"]["createdAt"])

    assert [key(row) for row in rows] == sorted(map(key, rows), reverse=sort.startswith("-"))


def test_next_is_a_site_path_and_a_link_header_and_base_is_on_the_envelope(caller: Caller) -> None:
    answer = caller.get(f"{V2}/pages", limit=3)
    body = answer.json()
    assert body["_links"]["base"] == "https://acme.atlassian.net/wiki"
    assert "base" not in body["results"][0]["_links"]
    assert f'<{body["_links"]["next"]}>; rel="next"' in answer.headers["link"]


def test_a_walk_survives_pages_vanishing_and_refuses_other_filters(caller: Caller) -> None:
    first = caller.get(f"{V2}/pages", limit=5, sort="id").json()
    caller.simulator.editor().purge(first["results"][-1]["id"])
    cursor = dict(httpx.URL("https://x" + first["_links"]["next"]).params)["cursor"]
    second = caller.get(f"{V2}/pages", limit=5, sort="id", cursor=cursor).json()
    assert int(second["results"][0]["id"]) > int(first["results"][-1]["id"])
    assert caller.get(f"{V2}/pages", limit=5, sort="-id", cursor=cursor).status_code == 400
    assert caller.violations() == ["cursor_misuse"]


def test_short_pages_and_an_empty_last_page(caller: Caller) -> None:
    whole = [row["id"] for row in caller.walk(f"{V2}/pages", limit=20)]
    caller.simulator.behaviour.short_pages = caller.simulator.behaviour.empty_last_page = True
    assert len(caller.get(f"{V2}/pages", limit=20).json()["results"]) == 19
    assert [row["id"] for row in caller.walk(f"{V2}/pages", limit=20)] == whole


def test_bodies_come_in_the_representation_asked_for_or_not_at_all(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")["id"]
    assert caller.get(f"{V2}/pages/{page}").json()["body"] == {}
    storage = caller.get(f"{V2}/pages/{page}", body_format="storage").json()["body"]["storage"]
    assert storage["value"].startswith("<h1>Gift cards</h1>")
    nodes = caller.get(f"{V2}/pages/{page}", body_format="atlas_doc_format").json()["body"]["atlas_doc_format"]
    assert '"type": "doc"' in nodes["value"]
    by_hand = caller.page("All the macros")["id"]
    assert caller.get(f"{V2}/pages/{by_hand}", body_format="atlas_doc_format").json()["body"] == {}


def test_trashed_archived_purged_and_restricted(caller: Caller) -> None:
    editor = caller.simulator.editor()
    page = caller.page("PRD: Size advice")
    editor.trash(page["id"])
    trashed = caller.get(f"{V2}/pages/{page['id']}").json()
    assert (trashed["status"], trashed["parentId"], trashed["parentType"]) == ("trashed", None, None)
    editor.archive(page["id"])
    archived = caller.get(f"{V2}/pages/{page['id']}").json()
    assert (archived["status"], archived["parentId"]) == ("archived", page["parentId"])
    editor.restrict(page["id"], [ACCOUNTS["ada"].account_id])
    hidden = caller.get(f"{V2}/pages/{page['id']}")
    editor.purge(page["id"])
    gone = caller.get(f"{V2}/pages/{page['id']}")
    assert (hidden.status_code, hidden.json()) == (gone.status_code, gone.json())
    assert page["id"] in gone.json()["errors"][0]["title"]


def test_a_restriction_covers_what_is_below(caller: Caller) -> None:
    below = caller.page("Below the salary bands")["id"]
    ada = other(caller, "ada")
    assert caller.get(f"{V2}/pages/{below}").status_code == 200
    assert ada.get(f"{V2}/pages/{below}").status_code == 404
    kinds = ada.post(f"{V2}/content/convert-ids-to-types", {"contentIds": [below, "1"]}).json()["results"]
    assert kinds == {below: None, "1": None}


def test_edits_make_versions_and_moves_do_not(caller: Caller) -> None:
    page, editor = caller.page("PRD: Gift cards"), caller.simulator.editor()
    caller.clock.move(seconds=60)
    editor.edit(page["id"], caller.clock(), storage="<p>New.</p>")
    editor.rename(page["id"], caller.clock(), "PRD: Vouchers")
    target = caller.page("Decisions")["id"]
    editor.move(page["id"], target)
    now = caller.get(f"{V2}/pages/{page['id']}", body_format="storage").json()
    assert (now["version"]["number"], now["title"], now["parentId"]) == (3, "PRD: Vouchers", target)
    assert now["body"]["storage"]["value"] == "<p>New.</p>"
    assert now["version"]["createdAt"] > page["version"]["createdAt"]
    old = caller.get(f"{V2}/pages/{page['id']}", version=1, body_format="storage").json()
    assert old["title"] == "PRD: Gift cards"


def test_a_move_to_another_space_takes_the_tree_along(caller: Caller) -> None:
    below, engineering = caller.page("Runbook: DNS")["id"], caller.space_id("ENG")
    assert caller.page("Runbooks")["spaceId"] == engineering
    caller.simulator.editor().move(caller.page("Runbooks")["id"], None, "SHOP")
    moved = caller.get(f"{V2}/pages/{below}").json()
    assert moved["spaceId"] == caller.space_id("SHOP")
    assert moved["_links"]["webui"].startswith("/spaces/SHOP/")
    assert moved["version"]["number"] == 1


def test_the_tree_with_folders(caller: Caller) -> None:
    home = caller.page("Platform engineering")["id"]
    rows = caller.walk(f"{V2}/pages/{home}/direct-children")
    assert [(row["title"], row["type"]) for row in rows] == [
        ("Runbooks", "page"),
        ("How-tos", "page"),
        ("Past incidents", "folder"),
    ]
    assert "Past incidents" not in titles(caller.get(f"{V2}/pages/{home}/children"))
    folder = rows[2]["id"]
    assert caller.get(f"{V2}/pages/{folder}").status_code == 404
    assert caller.get(f"{V2}/folders/{folder}").json()["parentId"] == home
    inside = caller.walk(f"{V2}/folders/{folder}/direct-children", limit=2)
    assert len(inside) == 5
    chain = caller.get(f"{V2}/pages/{inside[0]['id']}/ancestors").json()["results"]
    assert chain == [{"id": home, "type": "page"}, {"id": folder, "type": "folder"}]
    assert {row["depth"] for row in caller.walk(f"{V2}/pages/{home}/descendants", limit=3)} == {1, 2}


def test_the_tree_shows_archived_pages_and_no_trash(caller: Caller) -> None:
    shown = {
        row["title"]: row["status"]
        for row in caller.walk(f"{V2}/pages/{caller.page('Writing here')['id']}/direct-children")
    }
    assert shown["Style guide of 2019"] == "archived"
    assert "Draft of a bad idea" not in shown


def test_attachments_and_the_way_to_their_bytes(caller: Caller) -> None:
    page = caller.page("All the elements")["id"]
    rows = caller.walk(f"{V2}/pages/{page}/attachments", limit=3)
    assert "architecture.png" in [row["title"] for row in rows]
    path = f"{V1}/content/{page}/child/attachment/{rows[0]['id']}/download"
    redirect = caller.get(path)
    assert (redirect.status_code, httpx.URL(redirect.headers["location"]).host) == (302, "api.media.atlassian.com")
    assert caller.http.get(redirect.headers["location"]).content.startswith(b"\x89PNG")
    assert caller.http.get(redirect.headers["location"], headers=caller.headers).status_code == 400
    assert caller.violations() == ["bearer_to_other_host"]


def test_users(caller: Caller) -> None:
    ids = [ACCOUNTS["ada"].account_id, "557058:unknown"]
    rows = caller.post(f"{V2}/users-bulk", {"accountIds": ids}).json()["results"]
    assert [(row["displayName"], row["email"]) for row in rows] == [("Ada Öztürk", "")]
    assert caller.get(f"{V1}/user/current").json()["accountId"] == ACCOUNTS["alice"].account_id


def test_ids_are_unique_within_a_site_only(caller: Caller) -> None:
    shared = set(caller.simulator.sites[ACME].content) & set(caller.simulator.sites[GLOBEX].content)
    assert shared
    page = next(iter(shared))
    here, there = caller.get(f"{V2}/pages/{page}"), caller.get(f"{V2}/pages/{page}", GLOBEX)
    assert here.json()["title"] != there.json()["title"]


@pytest.mark.parametrize(
    ("path", "query", "kind"),
    [
        (f"{V2}/pages", {"expand": "body"}, "undocumented_parameter"),
        (f"{V2}/pages", {"limit": "251"}, "parameter_out_of_range"),
        (f"{V2}/pages", {"limit": "0"}, "parameter_out_of_range"),
        (f"{V2}/pages", {"status": "draft"}, "parameter_out_of_range"),
        (f"{V2}/pages", {"id": ",".join(map(str, range(251)))}, "parameter_out_of_range"),
        (f"{V2}/pages", {"body-format": "view"}, "parameter_out_of_range"),
        (f"{V2}/user/by-me", {}, "undocumented_operation"),
        (f"{V2}/pages/1/operations", {}, "not_simulated"),
    ],
)
def test_bad_manners_are_refused_and_remembered(caller: Caller, path: str, query: dict[str, str], kind: str) -> None:
    answer = caller.http.get(f"{API}/ex/confluence/{ACME}{path}", params=query, headers=caller.headers)
    assert answer.status_code >= 400
    assert caller.violations() == [kind]


def test_bodies_must_be_json_and_tokens_stay_out_of_queries(caller: Caller) -> None:
    url = f"{API}/ex/confluence/{ACME}{V2}/users-bulk"
    assert caller.http.post(url, content=b"{}", headers=caller.headers).status_code == 415
    assert caller.get(f"{V2}/pages", title=caller.tokens["access_token"]).status_code == 400
    assert caller.http.get("https://evil.example/", headers=caller.headers).status_code == 404
    assert caller.violations() == ["bad_media_type", "token_in_query", "unknown_host"]


def test_readers_and_editors_at_once(caller: Caller) -> None:
    from concurrent.futures import ThreadPoolExecutor

    pages = [row["id"] for row in caller.walk(f"{V2}/pages", limit=250)]
    editor = caller.simulator.editor()

    def read(number: int) -> int:
        return caller.get(f"{V2}/pages", limit=50, sort="-modified-date").status_code

    def edit(number: int) -> int:
        page = pages[number % len(pages)]
        editor.rename(page, caller.clock(), f"Renamed {number}")
        editor.create(f"9{number:09d}", "SHOP", f"New {number}", caller.clock(), "somebody", storage="", parent_id=None)
        return 200

    with ThreadPoolExecutor(50) as pool:
        work = [pool.submit(read if number % 2 else edit, number) for number in range(200)]
        assert {each.result() for each in work} == {200}
    assert len(caller.walk(f"{V2}/pages", limit=250)) == len(pages) + 100
