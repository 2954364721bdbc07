"""Search in the simulator's Jira: bounded JQL, pages without a total, and an index that comes after the write."""

from typing import Any

import pytest

from tests.conftest import MovableClock
from tests.contract.jira_caller import SCOPES, JiraCaller, beside, document, issue, jira_caller

LAG = 20
RECENT = "project = WEB AND creator = currentUser() AND created >= -60m"


@pytest.fixture
def alice(clock: MovableClock) -> JiraCaller:
    return jira_caller(clock)


def _refused(caller: JiraCaller, jql: str, **more: Any) -> str:
    answer = caller.jira("POST", "/search/jql", {"jql": jql, **more})
    assert answer.status_code == 400, answer.text
    return str(answer.json()["errorMessages"][0])


# ── what is gone, what is bounded ─────────────────────────────────────────────────────────────────────────────────
def test_the_old_search_is_gone(alice: JiraCaller) -> None:
    for answer in (alice.jira("GET", "/search", jql="project = WEB"), alice.jira("POST", "/search", {})):
        assert answer.status_code == 410
        assert "/rest/api/3/search/jql" in answer.json()["errorMessages"][0]


@pytest.mark.parametrize("jql", ["", "  ", "order by created desc"])
def test_an_unbounded_query_is_refused(alice: JiraCaller, jql: str) -> None:
    assert "Unbounded" in _refused(alice, jql)
    assert alice.jira("POST", "/search/approximate-count", {"jql": jql}).status_code == 400
    assert alice.jira("GET", "/search/jql", jql=jql).status_code == 400


# ── the index ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_was_just_written_is_found_only_later_or_by_its_id(alice: JiraCaller) -> None:
    marker = {"page": "7"}
    key = alice.created(properties=[{"key": "marker", "value": marker}])
    number = int(alice.asked(f"/issue/{key}")["id"])
    assert alice.found(RECENT) == []
    assert alice.found(RECENT, reconcileIssues=[number]) == [key]
    alice.clock.move(seconds=LAG - 1)
    assert alice.found(RECENT) == []
    alice.clock.move(seconds=1)
    body = {"jql": RECENT, "properties": ["marker"]}
    rows = alice.jira("POST", "/search/jql", body).json()["issues"]
    assert rows == [
        {
            "id": str(number),
            "properties": {"marker": marker},
        }
    ], "no fields but the id unless asked for"
    alice.clock.move(seconds=3600)
    alice.consent(SCOPES)
    assert alice.found(RECENT) == []


def test_an_edit_too_is_searched_and_shown_late(alice: JiraCaller) -> None:
    number = alice.asked("/issue/WEB-1")["id"]
    alice.jira("PUT", "/issue/WEB-1", {"fields": {"summary": "Quite another", "labels": ["fresh"]}})
    assert alice.found("labels = fresh") == []
    assert alice.found("labels = fresh", reconcileIssues=[int(number)]) == ["WEB-1"]
    stale = alice.jira("POST", "/search/jql", {"jql": "key = WEB-1", "fields": ["summary"]}).json()["issues"]
    assert stale[0]["fields"]["summary"] == "Saved carts are lost at midnight"
    alice.clock.move(seconds=LAG)
    assert alice.found("labels = fresh") == ["WEB-1"]
    assert alice.found("labels = sample AND project = WEB") == ["WEB-2"]


def test_the_lag_is_a_switch(alice: JiraCaller) -> None:
    alice.simulator.behaviour.index_delay_seconds = 0
    key = alice.created()
    assert alice.found(RECENT) == [key]
    alice.jira("PUT", f"/issue/{key}", {"fields": {"labels": ["now"]}})
    assert alice.found("labels = now") == [key]
    alice.simulator.jira().delete(key)
    assert alice.found(RECENT) == []


def test_what_cannot_be_browsed_is_not_found(alice: JiraCaller) -> None:
    assert beside(alice, "ada").found("created <= now()") == ["WEB-2", "SEC-1", "PLAT-1", "WEB-1"]
    assert beside(alice, "grace").found("created <= now()") == ["WEB-2", "PLAT-1", "WEB-1"]
    alice.simulator.jira().permit("BROWSE_PROJECTS", ["alice"], "PLAT")
    assert beside(alice, "grace").found("created <= now()") == ["WEB-2", "WEB-1"]


