"""Connecting from the console: the pop-up and its two replacements, the picker, what goes wrong, and the end of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Watched
from tests.e2e.console_pages import ACME, GLOBEX, Console, give_consent

pytestmark = pytest.mark.e2e
WITHOUT_POPUPS = "window.open = () => null"
WITHOUT_OPENER = "if (location.pathname === '/oauth/callback') window.opener = null"


@pytest.fixture
def ada(console: Console, workspace: str) -> Console:
    console.sign_in("ada", workspace)
    console.go("Connections")
    return console


def test_A16_several_sites_are_picked_from_by_name_address_and_cloud_id(ada: Console) -> None:
    ada.consent_in_popup("Connect my account", "ada")
    dialog = ada.page.get_by_role("dialog", name="Choose the Confluence site")
    choices = dialog.locator(".choice")
    expect(choices).to_have_count(2)  # acme is listed once per product by Atlassian
    for choice, address in zip(choices.all(), (ACME, GLOBEX), strict=True):
        expect(choice).to_contain_text(address)
        assert re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", choice.inner_text())
        expect(choice.get_by_role("radio")).not_to_be_checked()
    ada.pick(GLOBEX)
    card = ada.cards("Connected")
    expect(card).to_contain_text("Ada Öztürk")
    expect(card).to_contain_text(GLOBEX)
    expect(card).to_contain_text(re.compile(r"(89|90) days left"))
    expect(card).to_contain_text(re.compile(r"(364|365) days left"))


def test_a_picker_left_open_is_taken_up_again_later(ada: Console) -> None:
    ada.consent_in_popup("Connect my account", "ada")
    ada.press("Later")
    card = ada.cards("Site to be chosen")
    expect(card).to_be_visible()
    ada.page.reload()
    card.get_by_role("button", name="Choose the site").click()
    ada.pick(ACME)
    expect(ada.cards("Connected")).to_contain_text(ACME)


def test_one_site_needs_no_picker(ada: Console) -> None:
    card = ada.connect("grace")
    expect(card).to_contain_text(ACME)
    expect(ada.page.get_by_role("dialog")).to_have_count(0)


def test_consent_refused_says_so_and_offers_to_connect_again(ada: Console) -> None:
    ada.consent_in_popup("Connect my account", "ada", "Deny")
    expect(ada.problem).to_have_attribute("data-code", "access_denied")
    expect(ada.problem.locator(".remedy")).to_contain_text("Connect again")
    expect(ada.problem.get_by_role("button", name="Connect again")).to_be_visible()


def test_an_account_without_a_site_is_told_apart(ada: Console) -> None:
    ada.consent_in_popup("Connect my account", "none")
    expect(ada.problem).to_have_attribute("data-code", "no_site")


def test_without_popups_the_same_window_goes_and_comes_back(ada: Console) -> None:
    ada.page.evaluate(WITHOUT_POPUPS)
    ada.press("Connect my account")
    ada.page.get_by_role("link", name="Continue at Atlassian").click()
    give_consent(ada.page, "grace")
    expect(ada.cards("Connected")).to_contain_text("Grace Mbeki")
    assert ada.page.url.endswith("/#/connections"), "the code is gone from the address"
    ada.page.go_back()
    assert "code=" not in ada.page.url


def test_a_popup_that_lost_its_opener_confirms_by_itself(ada: Console, watched: Watched) -> None:
    watched.context.add_init_script(WITHOUT_OPENER)
    ada.consent_in_popup("Connect my account", "grace")
    expect(ada.cards("Connected")).to_contain_text("Grace Mbeki")


def test_A20_a_message_from_elsewhere_is_not_believed(ada: Console) -> None:
    with ada.page.expect_popup() as opened:
        ada.press("Connect my account")
    opened.value.wait_for_url(re.compile(r"/authorize\?"))  # now on another origin
    expect(ada.page.get_by_text("Choose the account and allow access")).to_be_visible()
    ada.page.route("**/confirm", lambda route: pytest.fail("confirmed on a forged message"))
    identifier = ada.page.evaluate("JSON.parse(sessionStorage.getItem('connector.pending-consent')).id")
    forged = {"type": "confluence-connector", "connection_id": identifier, "status": "x", "code": "forged"}
    ada.page.evaluate("message => postMessage(message, location.origin)", forged)
    opened.value.evaluate("message => opener.postMessage(message, '*')", forged)
    expect(ada.page.get_by_role("button", name="Stop")).to_be_visible()
    opened.value.close()
    expect(ada.page.get_by_text("The Atlassian window is closed.")).to_be_visible()
    ada.press("Stop")
    expect(ada.page.get_by_role("button", name="Stop")).to_have_count(0)


def test_a_code_for_a_consent_of_somebody_else_is_not_used(ada: Console) -> None:
    ada.page.route("**/confirm", lambda route: pytest.fail("a planted code was sent"))
    ada.page.goto("about:blank")
    ada.page.goto(f"{ada.stack.url}/#connection_id=planted&status=pending_confirmation&code=planted")
    expect(ada.problem).to_have_attribute("data-code", "not_started_here")
    assert "planted" not in ada.page.url


def test_another_account_is_used_only_after_a_yes(ada: Console) -> None:
    ada.connect("grace")
    ada.consent_in_popup("Reconnect", "nojira")
    question = ada.page.get_by_role("dialog", name="Another account or site")
    question.get_by_role("button", name="Cancel").click()
    assert "other_account_or_site" in str(ada.problem.get_attribute("data-code"))
    expect(ada.cards("Connected")).to_contain_text("Grace Mbeki")
    ada.page.reload()
    ada.consent_in_popup("Reconnect", "nojira")
    question.get_by_role("button", name="Use the new one").click()
    expect(ada.cards("Connected")).to_contain_text("Noël Jirasek")


def test_disconnecting_says_what_happens_and_where_the_rest_is_done(ada: Console) -> None:
    ada.connect("grace")
    ada.press("Disconnect")
    dialog = ada.page.get_by_role("dialog", name="Disconnect this account?")
    expect(dialog).to_contain_text("Copies stay")
    dialog.get_by_role("button", name="Disconnect").click()
    card = ada.cards("Disconnected")
    expect(card.get_by_role("link", name="Remove it at Atlassian")).to_have_attribute(
        "href", "https://id.atlassian.com/manage-profile/apps"
    )
    ada.consent_in_popup("Reconnect", "grace")
    expect(ada.cards("Connected")).to_have_count(1)


def test_a_revoked_grant_is_shown_and_reconnected(ada: Console, workspace: str) -> None:
    ada.connect("nojira")
    ada.simulator("grants/revoke", account="nojira")
    ada.begin_import("Link")
    said = ada.read_problem("reconnect_required")
    assert "Reconnect" in said
    ada.problem.get_by_role("link", name="Reconnect").click()
    card = ada.cards("Needs reconnecting")
    expect(card).to_be_visible()
    ada.consent_in_popup("Reconnect", "nojira")
    expect(ada.cards("Connected")).to_have_count(1)


def test_only_admins_may_connect_for_the_workspace(ada: Console, workspace: str) -> None:
    expect(ada.page.get_by_role("button", name="Connect for the workspace")).to_have_count(0)
    ada.press("Sign out")
    ada.sign_in("root", workspace, admin=True)
    ada.go("Connections")
    card = ada.connect("grace", button="Connect for the workspace")
    expect(card).to_contain_text("Workspace")
    expect(card).to_contain_text("Grace Mbeki")
    ada.press("Sign out")
    ada.sign_in("ada", workspace)
    ada.go("Connections")
    expect(ada.cards("Connected")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Disconnect")).to_have_count(0)


def test_not_enabled_names_the_admin_and_offers_nothing(ada: Console) -> None:
    reason = "The Atlassian integration is not configured in this environment. Contact your admin."
    items = [{"provider": name, "enabled": False, "reason": reason} for name in ("confluence", "jira")]
    ada.answer(r"/providers$", {"items": items, "next": None})
    ada.page.reload()
    expect(ada.page.get_by_text(reason)).to_have_count(1)
    expect(ada.page.get_by_text("Not enabled")).to_have_count(1)
    expect(ada.page.get_by_role("button", name=re.compile("^Connect"))).to_have_count(0)
