"""Space sync in the console: the first run as it goes, a run asked for, the setting, and the pages."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.console_pages import Console

pytestmark = pytest.mark.e2e


@pytest.fixture
def syncing(console: Console, workspace: str) -> Console:
    """An admin on the sync of a service account's connection."""
    console.sign_in("root", workspace, admin=True)
    console.go("Connections")
    card = console.connect("grace", button="Connect for space sync")
    card.get_by_role("link", name="Space sync").click()
    expect(console.heading(1)).to_have_text("Space sync")
    return console


def test_the_first_sync_is_watched_to_its_end_and_its_pages_are_read(syncing: Console) -> None:
    page = syncing.page
    first = page.locator("li[data-run]").filter(has_text="First sync")
    expect(first).to_have_attribute("data-status", "completed", timeout=60_000)
    expect(first).to_contain_text(re.compile(r"[1-9]\d* new"))
    page.get_by_role("link", name="Pages").click()
    expect(syncing.heading(1)).to_have_text("Synced pages")
    rows = page.locator("li.card")
    expect(rows.first).to_be_visible()
    title = rows.first.locator("summary").inner_text()
    page.get_by_role("searchbox", name="Find a page").fill(title)
    expect(rows).to_have_count(1)
    rows.first.locator("summary").press("Enter")
    expect(rows.first.locator("pre")).to_contain_text('source: "confluence"')
    page.get_by_role("searchbox", name="Find a page").fill("no page is called that")
    expect(page.get_by_text("No page has that in its title.")).to_be_visible()


def test_a_run_is_asked_for_and_the_setting_is_changed(syncing: Console) -> None:
    page = syncing.page
    runs = page.locator("li[data-run]")
    expect(runs.first).to_have_attribute("data-status", "completed", timeout=60_000)
    syncing.press("Sync now")
    expect(runs).to_have_count(2)
    expect(runs.first).to_contain_text("Asked for")
    syncing.press("Settings")
    dialog = page.get_by_role("dialog", name="Sync settings")
    dialog.get_by_label("Minutes between runs").fill("5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".problem")).to_be_visible()
    dialog.get_by_label("Minutes between runs").fill("30")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".facts")).to_contain_text("Every 30 minutes")
