"""Synchronizers in the console: made, watched, tried dry, changed; pages selected; issues moved on, in whose name."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import Watched
from tests.e2e.console_pages import ACME, GLOBEX, Console

pytestmark = pytest.mark.e2e
LONG = 60_000


@dataclass
class Shelf:
    """Pages of space SHOP with a label of their own, so that a synchronizer sees them and no others."""

    console: Console
    label: str = field(default_factory=lambda: f"shelf-{secrets.token_hex(4)}")

    def page(self, title: str) -> str:
        made = str(self.console.simulator("pages", space="SHOP", title=f"{title} {self.label}")["id"])
        self.console.simulator(f"pages/{made}/label", labels=[self.label])
        return made

    @property
    def cql(self) -> str:
        return f'label = "{self.label}"'


@pytest.fixture
def root(console: Console, workspace: str) -> Iterator[Console]:
    """An admin with a service account's connection for Jira, at a Confluence whose search does not lag."""
    console.simulator("behaviour", index_delay_seconds=0)
    console.sign_in("root", workspace, admin=True)
    console.go("Connections")
    card = console.connect("grace", button="Connect for Jira synchronizers")
    expect(card).to_contain_text("Jira")
    yield console
    console.simulator("behaviour", index_delay_seconds=20)


@pytest.fixture
def shelf(root: Console) -> Shelf:
    return Shelf(root)


def fill_in(console: Console, *, mode: str = "Automatic", issue_type: str = "Task", cql: str = "") -> None:
    page = console.page
    console.go("Synchronizers")
    page.get_by_role("main").get_by_role("link", name=re.compile("synchronizer$")).first.click()
    expect(console.heading(1)).to_have_text("New synchronizer")
    page.get_by_role("searchbox", name="Find a space").fill("web sh")
    page.get_by_role("group", name="Find a space: results").get_by_role("radio", name="Web shop").check()
    page.get_by_role("searchbox", name="Find a project").fill("web")
    page.get_by_role("group", name="Find a project: results").get_by_role("radio", name="Web shop").check()
    page.get_by_role("radio", name=re.compile(f"^{mode}")).check()
    page.get_by_label("Issue type", exact=True).select_option(issue_type)
    page.get_by_label("Additional CQL").fill(cql)


def make(console: Console, **wanted: str) -> None:
    fill_in(console, **wanted)
    console.press("Create and run it")
    expect(console.heading(1)).to_have_text("SHOP → WEB")
    finished(console, "First run")


def finished(console: Console, trigger: str, status: str = "completed") -> Locator:
    """The newest run of that trigger, once it is over."""
    run = console.page.locator("li[data-run]").filter(has_text=trigger).first
    expect(run).to_have_attribute("data-status", status, timeout=LONG)
    return run


def linked(console: Console, page_id: str, state: str) -> Locator:
    """The page's row in the list of pages, once it is in that state."""
    console.page.get_by_role("link", name="Pages and issues").click()
    row = console.page.locator(f'[data-page="{page_id}"]')
    expect(row).to_have_attribute("data-state", state, timeout=LONG)
    return row


def open_issue(console: Console, page_id: str) -> None:
    linked(console, page_id, "active").locator("a.title").click()
    expect(console.page.locator("[data-state]")).to_be_visible()


def back_to_it(console: Console) -> None:
    console.page.get_by_role("link", name="SHOP → WEB").click()
    expect(console.heading(1)).to_have_text("SHOP → WEB")


def test_every_page_in_scope_gets_its_issue(root: Console, shelf: Shelf) -> None:
    page_id = shelf.page("PRD: Shelves")
    make(root, cql=shelf.cql)
    expect(finished(root, "First run")).to_contain_text("1 created")
    expect(root.page.locator(".facts")).to_contain_text(shelf.cql)
    row = linked(root, page_id, "active")
    expect(row.get_by_role("link", name=re.compile(r"^WEB-\d+"))).to_have_attribute("href", re.compile(r"/browse/WEB-"))
    expect(row).to_contain_text("PRD: Shelves")


