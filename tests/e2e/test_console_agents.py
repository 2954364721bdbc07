"""Agents and approvals in the console: made, shown their token once, changed, watched, decided on, revoked."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Download, Locator, Route, expect

from tests.e2e.browser import Watched
from tests.e2e.console_pages import Console

pytestmark = pytest.mark.e2e
PAGES = "/wiki/api/v2/pages"


@dataclass
class Robot:
    """An agent's program, with the token that somebody copied for it."""

    url: str
    token: str

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        wanted = {"method": method, "path": path} | ({"body": body} if body else {})
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.post(f"{self.url}/agent/confluence", json=wanted, headers=headers, timeout=60)


@pytest.fixture
def root(console: Console, workspace: str, watched: Watched) -> Console:
    """An admin with a service account's connection for agents that write."""
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.stack.url)
    console.sign_in("root", workspace, admin=True)
    console.go("Connections")
    card = console.connect("grace", button="Connect for agents that write")
    expect(card).to_contain_text("Agents that write")
    return console


def make_agent(console: Console, name: str, *, asks: bool = False) -> Robot:
    """With Full Access, or as a documentation manager whose changes of pages wait for a person."""
    console.go("Agents")
    console.page.get_by_role("link", name="New agent").click()
    console.page.get_by_label("Name", exact=True).fill(name)
    console.press("Documentation Manager" if asks else "Full Access")
    if asks:
        console.page.get_by_label("Pages: require approval").check()
    console.press("Create the agent")
    dialog = console.page.get_by_role("dialog", name=f"Token of {name}")
    token = dialog.get_by_label("Token", exact=True).input_value()
    dialog.get_by_role("button", name="Copy the token").click()
    expect(dialog.get_by_text("Copied.")).to_be_visible()
    assert console.page.evaluate("navigator.clipboard.readText()") == token
    dialog.get_by_role("button", name="I have stored it").click()
    expect(console.heading(1)).to_have_text(name)
    assert token not in console.page.content()
    return Robot(console.stack.url, token)


def draft(console: Console, robot: Robot, title: str, text: str = "<p>frozen words</p>") -> dict[str, Any]:
    spaces = robot.call("GET", "/wiki/api/v2/spaces").json()["body"]["results"]
    space = next(each["id"] for each in spaces if each["key"] == "SHOP")
    return {"spaceId": space, "title": title, "body": {"representation": "storage", "value": text}}


def open_approval(console: Console, title: str = "Change in Pages") -> Locator:
    console.go("Approvals")
    console.page.get_by_role("link", name=re.compile(title)).first.click()
    frozen = console.page.get_by_label("What would be sent")
    expect(frozen).to_be_visible()
    return frozen


