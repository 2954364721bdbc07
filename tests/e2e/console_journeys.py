"""Ways through the console that pass every view. `look` is called at each stop, with the stop's name."""

import re
from collections.abc import Callable
from typing import Final

import httpx
from playwright.sync_api import expect

from tests.e2e.console_pages import ACME, Console

type Look = Callable[[str], None]
type Journey = Callable[[Console, str, Look], None]
PRD: Final = "PRD: Gift cards"


def importing(console: Console, workspace: str, look: Look) -> None:
    """From an empty workspace to a feature, its documents and the editor."""
    console.page.goto(console.stack.url)
    expect(console.heading(1)).to_be_visible()
    look("welcome")
    console.sign_in("ada", workspace, admin=True)
    look("no features")
    console.go("Connections")
    look("no connections")
    console.consent_in_popup("Connect my account", "ada")
    expect(console.page.get_by_role("dialog")).to_be_visible()
    look("picker")
    console.pick(ACME)
    expect(console.cards("Connected")).to_be_visible()
    console.page.get_by_text("Permissions and ids").click()
    look("connected")
    console.go("Import")
    look("mode")
    console.begin_import("Link")
    expect(console.page.get_by_role("radio").first).to_be_visible()
    look("spaces")
    console.choose_space("Web shop")
    console.search_page(PRD)
    look("page")
    console.page.get_by_role("tab", name="Browse").click()
    expect(console.page.get_by_role("button", name=re.compile("^Pages under")).nth(1)).to_be_visible()
    look("tree")
    console.page.get_by_role("tab", name="Paste link").click()
    look("address")
    console.press("Continue")
    console.press("Continue")
    expect(console.page.get_by_label("Name", exact=True)).to_be_visible()
    look("name and folder")
    console.press("Create the feature")
    expect(console.heading(1)).to_have_text("Gift cards")
    console.page.get_by_text("Rename, move or delete").click()
    look("feature")
    console.open_document("PRD")
    expect(console.text).to_be_visible()
    look("linked document")
    console.page.go_back()
    console.open_document("TRD")
    console.press("Edit")
    expect(console.page.get_by_label("Text (Markdown)")).to_be_visible()
    look("editor")
    console.press("Cancel")
    console.go("Features")
    expect(console.page.locator(".features")).to_be_visible()
    look("features")


def importing_many(console: Console, workspace: str, look: Look) -> None:
    """A selection of two pages, one of them gone by then."""
    console.sign_in("ada", workspace)
    console.go("Connections")
    console.connect("grace")
    console.go("Import")
    console.page.get_by_role("link", name="Import many pages").click()
    expect(console.heading(1)).to_have_text("Import many pages")
    console.page.get_by_role("radio", name=re.compile("^Copy")).check()
    look("mode of many")
    console.press("Continue")
    gone = console.simulator("pages", space="SHOP", title=f"Seen and gone, {workspace}")["id"]
    console.choose_space("Web shop")
    console.page.get_by_role("searchbox", name="Find a page").fill(PRD)
    console.page.get_by_role("checkbox", name=PRD).check()
    console.paste(f"{ACME}/wiki/pages/viewpage.action?pageId={gone}")
    expect(console.page.locator(".picked li")).to_have_count(2)
    look("selection")
    console.simulator(f"pages/{gone}/trash")
    console.press("Continue")
    look("folder and start")
    console.press("Start the import")
    progress = console.page.get_by_role("region", name="Progress")
    expect(progress).to_have_attribute("data-status", "completed_with_errors", timeout=60_000)
    expect(console.page.get_by_role("heading", name="What was made")).to_be_visible()
    look("import of many")