def test_what_cannot_work_is_said_before_anything_is_made(root: Console) -> None:
    fill_in(root, cql="title ~ x) or (type = page")
    expect(
        root.page.get_by_label("Issue type", exact=True).get_by_role("option", name=re.compile("^Bug"))
    ).to_be_disabled()
    root.press("Create and run it")
    root.read_problem("cql_refused")
    expect(
        root.page.get_by_label("Issue type", exact=True).get_by_role("option", name="Chosen for each page")
    ).to_have_count(0)
    root.page.get_by_role("radio", name=re.compile("^Selected by hand")).check()
    root.page.get_by_label("Issue type", exact=True).select_option("Chosen for each page")
    root.page.get_by_role("radio", name=re.compile("^Automatic")).check()
    expect(root.page.get_by_label("Issue type", exact=True)).to_have_value("")
    root.go("Synchronizers")
    expect(root.page.get_by_role("heading", name="No synchronizers yet")).to_be_visible()


def test_a_dry_run_says_what_it_would_do_and_does_nothing(root: Console, shelf: Shelf) -> None:
    page_id = shelf.page("Before")
    make(root, cql=shelf.cql)
    root.simulator(f"pages/{page_id}/rename", title=f"After {shelf.label}")
    root.press("Dry run")
    expect(root.heading(1)).to_have_text("Run")
    outcome = root.page.get_by_role("region", name="Outcome")
    expect(outcome).to_have_attribute("data-status", "completed", timeout=LONG)
    expect(outcome).to_contain_text("0 writes to Jira")
    expect(root.page.locator(f'tr[data-page="{page_id}"]')).to_contain_text("Change the summary")
    root.page.get_by_role("link", name="Back to the synchronizer").click()
    root.press("Run now")
    expect(root.page.locator("li[data-run]").first).to_contain_text("1 updated", timeout=LONG)


def test_a_page_is_selected_with_its_own_type_and_taken_back(root: Console, shelf: Shelf) -> None:
    page, page_id = root.page, shelf.page("Chosen")
    make(root, mode="Selected by hand", issue_type="Chosen for each page")
    page.get_by_role("link", name="Pages and issues").click()
    expect(page.get_by_text("There is none.")).to_be_visible()
    root.press("Select a page")
    dialog = page.get_by_role("dialog", name="Select a page")
    dialog.get_by_role("button", name="Select it").click()
    expect(dialog.get_by_text("Choose a page first.")).to_be_visible()
    dialog.get_by_role("searchbox", name="Find a page").fill(f"Chosen {shelf.label}")
    dialog.get_by_role("radio", name=f"Chosen {shelf.label}").check()
    dialog.get_by_label("Issue type", exact=True).select_option("Epic")
    dialog.get_by_role("button", name="Select it").click()
    root.consent_in_popup("Connect my account with Jira", "grace")  # who selects, acts
    expect(dialog).to_have_count(0)
    row = page.locator(f'[data-page="{page_id}"]')
    expect(row).to_have_attribute("data-state", "active", timeout=LONG)
    expect(row).to_contain_text("selected by root")
    root.press(f"Take back Chosen {shelf.label}")
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("There is none.")).to_be_visible()


def test_a_person_acts_with_an_account_of_their_own(root: Console, shelf: Shelf) -> None:
    page, page_id = root.page, shelf.page("Moved on")
    make(root, cql=shelf.cql)
    open_issue_unconnected(root, page_id)
    root.consent_in_popup("Connect my account with Jira", "grace")
    status = page.get_by_role("region", name="Status")
    expect(status).to_contain_text("To Do")
    expect(page.get_by_text("You act as yourself")).to_be_visible()
    page.get_by_role("group", name="Transitions").get_by_role("button", name="In Progress").click()
    expect(status.locator("[data-status]")).to_have_text("In Progress")
    root.press("Save the fields")
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    page.get_by_label("Labels").fill("one two")
    page.get_by_label("Priority").select_option("High")
    root.press("Save the fields")
    expect(page.get_by_label("Labels")).to_have_value("one two")
    expect(page.get_by_label("Priority").locator("option:checked")).to_have_text("High")
    expect(page.get_by_text(re.compile("^Edited in Jira only: .*Description"))).to_be_visible()
    back_to_it(root)
    page.get_by_role("link", name="Who did what").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator('tr[data-deed="transition"]')).to_contain_text("Themselves")


