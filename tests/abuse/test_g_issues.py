"""G1, G6, G7 and F4 for pages' issues: other workspaces' ids, other members' grants, made-up pages and cursors."""

from typing import Any

import pytest

from local.simulator.accounts import ACME
from tests.connecting import ADMIN, ANN, BOB, STRANGER, World
from tests.http import Person
from tests.synchronizers import Bridge

WITH_JIRA = ("link", "jira")
GLOBEX_ADMIN = Person("root", workspace="globex", roles=("admin",))


@pytest.fixture
def bridge(world: World) -> Bridge:
    """Ann has Jira as ada, the workspace as grace."""
    made = Bridge.of(world)
    world.connect(ANN, "ada", purposes=WITH_JIRA, sites=[ACME])
    return made


@pytest.fixture
def page(bridge: Bridge) -> str:
    """Of a synchronizer whose first run is over: a path, with an issue behind it."""
    synchronizer = bridge.create()["id"]
    path = f"/{synchronizer}/pages/{bridge.page().id}"
    assert bridge.call(ANN, "PUT", path).status == 202
    bridge.drain()
    return path


DEEDS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/issue", None),
    ("POST", "/transition", {"transition_id": "21"}),
    ("PATCH", "/fields", {"fields": {"summary": "Other"}}),
    ("PUT", "", {}),
    ("DELETE", "", None),
)


def test_G1_another_workspaces_pages_are_not_there(bridge: Bridge, page: str) -> None:
    """With a connection of its own to the same site, even as the same account, and as an admin of the other one."""
    bridge.world.connect(STRANGER, "ada", purposes=WITH_JIRA, sites=[ACME])
    synchronizer = page.split("/")[1]
    (run,) = bridge.ok(ANN, "GET", f"/{synchronizer}/runs")["items"][:1]
    before, simulator = bridge.world.state_of(), bridge.world.simulator
    simulator.reset_requests()
    for person in (STRANGER, GLOBEX_ADMIN):
        for method, part, body in DEEDS:
            answer = bridge.call(person, method, f"{page}{part}", body)
            assert (answer.status, answer.code) == (404, "not_found"), method
        for path in ("", "/pages", "/runs", f"/runs/{run['id']}", "/acts"):
            assert bridge.call(person, "GET", f"/{synchronizer}{path}").status == 404, path
    assert bridge.world.state_of() == before
    assert simulator.requests == []


def test_G1_a_synchronizer_of_theirs_does_not_reach_our_pages(bridge: Bridge, page: str) -> None:
    """The page's id is right, the synchronizer's is the stranger's own: its links are its own."""
    world = bridge.world
    theirs = world.connect(GLOBEX_ADMIN, "grace", owner="workspace", purposes=WITH_JIRA)
    world.connect(STRANGER, "ada", purposes=WITH_JIRA, sites=[ACME])
    body = bridge.body(connection_id=theirs["id"])
    key = {"idempotency-key": "globex-1"}
    made = world.api.call(GLOBEX_ADMIN, "POST", "/synchronizers", json_body=body, headers=key)
    assert made.status == 201
    path = f"/{made.json()['id']}/pages/{page.rpartition('/')[2]}"
    assert bridge.call(STRANGER, "GET", f"{path}/issue").status == 404
    assert bridge.call(ANN, "GET", f"{path}/issue").status == 404


def test_F4_another_members_connection_is_never_used(bridge: Bridge, page: str) -> None:
    """Bob has none; Ann has one, the workspace has one, and so has somebody of his name elsewhere."""
    bridge.world.connect(Person("bob", workspace="globex"), "ada", purposes=WITH_JIRA, sites=[ACME])
    bridge.world.simulator.reset_requests()
    for person in (BOB, ADMIN):
        for method, part, body in DEEDS:
            answer = bridge.call(person, method, f"{page}{part}", body)
            assert (answer.status, answer.code) == (409, "connect_required"), method
    assert bridge.world.simulator.requests == []


def test_F4_a_member_acts_with_their_own_grant_and_no_other(bridge: Bridge, page: str) -> None:
    bridge.world.connect(BOB, "alice", purposes=WITH_JIRA, sites=[ACME])
    for person, account in ((ANN, "ada"), (BOB, "alice")):
        bridge.world.simulator.reset_requests()
        bridge.ok(person, "POST", f"{page}/transition", {"transition_id": "21"})
        assert {seen.account for seen in bridge.world.simulator.requests if "/ex/" in seen.path} == {account}


