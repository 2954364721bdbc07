"""Jira's projects and issues in the simulator: who gets in, create metadata, create, read, edit, delete."""

from typing import Any

import pytest

from local.simulator.accounts import ACCOUNTS, ACME, GLOBEX
from tests.conftest import MovableClock
from tests.contract.jira_caller import READ, SCOPES, WRITE, JiraCaller, beside, document, issue, jira_caller

MISSING = "Issue does not exist or you do not have permission to see it."


@pytest.fixture
def alice(clock: MovableClock) -> JiraCaller:
    return jira_caller(clock)


# ── who gets in ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (READ, "GET", "/project/search", 200),
        (READ, "GET", "/issue/WEB-1", 200),
        (READ, "POST", "/issue", 401),
        (WRITE, "GET", "/issue/WEB-1", 401),
        (READ, "GET", "/myself", 401),
        ("read:jira-user", "GET", "/myself", 200),
        ("read:space:confluence", "GET", "/nowhere", 401),
        ("read:issue-type:jira", "GET", "/project/search", 401),
        ("read:permission:jira", "GET", "/mypermissions?permissions=BROWSE_PROJECTS", 200),
    ],
)
def test_the_scope_is_checked_before_the_route(
    clock: MovableClock, scopes: str, method: str, path: str, status: int
) -> None:
    answer = jira_caller(clock, scopes=scopes).jira(method, path, None if method == "GET" else {})
    assert answer.status_code == status
    if status == 401:
        assert answer.json() == {"code": 401, "message": "Unauthorized; scope does not match"}


def test_an_account_without_jira_and_a_site_outside_the_grant(alice: JiraCaller) -> None:
    nojira, grace = beside(alice, "nojira"), beside(alice, "grace")
    refused = nojira.jira("GET", "/myself")
    assert (refused.status_code, refused.json()["errors"]) == (403, {})
    assert grace.jira("GET", "/myself", cloud_id=GLOBEX).status_code == 404
    assert [row["id"] for row in nojira.api("/oauth/token/accessible-resources").json()] == [ACME]
    products = [(row["id"], sorted(row["scopes"])) for row in alice.api("/oauth/token/accessible-resources").json()]
    jira = sorted(SCOPES.removeprefix("offline_access ").split())
    assert products == [(ACME, []), (GLOBEX, []), (ACME, jira)]


def test_jira_can_be_given_and_taken_on_any_site(alice: JiraCaller) -> None:
    assert alice.jira("GET", "/myself", cloud_id=GLOBEX).status_code == 403
    alice.simulator.jira(GLOBEX).give_access("alice", has=True)
    alice.simulator.jira(ACME).give_access("alice", has=False)
    assert alice.jira("GET", "/myself", cloud_id=GLOBEX).status_code == 200
    assert alice.jira("GET", "/myself").status_code == 403
    rows = alice.api("/oauth/token/accessible-resources").json()
    assert [(row["id"], bool(row["scopes"])) for row in rows] == [(ACME, False), (GLOBEX, False), (GLOBEX, True)]


def test_what_is_not_documented_or_not_here_is_said(alice: JiraCaller) -> None:
    assert alice.jira("GET", "/issue/WEB-1/nothing").status_code == 404
    assert alice.jira("DELETE", "/search/jql").status_code == 405
    assert alice.jira("GET", "/issue/WEB-1/watchers").status_code == 501
    assert alice.jira("GET", "/issue/WEB-1?colour=red").status_code == 400
    assert alice.jira("GET", "/issue/WEB-1?expand=changelog").status_code == 501
    kinds = ["undocumented_operation"] * 2 + ["not_simulated", "undocumented_parameter", "not_simulated"]
    assert alice.violations() == kinds


# ── projects ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _keys(caller: JiraCaller, **query: Any) -> list[str]:
    return [row["key"] for row in caller.asked("/project/search", **query)["values"]]


def test_projects_are_those_the_caller_may_browse_or_create_in(alice: JiraCaller) -> None:
    grace, ada = beside(alice, "grace"), beside(alice, "ada")
    assert _keys(alice) == ["PLAT", "WEB"]
    assert _keys(ada) == ["PLAT", "SEC", "WEB"]
    assert _keys(grace) == ["PLAT", "WEB"]
    assert _keys(grace, action="create") == ["WEB"]
    assert _keys(alice, query="sHo") == ["WEB"]
    assert _keys(alice, keys=["WEB", "SEC"]) == ["WEB"]
    assert _keys(alice, keys="WEB,PLAT") == [], "repeated, not joined"
    assert _keys(alice, orderBy="-key") == ["WEB", "PLAT"]
    assert alice.jira("GET", "/project/SEC").status_code == 404
    assert alice.asked("/project/10002")["description"] == "On call"


def test_projects_come_in_pages(alice: JiraCaller) -> None:
    first = alice.asked("/project/search", maxResults=1)
    assert (first["total"], first["isLast"], [row["key"] for row in first["values"]]) == (2, False, ["PLAT"])
    second = alice.http.get(first["nextPage"], headers=alice.headers).json()
    assert (second["isLast"], [row["key"] for row in second["values"]]) == (True, ["WEB"])
    assert "nextPage" not in second
    assert alice.jira("GET", "/project/search", maxResults=101).status_code == 400


