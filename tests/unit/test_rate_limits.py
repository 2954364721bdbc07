"""What answers say of limits, whom they slow down, and what work costs."""

import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from confluence_connector.adapters.rate_headers import standing_of
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.rate_limits import Hold, Lane, Spent, Standing, hold_of
from confluence_connector.limits import BURST_HOLD_SECONDS

NOW = datetime(2026, 11, 22, 9, 40, tzinfo=UTC)
HOUR_END = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
WIKI, JIRA = Lane(CloudId("site"), "confluence"), Lane(CloudId("site"), "jira")


def told(status: int = 429, **headers: str) -> Standing:
    return standing_of(status, httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), NOW)


def soon(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


REASONS: list[tuple[str, Hold | None]] = [
    ("confluence-burst-based", Hold("confluence", WIKI, soon(7))),
    ("confluence-quota-tenant-based", Hold("confluence", WIKI, HOUR_END)),
    ("confluence-quota-global-based", Hold("confluence", None, HOUR_END)),
    ("conf-global-based", Hold("confluence", None, HOUR_END)),
    ("CONFLUENCE-QUOTA-GLOBAL-BASED", Hold("confluence", None, HOUR_END)),
    ("jira-burst-based", Hold("jira", JIRA, soon(7))),
    ("jira-quota-tenant-based", Hold("jira", JIRA, HOUR_END)),
    ("jira-quota-global-based", Hold("jira", None, HOUR_END)),
    ("jira-cost-based", Hold("jira", JIRA, soon(7))),
    ("jira-per-issue-on-write", None),
    ("", Hold("confluence", WIKI, soon(7))),
    ("something new", Hold("confluence", WIKI, soon(7))),
]


@pytest.mark.parametrize(("reason", "hold"), REASONS)
def test_L7_the_reason_says_who_is_slowed(reason: str, hold: Hold | None) -> None:
    assert hold_of(told(ratelimit_reason=reason, retry_after="7"), WIKI, NOW) == hold
    assert hold_of(told(beta_ratelimit_reason=reason, retry_after="7"), WIKI, NOW) == hold


def test_L7_a_refusal_without_a_word_holds_its_own_site_for_a_moment() -> None:
    assert hold_of(told(), WIKI, NOW) == Hold("confluence", WIKI, soon(BURST_HOLD_SECONDS))
    assert hold_of(told(), JIRA, NOW) == Hold("jira", JIRA, soon(BURST_HOLD_SECONDS))


def test_L7_the_policy_that_every_answer_names_makes_no_quota_of_a_burst() -> None:
    standing = told(ratelimit='"global-app-quota";r=60000;t=60', retry_after="3")
    assert hold_of(standing, WIKI, NOW) == Hold("confluence", WIKI, soon(3))


NEAR: list[tuple[dict[str, str], Hold | None]] = [
    ({"x_ratelimit_nearlimit": "true"}, Hold("confluence", None, HOUR_END)),
    ({"beta_x_ratelimit_nearlimit": "True"}, Hold("confluence", None, HOUR_END)),
    ({"x_ratelimit_remaining": "12999", "x_ratelimit_limit": "65000"}, Hold("confluence", None, HOUR_END)),
    ({"x_ratelimit_remaining": "13000", "x_ratelimit_limit": "65000"}, None),
    ({"ratelimit": '"global-app-quota";r=11000;t=600'}, Hold("confluence", None, soon(600))),
    ({"beta_ratelimit": '"global-app-quota"; r=11000; t=600'}, Hold("confluence", None, soon(600))),
    ({"ratelimit": '"global-app-quota";r=11000;t=999999'}, Hold("confluence", None, HOUR_END)),
    ({"ratelimit": '"tenant-quota";r=5;t=600'}, Hold("confluence", WIKI, soon(600))),
    (
        {"ratelimit": '"tenant-quota";r=5000;t=600', "ratelimit_policy": '"tenant-quota";q=100000;w=3600'},
        Hold("confluence", WIKI, soon(600)),
    ),
    ({"ratelimit": '"global-app-quota";r=60000;t=600'}, None),
    ({"x_ratelimit_nearlimit": "true", "x_ratelimit_reset": "2026-11-22T09:41Z"}, Hold("confluence", None, soon(60))),
    ({"x_ratelimit_nearlimit": "true", "x_ratelimit_reset": "2026-11-22T09:41:00"}, Hold("confluence", None, soon(60))),
    ({"x_ratelimit_nearlimit": "true", "x_ratelimit_reset": "2026-11-21T09:41Z"}, Hold("confluence", None, HOUR_END)),
    ({"x_ratelimit_nearlimit": "true", "x_ratelimit_reset": "soon"}, Hold("confluence", None, HOUR_END)),
    ({"x_ratelimit_nearlimit": "false"}, None),
    ({"x_ratelimit_remaining": "-1", "x_ratelimit_limit": "nan"}, None),
    ({"x_ratelimit_remaining": "9" * 30}, None),
    ({}, None),
]


@pytest.mark.parametrize(("headers", "hold"), NEAR)
def test_L10_what_an_answer_says_of_a_quota_that_runs_out(headers: dict[str, str], hold: Hold | None) -> None:
    assert hold_of(told(200, **headers), WIKI, NOW) == hold


def test_headers_without_end_are_not_kept() -> None:
    standing = told(ratelimit_reason="x" * 100_000, ratelimit='"' + "y" * 100_000)
    assert len(standing.reason) <= 100
    assert len(standing.policy) <= 100


def test_work_counts_requests_and_points_and_tells_each_point_once() -> None:
    spent = Spent()
    spent.asked()
    spent.returned(objects=250)
    spent.asked()
    spent.returned(identities=3)
    assert (spent.requests, spent.points) == (2, 2 + 250 + 6)
    assert (spent.take_unbooked(), spent.take_unbooked()) == (258, 0)
    spent.asked()
    assert (spent.take_unbooked(), spent.points) == (1, 259)


def test_threads_lose_no_point() -> None:
    spent = Spent()

    def work() -> None:
        for _ in range(2000):
            spent.asked()
            spent.returned(objects=2)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (spent.requests, spent.points, spent.take_unbooked()) == (16_000, 48_000, 48_000)
