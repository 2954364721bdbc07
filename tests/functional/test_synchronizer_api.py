"""Synchronizers over HTTP: made, shown, changed and deleted, and what is refused before anything is made (G1–G4)."""

from typing import Any

import pytest

from local.simulator.accounts import GLOBEX
from tests.connecting import ADMIN, ANN, BOB, STRANGER, World
from tests.synchronizers import BUG, SUB_TASK, TASK, Bridge


@pytest.fixture
def bridge(world: World) -> Bridge:
    return Bridge.of(world)


def test_a_synchronizer_is_made_with_its_first_run(bridge: Bridge) -> None:
    made = bridge.create(mode="automatic", cql='label = "spec"')
    assert {name: made[name] for name in bridge.body(mode="automatic", cql='label = "spec"')} == bridge.body(
        mode="automatic", cql='label = "spec"'
    )
    assert (made["enabled"], made["allow_fallback"], made["paused_because"]) == (True, True, None)
    assert (made["technical_user"], made["missing_permissions"]) == ("root", [])
    assert made["technical_account_id"] == bridge.world.stored(bridge.connection_id).account.id  # type: ignore[union-attr]
    assert (made["jira_url"], made["cloud_id"]) == ("https://acme.atlassian.net", made["jira_cloud_id"])
    (run,) = bridge.ok(BOB, "GET", f"/{made['id']}/runs")["items"]
    assert (run["id"], run["trigger"], run["status"]) == (made["active_run"], "first", "queued")
    assert [work.id for work, _ in bridge.queue.sent] == [made["id"]]
    assert bridge.ok(BOB, "GET", f"/{made['id']}") == made
    assert bridge.ok(BOB, "GET", "")["items"] == [made]


def test_the_same_request_makes_one(bridge: Bridge) -> None:
    """I2: a repeat with the same key is the same synchronizer, another body under it is refused."""
    one, again = bridge.ask(key="once"), bridge.ask(key="once")
    assert (one.status, again.status, again.json()["id"]) == (201, 201, one.json()["id"])
    assert bridge.ask(key="once", mode="automatic").code == "idempotency_key_reused"
    assert bridge.ask(key="").code == "idempotency_key_required"
    assert len(bridge.ok(ADMIN, "GET", "")["items"]) == 1
    assert len(bridge.queue.sent) == 1


def test_the_same_request_makes_one_even_if_nobody_heard_that_it_did(bridge: Bridge) -> None:
    """A function that was killed before its answer leaves no record of the request, or an unfinished one."""
    world = bridge.world
    one = bridge.ask(key="lost").json()["id"]
    (record,) = [item for item in world.aws.items() if item["sk"]["S"].startswith("IDEMPOTENCY")]
    world.aws.dynamodb.delete_item(
        TableName=world.aws.settings.state_table, Key={"pk": record["pk"], "sk": record["sk"]}
    )
    assert bridge.ask(key="lost").json()["id"] == one
    assert len(bridge.ok(ADMIN, "GET", "")["items"]) == 1
    assert len(bridge.ok(ADMIN, "GET", f"/{one}/runs")["items"]) == 1


def test_a_request_that_failed_leaves_no_trace(bridge: Bridge) -> None:
    bridge.jira.permit("TRANSITION_ISSUES", ["ada"], "WEB")
    assert bridge.ask(key="later").code == "permissions_missing"
    bridge.jira.permit("TRANSITION_ISSUES", None, "WEB")
    assert bridge.ask(key="later").status == 201
    assert len(bridge.ok(ADMIN, "GET", "")["items"]) == 1