def test_create_metadata_names_types_and_fields(alice: JiraCaller) -> None:
    types = alice.asked("/issue/createmeta/WEB/issuetypes")["issueTypes"]
    assert [(row["name"], row["subtask"], row["hierarchyLevel"]) for row in types] == [
        ("Epic", False, 1),
        ("Task", False, 0),
        ("Bug", False, 0),
        ("Sub-task", True, -1),
    ]
    bug = next(row["id"] for row in types if row["name"] == "Bug")
    fields = {row["fieldId"]: row for row in alice.asked(f"/issue/createmeta/WEB/issuetypes/{bug}")["fields"]}
    assert {name for name, row in fields.items() if row["required"]} == {
        "project",
        "issuetype",
        "summary",
        "customfield_10050",
    }
    assert [each["value"] for each in fields["customfield_10050"]["allowedValues"]] == ["Minor", "Major", "Critical"]
    grace = beside(alice, "grace")
    assert grace.jira("GET", "/issue/createmeta/PLAT/issuetypes").status_code == 400
    assert grace.jira("GET", "/issue/createmeta/SEC/issuetypes").status_code == 404
    assert alice.jira("GET", "/issue/createmeta/PLAT/issuetypes/10001").status_code == 404


# ── create ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_issue_is_created_with_its_document_and_properties(alice: JiraCaller) -> None:
    body = document("See the page.")
    marker = {"page": "7", "synchronizer": "s"}
    key = alice.created(
        summary="x" * 255, description=body, labels=["docs"], properties=[{"key": "marker", "value": marker}]
    )
    row = alice.asked(f"/issue/{key}", properties="marker")
    assert key == "WEB-3"
    assert row["properties"] == {"marker": marker}
    fields = row["fields"]
    assert (fields["summary"], fields["description"], fields["labels"]) == ("x" * 255, body, ["docs"])
    assert fields["status"]["statusCategory"]["id"] == 2
    assert fields["creator"]["accountId"] == ACCOUNTS["alice"].account_id
    assert fields["created"] == "2026-11-22T10:00:00.000+0100", "in the caller's zone, no colon"
    assert alice.asked("/issue/WEB-1")["fields"]["created"] == "2025-09-01T10:00:00.000+0200", "and in its summer time"


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"summary": "x" * 256}, "summary", "255"),
        ({"summary": "\U0001f389" * 128}, "summary", "255"),
        ({"summary": "two\nlines"}, "summary", "newline"),
        ({"summary": " "}, "summary", "must specify"),
        ({"summary": None}, "summary", "must specify"),
        ({"description": "plain"}, "description", "Atlassian Document"),
        ({"description": document("x" * 32_768)}, "description", "32,767"),
        ({"labels": ["two words"]}, "labels", "spaces"),
        ({"labels": "docs"}, "labels", "array"),
        ({"project": {"key": "NONE"}}, "project", "valid project"),
        ({"project": {"key": "SEC"}}, "project", "valid project"),
        ({"issuetype": {"id": "10012"}}, "issuetype", "valid issue type"),
        ({"issuetype": {"name": "Bug"}}, "customfield_10050", "required"),
        ({"issuetype": {"name": "Sub-task"}}, "issuetype", "parent"),
        ({"parent": {"key": "PLAT-1"}}, "parent", "Could not find"),
        ({"parent": {"key": "WEB-1"}}, "parent", "hierarchy"),
        ({"resolution": {"name": "Done"}}, "resolution", "cannot be set"),
        ({"colour": "red"}, "colour", "cannot be set"),
        ({"assignee": {"accountId": ACCOUNTS["nojira"].account_id}}, "assignee", "cannot be assigned"),
        ({"priority": {"name": "Urgent"}}, "priority", "valid value"),
        ({"duedate": "tomorrow"}, "duedate", "yyyy-MM-dd"),
    ],
)
def test_a_create_jira_would_refuse_is_refused_by_field(
    alice: JiraCaller, change: dict[str, Any], field: str, text: str
) -> None:
    body = issue("WEB", "Task", "A page")
    body["fields"] |= change
    answer = alice.jira("POST", "/issue", body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"errorMessages", "errors"}
    assert text in answer.json()["errors"][field]
    assert alice.found("project = WEB", reconcileIssues=[]) == ["WEB-2", "WEB-1"]


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "no paragraph"}],
        [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}],
        [{"type": "paragraph", "content": [{"type": "text", "text": "a", "marks": [{"type": "link"}]}]}],
        [{"type": "paragraph", "content": [{"type": "invented"}]}],
        [{"type": "heading", "content": []}],
        [{"type": "paragraph", "marks": None}],
        [{"type": "paragraph", "marks": [{"type": []}]}],
        [{"type": ["paragraph"]}],
        ["text"],
        "no list",
    ],
)
def test_a_document_with_a_fault_inside_is_refused(alice: JiraCaller, content: Any) -> None:
    bad = {"version": 1, "type": "doc", "content": content}
    answer = alice.jira("POST", "/issue", issue("WEB", "Task", "A page", description=bad))
    assert (answer.status_code, answer.json()["errorMessages"]) == (400, ["INVALID_INPUT"])


