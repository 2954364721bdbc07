"""Workspaces do not meet: rights by role, foreign ids, claims, cursors, keys, warm processes (A2, G1–G11)."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from operator import eq
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_connector.adapters.dynamodb import keys
from confluence_connector.domain.connections import Right
from confluence_connector.domain.identifiers import OURS, WorkspaceId
from confluence_connector.routes import ROUTES
from tests import canary
from tests.abuse.route_matrix import ROWS, C, Row, signed_in_rows
from tests.connecting import ADMIN, ANN, BOB, STRANGER, World
from tests.http import Answer, Api, LambdaContext, Person, answered, event

PLACES = {"space_key": "SHOP", "page_id": "524419084", "sub": "somebody", "project_key": "WEB"}
DENIED = {403, 404}
ROLES = {
    "user": {
        "owner": (ANN, set(Right)),
        "member": (BOB, set()),
        "admin": (ADMIN, {Right.SEE, Right.DISCONNECT}),
        "other workspace": (STRANGER, set()),
    },
    "workspace": {
        "member": (ANN, {Right.SEE, Right.USE}),
        "admin": (ADMIN, set(Right)),
        "other workspace": (STRANGER, set()),
    },
}


def send(world: World, person: Person | None, row: Row, ids: dict[str, str], **options: Any) -> Answer:
    path, body = row.filled(PLACES | ids)
    return world.api.call(person, row.method, path, json_body=body, headers=row.headers, **options)


def test_every_route_is_in_the_matrix() -> None:
    assert {row.key for row in ROWS} == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("owner", ROLES)
def test_route_by_role(world: World, owner: str) -> None:
    """Owner, member, admin, other workspace × every route that names a connection."""
    maker = ANN if owner == "user" else ADMIN
    walked, made = 0, None
    for role, (person, rights) in ROLES[owner].items():
        for row in (each for each in ROWS if each.right):
            made = made or world.connect(maker, "grace", owner=owner, purposes=("link", "jira"))
            answer = send(world, person, row, {"connection_id": made["id"]})
            allowed = answer.status not in DENIED
            assert allowed == (row.right in rights), f"{role} {row.key}: {answer.status} {answer.text}"
            if allowed and row.right == Right.USE and row.path != f"{C}/pages":
                assert answer.status in {200, 201, 202}, f"{role} {row.key}: {answer.status} {answer.text}"
            if not rights:
                assert answer.status == 404, f"{role} {row.key} learns that it exists"
            if allowed and row.method != "GET":  # the next one finds it as it was made
                world.api.call(maker, "DELETE", f"/connections/{made['id']}")
                made = None
            walked += 1
    print(f"{walked} combinations")


def test_G1_foreign_object_on_every_route(world: World) -> None:
    """Ids that are right, in another workspace. Nothing under that workspace's keys is read either."""
    theirs = world.connect(STRANGER, "grace")
    ids = {
        "connection_id": theirs["id"],
        "feature_id": world.runtime.new_id("ftr"),
        "document_id": world.runtime.new_id("doc"),
        "run_id": world.runtime.new_id("run"),
        "job_id": world.runtime.new_id("job"),
        "agent_id": world.runtime.new_id("agt"),
        "approval_id": world.runtime.new_id("apr"),
        "synchronizer_id": world.runtime.new_id("syn"),
    }
    before = world.state_of()
    walked = 0
    for person in (ANN, ADMIN):
        for row in (each for each in signed_in_rows() if each.names_something):
            world.aws.calls.clear()
            answer = send(world, person, row, ids)
            assert answer.status == 404, f"{row.key}: {answer.status} {answer.text}"
            assert ids["connection_id"] not in answer.text
            touched = [call for call in world.aws.calls if "WS#globex" in repr(call.parameters)]
            assert touched == [], row.key
            walked += 1
    mine = [item for item in world.state_of() if "WS#globex" in item]
    assert mine == [item for item in before if "WS#globex" in item]
    print(f"{walked} foreign calls, 0 successes")


def test_G1_foreign_and_missing_look_alike(world: World) -> None:
    theirs = world.connect(STRANGER, "grace")
    missing = {"connection_id": world.runtime.new_id("con")}
    for row in (each for each in ROWS if each.path.startswith("/connections/{")):
        foreign, absent = send(world, ANN, row, {"connection_id": theirs["id"]}), send(world, ANN, row, missing)
        assert (foreign.status, foreign.headers, foreign.text) == (absent.status, absent.headers, absent.text)