# ── refused before anything is made ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"space_key": "NONE"}, 404, "not_found"),
        ({"space_key": "OLD"}, 404, "not_found"),
        ({"project_key": "NOPE"}, 404, "not_found"),
        ({"project_key": "SEC"}, 404, "not_found"),
        ({"project_key": "PLAT"}, 409, "permissions_missing"),
        ({"issue_type": "99999"}, 422, "validation_failed"),
        ({"issue_type": BUG}, 422, "jira_refused"),
        ({"issue_type": SUB_TASK}, 422, "jira_refused"),
        ({"issue_type": "per_page", "mode": "automatic"}, 422, "validation_failed"),
        ({"issue_type": "per_page", "mode": "new_pages"}, 422, "validation_failed"),
        ({"issue_type": "Task"}, 422, "validation_failed"),
        ({"mode": "always"}, 422, "validation_failed"),
        ({"project_key": "WEB OR"}, 422, "validation_failed"),
        ({"project_key": "../myself"}, 422, "validation_failed"),
        ({"space_key": "a\nb"}, 422, "validation_failed"),
        ({"cql": ""}, 422, "validation_failed"),
        ({"cql": "x" * 1001}, 422, "validation_failed"),
        ({"workspace": "globex"}, 422, "validation_failed"),
        ({"enabled": False}, 422, "validation_failed"),
        ({"connection_id": "con_" + "0" * 36}, 404, "not_found"),
        ({"connection_id": "somebody"}, 422, "validation_failed"),
    ],
)
def test_what_cannot_work_is_refused(bridge: Bridge, changes: dict[str, Any], status: int, code: str) -> None:
    answer = bridge.ask(**changes)
    assert (answer.status, answer.code) == (status, code), answer.text
    assert bridge.ok(ADMIN, "GET", "")["items"] == []
    assert bridge.queue.sent == []
    assert bridge.world.simulator.violations == []


@pytest.mark.parametrize(
    "cql",
    [
        "label = x) OR (type = page",
        ") OR (space = ENG",
        "(label = x",
        'label = "x',
        "label = 'x'",
        'label = "x\\" OR space = "ENG',
        "label = x ORDER BY created",
        'label = "x" order\tby title',
        "label = x\nOR space = ENG",
        "label = \u2028x",
        "label = \\",
        "this is no query",
        "label ==",
        "nofield = 1",
    ],
)
def test_M5_hostile_or_broken_cql_is_refused(bridge: Bridge, cql: str) -> None:
    for change in (
        bridge.ask(mode="automatic", cql=cql),
        bridge.call(ADMIN, "PATCH", f"/{bridge.create(mode='automatic')['id']}", {"cql": cql}),
    ):
        assert (change.status, change.code) == (422, "cql_refused"), change.text
    assert [each["cql"] for each in bridge.ok(ADMIN, "GET", "")["items"]] == [None]


def test_M5_parentheses_in_strings_and_groups_are_fine(bridge: Bridge) -> None:
    for cql in ('label = "a) OR (b"', '(label = "a" OR label = "order by") AND title ~ "x"'):
        assert bridge.create(mode="automatic", cql=cql)["cql"] == cql


@pytest.mark.parametrize("permission", ["BROWSE_PROJECTS", "CREATE_ISSUES", "TRANSITION_ISSUES"])
def test_what_the_technical_user_lacks_is_named(bridge: Bridge, permission: str) -> None:
    bridge.jira.permit(permission, ["ada"], "WEB")
    answer = bridge.ask()
    assert answer.status in {404, 409}
    assert permission in answer.json()["missing_permissions"]


def test_without_edit_issues_it_is_made_with_a_warning(bridge: Bridge) -> None:
    bridge.jira.permit("EDIT_ISSUES", ["ada"], "WEB")
    assert bridge.create()["missing_permissions"] == ["EDIT_ISSUES"]


def test_required_fields_are_named(bridge: Bridge) -> None:
    assert bridge.ask(issue_type=BUG).json()["fields"] == ["customfield_10050"]
    assert bridge.ask(issue_type=SUB_TASK).json()["fields"] == ["parent"]


def test_only_a_usable_connection_of_the_workspace_with_jira_will_do(bridge: Bridge) -> None:
    world = bridge.world
    own = world.connect(ADMIN, "grace", purposes=("link", "jira"))
    assert bridge.ask(connection_id=own["id"]).code == "workspace_owner_required"
    links_only = world.connect(ADMIN, "grace", owner="workspace")
    assert bridge.ask(connection_id=links_only["id"]).code == "scopes_missing"
    world.api.ok(ADMIN, "DELETE", f"/connections/{bridge.connection_id}")
    refused = bridge.ask()
    assert (refused.code, refused.json()["detail"].startswith("Could not ask")) == ("reconnect_required", True)


