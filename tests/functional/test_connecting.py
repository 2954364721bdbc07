"""Connecting as a frontend sees it: from the providers to a connection that can be used, and its whole life (A1–A9)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local.simulator.accounts import ACME, GLOBEX
from tests.aws import started
from tests.connecting import ADMIN, ANN, BOB, World

LINK = {
    "offline_access",
    "read:me",
    "read:space:confluence",
    "read:page:confluence",
    "read:hierarchical-content:confluence",
}
SYNC_SCOPE = "read:attachment:confluence"


def asked_scopes(world: World, begun: Any) -> set[str]:
    location = world.browser().leave(begun["authorize_url"])
    return set(parse_qs(urlsplit(location).query)["scope"][0].split())


def test_one_site_is_used(world: World) -> None:
    made = world.connect(ANN)
    assert made["status"] == "connected"
    assert (made["owner"], made["owner_id"], made["purposes"]) == ("user", "ann", ["link"])
    assert made["account"]["name"] == "Grace Mbeki"
    assert made["site"]["url"] == "https://acme.atlassian.net"
    assert set(made["scopes"]) == LINK
    assert world.api.ok(ANN, "GET", f"/connections/{made['id']}") == made
    assert world.simulator.violations == []


def test_ticket_is_good_once_and_for_two_minutes(world: World) -> None:
    begun = world.begin(ANN)
    world.browser().leave(begun["authorize_url"])
    assert world.browser().open(begun["authorize_url"]).data["status"] == "invalid_request"
    late = world.begin(ANN)
    world.clock.move(seconds=120)
    assert world.browser().open(late["authorize_url"]).status == 400
    assert world.browser().open("/oauth/authorize").status == 400


def test_grant_is_not_usable_before_it_is_confirmed(world: World) -> None:
    page = world.consented(world.begin(ANN), "grace")
    shown = world.api.ok(ANN, "GET", f"/connections/{page.data['connection']}")
    assert (shown["status"], shown["account"], shown["scopes"]) == ("pending_confirmation", None, [])
    stored = world.stored(shown["id"])
    assert stored.grant is None
    assert stored.unusable_because().code == "confirmation_required"
    wrong = world.api.call(ANN, "POST", f"/connections/{shown['id']}/confirm", json_body={"code": "x" * 43})
    assert wrong.status == 400
    assert world.confirm(ANN, page).status == 200


# ── A2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_workspace_owned_is_made_and_managed_by_admins(world: World) -> None:
    refused = world.api.call(ANN, "POST", "/connections", json_body={"owner": "workspace", "purposes": ["sync"]})
    assert refused.status == 403
    made = world.connect(ADMIN, "ada", owner="workspace", purposes=["sync"])
    path = f"/connections/{made['id']}"
    assert world.api.ok(ANN, "GET", path)["account"]["name"] == "Ada Öztürk", "every view shows which account it is"
    assert world.api.call(ANN, "PUT", f"{path}/site", json_body={"cloud_id": ACME}).status == 403
    assert world.api.call(ANN, "POST", f"{path}/reconnect").status == 403
    assert world.api.call(ANN, "DELETE", path).status == 403
    assert world.api.ok(ADMIN, "PUT", f"{path}/site", {"cloud_id": ACME})["status"] == "connected"


def test_admin_sees_and_disconnects_a_members_connection_and_never_uses_it(world: World) -> None:
    made = world.connect(ANN)
    path = f"/connections/{made['id']}"
    assert world.api.ok(ADMIN, "GET", path)["status"] == "connected"
    assert world.api.call(ADMIN, "POST", f"{path}/reconnect").status == 403
    assert world.api.call(BOB, "GET", path).status == 404
    assert world.api.ok(BOB, "GET", "/connections")["items"] == []
    assert world.api.ok(ADMIN, "DELETE", path)["status"] == "disconnected"


def test_lists_page_by_signed_cursors(world: World) -> None:
    mine = [world.begin(ANN)["connection"]["id"] for _ in range(3)]
    world.begin(BOB)
    first = world.api.ok(ANN, "GET", "/connections", query={"limit": "2"})
    second = world.api.ok(ANN, "GET", "/connections", query={"limit": "2", "cursor": first["next"]})
    assert sorted(mine) == [item["id"] for item in first["items"] + second["items"]]
    assert second["next"] is None
    for wrong in ("0", "201", "x"):
        assert world.api.call(ANN, "GET", "/connections", query={"limit": wrong}).status == 422


# ── A3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_scopes_follow_the_purpose_least_first(world: World) -> None:
    assert asked_scopes(world, world.begin(ANN)) == LINK
    assert SYNC_SCOPE in asked_scopes(world, world.begin(ADMIN, "workspace", ["sync"]))


def test_a_consent_asks_for_what_the_requesters_connections_need(world: World) -> None:
    world.connect(ADMIN, "grace", owner="workspace", purposes=["sync"])
    assert SYNC_SCOPE in asked_scopes(world, world.begin(ADMIN)), "or the sync would lose it"
    assert asked_scopes(world, world.begin(ANN)) == LINK, "somebody else's do not matter"


def test_widening_asks_again_on_the_same_id(world: World) -> None:
    made = world.connect(ADMIN, "grace", owner="workspace")
    page = world.consented(world.reconnect(ADMIN, made["id"], purposes=["sync"]), "grace")
    assert world.api.ok(ADMIN, "GET", f"/connections/{made['id']}")["purposes"] == ["link"], "until it is confirmed"
    wider = world.confirm(ADMIN, page).json()
    assert (wider["id"], wider["purposes"], wider["missing_scopes"]) == (made["id"], ["link", "sync"], [])


def test_a_narrower_consent_elsewhere_limits_what_lost_a_scope(world: World) -> None:
    sync = world.connect(ADMIN, "grace", owner="workspace", purposes=["sync"])
    world.consented(world.begin(ANN), "grace")
    limited = world.api.ok(ADMIN, "GET", f"/connections/{sync['id']}")
    assert limited["status"] == "limited"
    assert SYNC_SCOPE in limited["missing_scopes"]
    page = world.consented(world.reconnect(ADMIN, sync["id"]), "grace")
    assert world.confirm(ADMIN, page).json()["status"] == "connected"


# ── A4 with Jira ────────────────────────────────────────────────────────────────────────────────────────────────────


def connected_for_jira(world: World) -> Any:
    """Ada's, for the workspace."""
    started = world.begin(ADMIN, "workspace", ["link", "jira"])
    return world.confirm(ADMIN, world.consented(started, "ada")).json()


