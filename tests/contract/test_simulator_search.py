"""The simulator's CQL: whole words, no leading wildcard, minute dates in the searcher's zone, index lag."""

import httpx
import pytest

from tests.conftest import MovableClock
from tests.contract.simulator_caller import API, Caller, new_caller

SEARCH, CONTENT = "/wiki/rest/api/search", "/wiki/rest/api/content/search"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent()


def found(caller: Caller, cql: str) -> set[str]:
    titles: set[str] = set()
    answer = caller.get(SEARCH, cql=cql, limit=7).json()
    while True:
        titles |= {row["content"]["title"] for row in answer["results"]}
        if "next" not in answer["_links"]:
            return titles
        # v1: relative to the context, so `/wiki` is the client's to add.
        assert answer["_links"]["next"].startswith("/rest/api/search?")
        path = answer["_links"]["context"] + answer["_links"]["next"]
        answer = caller.api(f"/ex/confluence/{caller.simulator.editor()._site.cloud_id}{path}").json()


@pytest.mark.parametrize(
    ("cql", "expected"),
    [
        ('title = "prd: GIFT cards"', {"PRD: Gift cards"}),
        ('title ~ "gift"', {"PRD: Gift cards", "TRD: Gift cards"}),
        ('title ~ "card gift"', {"PRD: Gift cards", "TRD: Gift cards"}),
        ('title ~ "gif"', set()),
        ('title ~ "gif*" and title !~ "TRD"', {"PRD: Gift cards"}),
        ('title ~ "g?ft*" and type = page and space = SHOP', {"PRD: Gift cards", "TRD: Gift cards"}),
        ('space = "NOWHERE"', set()),
        ('space in (SHOP, ENG) and label = "how-to" and title ~ "deploy"', {"How to deploy"}),
        ('text ~ "\\"typed into a spreadsheet\\""', {"PRD: Gift cards", "Product weekly, week 37"}),
        ('text ~ "\\"spreadsheet a into typed\\""', set()),
        ('type = folder and title ~ "incidents"', {"Past incidents"}),
        ('title ~ "incidents" and type = page', set()),
        ("type = blogpost", {"A year of saved carts"}),
        ('(title ~ "gift" or title ~ "mailer") and not title ~ "TRD"', {"PRD: Gift cards", "Runbook: Mailer"}),
        ('title ~ "quotes"', {"“Quotes”, <angles> & ampersands: 100 % of them"}),
        ('title = "Style guide of 2019"', set()),
        ('title = "Draft of a bad idea"', set()),
    ],
)
def test_what_queries_find(caller: Caller, cql: str, expected: set[str]) -> None:
    assert found(caller, cql) == expected
    assert caller.violations() == []


@pytest.mark.parametrize(
    ("cql", "word"),
    [
        ('title ~ "*ift"', "first character"),
        ('title = ""', "empty"),
        ('status = "current"', "No field exists with the name: 'status'"),
        ("type = novel", "page,blogpost"),
        ('title ! "x"', "parse"),
        ("not type = page", "negative"),
        ('title ~ "x" and', "early"),
        ("type = page order by label", "order"),
        ('lastmodified > "yesterday"', "date"),
    ],
)
def test_queries_that_cannot_be_understood(caller: Caller, cql: str, word: str) -> None:
    answer = caller.get(SEARCH, cql=cql)
    assert answer.status_code == 400
    assert word in answer.json()["message"]


def test_titles_in_results_are_escaped_and_marked_and_start_is_ignored(caller: Caller) -> None:
    answer = caller.get(SEARCH, cql='title ~ "ampersands"', start=5).json()
    row = answer["results"][0]
    assert "@@@hl@@@" in row["title"]
    assert "&amp;" in row["title"]
    assert "&" in row["content"]["title"]
    assert (answer["start"], row["score"], row["breadcrumbs"]) == (0, 0.0, [])


def test_the_index_lags_behind_writes(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")["id"]
    caller.simulator.editor().rename(page, caller.clock(), "PRD: Vouchers")
    caller.clock.move(seconds=19)
    assert found(caller, 'title ~ "vouchers"') == set()
    assert found(caller, 'title = "PRD: Gift cards"') == {"PRD: Gift cards"}
    caller.clock.move(seconds=1)
    assert found(caller, 'title ~ "vouchers"') == {"PRD: Vouchers"}


def test_dates_are_minutes_in_the_searchers_zone(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")["id"]
    # 09:00:40 UTC is 10:00 in Vienna in winter.
    caller.clock.move(seconds=40)
    caller.simulator.editor().rename(page, caller.clock(), "PRD: Vouchers")
    caller.clock.move(seconds=300)
    assert found(caller, 'lastmodified = "2026-11-22 10:00"') == {"PRD: Vouchers"}
    assert found(caller, 'lastmodified > "2026-11-22 10:00"') == set()
    assert found(caller, 'lastmodified >= now("-6m")') == {"PRD: Vouchers"}


def test_hidden_pages_are_not_found(caller: Caller) -> None:
    assert found(caller, 'title ~ "salary"') == {"Salary bands", "Below the salary bands"}
    assert found(Caller(caller.clock, caller.simulator, "ada").consent(), 'title ~ "salary"') == set()


def test_expanding_bodies_caps_the_page_and_loses_nothing(caller: Caller) -> None:
    ids: list[str] = []
    answer = caller.get(CONTENT, cql="type = page", limit=250, expand="body.storage").json()
    assert len(answer["results"]) == 50
    while True:
        ids += [row["id"] for row in answer["results"]]
        if "next" not in answer["_links"]:
            break
        path = f"/wiki{answer['_links']['next']}"
        site = caller.simulator.editor()._site.cloud_id
        answer = (
            httpx.Client(transport=caller.simulator.transport())
            .get(f"{API}/ex/confluence/{site}{path}", headers=caller.headers)
            .json()
        )
    assert len(ids) == len(set(ids)) > 70


def test_documented_but_not_simulated_is_said_aloud(caller: Caller) -> None:
    assert caller.get(SEARCH, cql="macro = toc").status_code == 501
    assert caller.violations() == ["not_simulated"]