# ── the language ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = web", "WEB-2 WEB-1"),
        ('project = "Web shop"', "WEB-2 WEB-1"),
        ("project in (WEB, 10002)", "WEB-2 PLAT-1 WEB-1"),
        ("project != WEB", "PLAT-1"),
        ("not project = WEB", "PLAT-1"),
        ("key in (WEB-1, PLAT-1)", "PLAT-1 WEB-1"),
        ("id in (10001)", "WEB-1"),
        ("issuekey not in (WEB-1) and project = WEB", "WEB-2"),
        ("status = 'To Do'", "WEB-2 WEB-1"),
        ("statusCategory = new", "WEB-2 PLAT-1 WEB-1"),
        ("type = Task and status = Open", "PLAT-1"),
        ("issuetype = Epic", ""),
        ("labels = SAMPLE", "WEB-2 PLAT-1 WEB-1"),
        ("labels is empty", ""),
        ("labels != other", "WEB-2 PLAT-1 WEB-1"),
        # What is empty is not said to be anything else.
        ("assignee != nobody", ""),
        ("resolution not in (Done)", ""),
        ("assignee is EMPTY", "WEB-2 PLAT-1 WEB-1"),
        ("assignee is not null", ""),
        ("creator = currentUser()", ""),
        ('creator != currentUser() and summary ~ "carts"', "WEB-2 WEB-1"),
        ("created < -1d", "WEB-2 PLAT-1 WEB-1"),
        ('created >= "2025/09/02"', ""),
        ('created >= "2025-09-01 10:00" and created <= "2025-09-01 10:00"', "WEB-2 PLAT-1 WEB-1"),
        # `and` binds tighter than `or`, unlike in CQL.
        ("project = PLAT or project = WEB and key = WEB-1", "PLAT-1 WEB-1"),
        ("(project = PLAT or project = WEB) and key = WEB-1", "WEB-1"),
        ("project = WEB order by key asc", "WEB-1 WEB-2"),
        ("project = WEB ORDER BY summary, created desc", "WEB-2 WEB-1"),
    ],
)
def test_what_queries_find(alice: JiraCaller, jql: str, found: str) -> None:
    assert alice.found(jql) == found.split()


@pytest.mark.parametrize(
    "jql",
    [
        "project = NONE",
        "project = SEC",
        "key = WEB-99",
        "status = Flying",
        "colour = red",
        "project ~ WEB",
        "project = WEB and",
        "project = WEB) or (project = PLAT",
        "project WEB",
        'project = "WEB',
        "labels = a@b",
        "labels = and",
        "created >= tomorrow",
        "created ~ x",
        "created in (-1d)",
        "project = WEB order by key, colour",
        "project is WEB",
        "project = WEB order by colour",
    ],
)
def test_what_is_not_there_or_not_jql_is_refused(alice: JiraCaller, jql: str) -> None:
    assert _refused(alice, jql)
    assert alice.violations() == []


@pytest.mark.parametrize("jql", ["sprint = 1", "fixVersion = 1", "project in projectsLeadByUser()", 'summary ~ "a*"'])
def test_documented_jql_that_is_not_here_is_said(alice: JiraCaller, jql: str) -> None:
    assert alice.jira("POST", "/search/jql", {"jql": jql}).status_code == 501
    assert alice.violations() == ["not_simulated"]


@pytest.mark.parametrize("label", ['a"b', "a'b", "a\\b", "and", "x)or(project=PLAT", "*", "currentUser()"])
def test_a_quoted_value_is_a_value(alice: JiraCaller, label: str) -> None:
    alice.simulator.behaviour.index_delay_seconds = 0
    key = alice.created(labels=[label])
    quoted = '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert alice.found(f"labels = {quoted}") == [key]


