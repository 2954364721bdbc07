"""Agents: made and changed by admins, signed in with a token of their own, calling as far as their policy allows."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from confluence_connector.domain.agents.agents import hashed
from confluence_connector.limits import AGENT_CALLS_PER_MINUTE, AGENT_LIST_ROWS
from tests import canary
from tests.agents import OPEN, PAGES, READING, page, robot, robot_over
from tests.connecting import ADMIN, ANN, STRANGER, World
from tests.http import Person

ALIEN = Person("root", workspace="globex", roles=("admin",))


def test_an_agent_has_the_policy_of_its_profile(world: World) -> None:
    made = robot(world, profile="documentation_manager")
    shown = world.api.ok(ADMIN, "GET", f"/agents/{made.id}")
    assert shown["profile"] == "documentation_manager"
    assert shown["policy"]["pages"] == {"level": "read_write", "allow_delete": False, "require_approval": False}
    assert shown["policy"]["spaces"]["level"] == "read"
    assert "token" not in shown
    profiles = {each["profile"]: each["policy"] for each in world.api.ok(ANN, "GET", "/profiles")["items"]}
    assert profiles.keys() == {"read_only", "search_only", "documentation_manager", "full_access"}
    assert shown["policy"] == profiles["documentation_manager"]


def test_what_is_not_granted_is_disabled_and_a_change_touches_what_it_names(world: World) -> None:
    made = robot(world, policy={"pages": READING})
    path = f"/agents/{made.id}"
    assert world.api.ok(ADMIN, "GET", path)["policy"]["search"]["level"] == "disabled"
    assert made.call("GET", "/wiki/rest/api/search", {"cql": "type=page"}).code == "group_disabled"
    changed = world.api.ok(ADMIN, "PATCH", path, {"policy": {"search": READING | {"level": "read_write"} | OPEN}})
    assert changed["policy"]["search"]["level"] == "read"
    assert changed["policy"]["pages"]["level"] == "read"
    assert made.call("GET", "/wiki/rest/api/search", {"cql": "type=page"}).status == 200
    assert world.api.ok(ADMIN, "PATCH", path, {"name": "R2"})["policy"] == changed["policy"]
    assert world.api.ok(ADMIN, "PATCH", path, {"profile": "full_access"})["profile"] == "full_access"


@pytest.mark.parametrize(
    "rights",
    [
        {},
        {"profile": "root"},
        {"profile": "read_only", "policy": {}},
        {"policy": {"pages": {"level": "read_write"}}},
        {"policy": {"pages": {"level": "read_write", "allow_delete": False}}},
        {"policy": {"pages": {"level": "admin"}}},
        {"policy": {"blogs": {"level": "read"}}},
    ],
)
def test_rights_are_said_in_full(world: World, rights: dict[str, Any]) -> None:
    made = world.connect(ADMIN, "grace", owner="workspace", purposes=("agent_read",))
    body = {"name": "Robot", "connection_id": made["id"]} | rights
    assert world.api.call(ADMIN, "POST", "/agents", json_body=body).status == 422


def test_an_agent_works_through_a_connection_made_for_agents(world: World) -> None:
    def asked(connection: Any) -> Any:
        body = {"name": "Robot", "connection_id": connection["id"], "profile": "read_only"}
        return world.api.call(ADMIN, "POST", "/agents", json_body=body)

    assert asked(world.connect(ADMIN, "grace")).code == "workspace_owner_required"
    linked = world.connect(ADMIN, "grace", owner="workspace")
    assert asked(linked).code == "scopes_missing"
    assert asked(world.begin(ADMIN, "workspace", ("agent_read",))["connection"]).code == "confirmation_required"
    assert asked({"id": world.runtime.new_id("con")}).status == 404


def test_only_admins_manage(world: World) -> None:
    made = robot(world)
    for method, path, body in (
        ("GET", "/agents", None),
        ("GET", f"/agents/{made.id}", None),
        ("PATCH", f"/agents/{made.id}", {"name": "Mine"}),
        ("DELETE", f"/agents/{made.id}", None),
        ("POST", f"/agents/{made.id}/token", None),
        ("GET", f"/agents/{made.id}/calls", None),
        ("GET", "/approvals", None),
        ("POST", "/agents", {"name": "R", "connection_id": made.connection_id, "profile": "read_only"}),
    ):
        assert world.api.call(ANN, method, path, json_body=body).status == 403, path
        if made.id in path:
            assert world.api.call(STRANGER, method, path, json_body=body).status == 404, path
    assert [each["id"] for each in world.api.ok(ADMIN, "GET", "/agents")["items"]] == [made.id]
    assert world.api.ok(ALIEN, "GET", "/agents")["items"] == []


def test_G11_a_token_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    made = robot(world)
    assert len(made.token) == len("cca_") + 43
    kept = json.dumps(world.aws.items(), default=str)
    assert made.token not in kept
    assert hashed(made.token) in kept
    assert made.token not in world.api.call(ADMIN, "GET", "/agents").text


def test_a_token_that_was_replaced_or_revoked_is_dead_at_once(world: World) -> None:
    made = robot(world)
    made.ok("GET", PAGES)
    lookups = sum(item["pk"]["S"].startswith("LOOKUP#") for item in world.aws.items())
    turned = world.api.ok(ADMIN, "POST", f"/agents/{made.id}/token")
    canary.current().plant_one_time(turned["token"])
    assert made.call("GET", PAGES).code == "unauthenticated"
    assert made.call("GET", PAGES, token=turned["token"]).status == 200
    assert sum(item["pk"]["S"].startswith("LOOKUP#") for item in world.aws.items()) == lookups
    assert world.api.call(ADMIN, "DELETE", f"/agents/{made.id}").status == 204
    assert made.call("GET", PAGES, token=turned["token"]).code == "unauthenticated"
    assert world.api.call(ADMIN, "GET", f"/agents/{made.id}").status == 404
    assert len(made.calls()) == 2  # its trail stays


def test_F4_an_agents_token_and_a_members_never_stand_for_each_other(world: World) -> None:
    made = robot(world)
    wrong = ["", "cca_", "cca_" + "x" * 43, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"]
    wrong += [made.token + "x", made.token[4:], made.token.swapcase()]
    answers = [made.call("GET", PAGES, token=token) for token in wrong]
    answers.append(world.api.call(None, "POST", "/agent/confluence", json_body={"method": "GET", "path": PAGES}))
    answers.append(world.api.call(ADMIN, "POST", "/agent/confluence", json_body={"method": "GET", "path": PAGES}))
    doubled = {"authorization": f"Bearer {made.token}, Bearer {made.token}"}
    answers.append(world.api.call(None, "GET", "/agent/approvals/x", headers=doubled))
    assert {(each.status, each.text) for each in answers} == {(401, answers[0].text)}
    for path in ("/agents", "/connections", "/approvals", "/providers"):
        assert made.send("GET", path).code == "unauthenticated"
    assert world.simulator.by_endpoint[f"GET {PAGES}"] == 0


def test_reads_and_writes_go_through(world: World) -> None:
    made, seen = robot(world, profile="full_access"), page(world)
    assert made.ok("GET", f"{PAGES}/{seen.id}", {"body-format": "storage"})["title"] == seen.title
    body = {"spaceId": seen.space_id, "title": "By a robot", "body": {"representation": "storage", "value": "<p>x</p>"}}
    created = made.ok("POST", PAGES, body=body)
    assert page(world, "By a robot").id == created["id"]
    label = made.ok("POST", f"/wiki/rest/api/content/{created['id']}/label", body=[{"prefix": "global", "name": "r"}])
    assert label["results"][0]["name"] == "r"
    deleted = made.call("DELETE", f"{PAGES}/{created['id']}")
    assert deleted.json()["status"] == 204
    assert deleted.json()["body"] is None
    assert page(world, "By a robot").status == "trashed"


def test_a_file_is_attached(world: World) -> None:
    made, seen = robot(world, profile="documentation_manager"), page(world)
    path = f"/wiki/rest/api/content/{seen.id}/child/attachment"
    file = {"filename": "a.txt", "content": "aGVsbG8=", "media_type": "text/plain", "comment": "made by a robot"}
    assert made.ok("POST", path, body=file)["results"][0]["title"] == "a.txt"
    for wrong in ({}, file | {"content": "%"}, file | {"filename": ""}, file | {"file": "x"}, None):
        assert made.call("POST", path, body=wrong).status == 422, wrong


def test_confluences_refusals_are_answers(world: World) -> None:
    made, seen = robot(world, profile="full_access"), page(world)
    body = {"id": seen.id, "status": "current", "title": seen.title, "version": {"number": 9},
            "body": {"representation": "storage", "value": "<p>x</p>"}}  # fmt: skip
    stale = made.call("PUT", f"{PAGES}/{seen.id}", body=body)
    assert (stale.status, stale.json()["status"], stale.json()["trust"]) == (200, 409, "untrusted")
    assert stale.json()["request_id"] == "req-1"


def test_F5_an_agent_has_a_minute_of_calls_and_lists_have_an_end(world: World) -> None:
    made, other = robot(world), None
    for _ in range(AGENT_CALLS_PER_MINUTE):
        made.ok("GET", PAGES, {"limit": 1})
    world.clock.move(seconds=15)
    over = made.call("GET", PAGES)
    assert (over.status, over.code, over.json()["retry_after"], over.headers["retry-after"]) == (
        429, "too_many_requests", 45, "45",
    )  # fmt: skip
    assert made.calls()[0]["code"] == "too_many_requests"
    other = robot_over(world, made.connection_id)
    assert other.call("GET", PAGES).status == 200
    world.clock.move(seconds=45)
    assert made.call("GET", PAGES).status == 200
    for limit in (AGENT_LIST_ROWS + 1, 10_000, "1e3", "-1", "٣"):
        assert made.call("GET", PAGES, {"limit": limit}).status == 422, limit
    assert made.call("GET", PAGES, {"limit": AGENT_LIST_ROWS}).status == 200


def test_a_missing_scope_is_told_before_atlassian_could(world: World) -> None:
    made, seen = robot(world, profile="full_access", purposes=("agent_read",)), page(world)
    asked = world.simulator.by_endpoint.total()
    refused = made.call("DELETE", f"{PAGES}/{seen.id}")
    assert (refused.status, refused.code) == (409, "scopes_missing")
    assert "reconnect to grant write access" in refused.json()["remedy"]
    assert refused.json()["missing_scopes"] == ["delete:page:confluence"]
    assert world.simulator.by_endpoint.total() == asked
    started = world.reconnect(ADMIN, made.connection_id, purposes=["agent_write"])
    assert world.confirm(ADMIN, world.consented(started, "grace")).status == 200
    assert made.call("DELETE", f"{PAGES}/{seen.id}").json()["status"] == 204


def test_a_read_for_which_atlassian_wants_a_writing_scope_says_so(world: World) -> None:
    made = robot(world, purposes=("agent_read",))
    refused = made.call("GET", f"{PAGES}/{page(world).id}/classification-level")
    assert (refused.code, refused.json()["missing_scopes"]) == ("scopes_missing", ["write:page:confluence"])
    assert "reconnect to grant write access" in refused.json()["remedy"]


def test_a_trail_that_breaks_off_does_not_make_an_agent_write_twice(world: World) -> None:
    """Told 503 after the change was made, it would make it again. Before anything is sent, 503 it is."""
    made, seen = robot(world, profile="full_access"), page(world)
    path, body = f"/wiki/rest/api/content/{seen.id}/label", [{"prefix": "global", "name": "once"}]
    world.aws.fail("dynamodb", "PutItem", "ThrottlingException")
    assert made.call("POST", path, body=body).code == "service_unavailable"
    assert "once" not in seen.labels
    world.aws.heal()

    def breaks_off(call: Any) -> Any:
        if "once" in seen.labels:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")
        return call()

    world.aws.fault("dynamodb", "PutItem", breaks_off)
    assert "once" in repr(made.ok("POST", path, body=body)["results"])
    assert made.call("GET", PAGES).code == "service_unavailable"  # what is not written down is not told
    world.aws.heal()
    line = made.calls()[0]
    assert (line["verdict"], line["path"], line["code"], line["upstream_status"]) == (
        "allowed", path, "internal_error", None,
    )  # fmt: skip


def test_disconnecting_ends_an_agents_use(world: World) -> None:
    made = robot(world)
    made.ok("GET", PAGES)
    world.api.ok(ADMIN, "DELETE", f"/connections/{made.connection_id}")
    refused = made.call("GET", PAGES)
    assert (refused.status, refused.code) == (409, "reconnect_required")
    assert "linked source" not in refused.text


def test_an_agent_does_not_follow_its_connection_to_another_site(world: World) -> None:
    made = robot(world, account="grace")
    started = world.reconnect(ADMIN, made.connection_id)
    elsewhere = [cloud for cloud, site in world.simulator.sites.items() if "globex" in site.url]
    returned = world.consented(started, "alice", sites=elsewhere)
    assert world.confirm(ADMIN, returned, accept_change=True).status == 200
    assert made.call("GET", PAGES).code == "site_changed"


def test_every_call_is_in_the_trail_without_text(world: World) -> None:
    made, seen = robot(world, profile="documentation_manager"), page(world)
    text = {"representation": "storage", "value": "<p>secret body</p>"}
    for method, path, query, body in (
        ("GET", "/wiki/rest/api/search", {"cql": 'title ~ "very secret words"'}, None),
        ("DELETE", f"{PAGES}/{seen.id}", None, None),
        ("GET", "/wiki/nonsense/secret-path", None, None),
        ("DELETE", "/wiki/rest/api/space/SHOP", None, None),
        ("POST", PAGES, None, {"spaceId": seen.space_id, "title": "Secret title", "body": text}),
    ):
        world.clock.move(seconds=1)
        made.call(method, path, query, body)
    lines = made.calls()
    assert [(each["verdict"], each["code"], each["upstream_status"]) for each in lines] == [
        ("allowed", None, 200),
        ("refused", "blocked", None),
        ("refused", "unknown_operation", None),
        ("refused", "delete_not_allowed", None),
        ("allowed", None, 200),
    ]
    assert [each["path"] for each in lines] == [
        PAGES, "/wiki/rest/api/space/SHOP", None, f"{PAGES}/{seen.id}", "/wiki/rest/api/search",
    ]  # fmt: skip
    assert all(each["via"] == "rest" and each["duration_ms"] >= 0 for each in lines)
    kept = json.dumps([item for item in world.aws.items() if "AGENTCALL" in item["sk"]["S"]])
    assert "ecret" not in kept
    listed = world.api.ok(ADMIN, "GET", f"/agents/{made.id}/calls", query={"limit": "2"})
    rest = world.api.ok(ADMIN, "GET", f"/agents/{made.id}/calls", query={"cursor": listed["next"]})
    assert [*listed["items"], *rest["items"]] == lines
    exported = world.api.call(ADMIN, "GET", f"/agents/{made.id}/calls", query={"format": "jsonl"})
    assert exported.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in exported.text.splitlines()] == lines


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_half_a_character_keeps_no_answer_back(world: World, method: str) -> None:
    """JSON can hold a lone surrogate, as an escape; an agent told 500 after its change was made would make it again."""
    made, seen = robot(world, profile="full_access"), page(world)
    answer = b'{"id":"%s","title":"\\ud83d end"}' % seen.id.encode()
    world.simulator.script(f"{method} {PAGES}/{{id}}", status=200, body=answer)
    said = made.call(method, f"{PAGES}/{seen.id}", body={"id": seen.id} if method == "PUT" else None)
    assert said.status == 200
    assert said.json()["body"]["title"] == "\ud83d end"


def test_D14_a_number_beyond_all_numbers_is_no_answer(world: World) -> None:
    made, seen = robot(world), page(world)
    world.simulator.script(f"GET {PAGES}/{{id}}", status=200, body=b'{"id":"1","views":1e999}')
    assert made.call("GET", f"{PAGES}/{seen.id}").code == "upstream_protocol_error"


def test_large_answers_are_handed_over(world: World) -> None:
    made, seen = robot(world), page(world)
    world.simulator.editor().edit(seen.id, world.clock(), storage=f"<p>{'x' * 5_100_000}</p>")
    answer = made.call("GET", f"{PAGES}/{seen.id}", {"body-format": "storage"})
    assert (answer.status, answer.code) == (413, "too_large")
    assert "download_url" in answer.json()
