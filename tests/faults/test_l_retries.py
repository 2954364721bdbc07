"""L1–L4, L8, L9: one layer asks Atlassian again, as told and within the time that is left."""

import random
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from confluence_connector.adapters.atlassian_http import Request
from confluence_connector.adapters.patience import asked_to_wait, pause_before
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.errors import ConfluenceUnavailable, PageForbidden, RateLimited
from confluence_connector.limits import (
    ATLASSIAN_TRIES,
    BACKOFF_MAX_SECONDS,
    BACKOFF_SECONDS,
    RESERVED_SECONDS,
    RETRY_AFTER_MAX_SECONDS,
)
from local.simulator import create_simulator
from tests.atlassian import Rig
from tests.conftest import MovableClock

PAGE = "GET /wiki/api/v2/pages/{id}"
SPACES = "GET /wiki/api/v2/spaces"


@pytest.fixture
def rig(clock: MovableClock) -> Rig:
    made = Rig(create_simulator(clock=clock, sleep=clock.sleep), clock)
    made.confluence.page_ref(made.page_of("Web shop"))
    made.watched.paths.clear()
    return made


def ask(rig: Rig) -> None:
    rig.confluence.page_ref(rig.page_of("Web shop"))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("1e2", 100.0),
        ("1000000000", float(RETRY_AFTER_MAX_SECONDS)),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("", None),
        ("soon", None),
        ("Thu, 99 Foo 2026", None),
        (None, None),
    ],
)
def test_L1_every_form_of_retry_after_is_understood_or_ignored(
    clock: MovableClock, header: str | None, seconds: float | None
) -> None:
    assert asked_to_wait(header, clock()) == seconds


def test_L1_dates_count_from_now_and_past_ones_ask_for_nothing(clock: MovableClock) -> None:
    for delta, seconds in ((30, 30.0), (0, 0.0), (-30, None), (10**6, float(RETRY_AFTER_MAX_SECONDS))):
        header = format_datetime(clock() + timedelta(seconds=delta), usegmt=True)
        assert asked_to_wait(header, clock()) == seconds
    assert asked_to_wait("Sun, 22 Nov 2026 09:00:10 -0000", clock()) == 10.0


@pytest.mark.parametrize("status", [429, 503])
def test_L1_L2_a_wait_that_was_asked_for_is_the_least_we_wait(rig: Rig, status: int) -> None:
    rig.simulator.script(PAGE, status=status, headers={"retry-after": "3"})
    ask(rig)
    (waited,) = rig.waits
    assert 3 <= waited <= 3 + BACKOFF_SECONDS * 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_L1_without_a_word_we_back_off(rig: Rig, status: int) -> None:
    rig.simulator.script(PAGE, status=status, times=2, body="<html>busy</html>")
    ask(rig)
    assert rig.waits == [BACKOFF_SECONDS / 2, BACKOFF_SECONDS]  # half the window, which doubles
    assert rig.telemetry.counters["AtlassianRetries"] == 2


def test_L1_a_huge_wait_is_handed_back_at_once(rig: Rig) -> None:
    rig.seconds = 60  # a worker's time: there would be enough of it to sleep
    for header, told in (("20", 20), ("1800", 1800), ("1000000000", RETRY_AFTER_MAX_SECONDS)):
        rig.simulator.script(PAGE, status=429, headers={"retry-after": header})
        with pytest.raises(RateLimited) as refused:
            ask(rig)
        assert refused.value.retry_after == told
    assert rig.waits == []


def test_L2_503_that_stays_is_unavailable_not_rate_limited(rig: Rig) -> None:
    rig.simulator.script(PAGE, status=503, times=None, headers={"retry-after": "1"})
    with pytest.raises(ConfluenceUnavailable) as refused:
        ask(rig)
    assert refused.value.retry_after == 1


@pytest.mark.parametrize("status", [403, 500, 501, 400, 418])
def test_L3_refusals_and_defects_are_not_repeated(rig: Rig, status: int) -> None:
    rig.simulator.script(PAGE, status=status)
    with pytest.raises((PageForbidden, ConfluenceUnavailable)):
        ask(rig)
    assert len(rig.watched.paths) == 1
    assert rig.waits == []


