"""The bench-only mode: off, nothing changes; on, the site host is what other connectors expect."""

from typing import Any

import httpx
import pytest

from local.simulator import create_simulator
from local.simulator.accounts import ACME
from tests.conftest import MovableClock
from tests.contract.simulator_caller import Caller

HERE = "http://127.0.0.1:8090"
V1 = "/wiki/rest/api"
LOGIN = ("alice@example.com", "a token")


class Peer:
    """Another connector: Basic auth against one base URL."""

    def __init__(self, caller: Caller, base_url: str = f"{HERE}/wiki", auth: tuple[str, str] | None = LOGIN) -> None:
        self.caller, self.base_url = caller, base_url
        self.http = httpx.Client(transport=caller.simulator.transport(), auth=auth)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(f"{self.base_url}{path}", params=query or None)


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    simulator = create_simulator(clock=clock, seed=7, sleep=clock.sleep, generate="120:2", bench=True)
    return Caller(clock, simulator, "alice").consent()


@pytest.fixture
def peer(caller: Caller) -> Peer:
    return Peer(caller)


@pytest.mark.parametrize("base", [f"{HERE}/wiki", HERE, "https://acme.atlassian.net/wiki"])
@pytest.mark.parametrize("path", ["/rest/api/content", "/rest/api/space", "/rest/api/content/20000000000"])
def test_without_the_mode_the_site_host_takes_nothing(clock: MovableClock, base: str, path: str) -> None:
    caller = Caller(clock, create_simulator(clock=clock, sleep=clock.sleep, generate="20:2"), "alice").consent()
    for auth in (LOGIN, None):
        answer = Peer(caller, base, auth).get(path)
        assert answer.status_code == (401 if "atlassian.net" in base else 404)


def test_the_mode_changes_nothing_behind_the_gateway(caller: Caller) -> None:
    assert caller.get(f"{V1}/content").status_code == 410
    assert caller.get("/wiki/api/v2/pages").status_code == 200
    peer = Peer(caller, f"https://api.atlassian.com/ex/confluence/{ACME}/wiki")
    assert peer.get("/rest/api/content").status_code == 401
    assert caller.http.get(f"https://acme.atlassian.net{V1}/space", headers=caller.headers).status_code == 401


@pytest.mark.parametrize("auth", [None, ("alice@example.com", ""), ("nobody@example.com", "x"), ("none", "x")])
def test_who_is_nobody_stays_out(caller: Caller, auth: tuple[str, str] | None) -> None:
    assert Peer(caller, auth=auth).get("/rest/api/space").status_code == 401


@pytest.mark.parametrize("base", [f"{HERE}/wiki", HERE, "https://acme.atlassian.net/wiki"])
def test_spaces(caller: Caller, base: str) -> None:
    peer = Peer(caller, base)
    rows = peer.get("/rest/api/space", start=0, limit=500, expand="homepage").json()["results"]
    assert {"SHOP", "GEN1", "GEN2", "OLD"} <= {row["key"] for row in rows}
    one = peer.get("/rest/api/space/GEN1", expand="homepage").json()
    assert one["homepage"]["id"] == "20000000000"
    assert peer.get("/rest/api/space/NOWHERE").status_code == 404


@pytest.mark.parametrize(
    ("expand", "most"),
    [("version", 60), ("body.storage,version,metadata.labels", 50), ("body.view", 50), ("body.export_view.value", 25)],
)
def test_pages_of_a_space_by_start(peer: Peer, expand: str, most: int) -> None:
    ids: list[str] = []
    while True:
        query = {"spaceKey": "GEN1", "start": len(ids), "limit": 100, "expand": expand, "type": "page"}
        answer = peer.get("/rest/api/content", **query).json()
        assert (answer["start"], answer["size"]) == (len(ids), len(answer["results"]))
        if not answer["results"]:
            break
        assert answer["size"] <= most
        ids += [row["id"] for row in answer["results"]]
        assert ("next" in answer["_links"]) == (len(ids) < 60)
    assert ids == [row["id"] for row in peer.caller.walk("/wiki/api/v2/pages", space_id=peer.caller.space_id("GEN1"))]
    assert peer.caller.violations() == []


