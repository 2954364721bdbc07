"""The browser of the end-to-end tests: which one, how it is started, and what it must never report."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 20_000
# What a browser prints by itself about an answer of 4xx or 5xx, or none; tests that provoke these expect it.
REFUSAL = re.compile(r"Failed to load resource: (the server responded with a status of [45]\d\d|net::ERR_FAILED)")


@cache
def system_chromium() -> str | None:
    """The path of the machine's Chromium; as root on Debian it is installed when missing. None: there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    for command in (("apt-get", "update"), ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")):
        subprocess.run(command, check=False, capture_output=True)
    return shutil.which("chromium")


def launch(playwright: Playwright) -> Browser:
    """The machine's Chromium, else Playwright's own, which `playwright install` fetches once."""
    path = system_chromium()
    if path is None and not os.path.exists(playwright.chromium.executable_path):  # noqa: PTH110 — a str, once
        subprocess.run(("playwright", "install", "chromium"), check=True, capture_output=True)
    return playwright.chromium.launch(executable_path=path, args=list(QUIET))


@contextmanager
def running_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = launch(playwright)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A browser context that notes every console error, page error and violation of the Content-Security-Policy."""

    context: BrowserContext
    noted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("console", self._note)
        self.context.on("weberror", lambda error: self.noted.append(str(error.error)))

    def _note(self, message: ConsoleMessage) -> None:
        where = message.location["url"]
        # Browsers ask every site for this by themselves; the simulated Atlassian has none.
        if message.type in {"error", "warning"} and not where.endswith("/favicon.ico"):
            self.noted.append(f"{message.type}: {message.text} at {where}")

    def page(self) -> Page:
        return self.context.new_page()

    def complaints(self, *, refusals_expected: bool = False) -> list[str]:
        return [text for text in self.noted if not (refusals_expected and REFUSAL.search(text))]
