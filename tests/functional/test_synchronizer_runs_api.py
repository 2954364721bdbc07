"""Pickers, runs and linked pages of synchronizers over HTTP, as a client of the API sees them (G2, G3, G7)."""

from dataclasses import replace
from typing import Any

import pytest

from local.simulator.accounts import ACME
from tests import canary
from tests.connecting import ADMIN, ANN, BOB, World
from tests.http import Person
from tests.synchronizers import BUG, SUB_TASK, TASK, Bridge

TITLE = "The quiet heron counts to seventeen"
"""Of a page: in answers and in stored links, never in a log line or an event."""


@pytest.fixture
def bridge(world: World) -> Bridge:
    return Bridge.of(world)


def every_page(bridge: Bridge, person: Person, path: str, limit: int, query: str = "") -> list[Any]:
    """All of a list, page after page."""
    found: list[Any] = []
    cursor = ""
    while True:
        answer = bridge.ok(person, "GET", f"{path}?limit={limit}{query}{cursor}")
        assert len(answer["items"]) <= limit
        found += answer["items"]
        if answer["next"] is None:
            return found
        cursor = f"&cursor={answer['next']}"


def test_projects_as_one_types_and_what_can_be_created_there(bridge: Bridge) -> None:
    api, jira = bridge.world.api, f"/connections/{bridge.connection_id}/jira/projects"
    assert api.ok(ANN, "GET", jira)["items"] == [{"id": "10001", "key": "WEB", "name": "Web shop"}], "grace's own"
    for part, keys in (("shop", ["WEB"]), ("we", ["WEB"]), ("platform", []), ("%", []), ('" OR 1=1', [])):
        assert [each["key"] for each in api.ok(ANN, "GET", jira, query={"q": part})["items"]] == keys, part
    types = {each["id"]: each for each in api.ok(ANN, "GET", f"{jira}/WEB/issue-types")["items"]}
    assert (types[TASK]["usable"], types[BUG]["usable"], types[SUB_TASK]["usable"]) == (True, False, False)
    assert types[BUG]["required"] == ["customfield_10050"]
    for key in ("SEC", "NOPE", "..", "%2E%2E", "WEB%2Fx", "x" * 290):
        assert api.call(ANN, "GET", f"{jira}/{key}/issue-types").code == "not_found", key
    assert bridge.world.simulator.violations == []


@pytest.mark.parametrize("limit", [1, 2, 7, 200])
def test_projects_are_a_list_like_any_other(bridge: Bridge, limit: int) -> None:
    """As a client reads it to its end (api.md): nothing is cut off, nothing comes twice."""
    projects = bridge.world.simulator.world.jira[ACME].projects
    shop = next(each for each in projects.values() if each.key == "WEB")
    for number in range(6):
        made = replace(shop, id=str(20_000 + number), key=f"WEB{number}", name=f"Web shop {number}")
        projects[made.id] = made
    path = f"/connections/{bridge.connection_id}/jira/projects"
    api, found, cursor = bridge.world.api, [], {}
    while True:
        answer = api.ok(ANN, "GET", path, query={"q": "web", "limit": str(limit), **cursor})
        assert len(answer["items"]) <= limit
        found += [each["key"] for each in answer["items"]]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
        assert api.call(ANN, "GET", path, query={"q": "shop", **cursor}).status == 400, "of another list"
    assert found == ["WEB", *(f"WEB{number}" for number in range(6))]


def test_pickers_take_a_connection_that_one_may_use_for_jira(bridge: Bridge) -> None:
    api = bridge.world.api
    without = bridge.world.connect(ANN, "nojira", purposes=("link", "jira"))["id"]
    assert api.call(BOB, "GET", f"/connections/{without}/jira/projects").status == 404
    refused = api.call(ANN, "GET", f"/connections/{without}/jira/projects")
    assert (refused.status, refused.code) == (409, "no_site")
    links = bridge.world.connect(ANN, "grace")["id"]
    assert api.call(ANN, "GET", f"/connections/{links}/jira/projects").code == "scopes_missing"
    bridge.world.simulator.script("GET /rest/api/3/project/search", status=503, times=None)
    down = api.call(ANN, "GET", f"/connections/{bridge.connection_id}/jira/projects")
    assert (down.status, down.code) == (503, "jira_unavailable")