def test_next_leads_on_for_those_who_follow_it(peer: Peer) -> None:
    path, seen = "/rest/api/content?spaceKey=GEN2&limit=17&expand=body.storage", 0
    while path:
        answer = peer.get(path).json()
        seen += answer["size"]
        path = answer["_links"].get("next", "")
    assert seen == 60


def test_one_page_with_all_that_is_asked_for(peer: Peer) -> None:
    site = peer.caller.simulator.sites[ACME]
    page = next(each.content_id for each in site.attachments.values() if each.content_id in site.generated)
    expand = "body.view,body.export_view,body.editor2,body.storage,metadata.labels,metadata.properties,ancestors,"
    row = peer.get(f"/rest/api/content/{page}", expand=f"{expand}version,history,history.createdBy").json()
    assert row["version"]["by"]["displayName"]
    assert row["history"]["createdBy"]["accountId"] == site.content[page].author_id
    assert row["_expandable"]["space"].startswith("/rest/api/space/GEN")
    assert all(each["_expandable"] == row["_expandable"] for each in row["ancestors"])
    html = row["body"]["export_view"]["value"]
    assert "ac:" not in html.replace("mac:", "")
    assert "ri:" not in html
    assert f"/wiki/download/attachments/{page}/" in html
    assert row["_links"]["base"] == f"{HERE}/wiki"
    files = peer.get(f"/rest/api/content/{page}/child/attachment", start=0, limit=50, expand="version").json()
    download = files["results"][0]["_links"]["download"]
    assert peer.get(download).content == site.attachments[files["results"][0]["id"]].body
    labels = peer.get(f"/rest/api/content/{page}/label").json()["results"]
    assert [each["name"] for each in labels] == site.content[page].labels
    allowed = peer.get(f"/rest/api/content/{page}/restriction/byOperation").json()
    assert allowed["read"]["restrictions"]["user"]["results"] == []


def test_search_children_and_what_nobody_sees(peer: Peer) -> None:
    query = {"cql": 'type=page AND space="GEN1"', "limit": 250}
    assert peer.get("/rest/api/content/search", expand="ancestors,version", **query).json()["size"] == 60
    capped = peer.get("/rest/api/content/search", cql="space=GEN1", limit=250, expand="body.storage").json()
    assert (capped["size"], capped["_links"]["next"][:29]) == (50, "/rest/api/content/search?cql=")
    assert peer.get(capped["_links"]["next"]).json()["size"] == 10
    below = peer.get("/rest/api/content/20000000000/child/page", limit=200).json()["results"]
    children = peer.caller.walk("/wiki/api/v2/pages/20000000000/direct-children")
    assert [row["id"] for row in below] == [row["id"] for row in children]
    hidden = next(each for each in peer.caller.simulator.sites[ACME].content.values() if each.readers)
    assert peer.get(f"/rest/api/content/{hidden.id}").status_code == 200
    assert Peer(peer.caller, auth=("ada", "x")).get(f"/rest/api/content/{hidden.id}").status_code == 404


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/rest/api/content", {"spaceKey": "GEN1", "postingDay": "2026-01-01"}),
        ("/rest/api/content", {"spaceKey": "GEN1", "expand": "operations"}),
        ("/rest/api/content/20000000000/history", {}),
        ("/rest/api/group", {}),
        ("/api/v2/pages", {}),
    ],
)
def test_what_no_peer_asks_is_not_answered(peer: Peer, path: str, query: dict[str, str]) -> None:
    assert peer.get(path, **query).status_code == 501
    assert peer.caller.violations() == ["not_simulated"]


def test_the_burst_limit_holds_and_no_points_are_spent(peer: Peer) -> None:
    before = peer.caller.simulator.world.ledger.total
    peer.caller.simulator.behaviour.burst_per_second = 3
    answers = [peer.get("/rest/api/space", limit=1) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "1"
    assert peer.caller.simulator.world.ledger.total == before