def test_G2_workspace_named_in_the_request_is_never_used(world: World) -> None:
    theirs = world.connect(STRANGER, "grace")
    path = f"/connections/{theirs['id']}"
    for headers in ({"x-workspace": "globex"}, {"workspace": "globex"}, {"x-tenant-id": "globex"}):
        assert world.api.call(ANN, "GET", path, headers=headers).status == 404
    for name in ("workspace", "tenant", "workspace_id"):
        assert world.api.call(ANN, "GET", path, query={name: "globex"}).status == 404
        listed = world.api.call(ANN, "GET", "/connections", query={name: "globex"})
        assert theirs["id"] not in listed.text
        body = {"owner": "user", "purposes": ["link"], name: "globex"}
        assert world.api.call(ANN, "POST", "/connections", json_body=body).status == 422


def test_G3_without_authorizer_context(world: World) -> None:
    for row in signed_in_rows():
        answer = send(world, None, row, {})
        assert (answer.status, answer.code) == (401, "unauthenticated"), row.key
    assert world.aws.items() == []


@pytest.mark.parametrize("authorizer", [None, {}, {"jwt": None}, {"jwt": {}}, {"jwt": {"claims": None}}, {"iam": {}}])
def test_G3_odd_authorizer_context(world: World, authorizer: Any) -> None:
    made = event("GET", "/connections")
    made["requestContext"]["authorizer"] = authorizer
    assert answered(world.api.handler("oauth")(made, LambdaContext())).status == 401


@pytest.mark.parametrize(
    "odd", [{}, {"requestContext": None}, {"requestContext": {}}, {"Records": []}, {"workspace": "acme"}]
)
def test_G3_direct_invoke(world: World, odd: dict[str, Any]) -> None:
    for function in ("oauth", "import", "fetch", "sync", "agent", "jira"):
        assert answered(world.api.handler(function)(odd, LambdaContext())).status == 401


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"sub": ""}, 401, "unauthenticated"),
        ({"sub": " "}, 401, "unauthenticated"),
        ({"sub": "a\nb"}, 401, "unauthenticated"),
        ({"sub": "x" * 256}, 401, "unauthenticated"),
        ({"sub": None}, 401, "unauthenticated"),
        ({"workspace": None}, 403, "no_workspace"),
        ({"workspace": ""}, 403, "no_workspace"),
        ({"workspace": "a#b"}, 403, "no_workspace"),
        ({"workspace": "a\n"}, 403, "no_workspace"),
        ({"workspace": "ä"}, 403, "no_workspace"),
        ({"workspace": "x" * 65}, 403, "no_workspace"),
        ({"scope": None}, 403, "scope_missing"),
        ({"scope": "openid profile"}, 403, "scope_missing"),
        ({"scope": "connector/readwrite"}, 403, "scope_missing"),
        ({"scope": "xconnector/read"}, 403, "scope_missing"),
    ],
)
def test_G4_claims_that_do_not_do(world: World, change: dict[str, Any], status: int, code: str) -> None:
    claims = {name: value for name, value in (ANN.claims | change).items() if value is not None}
    made = event("GET", "/connections", claims=claims)
    answer = answered(world.api.handler("oauth")(made, LambdaContext()))
    assert (answer.status, answer.code) == (status, code)


def test_G4_scope_by_route(world: World) -> None:
    """Read for GET and for resolve, refresh and references; write for everything else; an ID token has neither."""
    for row in signed_in_rows():
        reads = row.method == "GET" or row.path.endswith(("/resolve", "/refresh", "/references"))
        wrong = Person("ann", roles=("admin",), scope="connector/write" if reads else "connector/read")
        assert send(world, wrong, row, {}).code == "scope_missing", row.key


def test_G4_admin_is_a_whole_word(world: World) -> None:
    for roles in ("[administrator]", "[not-admin]", "superadmin", "Admin", "[ad min]", "admin,owner"):
        claims = ANN.claims | {"roles": roles}
        made = event("DELETE", "/members/bob", claims=claims)
        assert answered(world.api.handler("oauth")(made, LambdaContext())).status == 403, roles
    for roles in ("[admin]", "[editor admin]", "admin", "editor admin"):
        claims = ANN.claims | {"roles": roles}
        made = event("DELETE", "/members/nobody", claims=claims)
        assert answered(world.api.handler("oauth")(made, LambdaContext())).status == 200, roles