def test_a_dry_run_says_what_a_run_then_does(bridge: Bridge) -> None:
    made = bridge.create(mode="new_pages")
    path = f"/{made['id']}"
    bridge.drain()
    assert bridge.ok(BOB, "GET", f"{path}/pages")["items"] == [], "nothing is new yet"
    bridge.world.clock.move(seconds=1)  # runs are in the order of their time
    asked = bridge.call(ADMIN, "POST", f"{path}/runs", {"dry_run": True, "catch_up": True})
    again = bridge.call(ADMIN, "POST", f"{path}/runs", {})
    assert (asked.status, again.json()["id"]) == (202, asked.json()["id"]), "the run that goes on is returned"
    bridge.drain()
    dry = bridge.ok(BOB, "GET", f"{path}/runs/{asked.json()['id']}")
    assert (dry["status"], dry["dry_run"], dry["pages"]["writes"]) == ("completed", True, 0)
    assert len(dry["planned"]) == dry["pages"]["created"] > 3
    assert {each["action"] for each in dry["planned"]} == {"create"}
    assert bridge.ok(BOB, "GET", f"{path}/pages")["items"] == []

    bridge.world.clock.move(seconds=1)
    done = bridge.ok(ADMIN, "POST", f"{path}/runs", {"catch_up": True})
    bridge.drain()
    done = bridge.ok(BOB, "GET", f"{path}/runs/{done['id']}")
    assert (done["pages"]["created"], done["planned"]) == (dry["pages"]["created"], [])
    linked = every_page(bridge, BOB, f"{path}/pages", 3)
    assert {each["page_id"] for each in linked} == {each["page_id"] for each in dry["planned"]}
    runs = every_page(bridge, BOB, f"{path}/runs", 1)
    assert [(run["trigger"], run["dry_run"]) for run in runs] == [("manual", False), ("manual", True), ("first", False)]
    assert runs[0]["id"] == done["id"]


def test_pages_with_their_issues_and_states(bridge: Bridge) -> None:
    bridge.world.simulator.editor().rename(bridge.page().id, bridge.world.clock(), TITLE)
    made = bridge.create(mode="automatic")
    path = f"/{made['id']}"
    bridge.drain()
    first = bridge.page(TITLE).id
    linked = {each["page_id"]: each for each in every_page(bridge, BOB, f"{path}/pages", 7)}
    row = linked[first]
    assert (row["title"], row["state"], row["issue_type"], row["duplicates"]) == (TITLE, "active", TASK, [])
    assert row["url"] == f"https://acme.atlassian.net/wiki/pages/viewpage.action?pageId={first}"
    assert row["issue"]["url"] == f"https://acme.atlassian.net/browse/{row['issue']['key']}"
    assert bridge.jira.issue(row["issue"]["key"]).face.summary == TITLE

    bridge.jira.delete(row["issue"]["key"])
    bridge.ok(ADMIN, "POST", f"{path}/runs", {})
    bridge.drain()
    (broken,) = every_page(bridge, BOB, f"{path}/pages", 5, "&state=broken")
    assert (broken["page_id"], broken["state"]) == (first, "broken")
    assert every_page(bridge, BOB, f"{path}/pages", 200, "&state=orphaned") == []
    assert bridge.call(BOB, "GET", f"{path}/pages?state=lost").code == "validation_failed"

    cursor = bridge.ok(BOB, "GET", f"{path}/pages?limit=3")["next"]
    other = bridge.create()["id"]
    for elsewhere in (f"{path}/pages?state=active&", f"{path}/runs?", f"{path}/acts?", f"/{other}/pages?", "?"):
        person = ADMIN if "acts" in elsewhere else BOB
        assert bridge.call(person, "GET", f"{elsewhere}cursor={cursor}").code == "invalid_request", elsewhere

    said = "".join(canary.current().lines) + repr([call for call in bridge.world.aws.calls if call.service == "events"])
    assert TITLE not in said
    assert row["issue"]["key"] not in said
