"""Which connections may exist, what is left of them, and whom they are reported to (A2, A8)."""

from typing import Any
from urllib.parse import quote, unquote

import pytest

from confluence_connector.domain.identifiers import WorkspaceId
from tests.connecting import ADMIN, ANN, World
from tests.http import LambdaContext, Person, answered, event


def kinds(world: World) -> list[str]:
    return [event["kind"] for event in world.aws.published("SecurityEvent")]


# ── what a disconnect leaves ────────────────────────────────────────────────────────────────────────────────────────


def test_nobodys_name_or_address_stays_after_a_disconnect(world: World) -> None:
    made = world.connect(ANN)
    name, email = made["account"]["name"], made["account"]["email"]
    assert name in "".join(world.state_of())
    world.api.ok(ANN, "DELETE", f"/connections/{made['id']}")
    left = "".join(world.state_of())
    assert name not in left
    assert email not in left
    assert world.api.ok(ANN, "GET", f"/connections/{made['id']}")["account"] is None


def test_a_disconnected_connection_still_knows_whose_account_it_was(world: World) -> None:
    made = world.connect(ANN)
    world.api.ok(ANN, "DELETE", f"/connections/{made['id']}")
    other = world.consented(world.reconnect(ANN, made["id"]), "nojira")
    assert world.confirm(ANN, other).code == "other_account_or_site"
    same = world.consented(world.reconnect(ANN, made["id"]), "grace")
    assert world.confirm(ANN, same).json()["account"] == made["account"]


# ── who owns what ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("purposes", [["sync"], ["agent_read"], ["link", "agent_write"]])
def test_only_a_workspaces_connection_does_more_than_link(world: World, purposes: list[str]) -> None:
    body = {"owner": "user", "purposes": purposes}
    for person in (ANN, ADMIN):
        refused = world.api.call(person, "POST", "/connections", json_body=body)
        assert (refused.status, refused.code) == (422, "workspace_owner_required")
    assert world.aws.items() == []
    made = world.connect(ANN)
    refused = world.api.call(ANN, "POST", f"/connections/{made['id']}/reconnect", json_body={"purposes": purposes})
    assert refused.code == "workspace_owner_required"
    world.begin(ADMIN, "workspace", purposes)


def test_both_products_are_listed(world: World) -> None:
    assert world.api.ok(ANN, "GET", "/providers")["items"] == [
        {"provider": "confluence", "enabled": True, "reason": None},
        {"provider": "jira", "enabled": True, "reason": None},
    ]


def test_a_member_may_connect_for_jira_and_the_consent_asks_for_it(world: World) -> None:
    made = world.connect(ANN)
    started = world.api.ok(ANN, "POST", f"/connections/{made['id']}/reconnect", {"purposes": ["link", "jira"]})
    assert started["connection"]["id"] == made["id"]
    (consent,) = world.runtime.connecting.consents.of_workspace(WorkspaceId("acme"))
    assert {"read:jira-work", "write:jira-work", "read:jira-user"} <= set(consent.scopes)


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("path", "known"), [("/providers", "provider"), ("/sites", "cloud_id")])
def test_every_list_is_paged(world: World, path: str, known: str) -> None:
    if path == "/sites":
        path = f"/connections/{world.connect(ANN, 'ada')['id']}/sites"
    whole = world.api.ok(ANN, "GET", path)
    assert whole["next"] is None
    first = world.api.ok(ANN, "GET", path, query={"limit": "1"})
    second = world.api.ok(ANN, "GET", path, query={"limit": "1", "cursor": first["next"]})
    assert [each[known] for each in first["items"] + second["items"]] == [each[known] for each in whole["items"]]
    assert second["next"] is None
    for limit in ("0", "201", "x", "-1"):
        assert world.api.call(ANN, "GET", path, query={"limit": limit}).status == 422
    for cursor in ("x", first["next"][:-1]):
        assert world.api.call(ANN, "GET", path, query={"cursor": cursor}).status == 400
    assert world.api.call(ANN, "GET", "/connections", query={"cursor": first["next"]}).status == 400, "another list's"


# ── reports ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_C6_a_removed_members_consent_has_a_word_of_its_own(world: World) -> None:
    made = world.connect(ADMIN, "grace", owner="workspace")
    world.consented(world.reconnect(ADMIN, made["id"]), "grace")
    world.api.ok(Person("root2", roles=("admin",)), "DELETE", "/members/root")
    assert kinds(world) == ["consent_of_removed_member"]


@pytest.mark.parametrize(
    "sub", ["auth0|abc", "a/b", "a/b/", "50%", "a%2Fb", "a%25b", "a b+c", "bob@example.com", "ü#x"]
)
def test_a_member_is_removed_by_exactly_their_sub(world: World, sub: str) -> None:
    """API Gateway hands the path over decoded; nobody may decode it once more."""
    others = [other for other in ("auth0|abc", "a/b", "a", "a%b", unquote(sub)) if other != sub]
    for person in (sub, *others):
        world.begin(Person(person))
    world.api.ok(ADMIN, "DELETE", f"/members/{quote(sub, safe='')}")
    left = {each.owner_id for each in world.runtime.connections.of_workspace(WorkspaceId("acme"))}
    assert left == set(others)


# ── claims ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "connector/read"}, 200),
        ({"scp": "[connector/read connector/write]"}, 200),
        ({"scp": "connector/read"}, 200),
        ({"scope": "openid", "scp": "connector/read"}, 403),
        ({"scope": "", "scp": "connector/read"}, 403),
        ({"scp": "connector/write"}, 403),
        ({}, 403),
    ],
)
def test_scopes_are_in_scope_or_where_there_is_none_in_scp(world: World, claims: dict[str, Any], status: int) -> None:
    made = event("GET", "/connections", claims={"sub": "ann", "workspace": "acme"} | claims)
    assert answered(world.api.handler("oauth")(made, LambdaContext())).status == status
