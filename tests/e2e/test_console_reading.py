"""The document page: banner and freshness of links, every failure with its remedy, editing of copies, safe text."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.browser import Watched
from tests.e2e.console_pages import ACME, Console

pytestmark = pytest.mark.e2e
LINKED_FAILURE = "Could not fetch linked source"


@pytest.fixture
def ada(console: Console, workspace: str) -> Console:
    console.sign_in("ada", workspace)
    console.go("Connections")
    console.connect("ada", site=ACME)
    return console


def problem(code: str, status: int, **members: object) -> dict[str, object]:
    words = {"title": f"T {code}", "detail": f"D {code}", "remedy": f"R {code}", "request_id": "request-1"}
    return {"type": "about:blank", "code": code, "status": status, **words, **members}


@dataclass(frozen=True)
class OwnPage:
    """A page of the test's own, so that no other test moves it."""

    id: str
    title: str


def a_page(console: Console, title: str) -> OwnPage:
    title = f"{title} {secrets.token_hex(3)}"
    made = console.simulator("pages", space="SHOP", title=title, storage="<p>First text.</p>")
    return OwnPage(str(made["id"]), title)


def linked(console: Console, title: str) -> OwnPage:
    """An own page, imported as a link and open."""
    page = a_page(console, title)
    console.import_page("Link", page.title)
    console.open_document("PRD")
    expect(console.text).to_contain_text("First text.")
    return page


def test_refresh_from_source_shows_what_confluence_says_now(ada: Console) -> None:
    page = linked(ada, "Refreshed here")
    expect(ada.banner).to_contain_text("Source of truth: Confluence")
    link = ada.banner.get_by_role("link", name=re.compile("View in Confluence"))
    assert urlsplit(str(link.get_attribute("href"))).hostname == urlsplit(ACME).hostname
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    ada.simulator(f"pages/{page.id}/edit", storage="<p>Second text.</p>")
    ada.page.reload()
    expect(ada.banner).to_contain_text("cached")
    expect(ada.text).to_contain_text("First text.")
    ada.press("Refresh from source")
    expect(ada.text).to_contain_text("Second text.")
    expect(ada.banner).to_contain_text("live from Confluence")
    expect(ada.banner).to_contain_text("version 2")
    expect(ada.banner).to_contain_text("just now")


def test_a_trashed_page_is_gone_with_a_remedy_and_a_way_to_confluence(ada: Console) -> None:
    page = linked(ada, "Trashed later")
    ada.simulator(f"pages/{page.id}/trash")
    ada.press("Refresh from source")
    said = ada.read_problem("page_gone")
    assert LINKED_FAILURE in said
    expect(ada.text).to_have_count(0)
    expect(ada.problem.get_by_role("link", name=re.compile("Open in Confluence"))).to_be_visible()
    ada.simulator(f"pages/{page.id}/restore")
    ada.press("Refresh from source")
    expect(ada.text).to_contain_text("First text.")


def test_a_revoked_grant_asks_to_reconnect(console: Console, workspace: str) -> None:
    console.sign_in("noel", workspace)
    console.go("Connections")
    console.connect("nojira")
    linked(console, "Read until revoked")
    console.simulator("grants/revoke", account="nojira")
    console.press("Refresh from source")
    assert LINKED_FAILURE in console.read_problem("reconnect_required")
    expect(console.problem.get_by_role("link", name="Reconnect")).to_have_attribute("href", "#/connections")


def test_another_member_takes_an_orphaned_link_over_with_their_own_connection(console: Console, workspace: str) -> None:
    console.sign_in("noel", workspace)
    console.go("Connections")
    console.connect("nojira")
    linked(console, "Orphaned")
    address = console.page.url
    console.simulator("grants/revoke", account="nojira")
    console.press("Sign out")
    console.sign_in("grace", workspace)
    console.page.goto(address)
    console.press("Refresh from source")
    console.read_problem("reconnect_required")
    console.press("Refresh with my own connection")
    expect(console.problem).to_contain_text("You have no connection to that site yet.")
    console.go("Connections")
    console.consent_in_popup("Connect my account", "grace")
    expect(console.cards("Connected")).to_be_visible()
    console.page.goto(address)
    console.press("Refresh from source")
    console.press("Refresh with my own connection")
    expect(console.text).to_contain_text("First text.")


def test_retry_after_counts_down_before_it_can_be_pressed(ada: Console) -> None:
    linked(ada, "Limited")
    ada.page.clock.install()
    ada.answer(r"/content\?", problem("rate_limited", 429, retry_after=3), 429)
    ada.page.reload()
    assert "R rate_limited" in ada.read_problem("rate_limited")
    button = ada.problem.get_by_role("button")
    expect(button).to_have_text("Try again in 3 s")
    expect(button).to_be_disabled()
    ada.page.clock.run_for(3500)
    expect(button).to_be_enabled()
    ada.page.unroute_all()
    button.click()
    expect(ada.text).to_contain_text("First text.")


def test_every_refusal_shows_all_its_parts_and_its_action(ada: Console) -> None:
    linked(ada, "Refused in every way")
    cases = {
        "page_forbidden": (problem("page_forbidden", 403), "Open in Confluence"),
        "connection_not_found": (problem("connection_not_found", 404), "Open connections"),
        "confluence_unavailable": (problem("confluence_unavailable", 503), "Try again"),
        "too_large": (problem("too_large", 413, download_url=f"{ada.stack.url}/x"), "Download the answer"),
        "unauthenticated": (problem("unauthenticated", 401), "Sign in again"),
        "scopes_missing": (problem("scopes_missing", 409, missing_scopes=["read:page:confluence"]), "Reconnect"),
    }
    for code, (body, action) in cases.items():
        ada.page.unroute_all()
        ada.answer(r"/content\?", body, int(str(body["status"])))
        ada.page.reload()
        said = ada.read_problem(code)
        for part in (f"T {code}", f"D {code}", f"R {code}", "request-1", action, *body.get("missing_scopes", [])):
            assert part in said, (code, part)