def test_jira_site_is_the_same_one_by_default(world: World) -> None:
    made = connected_for_jira(world)
    path = f"/connections/{made['id']}/site"
    assert world.api.call(ADMIN, "PUT", path, json_body={"cloud_id": GLOBEX, "product": "jira"}).status == 404
    chosen = world.api.ok(ADMIN, "PUT", path, {"cloud_id": ACME})
    assert (chosen["status"], chosen["jira_site"]["cloud_id"]) == ("connected", ACME)


def test_the_only_jira_site_is_used_with_another_confluence_site(world: World) -> None:
    made = connected_for_jira(world)
    chosen = world.api.ok(ADMIN, "PUT", f"/connections/{made['id']}/site", {"cloud_id": GLOBEX})
    assert (chosen["site"]["cloud_id"], chosen["jira_site"]["cloud_id"]) == (GLOBEX, ACME)


# ── A5, A6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_status_counts_the_days_and_warns(world: World) -> None:
    made = world.connect(ANN)
    path = f"/connections/{made['id']}"
    assert (made["expires"]["days_left"], made["expires"]["warning"]) == (90, None)
    world.clock.move(days=80)
    shown = world.api.ok(ANN, "GET", path)
    assert shown["expires"]["days_left"] == 10
    assert "renewed" in shown["expires"]["warning"]
    world.clock.move(days=255)
    shown = world.api.ok(ANN, "GET", path)
    assert "a year" in shown["expires"]["warning"]
    assert shown["status"] == "connected", "age alone ends nothing"