def test_a_disconnected_member_acts_no_more(bridge: Bridge, page: str) -> None:
    world = bridge.world
    bob = world.connect(BOB, "nojira", purposes=WITH_JIRA)
    assert bridge.ok(BOB, "GET", f"{page}/issue")["acting_as"] == "technical_user"
    world.api.call(BOB, "DELETE", f"/connections/{bob['id']}")
    answer = bridge.call(BOB, "GET", f"{page}/issue")
    assert (answer.status, answer.code) == (409, "connect_required")


HOSTILE = (
    "0",
    "1",
    "99999999999999999999",
    "5244190%3384",
    "524419084%20",
    "%EF%BC%95%EF%BC%92%EF%BC%94",
    "..%2F524419084",
    "524419084%23PAGE",
    "524419084%00",
    "-1",
    "524419084%0A",
    "SYNC%23",
)


def test_G7_a_made_up_page_is_not_there_and_becomes_no_key(bridge: Bridge, page: str) -> None:
    def kept() -> list[str]:
        """All but the connections, whose use is noted."""
        return bridge.world.state_of(lambda item: item["sk"]["S"].startswith("CONNECTION#"))

    before = kept()
    for page_id in HOSTILE:
        made_up = f"{page.rpartition('/')[0]}/{page_id}"
        for method, part, body in DEEDS:
            answer = bridge.call(ANN, method, f"{made_up}{part}", body)
            # Taking back what is not there is done already; a slash in an id is another path.
            fine = {404, 405} | ({204} if method == "DELETE" else set())
            assert answer.status in fine, (method, page_id, answer.text)
            assert "524419084" not in answer.text
    assert kept() == before


def test_G6_a_trails_cursor_serves_its_own_trail_only(bridge: Bridge, page: str) -> None:
    bridge.world.clock.move(seconds=1)
    bridge.ok(ANN, "POST", f"{page}/transition", {"transition_id": "21"})
    synchronizer, other = page.split("/")[1], bridge.create()["id"]
    api = bridge.world.api
    cursor = api.ok(ADMIN, "GET", f"/synchronizers/{synchronizer}/acts", query={"limit": "1"})["next"]
    assert cursor
    for path in (f"/synchronizers/{other}/acts", f"/synchronizers/{synchronizer}/pages"):
        answer = api.call(ADMIN, "GET", path, query={"cursor": cursor})
        assert (answer.status, answer.code) == (400, "invalid_request")
    assert api.call(ADMIN, "GET", f"/synchronizers/{synchronizer}/acts", query={"cursor": cursor}).status == 200


UNFIT = (
    '{"fields": {"summary": NaN}}',
    '{"fields": {"summary": 1e999}}',
    '{"fields": {"summary": "\\ud83d"}}',
    '{"fields": {"summary": "a", "summary": "b"}}',
    '{"fields": {"summary": "a"}, "update": {"summary": [{"set": "b"}]}}',
    '{"fields": {"summary": "a"}, "transition": {"id": "31"}}',
    '{"fields": {"description": ' + "[" * 100 + "]" * 100 + "}}",
    '{"fields": {"' + "x" * 300 + '": "a"}}',
    '{"fields": {"": "a"}}',
    '{"fields": ["summary"]}',
    '{"fields": {"__proto__": {}, "properties": []}}',
)


def test_hostile_fields_reach_nobody(bridge: Bridge, page: str) -> None:
    path, json_kind = f"/synchronizers{page}/fields", {"content-type": "application/json"}
    summary = bridge.jira.issues("WEB")[-1].face.summary
    bridge.world.simulator.reset_requests()
    for body in UNFIT:
        answer = bridge.world.api.call(ANN, "PATCH", path, body=body, headers=json_kind)
        assert answer.status in {400, 422}, (body[:60], answer.text)
    assert bridge.jira.issues("WEB")[-1].face.summary == summary
    assert not [seen for seen in bridge.world.simulator.requests if seen.method == "PUT"]
