"""docs/scale.md says what limits.py promises: its table of fleets is reckoned again here."""

import pytest

from confluence_connector.limits import (
    BACKGROUND_PERCENT,
    DISPATCHED_AT_ONCE,
    HOURLY_POINTS,
    KEEP_ALIVE_AFTER_DAYS,
    PROBE_ROWS,
    RECONCILE_DAYS_MAX,
    STARTS_PER_SECOND,
    SYNC_ROWS,
)
from confluence_connector.services.in_parallel import ENOUGH_SECONDS, WORKERS
from tests.conftest import REPOSITORY

BACKGROUND = HOURLY_POINTS * BACKGROUND_PERCENT // 100
LOOK = 1 + PROBE_ROWS
CHANGED_A_DAY, POINTS_OF_A_CHANGE = 0.01, 3
POINTS_OF_A_RECONCILED_PAGE = 2.1
DISPATCHER_SECONDS = 60


@pytest.fixture(scope="module")
def text() -> str:
    return " ".join((REPOSITORY / "docs" / "scale.md").read_text().split())


def a_day(pages: int, looks: int, reconcile_days: int) -> float:
    """Points that background work spends on a site."""
    reconcile = POINTS_OF_A_RECONCILED_PAGE * pages + 2 * pages / SYNC_ROWS
    return looks * LOOK + reconcile / reconcile_days + CHANGED_A_DAY * POINTS_OF_A_CHANGE * pages


@pytest.mark.parametrize("pages", [200, 2_000, 50_000])
@pytest.mark.parametrize(("looks", "days"), [(24, 1), (24, RECONCILE_DAYS_MAX), (1, RECONCILE_DAYS_MAX)])
def test_the_largest_fleets_of_the_default_tier(text: str, pages: int, looks: int, days: int) -> None:
    points = a_day(pages, looks, days)
    every = "daily" if days == 1 else f"every {days} days"
    how_often = "hourly" if looks == 24 else "daily"
    fleet = int(24 * BACKGROUND / points)
    assert f"| {pages:,} | {how_often} | {every} | {points:,.0f} | {fleet:,} |" in text


def test_what_it_says_in_short(text: str) -> None:
    assert f"{HOURLY_POINTS:,} points an hour for *all* customers" in text
    assert f"background work takes {BACKGROUND_PERCENT} %, {BACKGROUND:,} |" in text
    assert f"1 request, {LOOK} points" in text
    assert f"{BACKGROUND // LOOK:,} connections, whatever" in text
    assert f"up to {DISPATCHED_AT_ONCE:,} runs a minute, at most {STARTS_PER_SECOND} a second" in text
    assert f"{DISPATCHED_AT_ONCE * 60:,} an hour" in text


def test_a_quota_for_a_hundred_thousand(text: str) -> None:
    def quota(looks: int) -> float:
        return 100_000 * a_day(200, looks, RECONCILE_DAYS_MAX) / 24 / BACKGROUND_PERCENT * 100

    assert f"need {quota(1) / 1000:,.0f},000 points an hour with daily looks" in text
    assert f"{quota(24) / 1e6:.1f} million with hourly ones" in text


def test_idle_grants(text: str) -> None:
    """An hourly run gets through them even where Atlassian takes five seconds; a daily one does not at one."""
    a_run = (DISPATCHER_SECONDS - ENOUGH_SECONDS) * WORKERS
    idle_a_day = 100_000 / KEEP_ALIVE_AFTER_DAYS
    assert a_run < idle_a_day < 24 * a_run // 5
    assert f"{idle_a_day:,.0f} rotations a day" in text
    assert f"{a_run} at a second each, {a_run // 5} at five" in text
    assert f"{24 * a_run:,} a day, or {24 * (a_run // 5):,}" in text
