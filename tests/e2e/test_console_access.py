"""The console for everyone: keyboard, screen reader, phone, dark, slow; signed in for the tab only; and quiet."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import REPOSITORY
from tests.e2e.browser import Watched
from tests.e2e.console_journeys import JOURNEYS, PRD, Journey, synchronizing
from tests.e2e.console_pages import ACME, Console, give_consent, sideways

pytestmark = pytest.mark.e2e
PHONE = {"width": 360, "height": 740}
# Every piece of text against the ground behind it, by the formula of WCAG 2.2 (1.4.3).
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
UNNAMED = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, meter, progress, dialog")]
    .filter((node) => node.checkVisibility() && node.type !== "hidden")
    .filter((node) => !(node.labels?.length || node.textContent.trim() || node.getAttribute("aria-label")))
    .map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_view_is_quiet_and_sound_on_a_desk(
    console: Console, workspace: str, watched: Watched, journey: Journey
) -> None:
    def look(stop: str) -> None:
        page = console.page
        assert sideways(page) <= 0, stop
        assert page.locator("h1").count() == 1, stop
        assert page.get_by_role("main").count() == 1, stop
        assert page.get_by_role("banner").count() == 1, stop
        assert page.evaluate(UNNAMED) == [], stop
        assert page.evaluate(CONTRAST) == [], stop
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
        assert len(ids) == len(set(ids)), stop

    journey(console, workspace, look)
    assert watched.complaints(refusals_expected=journey is synchronizing) == []  # connect_required is one


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_view_fits_a_phone(console: Console, workspace: str, journey: Journey) -> None:
    console.page.set_viewport_size(PHONE)
    journey(console, workspace, lambda stop: check(sideways(console.page) <= 0, stop))


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_view_can_be_read_in_the_dark(console: Console, workspace: str, journey: Journey) -> None:
    console.page.emulate_media(color_scheme="dark")
    journey(console, workspace, lambda stop: check(console.page.evaluate(CONTRAST) == [], stop))


def check(condition: bool, stop: str) -> None:
    assert condition, stop


FOCUSED = """() => {
  const node = document.activeElement;
  const name = node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent;
  return name.trim();
}"""


def focused(page: Page) -> str:
    return str(page.evaluate(FOCUSED))


def tab_to(page: Page, name: str, limit: int = 60) -> None:
    """Tab until what has the focus begins with that name. The focus must be visible all the way."""
    for _ in range(limit):
        if focused(page).startswith(name):
            return
        page.keyboard.press("Tab")
        ring = page.evaluate(
            "(() => { const a = document.activeElement; const c = a.closest('.choice') ?? a;"
            " return a === document.body || getComputedStyle(c).outlineStyle !== 'none'"
            " || getComputedStyle(a).outlineStyle !== 'none' })()"
        )
        assert ring, f"no focus ring on {focused(page)!r}"
    pytest.fail(f"the keyboard does not reach {name!r}")


def test_signing_in_and_connecting_by_keyboard_alone(console: Console, workspace: str) -> None:
    page = console.page
    page.goto(console.stack.url)
    expect(page.get_by_label("Workspace")).to_be_visible()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, "Workspace")
    page.keyboard.press("Control+a")
    page.keyboard.type(workspace)
    page.keyboard.press("Enter")
    expect(console.heading(1)).to_have_text("Features")
    tab_to(page, "Connections")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Connect my account", exact=True)).to_be_visible()
    expect(console.heading(1)).to_be_focused()
    tab_to(page, "Connect my account")
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_url(re.compile(r"/authorize\?"))
    with opened.value.expect_event("close"):
        give_consent(opened.value, "ada")
    expect(page.get_by_role("dialog")).to_be_visible()
    tab_to(page, "acme")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(console.cards("Connected")).to_contain_text(ACME)


def test_importing_and_reading_by_keyboard_alone(console: Console, workspace: str) -> None:
    page = console.page
    console.sign_in("ada", workspace)
    console.go("Connections")
    console.connect("grace")
    tab_to(page, "Import")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name=re.compile("^Copy"))).to_be_visible()
    tab_to(page, "Copy")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(console.heading(2)).to_be_focused()
    tab_to(page, "Find a space")
    page.keyboard.type("Web")
    expect(page.locator(".results .choice")).to_have_count(1)
    tab_to(page, "Web shop")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Find a page")).to_be_focused()
    page.keyboard.type(PRD)
    expect(page.locator(".results .choice")).to_have_count(1)
    tab_to(page, PRD)
    page.keyboard.press("Space")
    for heading in ("Is there a TRD page?", "Name and folder"):
        tab_to(page, "Continue")
        page.keyboard.press("Enter")
        expect(console.heading(2)).to_have_text(heading)
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
    tab_to(page, "Create the feature")
    page.keyboard.press("Enter")
    expect(console.heading(1)).to_have_text("Gift cards")
    tab_to(page, "PRD")
    page.keyboard.press("Enter")
    expect(console.banner).to_contain_text("Source of truth: Confluence")
    expect(console.text).to_be_visible()


def test_the_tabs_of_the_page_chooser_move_by_arrow_keys(console: Console, workspace: str) -> None:
    console.sign_in("ada", workspace)
    console.go("Connections")
    console.connect("grace")
    console.begin_import("Copy")
    console.page.get_by_role("tab", name="Search").focus()
    console.page.keyboard.press("ArrowRight")
    expect(console.page.get_by_role("tab", name="Browse")).to_be_focused()
    console.page.keyboard.press("ArrowLeft")
    console.page.keyboard.press("ArrowLeft")
    expect(console.page.get_by_role("tab", name="Paste link")).to_have_attribute("aria-selected", "true")


def test_what_takes_longer_than_two_seconds_counts_its_seconds(console: Console, workspace: str) -> None:
    console.sign_in("ada", workspace)
    held: list[Route] = []
    console.page.route(re.compile(r"/connections(\?|$)"), lambda route: held.append(route))  # noqa: PLW0108 — marked
    console.page.clock.install()
    console.page.get_by_role("link", name="Connections").click()
    busy = console.page.get_by_text("Reading the connections…")
    expect(busy).to_be_visible()
    expect(busy).to_have_role("status")
    console.page.clock.run_for(3100)
    bar = console.page.locator(".busy").filter(has_text="Reading the connections…")  # another may count beside it
    expect(bar.get_by_text("3 s", exact=True)).to_be_visible()
    held[0].continue_()
    expect(busy).to_have_count(0)


def test_the_token_is_kept_for_the_tab_only(console: Console, workspace: str, watched: Watched) -> None:
    console.sign_in("ada", workspace)
    assert console.token.count(".") == 2
    stored = console.page.evaluate("JSON.stringify([{...localStorage}, document.cookie])")
    assert json.loads(stored) == [{}, ""]
    other = watched.page()
    other.goto(console.stack.url)
    expect(other.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    console.press("Sign out")
    assert console.page.evaluate("sessionStorage.length") == 0


def test_without_the_local_issuer_an_access_token_is_pasted(console: Console, workspace: str) -> None:
    token = console.stack.token(sub="pasted", workspace=workspace)
    console.page.route("**/local/token", lambda route: route.fulfill(status=404, body="{}"))
    console.page.goto(console.stack.url)
    console.press("Sign in")
    box = console.page.get_by_label("Access token")
    box.fill("no token")
    console.press("Sign in")
    expect(console.page.get_by_label("Access token")).to_be_visible()
    box.fill(f"Bearer {token}")
    console.press("Sign in")
    expect(console.page.get_by_text("pasted")).to_be_visible()
    expect(console.heading(1)).to_have_text("Features")


def test_a_sign_in_that_has_ended_is_told_and_renewed(console: Console, workspace: str) -> None:
    console.sign_in("ada", workspace)
    console.page.evaluate("t => sessionStorage.setItem('connector.access-token', t)", console.token[:-6] + "AAAAAA")
    console.page.reload()
    console.read_problem("unauthenticated")
    console.press("Sign in again")
    expect(console.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_the_console_is_served_with_a_strict_policy_and_nothing_inline(console: Console) -> None:
    for file in ("", "connecting.html"):
        answer = httpx.get(f"{console.stack.url}/{file}")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", answer.text)


def test_files_of_the_console_stay_within_bounds() -> None:
    files = [file for file in (REPOSITORY / "web").rglob("*") if file.suffix in {".js", ".css", ".html"}]
    assert len(files) > 30
    long = {file.name: lines for file in files if (lines := len(file.read_text().splitlines())) > 300}
    assert long == {}
    sinks = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    assert [file.name for file in files if file.suffix == ".js" and sinks.search(file.read_text())] == []