def test_L4_a_wait_beyond_the_time_left_is_handed_back_without_sleeping(rig: Rig) -> None:
    rig.seconds = RESERVED_SECONDS + 4
    rig.simulator.script(PAGE, status=429, headers={"retry-after": "5"})
    with pytest.raises(RateLimited) as refused:
        ask(rig)
    assert refused.value.retry_after == 5
    assert rig.waits == []


def test_L4_without_time_nothing_is_asked(rig: Rig) -> None:
    rig.seconds = RESERVED_SECONDS
    with pytest.raises(ConfluenceUnavailable):
        ask(rig)
    assert rig.watched.paths == []


def test_L4_a_slow_answer_leaves_time_for_ours(rig: Rig) -> None:
    rig.simulator.script(PAGE, latency_seconds=60, times=None)
    confluence, started = rig.confluence, rig.clock()
    with pytest.raises(ConfluenceUnavailable):
        confluence.page_ref(rig.page_of("Web shop"))
    assert (rig.clock() - started).total_seconds() <= rig.seconds - RESERVED_SECONDS


def test_L8_with_everything_failing_one_question_costs_four_calls(rig: Rig) -> None:
    for fault in ({"status": 429}, {"status": 503}, {"reset": "before"}):
        rig.watched.paths.clear()
        rig.simulator.script(PAGE, times=None, **fault)
        with pytest.raises((RateLimited, ConfluenceUnavailable)):
            ask(rig)
        assert len(rig.watched.paths) == ATLASSIAN_TRIES
        rig.simulator.clear_scripts()


def test_L8_the_worst_mixture_costs_a_question_four_times_that_and_ends(rig: Rig) -> None:
    """Bare 404s that only come on the last try, so that the token is doubted, probed, renewed and doubted again."""
    rig.seconds = 600
    bare = {"status": 404, "body": {"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found"}]}}
    for endpoint in (PAGE, SPACES):
        for _ in range(2):
            rig.simulator.script(endpoint, status=429, times=ATLASSIAN_TRIES - 1)
            rig.simulator.script(endpoint, **bare)
    with pytest.raises(PageForbidden):
        ask(rig)
    assert len(rig.watched.paths) == 4 * ATLASSIAN_TRIES
    assert rig.grant.renewed == 1


def test_L8_a_broken_connection_is_asked_again(rig: Rig) -> None:
    rig.simulator.script(PAGE, reset="after")
    ask(rig)
    assert len(rig.watched.paths) == 2


def test_L9_a_crowd_that_was_refused_together_comes_back_spread_out() -> None:
    chance = random.Random(7)
    for asked in (None, 10.0):
        pauses = sorted(pause_before(3, asked, chance.random) - (asked or 0) for _ in range(100))
        window = BACKOFF_SECONDS * 4
        assert pauses[-1] - pauses[0] >= window / 2
        assert pauses[0] >= 0
        assert pauses[-1] <= window
    assert max(pause_before(50, None, lambda: 0.999) for _ in range(3)) <= BACKOFF_MAX_SECONDS


def test_no_path_but_ours_is_ever_asked_for(rig: Rig) -> None:
    token, deadline = "x", rig.deadline()
    for path in (
        "https://evil.example/ex/confluence/a/wiki/api/v2/spaces",
        "//evil.example/",
        "@evil.example/",
        ".evil.example/",
        "/ex/confluence/a/wiki/api/v2/../../../me",
        "/ex/confluence/a/wiki/api/v2/spaces?x=1",
        "/ex/confluence/a/wiki/api/v2/spaces#x",
        "/ex/confluence/a/wiki/rest/api/../../../me",
        "/ex/confluence/a/wiki/rest/api/content//label",
        "/ex/confluence/a/wiki/rest/api/content/1/",
        "/ex/confluence/a/rest/api/3/myself",
        "/ex/jira/a/wiki/api/v2/spaces",
        "/ex/jira/a/rest/api/2/myself",
        "/ex/bitbucket/a/rest/api/3/myself",
        "/ex/confluence/a%2f/wiki/api/v2/spaces",
        "/ex/confluence//wiki/api/v2/spaces",
        "",
    ):
        with pytest.raises(ValueError, match="not a path of ours"):
            rig.http.send(Request.get(path, {}), token=token, spent=Spent(), deadline=deadline)
    assert rig.watched.paths == []


def test_the_client_reads_no_environment(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert rig.http.client.trust_env is False
    assert rig.http.client.follow_redirects is False
    assert isinstance(rig.http.client, httpx.Client)
