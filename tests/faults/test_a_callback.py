"""The way back from Atlassian: state, cookie, parameters, and every kind of failure told apart (A1–A15)."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confluence_connector.runtime import InvocationDeadline
from confluence_connector.services.connecting.finish_consent import Finished
from tests import canary
from tests.connecting import ANN, BOB, Browser, World
from tests.http import Answer, LambdaContext

REFUSED = (400, "invalid_request")


def under_way(world: World, account: str = "grace", **options: Any) -> tuple[Browser, str]:
    """A consent given at Atlassian: the browser, and the callback URL that it is about to open."""
    browser = world.browser()
    leaving = browser.leave(world.begin(ANN)["authorize_url"])
    return browser, browser.decide(leaving, account, **options)


def said(page: Answer) -> tuple[int, str]:
    return page.status, page.data["status"]


def without_nonce(page: Answer) -> str:
    return re.sub(r'nonce="[^"]+"', "", page.text)


def test_A1_callback_without_state(world: World) -> None:
    page = world.browser().open("/oauth/callback?code=abc")
    assert said(page) == REFUSED
    assert world.token_calls() == 0


def test_A2_altered_state_looks_like_a_missing_one(world: World) -> None:
    browser, url = under_way(world)
    state = re.search(r"state=([^&]+)", url)[1]
    missing = without_nonce(browser.open("/oauth/callback?code=abc"))
    for wrong in (state[:-1], state + "A", state[::-1], state.swapcase(), "", "x" * 4097, "a" * 5000, "é", "%00"):
        page = browser.open(url.replace(state, wrong))
        assert said(page) == REFUSED
        assert without_nonce(page) == missing
    assert world.token_calls() == 0
    assert browser.open(url).status == 200, "the right one still works"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&#%+"), min_size=1))
def test_A2_no_random_state_is_accepted(world: World, state: str) -> None:
    assert said(world.browser().open(f"/oauth/callback?code=abc&state={state}")) == REFUSED
    assert world.token_calls() == 0


def test_A3_replayed_state(world: World) -> None:
    browser, url = under_way(world)
    cookies = dict(browser.cookies)
    page = browser.open(url)
    before = world.state_of()
    browser.cookies = cookies
    assert said(browser.open(url)) == REFUSED
    assert (world.token_calls(), world.state_of()) == (1, before)
    assert world.confirm(ANN, page).status == 200


def test_A4_two_callbacks_at_once(world: World) -> None:
    """The second one overtakes the first just before it would spend the state."""
    browser, url = under_way(world)
    given = parse_qs(urlsplit(url).query)
    finish = world.runtime.connecting.finish_consent.finish
    cookie = next(iter(browser.cookies.values()))
    winners: list[Finished] = []

    def overtake() -> None:
        winners.append(
            finish(
                state=given["state"][0],
                cookie=cookie,
                code=given["code"][0],
                error=None,
                deadline=InvocationDeadline(LambdaContext()),
            )
        )

    world.aws.before("dynamodb", "DeleteItem", overtake)
    assert said(browser.open(url)) == REFUSED
    assert isinstance(winners[0].outcome, str)
    canary.current().plant_one_time(winners[0].outcome)
    assert world.token_calls() == 1
    assert len(world.aws.secret_names()) == 1


def test_A4_two_callbacks_in_threads(world: World) -> None:
    browser, url = under_way(world)
    others = [Browser(world.restarted(), dict(browser.cookies)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda each: each.open(url), others))
    assert sorted(page.status for page in pages) == [200, 400, 400, 400]
    assert world.token_calls() == 1


def test_A5_expired_state_that_still_lies_there(world: World) -> None:
    browser, url = under_way(world)
    world.clock.move(seconds=601)
    assert said(browser.open(url)) == REFUSED
    assert world.token_calls() == 0


def test_A6_consent_finished_in_another_browser(world: World) -> None:
    _, url = under_way(world)
    page = world.browser().open(url)
    assert said(page) == (403, "other_browser")
    assert (world.token_calls(), world.aws.secret_names()) == (0, [])
    assert [event["kind"] for event in world.aws.published("SecurityEvent")] == ["consent_from_other_browser"]


def test_A6_victim_of_a_sent_link_confirms(world: World) -> None:
    """Ann sends Bob her link; state and cookie are right in his browser, and his session is not the starter's."""
    started = world.begin(ANN)
    page = world.consented(started, "grace")
    assert page.status == 200
    assert world.confirm(BOB, page).status == 404
    assert world.aws.secret_names() == []
    assert [event["kind"] for event in world.aws.published("SecurityEvent")] == ["consent_confirmed_by_other_member"]
    assert world.confirm(ANN, page).status == 409, "nobody can use it afterwards"
    assert world.stored(started["connection"]["id"]).grant is None


def test_A6_nobody_confirms(world: World) -> None:
    page = world.consented(world.begin(ANN), "grace")
    world.clock.move(seconds=600)
    assert world.confirm(ANN, page).code == "confirmation_required"
    assert world.aws.secret_names() == []
    assert [event["kind"] for event in world.aws.published("SecurityEvent")] == ["consent_not_confirmed"]