def test_a_copy_is_edited_and_a_second_writer_is_told(ada: Console, watched: Watched) -> None:
    page = a_page(ada, "Copied and edited")
    ada.import_page("Copy", page.title)
    ada.open_document("PRD")
    other = Console(ada.stack, watched.page())
    other.page.add_init_script(f"sessionStorage.setItem('connector.access-token', '{ada.token}')")
    other.page.goto(ada.page.url)
    for tab in (ada, other):
        tab.press("Edit")
        expect(tab.page.get_by_label("Text (Markdown)")).to_have_value(re.compile("First text."))
    ada.page.get_by_label("Text (Markdown)").fill("Ada's text")
    ada.page.keyboard.press("Control+s")
    expect(ada.text).to_have_text("Ada's text")
    other.page.get_by_label("Text (Markdown)").fill("The other text")
    other.press("Save")
    other.read_problem("precondition_failed")
    other.press("Show both texts")
    expect(other.page.get_by_label("Their text")).to_have_value("Ada's text")
    expect(other.page.get_by_label("Text (Markdown)")).to_have_value("The other text")
    other.page.get_by_label("Text (Markdown)").fill("Both texts")
    other.press("Save")
    expect(other.text).to_have_text("Both texts")


def test_an_empty_trd_waits_to_be_written(ada: Console) -> None:
    page = a_page(ada, "Without a TRD")
    ada.import_page("Link", page.title)
    ada.open_document("TRD")
    expect(ada.text).to_contain_text("Nothing is written here yet.")
    ada.press("Edit")
    ada.page.get_by_label("Text (Markdown)").fill("# Design\n\n| a | b |\n|---|--:|\n| 1 | 2 |")
    ada.press("Save")
    expect(ada.text.get_by_role("heading", name="Design")).to_be_visible()
    expect(ada.text.get_by_role("cell", name="2")).to_be_visible()


def test_the_editor_waits_for_the_text_that_would_be_put_over_it(ada: Console) -> None:
    page = a_page(ada, "Read slowly")
    ada.import_page("Link", page.title)
    ada.open_document("TRD")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    ada.page.route(re.compile(r"/content\?"), hold)
    ada.page.reload()
    expect(ada.page.get_by_text("Reading the text…")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Edit")).to_have_count(0)
    held[0].continue_()
    ada.page.unroute_all()
    ada.press("Edit")
    expect(ada.page.get_by_label("Text (Markdown)")).to_be_visible()


HOSTILE = """
<h1 style="position:fixed" onclick="hit()">Title</h1><script>hit()</script><img src="https://example.com/x.png" alt="A
picture" onerror="hit()"><a href="javascript:hit()">bad link</a><a href="https://example.com/" target="_top">good
link</a><iframe src="https://example.com/"></iframe><form action="/x"><input name="q"></form><style>*{display:none}
</style><svg onload="hit()"></svg><math><mtext><img src=x onerror=hit()></mtext></math><td title="a > b"
style='color:red'>cell</td><p>say style="x" aloud</p><base href="https://example.com/"><details open
ontoggle="hit()">more</details><table><tr><td style="text-align:right">7</td></tr></table>
"""


def test_E4_text_that_would_run_or_load_is_inert_even_if_the_api_let_it_through(ada: Console, watched: Watched) -> None:
    linked(ada, "Hostile")
    address = re.compile(r"/content\?.*format=html")
    answer = ada.page.request.get(
        f"{ada.stack.url}/documents/{ada.page.url.rpartition('/')[2]}/content?format=html",
        headers={"authorization": f"Bearer {ada.token}"},
    ).json()
    ada.page.add_init_script("window.hit = () => { window.hits = (window.hits ?? 0) + 1 }")
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(str(urlsplit(request.url).hostname)))
    ada.answer(address.pattern, answer | {"content": HOSTILE})
    ada.page.reload()
    expect(ada.text).to_contain_text("bad link")
    expect(ada.text.get_by_role("link")).to_have_count(2)  # the good one, and the picture's
    expect(ada.text.locator("script, iframe, form, input, style, svg, math, base, img")).to_have_count(0)
    inside = ada.text.inner_html()
    assert not re.search(r"javascript:|\son\w+=|\sstyle=\"(?!x)", inside), inside
    expect(ada.text).to_contain_text('say style="x" aloud')
    expect(ada.text.get_by_role("cell", name="7")).to_have_class("right")
    assert ada.page.evaluate("window.hits ?? 0") == 0
    assert set(asked) == {"127.0.0.1"}
    assert watched.complaints() == []


PANEL = '<ac:structured-macro ac:name="warning"><ac:rich-text-body><p>Hot</p></ac:rich-text-body></ac:structured-macro>'
TASK = "<ac:task><ac:task-status>complete</ac:task-status><ac:task-body>Cooled</ac:task-body></ac:task>"


def test_panels_and_tasks_of_a_page_look_like_what_they_are(ada: Console) -> None:
    page = linked(ada, "Panels and tasks")
    ada.simulator(f"pages/{page.id}/edit", storage=f"{PANEL}<ac:task-list>{TASK}</ac:task-list>")
    ada.press("Refresh from source")
    panel = ada.text.locator(".alert")
    expect(panel).to_contain_text("Hot")
    assert panel.evaluate("node => getComputedStyle(node).borderInlineStartWidth") == "4px"
    expect(ada.text.locator("li.task")).to_have_css("list-style-type", "none")
    expect(ada.text.get_by_role("img", name="done")).to_be_visible()
