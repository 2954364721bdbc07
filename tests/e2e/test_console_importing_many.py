"""Bulk import in the console: a selection or a tree, its progress, and what did not get through."""

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.e2e.console_pages import ACME, Console

pytestmark = pytest.mark.e2e
ONE, OTHER, THIRD = "PRD: Saved carts", "TRD: Saved carts", "PRD: Gift cards"


@pytest.fixture
def ada(console: Console, workspace: str) -> Console:
    console.sign_in("ada", workspace)
    console.go("Connections")
    console.connect("ada", site=ACME)
    console.go("Import")
    console.page.get_by_role("link", name="Import many pages").click()
    expect(console.heading(1)).to_have_text("Import many pages")
    return console


def choose_mode(console: Console, mode: str) -> None:
    console.page.get_by_role("radio", name=re.compile(f"^{mode}")).check()
    console.press("Continue")


def tick(console: Console, title: str) -> None:
    console.page.get_by_role("searchbox", name="Find a page").fill(title)
    console.page.get_by_role("checkbox", name=title).check()
    expect(console.page.locator(".picked")).to_contain_text(title)


def progress(console: Console) -> Locator:
    return console.page.get_by_role("region", name="Progress")


def test_a_selection_becomes_features_in_a_folder(ada: Console) -> None:
    page = ada.page
    choose_mode(ada, "Link")
    ada.press("Continue")
    expect(page.get_by_text("Choose at least one page first.")).to_be_visible()
    ada.choose_space("Web shop")
    for title in (ONE, OTHER, THIRD):
        tick(ada, title)
    expect(page.get_by_text("3 pages chosen")).to_be_visible()
    page.get_by_role("button", name=f"Leave out {THIRD}").click()
    expect(page.get_by_role("checkbox", name=THIRD)).not_to_be_checked()
    ada.paste(f"{ACME}/wiki/pages/viewpage.action?pageId={ada.page_id(THIRD)}")
    expect(page.locator(".picked li")).to_have_count(3)
    ada.press("Continue")
    page.get_by_label("Folder", exact=True).fill("shop/many")
    ada.press("Start the import")
    expect(progress(ada)).to_have_attribute("data-status", "completed", timeout=60_000)
    expect(progress(ada)).to_contain_text("3 of 3 imported")
    expect(page.locator(".features li")).to_have_count(3)
    page.get_by_role("link", name="Saved carts").first.click()
    expect(page.get_by_text("Source of truth: Confluence")).to_be_visible()
    ada.go("Features")
    expect(page.get_by_role("region", name="shop/many").get_by_role("listitem")).to_have_count(3)


def test_a_page_and_all_below_it(ada: Console) -> None:
    choose_mode(ada, "Copy")
    ada.page.get_by_role("radio", name=re.compile("^A page and all below it")).check()
    ada.press("Continue")
    expect(ada.page.get_by_text("Choose the page at the top first.")).to_be_visible()
    ada.page.get_by_role("tab", name="Browse").click()
    ada.choose_space("Web shop")
    top = ada.page.get_by_role("list", name="Pages").get_by_role("radio").nth(1)
    top.check()
    expect(ada.page.locator(".chosen")).to_contain_text("and all below it")
    ada.press("Continue")
    ada.press("Start the import")
    expect(progress(ada)).to_have_attribute("data-status", "completed", timeout=60_000)
    expect(ada.page.locator(".features li").nth(1)).to_be_visible()  # more than the page itself
    address = ada.page.url
    ada.page.goto("about:blank")
    ada.page.goto(address)
    expect(progress(ada)).to_have_attribute("data-status", "completed")


def test_what_did_not_get_through_is_listed_and_tried_again(ada: Console, workspace: str) -> None:
    page = ada.page
    gone = ada.simulator("pages", space="SHOP", title=f"Soon in the trash, {workspace}")["id"]
    choose_mode(ada, "Copy")
    ada.choose_space("Web shop")
    tick(ada, ONE)
    ada.paste(f"{ACME}/wiki/pages/viewpage.action?pageId={gone}")
    expect(page.locator(".picked li")).to_have_count(2)
    ada.simulator(f"pages/{gone}/trash")
    ada.press("Continue")
    ada.press("Start the import")
    expect(progress(ada)).to_have_attribute("data-status", "completed_with_errors", timeout=60_000)
    failed = page.locator(f'[data-page="{gone}"]')
    expect(failed).to_contain_text("page_not_found")
    expect(failed.get_by_role("link")).to_have_attribute("href", f"{ACME}/wiki/pages/viewpage.action?pageId={gone}")
    first = page.url
    ada.simulator(f"pages/{gone}/restore")
    ada.press("Import these again")
    expect(progress(ada)).to_contain_text("1 of 1 imported", timeout=60_000)
    assert page.url != first
    ada.go("Features")
    expect(page.locator(".features li")).to_have_count(2)


def test_starting_again_after_a_lost_answer_starts_no_second_import(ada: Console) -> None:
    keys: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            route.fetch()  # it arrives; its answer does not
            route.abort()
        else:
            route.continue_()

    choose_mode(ada, "Link")
    ada.choose_space("Web shop")
    tick(ada, ONE)
    ada.press("Continue")
    ada.page.route(re.compile(r"/imports$"), lose_the_first)
    ada.press("Start the import")
    expect(ada.problem).to_have_attribute("data-code", "unreachable")
    ada.press("Try again")
    expect(progress(ada)).to_contain_text("1 of 1 imported", timeout=60_000)
    ada.page.unroute_all()
    assert len(set(keys)) == 1
    ada.go("Features")
    expect(ada.page.locator(".features li")).to_have_count(1)