def test_G6_crafted_cursors(world: World) -> None:
    for _ in range(3):
        world.begin(ANN)
        world.begin(STRANGER)
    mine = world.api.ok(ANN, "GET", "/connections", query={"limit": "1"})["next"]
    theirs = world.api.ok(STRANGER, "GET", "/connections", query={"limit": "1"})["next"]
    admins = world.api.ok(ADMIN, "GET", "/connections", query={"limit": "1"})["next"]
    assert world.api.call(ANN, "GET", "/connections", query={"cursor": mine}).status == 200
    changed = [mine[:-1], mine + "A", "A" + mine[1:], mine[::-1], "", "x", "=", "%00", "ü", "\u2028", mine.upper()]
    for cursor in [theirs, admins, *changed]:
        assert world.api.call(ANN, "GET", "/connections", query={"cursor": cursor}).code == "invalid_request", cursor
    assert world.api.call(ANN, "GET", "/connections", query={"cursor": "x" * 1001}).status == 422


WORDS = st.text(max_size=12)


@given(WORDS, WORDS, WORDS, WORDS)
def test_G7_no_two_things_share_a_key(noun: str, one: str, two: str, three: str) -> None:
    made: dict[Any, Any] = {}
    for parts in ((one, two), (one + "#" + two,), (two, one), (one, two, three), (one + two,), (one, three)):
        try:
            key = keys.item(WorkspaceId("acme"), "NOUN", *parts)
        except ValueError:
            continue
        assert made.setdefault(key, parts) == parts


@pytest.mark.parametrize(
    "hostile", ["%23", "con_%23x", "a%7Cb", "con_%0A", "x" * 190, "%2e%2e", "con_" + "0" * 35, "%E2%80%AE"]
)
def test_G7_hostile_ids_reach_no_key(world: World, hostile: str) -> None:
    world.connect(ANN)
    world.aws.calls.clear()
    for row in (each for each in ROWS if each.path.startswith("/connections/{")):
        assert send(world, ADMIN, row, {"connection_id": hostile}).status == 404
    assert [call for call in world.aws.calls if call.service == "dynamodb"] == []


def test_G8_warm_process_keeps_nothing_of_the_one_before(world: World) -> None:
    world.connect(ANN)
    world.begin(ANN)
    canary.current().lines.clear()
    late = LambdaContext(aws_request_id="req-late")
    for row in signed_in_rows():
        answer = send(world, Person("eve", "initech", scope=""), row, {}, context=late)
        assert answer.status == 403
        assert not re.search(r"ann|acme|grace", answer.text + json.dumps(answer.headers), re.IGNORECASE)
    logged = "".join(canary.current().lines)
    assert "req-late" in logged
    assert not re.search(r'"ann"|acme|grace|req-1"', logged, re.IGNORECASE)


def test_G9_threads_of_one_process_do_not_mix(world: World) -> None:
    people = [Person(f"member{number}", f"tenant{number}") for number in range(6)]
    for person in people:
        world.begin(person)
    api = Api(world.runtime)
    api.handler("oauth")

    def own(person: Person) -> set[str]:
        found = [api.ok(person, "GET", "/connections")["items"] for _ in range(5)]
        return {item["owner_id"] for items in found for item in items}

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(own, people)) == [{person.sub} for person in people]


@pytest.mark.parametrize(
    "extra", ["workspace", "tenant_id", "status", "state", "role", "owner_id", "id", "account", "grant"]
)
def test_G10_mass_assignment(world: World, extra: str) -> None:
    made = world.connect(ANN)
    before = world.state_of()
    for row in (each for each in signed_in_rows() if each.body is not None):
        path, body = row.filled(PLACES | {"connection_id": made["id"]})
        answer = world.api.call(ANN, row.method, path, json_body=body | {extra: "x"}, headers=row.headers)
        assert answer.status == 422, f"{row.key}: {answer.status}"
        assert {"field": f"body.{extra}", "problem": "extra_forbidden"} in answer.json()["fields"]
    assert world.state_of() == before


def test_G11_ids_and_one_time_values_are_unguessable(world: World) -> None:
    ids = [world.runtime.new_id("con") for _ in range(200)]
    assert all(OURS.fullmatch(each) for each in ids)
    assert len({each[-25:] for each in ids}) == 200, "the random part"
    shared = [sum(map(eq, one[-25:], two[-25:])) for one, two in pairwise(ids)]
    assert max(shared) < 12, "no two neighbours are alike"
    assert all(len(world.runtime.new_secret()) == 43 for _ in range(5))