def minding_agents(console: Console, workspace: str, look: Look) -> None:
    """From no connection to an agent whose change waits, is read and rejected."""
    page = console.page
    console.sign_in("root", workspace, admin=True)
    console.go("Agents")
    expect(console.heading(2)).to_have_text("No agents yet")
    look("no agents")
    page.get_by_role("link", name="New agent").click()
    expect(console.heading(2)).to_have_text("Connect an account for this first")
    look("no connection for agents")
    console.consent_in_popup("Connect for agents that write", "grace")
    page.get_by_label("Name", exact=True).fill("Scribe")
    console.press("Documentation Manager")
    page.get_by_label("Pages: require approval").check()
    look("new agent")
    console.press("Create the agent")
    token = page.get_by_label("Token", exact=True).input_value()
    look("token")
    console.press("I have stored it")
    expect(console.heading(1)).to_have_text("Scribe")
    look("agent")
    console.go("Approvals")
    expect(page.get_by_text("Nothing waits for a decision.")).to_be_visible()
    look("no approvals")
    for path in ("/wiki/api/v2/pages/1", "/wiki/api/v2/spaces/1"):
        wanted = {"method": "PUT" if "pages" in path else "DELETE", "path": path, "body": {"title": "x" * 300}}
        headers = {"authorization": f"Bearer {token}"}
        httpx.post(f"{console.stack.url}/agent/confluence", json=wanted, headers=headers, timeout=60)
    console.press("Look again")
    page.get_by_role("link", name="Change in Pages").click()
    expect(page.get_by_label("What would be sent")).to_be_visible()
    look("approval")
    console.press("Reject")
    expect(page.locator("[data-status]")).to_have_text("Rejected")
    look("rejected")
    page.get_by_role("link", name="Scribe").click()
    page.get_by_role("link", name="Calls").click()
    expect(page.locator("tbody tr").nth(1)).to_be_visible()
    look("calls")
    console.go("Agents")
    expect(page.locator("[data-agent]")).to_be_visible()
    look("agents")
    console.go("Connections")
    page.get_by_text("Use it for more").click()
    look("more purposes")


def minding_the_workspace(console: Console, workspace: str, look: Look) -> None:
    """Its export, and the question before it is erased."""
    page = console.page
    console.sign_in("root", workspace, admin=True)
    console.go("Connections")
    page.get_by_role("link", name="Whole workspace").click()
    expect(console.heading(1)).to_have_text("Workspace")
    look("workspace")
    console.press("Erase everything")
    look("erasing")
    page.keyboard.press("Escape")
    console.press("Export everything")
    expect(page.get_by_role("link", name="Download the archive")).to_be_visible(timeout=60_000)
    look("export")


def synchronizing(console: Console, workspace: str, look: Look) -> None:
    """From no synchronizer to one with a page, its issue, and what was done to it."""
    page = console.page
    console.sign_in("root", workspace, admin=True)
    console.go("Synchronizers")
    expect(console.heading(2)).to_have_text("No synchronizers yet")
    look("no synchronizers")
    page.get_by_role("link", name="Make the first synchronizer").click()
    console.consent_in_popup("Connect for Jira synchronizers", "alice")
    dialog = page.get_by_role("dialog", name="Choose the Confluence site")
    expect(dialog.get_by_role("group", name="Where is Jira?")).to_be_visible()
    look("both sites")
    dialog.get_by_role("group", name="Site").get_by_role("radio", name="acme").check()
    dialog.get_by_role("button", name="Use this site").click()
    page.get_by_role("group", name="Find a space: results").get_by_role("radio", name="Web shop").check()
    page.get_by_role("group", name="Find a project: results").get_by_role("radio", name="Web shop").check()
    page.get_by_role("radio", name=re.compile("^Selected by hand")).check()
    page.get_by_label("Issue type", exact=True).select_option("Task")
    look("new synchronizer")
    console.press("Create and run it")
    expect(page.locator('li[data-status="completed"]')).to_be_visible(timeout=60_000)
    look("synchronizer")
    console.press("Settings")
    expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    look("rule")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Pages and issues").click()
    console.press("Select a page")
    dialog = page.get_by_role("dialog", name="Select a page")
    dialog.get_by_role("searchbox", name="Find a page").fill(PRD)
    dialog.get_by_role("radio", name=PRD).check()
    dialog.get_by_role("button", name="Select it").click()
    expect(dialog.locator('[data-code="connect_required"]')).to_be_visible()
    look("selecting a page")
    console.consent_in_popup("Connect my account with Jira", "grace")
    expect(page.locator('[data-state="active"]')).to_be_visible(timeout=60_000)
    look("pages and issues")
    page.locator("a.title").click()
    expect(page.get_by_role("group", name="Transitions")).to_be_visible()
    look("issue")
    page.get_by_role("link", name="SHOP → WEB").click()
    page.get_by_role("link", name="Who did what").click()
    expect(page.locator("tbody tr")).to_be_visible()
    look("acts")
    page.get_by_role("link", name="Back to the synchronizer").click()
    console.press("Dry run")
    expect(page.get_by_text("Nothing: pages and issues are in step.")).to_be_visible(timeout=60_000)
    look("dry run")
    console.go("Synchronizers")
    expect(page.locator("[data-synchronizer]")).to_be_visible()
    look("synchronizers")


JOURNEYS: Final[tuple[Journey, ...]] = (
    importing,
    importing_many,
    minding_agents,
    minding_the_workspace,
    synchronizing,
)