def test_a_workspace_has_so_many(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    manage = "confluence_connector.services.synchronizing.manage_synchronizers"
    monkeypatch.setattr(f"{manage}.SYNCHRONIZERS_PER_WORKSPACE", 2)
    bridge.create()
    bridge.create()
    assert bridge.ask().code == "too_many_requests"


# ── rights ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_members_see_and_admins_manage(bridge: Bridge) -> None:
    one = bridge.create()["id"]
    run = bridge.ok(ADMIN, "GET", f"/{one}/runs")["items"][0]["id"]
    seen = ["", f"/{one}", f"/{one}/runs", f"/{one}/runs/{run}", f"/{one}/pages"]
    managed: list[tuple[str, str, Any]] = [
        ("PATCH", f"/{one}", {"enabled": False}),
        ("DELETE", f"/{one}", None),
        ("POST", f"/{one}/runs", {}),
        ("GET", f"/{one}/acts", None),
    ]
    for path in seen:
        assert bridge.call(ANN, "GET", path).status == 200, path
    assert bridge.ask(ANN).status == 403
    for method, path, body in managed:
        assert bridge.call(ANN, method, path, body).status == 403, path
    assert bridge.ok(STRANGER, "GET", "")["items"] == []
    for method, path, body in [*(("GET", path, None) for path in seen[1:]), *managed]:
        assert bridge.call(STRANGER, method, path, body).status == 404, path
    other = bridge.create()["id"]
    assert bridge.call(ADMIN, "GET", f"/{other}/runs/{run}").status == 404, "another synchronizer's run"


# ── changing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_settings_change_and_what_is_left_out_stays(bridge: Bridge) -> None:
    made = bridge.create(mode="automatic", cql='label = "spec"')
    bridge.drain()
    bridge.world.clock.move(seconds=60)
    now = bridge.world.clock()
    changed = bridge.ok(ADMIN, "PATCH", f"/{made['id']}", {"mode": "new_pages"})
    assert (changed["mode"], changed["cql"], changed["issue_type"]) == ("new_pages", 'label = "spec"', TASK)
    assert (changed["new_since"], changed["next_run_at"]) == (bridge.at(now), bridge.at(now)), "new from now on"
    assert changed["whole_run_at"] == bridge.at(now)
    bridge.world.clock.move(seconds=60)
    assert bridge.ok(ADMIN, "PATCH", f"/{made['id']}", {"cql": None})["new_since"] == bridge.at(now)
    assert bridge.ok(ADMIN, "GET", f"/{made['id']}")["cql"] is None
    before = bridge.stored(made["id"])
    assert bridge.ok(ADMIN, "PATCH", f"/{made['id']}", {})["cql"] is None
    assert bridge.stored(made["id"]) == before, "nothing to change is nothing written"
    for nonsense in ({"mode": None}, {"enabled": None}, {"space_key": "ENG"}, {"technical_user": "ann"}):
        assert bridge.call(ADMIN, "PATCH", f"/{made['id']}", nonsense).code == "validation_failed"
    assert bridge.call(ADMIN, "PATCH", f"/{made['id']}", {"issue_type": "per_page"}).code == "validation_failed"
    assert bridge.call(ADMIN, "PATCH", f"/{made['id']}", {"issue_type": BUG}).code == "jira_refused"


def test_switched_off_it_has_no_next_run_and_needs_no_connection(bridge: Bridge) -> None:
    made = bridge.create()
    bridge.drain()
    bridge.world.api.ok(ADMIN, "DELETE", f"/connections/{bridge.connection_id}")
    off = bridge.ok(ADMIN, "PATCH", f"/{made['id']}", {"enabled": False, "allow_fallback": False})
    assert (off["enabled"], off["next_run_at"], off["allow_fallback"]) == (False, None, False)
    assert bridge.call(ADMIN, "PATCH", f"/{made['id']}", {"enabled": True}).code == "reconnect_required"


def test_a_paused_one_goes_on_when_what_it_lacked_is_there(bridge: Bridge) -> None:
    made = bridge.create(mode="automatic")
    bridge.drain()
    bridge.jira.permit("CREATE_ISSUES", ["ada"], "WEB")
    bridge.ok(ADMIN, "POST", f"/{made['id']}/runs", {})
    bridge.drain()
    paused = bridge.ok(BOB, "GET", f"/{made['id']}")
    assert (paused["paused_because"], paused["next_run_at"]) == ("permissions_missing", None)
    assert paused["missing_permissions"] == ["CREATE_ISSUES"]
    assert bridge.call(ADMIN, "PATCH", f"/{made['id']}", {"enabled": True}).code == "permissions_missing"
    assert bridge.ok(ADMIN, "PATCH", f"/{made['id']}", {"allow_fallback": False})["paused_because"]
    bridge.jira.permit("CREATE_ISSUES", None, "WEB")
    mended = bridge.ok(ADMIN, "PATCH", f"/{made['id']}", {"enabled": True})
    assert (mended["paused_because"], mended["missing_permissions"]) == (None, [])
    assert mended["next_run_at"] == mended["whole_run_at"] == bridge.at(bridge.world.clock())


def test_an_account_that_changed_is_taken_over_by_the_admin_who_says_so(bridge: Bridge) -> None:
    made = bridge.create()
    bridge.drain()
    started = bridge.world.reconnect(ADMIN, bridge.connection_id)
    page = bridge.world.consented(started, "alice", sites=[made["cloud_id"]])
    assert bridge.world.confirm(ADMIN, page, accept_change=True).status == 200
    bridge.ok(ADMIN, "POST", f"/{made['id']}/runs", {})
    bridge.drain()
    assert bridge.ok(BOB, "GET", f"/{made['id']}")["paused_because"] == "other_account_or_site"
    mended = bridge.ok(ADMIN, "PATCH", f"/{made['id']}", {"enabled": True})
    assert mended["paused_because"] is None
    assert mended["technical_account_id"] != made["technical_account_id"]
    assert bridge.stored(made["id"]).account_since is not None, "what the former one asked for is looked for, too"
    bridge.ok(ADMIN, "POST", f"/{made['id']}/runs", {})
    bridge.drain()
    assert bridge.ok(BOB, "GET", f"/{made['id']}")["paused_because"] is None


def test_a_connection_of_another_site_by_now_is_no_good(bridge: Bridge) -> None:
    made = bridge.create()
    bridge.drain()
    bridge.world.simulator.jira(GLOBEX).give_access("alice", has=True)
    started = bridge.world.reconnect(ADMIN, bridge.connection_id)
    page = bridge.world.consented(started, "alice", sites=[GLOBEX])
    assert bridge.world.confirm(ADMIN, page, accept_change=True).status == 200
    for body in ({"mode": "automatic"}, {"cql": 'label = "x"'}):
        assert bridge.call(ADMIN, "PATCH", f"/{made['id']}", body).code == "site_changed"


def test_deleted_it_is_gone_and_its_issues_stay(bridge: Bridge) -> None:
    made = bridge.create(mode="automatic")
    bridge.drain()
    issues = len(bridge.jira.issues("WEB"))
    assert issues > 10
    assert bridge.call(ADMIN, "DELETE", f"/{made['id']}").status == 204
    for path in (f"/{made['id']}", f"/{made['id']}/pages", f"/{made['id']}/runs"):
        assert bridge.call(ADMIN, "GET", path).status == 404
    assert bridge.ok(ADMIN, "GET", "")["items"] == []
    bridge.drain()
    assert [item for item in bridge.world.state_of() if made["id"] in item and "PAGELINK" in item.upper()] == []
    assert len(bridge.jira.issues("WEB")) == issues