def test_abandoned_consent_says_so(world: World) -> None:
    begun = world.begin(ANN)
    world.clock.move(seconds=1321)
    shown = world.api.ok(ANN, "GET", f"/connections/{begun['connection']['id']}")
    assert (shown["status"], shown["reason"]) == ("pending", "The consent was not finished in time. Connect again.")


def test_not_enabled(clock: Any) -> None:
    for change in ({"PUBLIC_BASE_URL": ""}, {}):
        with started(**change) as aws:
            if not change:
                aws.secrets.put_secret_value(SecretId=aws.settings.app_secret_id, SecretString="{}")
            world = World.over(aws, clock)
            items = world.api.ok(ANN, "GET", "/providers")["items"]
            assert items[0] == {"provider": "confluence", "enabled": False, "reason": "contact your admin"}
            refused = world.api.call(ANN, "POST", "/connections", json_body={"owner": "user", "purposes": ["link"]})
            assert refused.code == "connector_not_enabled"
            assert aws.items() == []


# ── A9 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_old_grant_stays_usable_until_the_new_one_is_confirmed(world: World) -> None:
    made = world.connect(ANN)
    old = world.stored(made["id"]).grant
    page = world.consented(world.reconnect(ANN, made["id"]), "grace")
    waiting = world.stored(made["id"])
    assert (waiting.status, waiting.grant) == ("connected", old)
    assert world.runtime.token_secrets.get(old.pointer) is not None
    world.confirm(ANN, page)
    stored = world.stored(made["id"])
    assert stored.grant.generation == old.generation + 1
    assert world.aws.secret_names() == [stored.grant.pointer.secret_name]


@pytest.mark.parametrize(("account", "sites"), [("nojira", None), ("ada", [GLOBEX])], ids=["account", "site"])
def test_another_account_or_site_needs_a_yes(world: World, account: str, sites: list[str] | None) -> None:
    world.simulator.behaviour.grant_kind = "resource"
    made = world.connect(ANN, "ada", sites=[ACME])
    page = world.consented(world.reconnect(ANN, made["id"]), account, sites=sites)
    refused = world.confirm(ANN, page)
    assert refused.code == "other_account_or_site"
    assert world.api.ok(ANN, "GET", f"/connections/{made['id']}")["site"]["cloud_id"] == ACME
    changed = world.confirm(ANN, page, accept_change=True).json()
    assert changed["status"] == "connected"
    assert changed["site"]["cloud_id"] == (GLOBEX if sites else ACME)


def test_same_site_among_several_is_kept(world: World) -> None:
    made = world.connect(ANN, "ada", sites=[ACME])
    page = world.consented(world.reconnect(ANN, made["id"]), "ada", sites=[ACME, GLOBEX])
    again = world.confirm(ANN, page).json()
    assert (again["status"], again["site"]["cloud_id"]) == ("connected", ACME)


def test_two_flows_in_one_browser_do_not_disturb_each_other(world: World) -> None:
    browser = world.browser()
    leaving = [browser.leave(world.begin(ANN)["authorize_url"]) for _ in range(2)]
    for url in reversed(leaving):
        assert browser.open(browser.decide(url, "grace")).status == 200
    assert browser.cookies == {}


def test_plain_http_on_loopback_has_a_plain_cookie(clock: Any) -> None:
    with started(PUBLIC_BASE_URL="http://127.0.0.1:8080", CONSOLE_ORIGIN="http://127.0.0.1:8080") as aws:
        world = World.over(aws, clock)
        answer = world.api.call(None, "GET", world.path_of(world.begin(ANN)["authorize_url"]))
        assert answer.cookies[0].startswith("consent-")
        assert "secure" not in answer.cookies[0].lower()
        assert world.connect(ANN)["status"] == "connected"