def test_an_agent_is_made_from_a_profile_and_changed_by_hand(root: Console) -> None:
    robot = make_agent(root, "Scribe")
    assert robot.call("GET", "/wiki/api/v2/spaces").status_code == 200
    page = root.page
    expect(page.get_by_role("button", name="Full Access")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Search: level").get_by_role("option")).to_have_text(["Disabled", "Read only"])
    page.get_by_label("Spaces: level").select_option("disabled")
    expect(page.get_by_role("button", name="Full Access")).to_have_attribute("aria-pressed", "false")
    root.press("Save")
    expect(page.locator(".trail")).to_contain_text("Customised")
    assert robot.call("GET", "/wiki/api/v2/spaces").json()["code"] == "group_disabled"
    page.get_by_label("Spaces: level").select_option("read_write")
    expect(page.get_by_label("Spaces: require approval")).to_be_checked()
    expect(page.get_by_label("Spaces: allow delete")).not_to_be_checked()


def test_every_call_is_in_its_trail(root: Console) -> None:
    robot = make_agent(root, "Caller")
    root.page.get_by_role("link", name="Calls").click()
    expect(root.page.get_by_text("It has not called yet.")).to_be_visible()
    robot.call("GET", PAGES)
    robot.call("DELETE", "/wiki/api/v2/spaces/1")
    root.page.get_by_role("link", name="Back to the agent").click()
    root.page.get_by_role("link", name="Calls").click()
    rows = root.page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Refused")
    expect(rows.nth(0)).to_contain_text("not sent")
    expect(rows.nth(1)).to_contain_text(f"GET {PAGES}")
    expect(rows.nth(1)).to_contain_text("Allowed")


def save_trail(console: Console) -> list[Any]:
    """What the saved file says, a call a line."""
    with console.page.expect_download() as saved:
        console.press("Save as a file")
    assert re.fullmatch(r"calls-\w+\.jsonl", saved.value.suggested_filename)
    return [json.loads(line) for line in Path(saved.value.path()).read_text().splitlines()]


def test_the_trail_is_saved_as_the_api_exports_it(root: Console) -> None:
    robot = make_agent(root, "Caller")
    agent_id = root.page.url.rpartition("/")[2]
    root.page.get_by_role("link", name="Calls").click()
    root.press("Save as a file")
    expect(root.page.get_by_text("There is nothing to save yet.").first).to_be_visible()
    robot.call("GET", PAGES)
    robot.call("DELETE", "/wiki/api/v2/spaces/1")
    address, headers = f"{root.stack.url}/agents/{agent_id}/calls", {"authorization": f"Bearer {root.token}"}
    trail = httpx.get(address, headers=headers).json()["items"]
    assert len(trail) == 2
    assert save_trail(root) == trail


def test_a_long_trail_becomes_one_file_or_none(root: Console) -> None:
    make_agent(root, "Caller")
    root.page.get_by_role("link", name="Calls").click()
    broken = True

    def answer(route: Route) -> None:
        kind = "application/x-ndjson"
        if "cursor=further" not in route.request.url:
            further = {"link": '</agents/x/calls?format=jsonl&cursor=further>; rel="next"'}
            route.fulfill(body='{"call":1}\n{"call":2}\n', content_type=kind, headers=further)
        elif broken:
            problem = {"code": "service_unavailable", "title": "Busy", "detail": "Busy.", "remedy": "Wait."}
            route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem))
        else:
            route.fulfill(body='{"call":3}\n', content_type=kind)

    root.page.route(re.compile("format=jsonl"), answer)
    saved: list[Download] = []

    def note(download: Download) -> None:
        saved.append(download)

    root.page.on("download", note)
    root.press("Save as a file")
    expect(root.problem).to_have_attribute("data-code", "service_unavailable")
    assert saved == []
    broken = False
    with root.page.expect_download() as download:
        root.press("Try again")
    assert Path(download.value.path()).read_text() == '{"call":1}\n{"call":2}\n{"call":3}\n'
    expect(root.problem).to_have_count(0)


def test_what_waits_is_read_and_approved_and_sent_as_it_was_frozen(root: Console, workspace: str) -> None:
    robot = make_agent(root, "Asker", asks=True)
    assert robot.call("POST", PAGES, draft(root, robot, f"By a robot, {workspace}")).status_code == 202
    frozen = open_approval(root)
    expect(frozen).to_contain_text(f"POST {PAGES}")
    expect(frozen).to_contain_text("<p>frozen words</p>")
    expect(root.page.get_by_text("The agent wrote this.")).to_be_visible()
    root.page.get_by_label("Note").fill("fine by me")
    root.press("Approve and send")
    expect(root.page.locator("[data-status]")).to_have_text("Done")
    expect(root.page.locator(".facts")).to_contain_text("fine by me")
    expect(root.heading(1)).to_be_focused()
    assert root.page_id(f"By a robot, {workspace}")
    root.go("Approvals")
    expect(root.page.get_by_text("Nothing waits for a decision.")).to_be_visible()
    root.page.get_by_label("Show").select_option("executed")
    expect(root.page.locator("[data-approval]")).to_have_count(1)