def open_issue_unconnected(console: Console, page_id: str) -> None:
    linked(console, page_id, "active").locator("a.title").click()
    expect(console.page.locator('[data-code="connect_required"]')).to_be_visible()


def test_who_has_no_jira_is_helped_and_both_names_are_kept(
    root: Console, shelf: Shelf, watched: Watched, workspace: str
) -> None:
    page_id = shelf.page("Helped")
    make(root, cql=shelf.cql)
    noel = Console(root.stack, watched.page())
    noel.sign_in("noel", workspace)
    noel.go("Synchronizers")
    noel.page.get_by_role("link", name="SHOP → WEB").click()
    expect(noel.page.get_by_role("button", name="Run now")).to_have_count(0)
    open_issue_unconnected(noel, page_id)
    noel.consent_in_popup("Connect my account with Jira", "nojira")
    expect(noel.page.locator('[data-acting="technical_user"]')).to_contain_text("both names are recorded")
    noel.page.get_by_role("group", name="Transitions").get_by_role("button", name="Done").click()
    expect(noel.page.locator("[data-status]")).to_have_text("Done")
    root.page.get_by_role("link", name="Who did what").click()
    line = root.page.locator('tr[data-acting="technical_user"]')
    expect(line).to_contain_text("noel")
    expect(line).to_contain_text("Technical user")


def test_an_issue_that_is_gone_is_shown_and_another_is_made_only_if_asked_for(root: Console, shelf: Shelf) -> None:
    page, page_id = root.page, shelf.page("Lost")
    make(root, cql=shelf.cql)
    row = linked(root, page_id, "active")
    key = row.get_by_role("link", name=re.compile(r"^WEB-\d+")).inner_text().split()[0]
    assert httpx.delete(f"{root.stack.simulator}/_simulator/jira/issues/{key}").is_success
    back_to_it(root)
    root.press("Run now")
    expect(finished(root, "Asked for")).to_contain_text("1 without their issue")
    row = linked(root, page_id, "broken")
    row.locator("a.title").click()
    root.consent_in_popup("Connect my account with Jira", "grace")
    expect(root.heading(1)).to_have_text("The issue is gone")
    root.press("Make another issue")
    expect(page.get_by_text("The issue is being created…")).to_be_visible()
    expect(root.heading(1)).to_have_text(re.compile(rf"^WEB-\d+: Lost {shelf.label}"), timeout=LONG)
    expect(root.heading(1)).not_to_contain_text(f"{key}:")


def test_a_lost_right_pauses_it_and_its_return_lets_it_go_on(root: Console, shelf: Shelf) -> None:
    shelf.page("Paused")
    make(root, cql=shelf.cql)
    root.simulator("jira/projects/WEB/permissions", permission="CREATE_ISSUES", accounts=["alice"])
    try:
        root.press("Run now")
        finished(root, "Asked for", "failed")
        note = root.page.get_by_text("The technical user lacks rights in the project.")
        expect(note).to_be_visible()
        expect(root.page.get_by_text("CREATE_ISSUES")).to_be_visible()
        expect(root.page.get_by_text("Paused", exact=True)).to_be_visible()
    finally:
        root.simulator("jira/projects/WEB/permissions", permission="CREATE_ISSUES", accounts=None)
    root.press("Run now")
    finished(root, "Asked for")
    expect(note).to_have_count(0)


def test_its_rule_is_changed_and_it_is_deleted(root: Console, shelf: Shelf) -> None:
    page = root.page
    make(root, cql=shelf.cql)
    root.press("Settings")
    dialog = page.get_by_role("dialog", name="Settings")
    dialog.get_by_role("radio", name=re.compile("^New pages only")).check()
    dialog.get_by_label("Additional CQL").fill("order by title")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".problem")).to_have_attribute("data-code", "cql_refused")
    dialog.get_by_label("Additional CQL").fill("")
    dialog.get_by_label("Switched on").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Switched off")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("New pages only")
    expect(page.get_by_role("button", name="Take in older pages")).to_be_visible()
    root.press("Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No synchronizers yet")).to_be_visible()