def test_a_custom_rich_text_field_takes_documents_and_a_single_line_takes_text(alice: JiraCaller) -> None:
    severe = {"customfield_10050": {"value": "Major"}}
    steps = {"customfield_10051": "plain"}
    answer = alice.jira("POST", "/issue", issue("WEB", "Bug", "A page", **severe, **steps))
    assert "Atlassian Document" in answer.json()["errors"]["customfield_10051"]
    line = {"customfield_10052": document("x")}
    answer = alice.jira("POST", "/issue", issue("WEB", "Bug", "A page", **severe, **line))
    assert answer.json()["errors"] == {"customfield_10052": "Operation value must be a string"}
    key = alice.created(kind="Bug", **severe, customfield_10051=document("steps"), customfield_10052="page 7")
    fields = alice.asked(f"/issue/{key}")["fields"]
    assert (fields["customfield_10050"]["value"], fields["customfield_10052"]) == ("Major", "page 7")


# ── read, edit, delete ────────────────────────────────────────────────────────────────────────────────────────────
def test_an_issue_is_edited_by_fields_and_by_operations(alice: JiraCaller) -> None:
    key = alice.created(labels=["a"])
    alice.clock.move(seconds=5)
    update = {"labels": [{"add": "b"}, {"remove": "a"}]}
    edited = alice.jira("PUT", f"/issue/{key}", {"fields": {"summary": "Renamed"}, "update": update})
    assert (edited.status_code, edited.content) == (204, b"")
    fields = alice.asked(f"/issue/{key}", fields="summary,labels,updated,created")["fields"]
    assert (fields["summary"], fields["labels"]) == ("Renamed", ["b"])
    assert fields["updated"] > fields["created"]
    whole = alice.jira("PUT", f"/issue/{key}?returnIssue=true", {"fields": {"summary": "Again"}})
    assert (whole.status_code, whole.json()["fields"]["summary"]) == (200, "Again")
    # A transition in an edit is passed over, not done.
    alice.jira("PUT", f"/issue/{key}", {"fields": {"summary": "X"}, "transition": {"id": "31"}})
    assert alice.asked(f"/issue/{key}")["fields"]["status"]["name"] == "To Do"


@pytest.mark.parametrize(
    "body",
    [
        {"fields": {"summary": "a\nb"}},
        {"fields": {"summary": None}},
        {"fields": {"status": {"id": "10002"}}},
        {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}},
        {"update": {"summary": [{"add": "b"}]}},
        {"properties": [{"key": "x"}]},
        {},
    ],
)
def test_an_edit_jira_would_refuse_changes_nothing(alice: JiraCaller, body: dict[str, Any]) -> None:
    before = alice.asked("/issue/WEB-1")
    assert alice.jira("PUT", "/issue/WEB-1", body).status_code == 400
    assert alice.asked("/issue/WEB-1") == before


def test_missing_and_hidden_issues_are_the_same_404(alice: JiraCaller) -> None:
    for key in ("WEB-99", "SEC-1", "10999", "nonsense"):
        for method, path in (("GET", ""), ("PUT", ""), ("GET", "/transitions"), ("GET", "/remotelink")):
            answer = alice.jira(method, f"/issue/{key}{path}", {"fields": {}} if method == "PUT" else None)
            assert (answer.status_code, answer.json()["errorMessages"]) == (404, [MISSING])


def test_an_issue_is_found_by_id_and_by_key_of_any_case(alice: JiraCaller) -> None:
    by_key = alice.asked("/issue/web-1")
    assert alice.asked(f"/issue/{by_key['id']}") == by_key
    assert by_key["self"] == f"https://api.atlassian.com/ex/jira/{ACME}/rest/api/3/issue/{by_key['id']}"


def test_many_issues_at_once(alice: JiraCaller) -> None:
    body = {"issueIdsOrKeys": ["WEB-2", "SEC-1", "WEB-1", "NO-1"], "fields": ["summary"]}
    answer = alice.jira("POST", "/issue/bulkfetch", body).json()
    assert [row["key"] for row in answer["issues"]] == ["WEB-1", "WEB-2"]
    assert answer["issueErrors"] == []
    for wrong in ([], ["WEB-1"] * 101):
        assert alice.jira("POST", "/issue/bulkfetch", {"issueIdsOrKeys": wrong}).status_code == 400


def test_a_deleted_issue_is_gone_and_its_number_too(alice: JiraCaller) -> None:
    key = alice.created()
    child = alice.created(kind="Sub-task", parent={"key": key})
    assert beside(alice, "grace").jira("DELETE", f"/issue/{key}").status_code == 403
    assert alice.jira("DELETE", f"/issue/{key}").status_code == 400
    assert alice.jira("DELETE", f"/issue/{key}?deleteSubtasks=true").status_code == 204
    assert {alice.jira("GET", f"/issue/{each}").status_code for each in (key, child)} == {404}
    assert alice.created() == "WEB-5"