def test_rejected_it_is_never_sent_and_a_second_decision_is_told(root: Console) -> None:
    robot = make_agent(root, "Asker", asks=True)
    asked = robot.call("POST", PAGES, draft(root, robot, "By a robot, rejected")).json()["approval"]["id"]
    open_approval(root)
    address = f"{root.stack.url}/approvals/{asked}/decision"
    headers = {"authorization": f"Bearer {root.token}"}
    assert httpx.post(address, json={"action": "reject", "note": "no"}, headers=headers).is_success
    root.press("Approve and send")
    root.read_problem("already_decided")
    root.press("Read it again")
    expect(root.page.locator("[data-status]")).to_have_text("Rejected")
    expect(root.page.get_by_role("button", name="Approve and send")).to_have_count(0)
    listed = httpx.get(f"{root.stack.simulator}/_simulator/pages", params={"space": "SHOP"}).json()
    assert "By a robot, rejected" not in {each["title"] for each in listed}


def test_letters_that_hide_are_written_out_for_who_decides(root: Console) -> None:
    robot = make_agent(root, "Sneak", asks=True)
    text = "<p>harmless\u202eevil\u200b<script>alert(1)</script></p>"
    robot.call("POST", PAGES, draft(root, robot, "Turned around", text))
    frozen = open_approval(root)
    expect(frozen).to_contain_text("harmless⟨U+202E⟩evil⟨U+200B⟩<script>alert(1)</script>")
    assert "\u202e" not in frozen.inner_text()


def test_a_new_token_ends_the_one_before_and_revoking_ends_both(root: Console) -> None:
    first = make_agent(root, "Guest")
    root.press("New token")
    root.page.get_by_role("dialog").get_by_role("button", name="Make a new token").click()
    dialog = root.page.get_by_role("dialog", name="Token of Guest")
    second = Robot(root.stack.url, dialog.get_by_label("Token", exact=True).input_value())
    dialog.press("Escape")
    expect(dialog).to_have_count(0)
    assert [robot.call("GET", PAGES).status_code for robot in (first, second)] == [401, 200]
    root.press("Revoke and delete")
    root.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(root.page.get_by_role("heading", name="No agents yet")).to_be_visible()
    assert second.call("GET", PAGES).status_code == 401


def test_without_a_connection_for_agents_one_is_connected_in_place(console: Console, workspace: str) -> None:
    console.sign_in("root", workspace, admin=True)
    console.go("Agents")
    console.page.get_by_role("link", name="Make the first agent").click()
    expect(console.heading(2)).to_have_text("Connect an account for this first")
    console.consent_in_popup("Connect for agents that read", "grace")
    expect(console.page.get_by_label("Connection", exact=True)).to_contain_text("Grace Mbeki")


def test_members_are_not_shown_agents_and_are_refused_by_address(console: Console, workspace: str) -> None:
    console.sign_in("mia", workspace)
    navigation = console.page.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link", name="Import")).to_be_visible()
    for name, address in (("Agents", "agents"), ("Approvals", "approvals")):
        expect(navigation.get_by_role("link", name=name)).to_have_count(0)
        console.page.goto(f"{console.stack.url}/#/{address}")
        console.read_problem("forbidden")


def test_a_connection_is_asked_to_be_for_more(console: Console, workspace: str) -> None:
    console.sign_in("root", workspace, admin=True)
    console.go("Connections")
    card = console.connect("grace", button="Connect for the workspace")
    before = card.get_attribute("data-connection")
    card.get_by_text("Use it for more").click()
    card.get_by_role("checkbox", name=re.compile("^Agents that read")).check()
    console.consent_in_popup("Ask Atlassian for it", "grace")
    expect(console.cards("Connected")).to_contain_text("Finding and importing pages, Agents that read")
    expect(console.cards("Connected")).to_have_attribute("data-connection", str(before))