def test_without_a_connection_for_jira_one_is_connected_in_place(console: Console, workspace: str) -> None:
    console.sign_in("root", workspace, admin=True)
    console.go("Synchronizers")
    console.page.get_by_role("link", name="Make the first synchronizer").click()
    console.consent_in_popup("Connect for Jira synchronizers", "ada")
    dialog = console.page.get_by_role("dialog", name="Choose the Confluence site")
    expect(dialog.get_by_role("radio", name="On the same site")).to_be_checked()
    dialog.get_by_role("group", name="Site").get_by_role("radio", name="acme").check()
    dialog.get_by_role("button", name="Use this site").click()
    expect(console.page.get_by_label("Connection", exact=True)).to_contain_text("Ada Öztürk on acme")


@pytest.fixture
def ada_at_both(console: Console, workspace: str) -> Iterator[Console]:
    """An admin whose service account, ada, has Jira on both of its sites."""
    console.simulator("behaviour", index_delay_seconds=0)
    console.simulator("jira/access", account="ada", has=True, site="globex")
    console.sign_in("root", workspace, admin=True)
    yield console
    console.simulator("jira/access", account="ada", has=False, site="globex")
    console.simulator("behaviour", index_delay_seconds=20)


def test_the_issues_may_lie_on_another_site_than_the_pages(ada_at_both: Console) -> None:
    console, page = ada_at_both, ada_at_both.page
    shelf = Shelf(console)
    page_id = shelf.page("Shipped")
    console.go("Synchronizers")
    page.get_by_role("link", name="Make the first synchronizer").click()
    console.consent_in_popup("Connect for Jira synchronizers", "ada")
    dialog = page.get_by_role("dialog", name="Choose the Confluence site")
    dialog.get_by_role("group", name="Site", exact=True).get_by_role("radio", name="acme").check()
    dialog.get_by_role("group", name="Where is Jira?").get_by_role("radio", name="globex").check()
    dialog.get_by_role("button", name="Use this site").click()
    expect(page.get_by_label("Connection", exact=True)).to_contain_text("Ada Öztürk on acme, Jira on globex")
    page.get_by_role("group", name="Find a space: results").get_by_role("radio", name="Web shop").check()
    projects = page.get_by_role("group", name="Find a project: results").get_by_role("radio")
    expect(projects).to_have_count(1)
    projects.first.check()
    page.get_by_label("Issue type", exact=True).select_option("Task")
    page.get_by_label("Additional CQL").fill(shelf.cql)
    console.press("Create and run it")
    expect(console.heading(1)).to_have_text("SHOP → OPS")
    expect(finished(console, "First run")).to_contain_text("1 created")
    expect(page.locator(".facts").get_by_role("link", name="OPS")).to_have_attribute("href", f"{GLOBEX}/browse/OPS")
    row = linked(console, page_id, "active")
    expect(row.get_by_role("link", name=re.compile(r"^OPS-\d+"))).to_have_attribute(
        "href", re.compile(rf"^{GLOBEX}/browse/OPS-\d+$")
    )
    expect(row.get_by_role("link", name="Page in Confluence")).to_have_attribute("href", re.compile(f"^{ACME}/wiki/"))
    row.locator("a.title").click()
    console.consent_in_popup("Connect my account with Jira", "ada")
    console.pick("acme")  # one's own is for acme's Jira: the same consent reaches the synchronizer's
    expect(page.get_by_text("You act as yourself")).to_be_visible()
    expect(page.get_by_role("region", name="Status").get_by_role("link")).to_have_attribute(
        "href", re.compile(f"^{GLOBEX}/browse/OPS-")
    )
    console.go("Connections")
    expect(console.cards("Workspace")).to_contain_text("globex")