# ── pages and fields ──────────────────────────────────────────────────────────────────────────────────────────────
def test_pages_have_no_total_and_the_last_has_no_token(alice: JiraCaller) -> None:
    alice.simulator.behaviour.index_delay_seconds = 0
    keys = [alice.created(summary=f"Page {number}") for number in range(7)]
    body: dict[str, Any] = {"jql": f"{RECENT} order by key", "fields": ["key"], "maxResults": 3}
    first = alice.jira("POST", "/search/jql", body).json()
    assert set(first) == {"issues", "isLast", "nextPageToken"}
    assert (first["isLast"], [row["key"] for row in first["issues"]]) == (False, keys[:3])
    # Removed and added in the middle of a walk: nothing comes twice, nothing is skipped.
    alice.simulator.jira().delete(keys[1])
    late = alice.created(summary="Late")
    rest = alice.found(body["jql"], maxResults=3, nextPageToken=first["nextPageToken"])
    assert rest == [*keys[3:], late]
    last = alice.jira("POST", "/search/jql", {**body, "maxResults": 100}).json()
    assert (last["isLast"], "nextPageToken" in last) == (True, False)
    newest_first = [*alice.found(RECENT, maxResults=2)]
    assert newest_first == [late, *reversed(keys[2:]), keys[0]]


def test_a_token_belongs_to_its_search(alice: JiraCaller) -> None:
    body: dict[str, Any] = {"jql": "project = WEB", "maxResults": 1}
    token = alice.jira("POST", "/search/jql", body).json()["nextPageToken"]
    assert _refused(alice, "project = PLAT", maxResults=1, nextPageToken=token)
    assert _refused(alice, "project = WEB", maxResults=1, nextPageToken="bm9uZQ==")
    assert alice.jira("POST", "/search/jql", {**body, "nextPageToken": token}).json()["isLast"] is True


def test_fewer_rows_than_asked_are_normal(alice: JiraCaller) -> None:
    alice.simulator.behaviour.index_delay_seconds = 0
    for number in range(101):
        alice.created(summary=f"Page {number}")
    body = {"jql": RECENT, "maxResults": 5000}
    assert len(alice.jira("POST", "/search/jql", body).json()["issues"]) == 101
    full = alice.jira("POST", "/search/jql", {**body, "fields": ["summary"]}).json()
    assert (len(full["issues"]), full["isLast"]) == (100, False)
    alice.simulator.behaviour.short_pages = True
    assert len(alice.jira("POST", "/search/jql", {**body, "maxResults": 50}).json()["issues"]) == 49


def test_fields_are_what_was_asked_for(alice: JiraCaller) -> None:
    def row(**query: Any) -> dict[str, Any]:
        rows: list[dict[str, Any]] = alice.asked("/search/jql", jql="key = WEB-1", **query)["issues"]
        return rows[0]

    assert row() == {"id": "10001"}
    assert set(row(fields="key")) == {"id", "key", "self", "expand"}
    assert set(row(fields="summary,status,nonsense")["fields"]) == {"summary", "status"}
    everything = row(fields="*all")["fields"]
    assert {"description", "creator", "updated"} <= everything.keys()
    assert everything.keys() - row(fields="*all,-description")["fields"].keys() == {"description"}


@pytest.mark.parametrize(
    "more",
    [
        {"maxResults": 0},
        {"maxResults": 5001},
        {"reconcileIssues": ["WEB-1"]},
        {"reconcileIssues": list(range(51))},
        {"properties": list("abcdef")},
    ],
)
def test_limits_of_a_search(alice: JiraCaller, more: dict[str, Any]) -> None:
    assert _refused(alice, "project = WEB", **more)


def test_a_body_with_members_of_the_old_search_is_said(alice: JiraCaller) -> None:
    assert alice.jira("POST", "/search/jql", {"jql": "project = WEB", "startAt": 0}).status_code == 400
    assert alice.jira("GET", "/search/jql", jql="project = WEB", startAt=0).status_code == 400
    assert alice.violations() == ["undocumented_member", "undocumented_parameter"]
    assert alice.jira("POST", "/search/jql", {"jql": "project = WEB", "fields": "summary"}).status_code == 400
    assert alice.jira("POST", "/search/approximate-count", {"jql": "project = WEB"}).json() == {"count": 2}


def test_a_title_with_syntax_is_a_title(alice: JiraCaller) -> None:
    title = 'Fixes #12 @org/team [~ada] {code} project = PLAT OR "x" <b>'
    answer = alice.jira("POST", "/issue", issue("WEB", "Task", title, description=document(title)))
    fields = alice.asked(f"/issue/{answer.json()['key']}")["fields"]
    assert (fields["summary"], fields["description"]) == (title, document(title))