def test_A6_nobody_comes_at_all_and_the_sweeper_cleans_up(world: World) -> None:
    page = world.consented(world.begin(ANN), "grace")
    world.clock.move(seconds=599)
    world.sweep()
    assert len(world.aws.secret_names()) == 1
    world.clock.move(seconds=1)
    world.sweep()
    assert world.aws.secret_names() == []
    assert world.api.call(ANN, "GET", f"/connections/{page.data['connection']}").status == 404
    assert len(world.aws.published("SecurityEvent")) == 1


@pytest.mark.parametrize("cookie", ["missing", "different", "another flow's"])
def test_A7_other_cookie(world: World, cookie: str) -> None:
    browser, url = under_way(world)
    name = next(iter(browser.cookies))
    other, _ = under_way(world)
    browser.cookies = {
        "missing": {},
        "different": {name: "x" * 43},
        "another flow's": {name: next(iter(other.cookies.values()))},
    }[cookie]
    assert said(browser.open(url)) == (403, "other_browser")
    assert world.token_calls() == 0


def test_A7_the_cookie_is_of_this_host_and_not_for_scripts(world: World) -> None:
    answer = world.api.call(None, "GET", world.path_of(world.begin(ANN)["authorize_url"]))
    (line,) = answer.cookies
    assert line.startswith("__Host-")
    attributes = {part.strip().partition("=")[0].lower() for part in line.split(";")[1:]}
    assert attributes == {"httponly", "secure", "path", "samesite", "max-age"}


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "a\r\nSet-Cookie: x=y", "x" * 10_000, "\u202e\x00\x1b[31m", "${jndi:x}"]
)
def test_A8_hostile_error_description(world: World, hostile: str, caplog: Any) -> None:
    browser, url = under_way(world, allow=False)
    url = re.sub(r"error_description=[^&]*", f"error_description={quote(hostile)}", url)
    page = browser.open(url)
    assert said(page) == (400, "access_denied")
    assert hostile[:20] not in page.text
    assert hostile[:20] not in caplog.text
    shown = world.api.ok(ANN, "GET", f"/connections/{page.data['connection']}")
    assert (shown["status"], shown["reason"]) == (
        "pending",
        "Access was not granted on Atlassian's page; nothing was connected.",
    )


def test_A8_blocked_by_an_admin_is_not_a_refusal(world: World) -> None:
    browser, url = under_way(world, allow=False)
    page = browser.open(url.replace("error=access_denied", "error=unauthorized_client"))
    assert said(page) == (400, "consent_blocked")


HOSTILE_TARGETS = [
    "//evil", "https:evil", "\\evil", "\\\\evil", "javascript:alert(1)", "https://evil.example", "http://evil.example",
    "///evil", "/\\evil", "https://connector.example.com.evil.example", "https://app.example.com@evil.example",
    "data:text/html,x", "vbscript:x", "ftp://evil", "file:///etc/passwd", "%2f%2fevil", "app/../evil", "app#//evil",
    "app?x=//evil", " app", "app ", "APP", "app\n", "app\x00", "http:///evil", "https:///evil", "evil", "", "..",
    "@evil",
]  # fmt: skip


def test_A9_open_redirect_by_return_target(world: World) -> None:
    assert len(HOSTILE_TARGETS) >= 30
    for target in HOSTILE_TARGETS:
        page = world.consented(world.begin(ANN, return_to=target), "grace")
        (onward,) = re.findall(r'href="([^"]+)"', page.text)
        assert onward.startswith("https://console.example.com/#connection_id=con_"), target
        world.confirm(ANN, page)


def test_A9_listed_target(world: World) -> None:
    page = world.consented(world.begin(ANN, return_to="app"), "grace")
    assert 'href="https://app.example.com/connected#connection_id=con_' in page.text


def test_A10_other_issuer_and_extra_parameters(world: World) -> None:
    browser, url = under_way(world)
    assert said(browser.open(f"{url}&iss=https://evil.example")) == REFUSED
    assert said(browser.open(f"{url}&iss=https://auth.atlassian.com&iss=https://evil.example")) == REFUSED
    assert world.token_calls() == 0
    assert browser.open(f"{url}&iss=https://auth.atlassian.com&workspace=globex&x=%ff").status == 200


def test_A11_duplicate_parameters(world: World) -> None:
    browser, url = under_way(world)
    state = re.search(r"state=([^&]+)", url)[1]
    for twice in ("code=b", "code=", f"state={state}", "state=", "error=access_denied"):
        assert said(browser.open(f"{url}&{twice}")) == REFUSED
    assert world.token_calls() == 0
    assert browser.open(url).status == 200


def test_A12_code_spent_at_atlassian(world: World) -> None:
    browser, url = under_way(world)
    cookies = dict(browser.cookies)
    world.clock.move(seconds=301)  # the code lived five minutes
    assert said(browser.open(url)) == (409, "reconnect_required")
    browser.cookies = cookies
    assert said(browser.open(url)) == REFUSED, "the state is spent"
    assert world.aws.secret_names() == []
