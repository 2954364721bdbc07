"""What can go wrong with the simulator's Jira: limits, faults, people at the control API, a restart."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.simulator import create_simulator
from local.simulator.accounts import GLOBEX
from tests.conftest import MovableClock
from tests.contract.jira_caller import V3, JiraCaller, beside, issue, jira_caller

CREATE = f"POST {V3}/issue"


@pytest.fixture
def alice(clock: MovableClock) -> JiraCaller:
    return jira_caller(clock)


def control(caller: JiraCaller, method: str, path: str, body: Any = None) -> httpx.Response:
    content = None if body is None else json.dumps(body)
    return caller.http.request(method, f"http://simulator/_simulator/jira/{path}", content=content)


# ── limits ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_one_issue_takes_twenty_writes_in_two_seconds(alice: JiraCaller) -> None:
    def write(key: str = "WEB-1") -> httpx.Response:
        return alice.jira("PUT", f"/issue/{key}/properties/p", 1)

    assert {write().status_code for _ in range(20)} == {200, 201}
    refused = write("web-1")
    assert (refused.status_code, refused.headers["ratelimit-reason"]) == (429, "jira-per-issue-on-write")
    assert refused.headers["retry-after"] == "2"
    assert write("WEB-2").status_code == 201, "another issue"
    assert alice.jira("GET", "/issue/WEB-1").status_code == 200, "reading"
    alice.clock.move(seconds=2)
    assert write().status_code == 200
    for _ in range(79):
        alice.clock.move(seconds=0.2)
        assert write().status_code == 200
    assert write().status_code == 429, "a hundred in thirty seconds"


def test_bursts_are_per_site_endpoint_and_method_when_switched_on(alice: JiraCaller) -> None:
    def statuses(method: str, path: str, times: int) -> list[int]:
        return [alice.jira(method, path).status_code for _ in range(times)]

    assert statuses("GET", "/issue/WEB-1", 101) == [200] * 101
    alice.simulator.behaviour.jira_bursts = True
    assert statuses("GET", "/issue/WEB-1", 101) == [200] * 100 + [429]
    assert alice.jira("GET", "/issue/WEB-2").headers["ratelimit-reason"] == "jira-burst-based"
    assert statuses("GET", "/project/search", 1) == [200]
    assert statuses("DELETE", "/issue/NO-1", 51) == [404] * 50 + [429]
    alice.simulator.jira(GLOBEX).give_access("alice", has=True)
    assert alice.jira("GET", "/issue/OPS-1", cloud_id=GLOBEX).status_code == 200
    alice.clock.move(seconds=1)
    assert statuses("GET", "/issue/WEB-1", 1) == [200]


def test_points_are_those_of_confluence_with_jiras_reason(alice: JiraCaller) -> None:
    def cost(method: str, path: str, body: Any = None) -> int:
        before = alice.simulator.world.ledger.total
        assert alice.jira(method, path, body).status_code < 300
        return alice.simulator.world.ledger.total - before

    assert cost("GET", "/issue/WEB-1") == 2
    assert cost("GET", "/project/search") == 3
    assert cost("POST", "/search/jql", {"jql": "project = WEB"}) == 3
    assert cost("GET", "/myself") == 3
    assert cost("POST", "/issue", issue("WEB", "Task", "A page")) == 1
    assert cost("PUT", "/issue/WEB-1?returnIssue=true", {"fields": {"summary": "X"}}) == 1
    alice.simulator.world.ledger.used = alice.simulator.behaviour.hourly_points
    spent = alice.jira("GET", "/myself")
    assert (spent.status_code, spent.headers["ratelimit-reason"]) == (429, "jira-quota-global-based")


# ── faults ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_create_whose_answer_is_lost_has_happened(alice: JiraCaller) -> None:
    marked = issue("WEB", "Task", "A page", properties=[{"key": "marker", "value": "7"}])
    alice.simulator.script(CREATE, reset="after")
    alice.simulator.script(CREATE, status=504, effect=True, body="<html>")
    alice.simulator.script(CREATE, reset="before")
    with pytest.raises(httpx.ReadError):
        alice.jira("POST", "/issue", marked)
    assert alice.jira("POST", "/issue", marked).status_code == 504
    with pytest.raises(httpx.ReadError):
        alice.jira("POST", "/issue", marked)
    assert [each.key for each in alice.simulator.jira().issues("WEB")] == ["WEB-1", "WEB-2", "WEB-3", "WEB-4"]
    alice.clock.move(seconds=20)
    body = {"jql": "project = WEB and creator = currentUser() and created >= -60m", "properties": ["marker"]}
    rows = alice.jira("POST", "/search/jql", body).json()["issues"]
    assert [row["properties"] for row in rows] == [{"marker": "7"}] * 2
    assert alice.simulator.by_endpoint[CREATE] == 3


def test_every_seventh_create_may_time_out_after_it_happened(alice: JiraCaller) -> None:
    alice.simulator.script(CREATE, status=504, effect=True, every=7, times=None)
    statuses = [alice.jira("POST", "/issue", issue("WEB", "Task", "A page")).status_code for _ in range(21)]
    assert [number for number, status in enumerate(statuses, 1) if status == 504] == [7, 14, 21]
    assert len(alice.simulator.jira().issues("WEB")) == 23
    with pytest.raises(ValueError, match="every"):
        alice.simulator.script(CREATE, every=0)


def test_faults_may_be_for_one_account(alice: JiraCaller) -> None:
    ada = beside(alice, "ada")
    alice.simulator.script(f"GET {V3}/myself", status=401, body={"code": 401}, account="ada", times=None)
    assert [each.jira("GET", "/myself").status_code for each in (ada, alice, ada)] == [401, 200, 401]


# ── control ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_control_api_does_what_people_do(alice: JiraCaller) -> None:
    made = control(alice, "POST", "issues", {"project": "WEB", "summary": "By hand", "account": "grace"}).json()
    key = made["key"]
    control(alice, "POST", f"issues/{key}/edit", {"summary": "Renamed", "labels": ["l"]})
    control(alice, "POST", f"issues/{key}/transition", {"status": "Done"})
    control(alice, "POST", f"issues/{key}/link", {"url": "https://x.example", "title": "X", "global_id": "g"})
    row = control(alice, "GET", f"issues/{key}").json()
    assert (row["summary"], row["status"], row["labels"], row["changes"]) == ("Renamed", "Done", ["l"], 2)
    assert [link["global_id"] for link in row["links"]] == ["g"]
    assert alice.asked(f"/issue/{key}")["fields"]["summary"] == "Renamed"
    assert [each["key"] for each in control(alice, "GET", "issues?project=WEB").json()] == ["WEB-1", "WEB-2", key]
    assert control(alice, "DELETE", f"issues/{key}").json()["key"] == key
    assert alice.jira("GET", f"/issue/{key}").status_code == 404
    keys = [each["key"] for each in control(alice, "GET", "issues?site=globex").json()]
    assert keys == ["OPS-1"]


def test_the_control_api_changes_rights(alice: JiraCaller) -> None:
    control(alice, "POST", "projects/WEB/permissions", {"permission": "CREATE_ISSUES", "accounts": ["ada"]})
    assert alice.jira("POST", "/issue", issue("WEB", "Task", "X")).status_code == 400
    control(alice, "POST", "projects/WEB/permissions", {"permission": "CREATE_ISSUES", "accounts": None})
    assert alice.created()
    control(alice, "POST", "permissions", {"permission": "ADMINISTER", "accounts": []})
    assert not alice.asked("/mypermissions", permissions="ADMINISTER")["permissions"]["ADMINISTER"]["havePermission"]
    control(alice, "POST", "access", {"account": "alice", "has": False})
    assert alice.jira("GET", "/myself").status_code == 403
    projects = {row["key"]: row for row in control(alice, "GET", "projects").json()}
    assert projects["WEB"]["permissions"]["CREATE_ISSUES"] is None
    assert [each["name"] for each in projects["PLAT"]["issue_types"]] == ["Epic", "Task", "Bug", "Sub-task"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nowhere", None, 404),
        ("GET", "issues/NO-1", None, 404),
        ("DELETE", "issues/NO-1", None, 404),
        ("GET", "issues?project=NO", None, 404),
        ("POST", "issues/WEB-1/fly", {}, 400),
        ("POST", "issues/WEB-1/transition", {"status": "Flying"}, 400),
        ("POST", "issues", {"project": "WEB", "summary": "x", "account": "nobody"}, 400),
        ("POST", "issues", {"project": "WEB", "summary": "x", "issue_type": "Flight"}, 400),
        ("POST", "projects/NO/permissions", {"permission": "EDIT_ISSUES", "accounts": []}, 404),
        ("POST", "projects/WEB/permissions", {"permission": "FLY", "accounts": []}, 400),
        ("POST", "projects/WEB/permissions", {"permission": "EDIT_ISSUES"}, 400),
        ("POST", "projects/WEB/permissions", {"permission": "EDIT_ISSUES", "accounts": ["nobody"]}, 400),
        ("POST", "access", {"account": "alice"}, 400),
    ],
)
def test_control_requests_that_make_no_sense(alice: JiraCaller, method: str, path: str, body: Any, status: int) -> None:
    answer = control(alice, method, path, body)
    assert (answer.status_code, list(answer.json())) == (status, ["problem"])


# ── a restart ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_jira_survives_a_restart(clock: MovableClock, tmp_path: Path) -> None:
    state = tmp_path / "state.json"

    def started() -> JiraCaller:
        return JiraCaller(clock, create_simulator(clock=clock, seed=7, sleep=clock.sleep, state=state))

    first = beside(started(), "alice")
    key = first.created(summary="Kept", labels=["l"], properties=[{"key": "marker", "value": {"a": [1]}}])
    child = first.created(kind="Sub-task", parent={"key": key})
    first.jira("POST", f"/issue/{key}/remotelink", {"globalId": "g", "object": {"url": "u", "title": "t"}})
    first.jira("POST", f"/issue/{key}/transitions", {"transition": {"id": "31"}})
    first.jira("DELETE", "/issue/WEB-1")
    control(first, "POST", "projects/PLAT/permissions", {"permission": "BROWSE_PROJECTS", "accounts": ["ada"]})
    control(first, "POST", "access", {"account": "grace", "has": False})
    before = [first.asked(f"/issue/{each}", properties="*all") for each in (key, child)]
    links = first.asked(f"/issue/{key}/remotelink")

    second = JiraCaller(clock, started().simulator, "alice", first.tokens)
    assert [second.asked(f"/issue/{each}", properties="*all") for each in (key, child)] == before
    assert second.asked(f"/issue/{key}/remotelink") == links
    assert second.jira("GET", "/issue/WEB-1").status_code == 404
    assert second.jira("GET", "/project/PLAT").status_code == 404
    assert second.found("labels = l") == [], "the index has not caught up by dying"
    assert second.created() == "WEB-5"
    assert beside(second, "grace").jira("GET", "/myself").status_code == 403
