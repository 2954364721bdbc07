"""What Atlassian gives for a code: malformed, less than asked for, no site, several, somebody else's (A13–A17)."""

from typing import Any

import pytest

from confluence_connector.domain.identifiers import MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from local.simulator.accounts import ACME, GLOBEX
from tests.connecting import ADMIN, ANN, STRANGER, World

TOKENS = "POST /oauth/token"
MALFORMED: dict[str, dict[str, Any]] = {
    "html": {"status": 200, "body": "<html>log in</html>", "headers": {"content-type": "text/html"}},
    "empty": {"status": 200, "body": b""},
    "a list": {"status": 200, "body": []},
    "truncated": {"status": 200, "body": b'{"access_token": "a', "headers": {"content-type": "application/json"}},
    "no access_token": {"drop": ("access_token",)},
    "empty access_token": {"patch": {"access_token": ""}},
    "access_token a number": {"patch": {"access_token": 7}},
    "expires_in a string": {"patch": {"expires_in": "3600"}},
    "expires_in negative": {"patch": {"expires_in": -1}},
    "expires_in huge": {"patch": {"expires_in": 10**12}},
    "other token_type": {"patch": {"token_type": "mac"}},
    "no expires_in": {"drop": ("expires_in",)},
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_A13_malformed_token_answer(world: World, kind: str) -> None:
    world.simulator.script(TOKENS, **MALFORMED[kind])
    page = world.consented(world.begin(ANN), "grace")
    assert (page.status, page.data["status"]) == (502, "upstream_protocol_error")
    assert world.aws.secret_names() == []
    assert world.stored(page.data["connection"]).pending is None


@pytest.mark.parametrize(("endpoint", "status"), [(TOKENS, 500), (TOKENS, 503), ("GET /me", 500), ("GET /me", 429)])
def test_A13_atlassian_is_down(world: World, endpoint: str, status: int) -> None:
    world.simulator.script(endpoint, status=status, times=5)
    page = world.consented(world.begin(ANN), "grace")
    assert page.status == (429 if status == 429 else 503)
    assert page.headers["retry-after"]
    assert world.aws.secret_names() == []


def test_A13_token_endpoint_asks_to_wait(world: World) -> None:
    world.simulator.script(TOKENS, status=429, headers={"retry-after": "17"})
    page = world.consented(world.begin(ANN), "grace")
    assert (page.status, page.data["status"], page.headers["retry-after"]) == (429, "rate_limited", "17")


def test_A13_wrong_app_secret_is_ours_to_mend(world: World) -> None:
    world.simulator.script(TOKENS, status=401, body={"error": "access_denied"}, times=3)
    page = world.consented(world.begin(ANN), "grace")
    assert (page.status, page.data["status"]) == (503, "app_misconfigured")


def test_A14_fewer_scopes(world: World) -> None:
    world.simulator.behaviour.withheld_scopes = ("read:hierarchical-content:confluence",)
    made = world.connect(ANN)
    assert made["status"] == "limited"
    assert made["missing_scopes"] == ["read:hierarchical-content:confluence"]
    assert made["reason"]
    refused = world.api.call(ANN, "GET", f"/connections/{made['id']}/spaces")
    assert (refused.status, refused.code) == (409, "scopes_missing")
    assert refused.json()["missing_scopes"] == made["missing_scopes"]


def test_A14_without_the_identity_scope(world: World) -> None:
    world.simulator.behaviour.withheld_scopes = ("read:me",)
    page = world.consented(world.begin(ANN), "grace")
    assert (page.status, page.data["status"]) == (409, "scopes_missing")
    assert world.aws.secret_names() == []


def test_A15_no_refresh_token(world: World) -> None:
    world.simulator.behaviour.withheld_scopes = ("offline_access",)
    page = world.consented(world.begin(ANN), "grace")
    assert (page.status, page.data["status"]) == (409, "offline_access_missing")
    assert world.aws.secret_names() == []
    assert world.stored(page.data["connection"]).pending is None


def test_A16_no_site(world: World) -> None:
    page = world.consented(world.begin(ANN), "none")
    assert (page.status, page.data["status"]) == (409, "no_site")
    assert world.aws.secret_names() == []


def test_A16_no_site_with_confluence(world: World) -> None:
    site = {"id": ACME, "url": "https://acme.atlassian.net", "name": "acme", "scopes": ["read:jira-work"]}
    world.simulator.script("GET /oauth/token/accessible-resources", status=200, body=[site])
    page = world.consented(world.begin(ANN), "grace")
    assert (page.status, page.data["status"]) == (409, "no_site")


def test_A16_several_sites_are_asked_for_and_merged(world: World) -> None:
    made = world.connect(ANN, "ada")
    path = f"/connections/{made['id']}"
    assert (made["status"], made["site"]) == ("choosing_site", None)
    offered = world.api.ok(ANN, "GET", f"{path}/sites")["items"]
    assert [site["cloud_id"] for site in offered] == [ACME, GLOBEX], "the one listed twice is one"
    assert {"cloud_id", "name", "url"} <= offered[0].keys()

    foreign = world.api.call(ANN, "PUT", f"{path}/site", json_body={"cloud_id": "0a0a0a0a-0000-0000-0000-000000000000"})
    assert foreign.status == 404
    chosen = world.api.ok(ANN, "PUT", f"{path}/site", {"cloud_id": GLOBEX})
    assert (chosen["status"], chosen["site"]["cloud_id"]) == ("connected", GLOBEX)
    for method, what, body in (("PUT", "site", {"cloud_id": ACME}), ("GET", "sites", None)):
        assert world.api.call(ANN, method, f"{path}/{what}", json_body=body).code == "site_already_chosen"


def test_A16_two_people_choose_at_once(world: World) -> None:
    made = world.connect(ADMIN, "ada", owner="workspace")
    other = Principal(MemberId("root2"), WorkspaceId("acme"), frozenset({"admin"}), frozenset())
    choose = world.runtime.connecting.choose_site.choose
    world.aws.before("dynamodb", "PutItem", lambda: choose(other, made["id"], GLOBEX, "confluence"))
    late = world.api.call(ADMIN, "PUT", f"/connections/{made['id']}/site", json_body={"cloud_id": ACME})
    assert late.code == "site_already_chosen"
    assert world.stored(made["id"]).site.cloud_id == GLOBEX


def test_A17_same_account_in_two_workspaces(world: World) -> None:
    here, there = world.connect(ANN, "ada"), world.connect(STRANGER, "ada")
    for person, made, site in ((ANN, here, ACME), (STRANGER, there, GLOBEX)):
        world.api.ok(person, "PUT", f"/connections/{made['id']}/site", {"cloud_id": site})
    assert [item["site"]["cloud_id"] for item in world.api.ok(ANN, "GET", "/connections")["items"]] == [ACME]
    assert [item["site"]["cloud_id"] for item in world.api.ok(STRANGER, "GET", "/connections")["items"]] == [GLOBEX]
    assert world.api.call(ANN, "GET", f"/connections/{there['id']}").status == 404
