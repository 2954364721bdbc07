"""The console as a person uses it: what is pressed and read, by the names that people and screen readers see."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

ACME, GLOBEX = "https://acme.atlassian.net", "https://globex.atlassian.net"


@dataclass
class Console:
    """One tab of the console."""

    stack: "Stack"
    page: Page

    # ── signing in and going about ────────────────────────────────────────────────────────────────────────────────

    def sign_in(self, name: str, workspace: str, *, admin: bool = False) -> None:
        self.page.goto(self.stack.url)
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Workspace", exact=True).fill(workspace)
        self.page.get_by_label("Role").select_option("admin" if admin else "")
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page.get_by_role("heading", level=1, name="Features")).to_be_visible()

    def go(self, name: str) -> None:
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()
        expect(self.heading(1)).to_have_text(re.compile(name))

    def heading(self, level: int) -> Locator:
        return self.page.get_by_role("heading", level=level).first

    @property
    def token(self) -> str:
        return str(self.page.evaluate("sessionStorage.getItem('connector.access-token')"))

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def problem(self) -> Locator:
        return self.page.locator(".problem")

    def read_problem(self, code: str) -> str:
        """What the problem says, after checking that it has everything a member needs."""
        expect(self.problem).to_have_attribute("data-code", code)
        expect(self.problem).to_have_role("alert")
        expect(self.problem.locator(".remedy")).not_to_be_empty()
        expect(self.problem.locator(".request code")).not_to_be_empty()
        return self.problem.inner_text()

    # ── connecting ────────────────────────────────────────────────────────────────────────────────────────────────

    def connect(self, account: str, *, site: str | None = None, button: str = "Connect my account") -> Locator:
        """From the connections view to a connected card."""
        self.consent_in_popup(button, account)
        if site:
            self.pick(site)
        card = self.cards("Connected").first
        expect(card).to_be_visible()
        return card

    def consent_in_popup(self, button: str, account: str, decision: str = "Allow") -> None:
        with self.page.expect_popup() as opened:
            self.press(button)
        popup = opened.value
        popup.wait_for_url(re.compile(r"/authorize\?"))
        with popup.expect_event("close"):
            give_consent(popup, account, decision)

    def pick(self, site: str) -> None:
        dialog = self.page.get_by_role("dialog", name="Choose the Confluence site")
        dialog.get_by_role("group", name="Site", exact=True).get_by_role("radio", name=site).check()
        dialog.get_by_role("button", name="Use this site").click()
        expect(dialog).to_have_count(0)

    def cards(self, status: str) -> Locator:
        return self.page.locator(".connection").filter(has=self.page.get_by_text(status, exact=True))

    # ── importing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def begin_import(self, mode: str) -> None:
        self.go("Import")
        self.page.get_by_role("radio", name=re.compile(f"^{mode}")).check()
        self.press("Continue")

    def choose_space(self, name: str) -> None:
        self.page.get_by_role("searchbox", name="Find a space").fill(name)
        self.page.get_by_role("radio", name=re.compile(name)).check()
        self.press("Use this space")

    def search_page(self, title: str, part: str | None = None) -> None:
        self.page.get_by_role("searchbox", name="Find a page").fill(part or title)
        self.page.get_by_role("radio", name=title).check()
        expect(self.page.locator(".chosen")).to_contain_text(title)

    def paste(self, address: str) -> None:
        self.page.get_by_role("tab", name="Paste link").click()
        self.page.get_by_label("Address of the page").fill(address)
        self.press("Find the page")

    def import_page(self, mode: str, title: str, *, space: str = "Web shop") -> str:
        """A feature with that page as its PRD. Answers the feature's name; the feature is what is shown."""
        self.begin_import(mode)
        self.choose_space(space)
        self.search_page(title)
        self.press("Continue")
        expect(self.heading(2)).to_contain_text("TRD")
        self.press("Continue")
        name = self.page.get_by_label("Name", exact=True)
        expect(name).to_be_visible()
        given = name.input_value()
        self.press("Create the feature")
        expect(self.heading(1)).to_have_text(given)
        return given

    def open_document(self, role: str) -> str:
        """Answers the document's id."""
        self.page.get_by_role("main").get_by_role("link", name=role, exact=True).click()
        expect(self.page.get_by_role("region", name="Source")).to_be_visible()
        return self.page.url.rpartition("/")[2]

    @property
    def banner(self) -> Locator:
        return self.page.get_by_role("region", name="Source")

    @property
    def text(self) -> Locator:
        return self.page.locator("article .prose")

    # ── the world outside ─────────────────────────────────────────────────────────────────────────────────────────

    def simulator(self, path: str, **body: Any) -> Any:
        answer = httpx.post(f"{self.stack.simulator}/_simulator/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def page_id(self, title: str, space: str = "SHOP") -> str:
        listed = httpx.get(f"{self.stack.simulator}/_simulator/pages", params={"space": space}).json()
        return next(str(page["id"]) for page in listed if page["title"] == title)

    def answer(self, pattern: str, body: object, status: int = 200) -> None:
        """What the API answers to addresses that match, from now on."""
        kind = "application/json" if status < 400 else "application/problem+json"
        text = json.dumps(body)
        self.page.route(re.compile(pattern), lambda route: route.fulfill(status=status, content_type=kind, body=text))


def give_consent(window: Page, account: str, decision: str = "Allow") -> None:
    """Fills in the simulated consent form."""
    window.get_by_label("Account").select_option(account)
    window.get_by_role("button", name=decision).click()


def sideways(page: Page) -> int:
    """How many pixels wider than the window the page is."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width
