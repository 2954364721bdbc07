"""The whole workspace in the console: taken along, a person let go, erased only by its name."""

from io import BytesIO
from zipfile import ZipFile

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Watched
from tests.e2e.console_pages import Console

pytestmark = pytest.mark.e2e


@pytest.fixture
def root(console: Console, workspace: str) -> Console:
    console.sign_in("root", workspace, admin=True)
    console.go("Connections")
    console.page.get_by_role("link", name="Whole workspace").click()
    expect(console.heading(1)).to_have_text("Workspace")
    return console


def test_everything_is_exported_and_downloaded(root: Console) -> None:
    root.press("Export everything")
    expect(root.heading(1)).to_have_text("Export of the workspace")
    progress = root.page.get_by_role("region", name="Progress")
    expect(progress).to_have_attribute("data-status", "completed", timeout=60_000)
    archive = httpx.get(progress.get_by_role("link", name="Download the archive").get_attribute("href") or "")
    assert archive.status_code == httpx.codes.OK, archive.text
    assert "export.json" in ZipFile(BytesIO(archive.content)).namelist()


def test_a_workspace_is_erased_only_by_whoever_types_its_name(root: Console, workspace: str) -> None:
    root.press("Erase everything")
    dialog = root.page.get_by_role("dialog", name="Erase this workspace?")
    dialog.get_by_label("Name of the workspace").fill("another")
    dialog.get_by_role("button", name="Erase it").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Name of the workspace").fill(workspace)
    dialog.get_by_role("button", name="Erase it").click()
    expect(root.heading(1)).to_have_text("Erasure of the workspace")
    expect(root.page.get_by_role("region", name="Progress")).to_contain_text("records")


def test_C6_the_connections_of_who_leaves_are_ended(root: Console, workspace: str, watched: Watched) -> None:
    mia = Console(root.stack, watched.page())
    mia.sign_in("mia", workspace)
    mia.go("Connections")
    mia.connect("grace")
    root.page.get_by_label("Member").fill("mia")
    root.press("Disconnect this person")
    root.page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(root.page.get_by_text("One connection was ended.")).to_be_visible()
    mia.page.reload()
    expect(mia.cards("Disconnected")).to_be_visible()
