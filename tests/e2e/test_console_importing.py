"""The import wizard: copy and link, the three ways to a page, name and folder, and what it refuses."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.console_pages import ACME, Console

pytestmark = pytest.mark.e2e
PRD, TRD = "PRD: Saved carts", "TRD: Saved carts"


@pytest.fixture
def ada(console: Console, workspace: str) -> Console:
    console.sign_in("ada", workspace)
    console.go("Connections")
    console.connect("ada", site=ACME)
    return console


def test_a_link_from_search_to_the_document(ada: Console) -> None:
    name = ada.import_page("Link", PRD)
    assert name == "Saved carts"  # from the page's first heading, not from its title
    expect(ada.page.get_by_text("Source of truth: Confluence")).to_be_visible()
    ada.open_document("PRD")
    expect(ada.heading(1)).to_have_text(PRD)
    expect(ada.banner).to_contain_text("Source of truth: Confluence")
    expect(ada.text).to_contain_text("Requirements")
    expect(ada.page.get_by_role("button", name="Edit")).to_have_count(0)


def test_one_document_may_differ_from_the_default(ada: Console) -> None:
    ada.begin_import("Copy")
    ada.choose_space("Web shop")
    ada.search_page(PRD, "aved CAR")
    ada.press("Continue")
    ada.search_page(TRD)
    ada.page.get_by_label("Import the TRD as").select_option("link")
    ada.press("Continue")
    ada.page.get_by_label("Folder", exact=True).fill("shop/carts")
    ada.press("Create the feature")
    expect(ada.page.locator(".documents li").nth(0)).to_contain_text("Copy")
    expect(ada.page.locator(".documents li").nth(1)).to_contain_text("Link")
    ada.go("Features")
    group = ada.page.get_by_role("region", name="shop/carts")
    expect(group.get_by_role("link", name="Saved carts")).to_be_visible()


def test_a_page_from_the_tree(ada: Console) -> None:
    ada.begin_import("Copy")
    ada.page.get_by_role("tab", name="Browse").click()
    ada.choose_space("Web shop")
    tree = ada.page.get_by_role("list", name="Pages")
    toggle = tree.get_by_role("button", name=re.compile("^Pages under")).first
    expect(toggle).to_have_attribute("aria-expanded", "true")
    child = tree.get_by_role("listitem").first.get_by_role("listitem").first
    title = child.locator("label span, .folder").first.inner_text()
    child.get_by_role("radio").first.check()
    expect(ada.page.locator(".chosen")).to_contain_text(title)


def test_a_page_by_its_address_and_addresses_that_are_none(ada: Console) -> None:
    ada.begin_import("Link")
    ada.paste("https://globex.atlassian.net/wiki/spaces/X/pages/1/Other")
    ada.read_problem("other_site")
    ada.paste(f"{ACME}/jira/browse/X-1")
    ada.read_problem("unsupported_page_url")
    ada.paste(f"{ACME}/wiki/pages/viewpage.action?pageId={ada.page_id(PRD)}#goals")
    expect(ada.page.locator(".chosen")).to_contain_text(PRD)


def test_what_is_missing_is_asked_for_before_it_is_sent(ada: Console) -> None:
    ada.go("Import")
    ada.press("Continue")
    expect(ada.page.get_by_text("Choose copy or link first.")).to_be_visible()
    ada.page.get_by_role("radio", name=re.compile("^Link")).check()
    ada.press("Continue")
    ada.press("Continue")
    expect(ada.page.get_by_text("Choose a page first.")).to_be_visible()
    ada.choose_space("Web shop")
    ada.search_page(PRD)
    ada.press("Continue")
    ada.search_page(PRD)
    ada.press("Continue")
    expect(ada.page.get_by_text("PRD and TRD must be different pages.")).to_be_visible()


def test_creating_again_after_a_lost_answer_makes_no_second_feature(ada: Console) -> None:
    keys: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            route.fetch()  # it arrives; its answer does not
            route.abort()
        else:
            route.continue_()

    ada.begin_import("Link")
    ada.choose_space("Web shop")
    ada.search_page(PRD)
    ada.press("Continue")
    ada.press("Continue")
    expect(ada.page.get_by_label("Name", exact=True)).to_be_visible()
    ada.page.route(re.compile(r"/features$"), lose_the_first)
    ada.press("Create the feature")
    expect(ada.problem).to_have_attribute("data-code", "unreachable")
    ada.press("Try again")
    expect(ada.heading(1)).to_have_text("Saved carts")
    ada.page.unroute_all()
    ada.go("Features")
    expect(ada.page.locator(".features li")).to_have_count(1)
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_connecting_inside_the_wizard_keeps_the_place(console: Console, workspace: str) -> None:
    console.sign_in("new", workspace)
    console.begin_import("Link")
    expect(console.heading(2)).to_have_text("Connect Confluence first")
    console.consent_in_popup("Connect my account", "grace")
    expect(console.heading(2)).to_have_text("Which page is the PRD?")
    expect(console.page.get_by_text("As Grace Mbeki")).to_be_visible()


def test_a_feature_is_renamed_moved_and_deleted(ada: Console) -> None:
    ada.import_page("Copy", PRD)
    ada.page.get_by_text("Rename, move or delete").click()
    ada.page.get_by_label("Name", exact=True).fill("Carts that wait")
    ada.page.get_by_label("Folder", exact=True).fill("waiting")
    ada.press("Save")
    expect(ada.heading(1)).to_have_text("Carts that wait")
    ada.page.get_by_text("Rename, move or delete").click()
    ada.press("Delete the feature")
    ada.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(ada.page.get_by_role("heading", name="No features yet")).to_be_visible()
