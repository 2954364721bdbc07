"""Rights in the simulator's Jira: workflows and transitions, permission schemes, and who may look at whose."""

from typing import Any

import pytest

from local.simulator.accounts import ACCOUNTS, GLOBEX
from local.simulator.jira.editor import NoSuchIssue
from tests.conftest import MovableClock
from tests.contract.jira_caller import JiraCaller, beside, document, jira_caller


@pytest.fixture
def alice(clock: MovableClock) -> JiraCaller:
    return jira_caller(clock)


def _transitions(caller: JiraCaller, key: str) -> dict[str, str]:
    return {row["name"]: row["id"] for row in caller.asked(f"/issue/{key}/transitions")["transitions"]}


def _go(caller: JiraCaller, key: str, transition_id: str, **more: Any) -> int:
    body = {"transition": {"id": transition_id}, **more}
    return caller.jira("POST", f"/issue/{key}/transitions", body).status_code


def _status(caller: JiraCaller, key: str) -> str:
    return str(caller.asked(f"/issue/{key}", fields="status")["fields"]["status"]["name"])


# ── transitions ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_two_workflows_have_other_transitions_with_other_ids(alice: JiraCaller) -> None:
    assert _transitions(alice, "WEB-1") == {"To Do": "11", "In Progress": "21", "Done": "31"}
    assert _transitions(alice, "PLAT-1") == {"Start review": "4"}
    assert _go(alice, "PLAT-1", "31") == 400, "an id of the other workflow"
    assert _go(alice, "PLAT-1", "7") == 400, "not possible from here"
    assert _go(alice, "PLAT-1", "4") == 204
    assert _status(alice, "PLAT-1") == "In Review"
    assert _transitions(alice, "PLAT-1") == {"Approve": "5", "Reject": "6", "Send back": "7"}


def test_a_transition_with_a_screen_wants_its_fields_and_no_others(alice: JiraCaller) -> None:
    _go(alice, "PLAT-1", "4")
    rows = alice.asked("/issue/PLAT-1/transitions", expand="transitions.fields", transitionId="5")["transitions"]
    assert [(row["hasScreen"], row["fields"]["resolution"]["required"]) for row in rows] == [(True, True)]
    assert _go(alice, "PLAT-1", "5") == 400
    assert _go(alice, "PLAT-1", "5", fields={"resolution": {"name": "Done"}, "summary": "X"}) == 400
    assert _status(alice, "PLAT-1") == "In Review"
    assert _go(alice, "PLAT-1", "5", fields={"resolution": {"name": "Won't do"}}) == 204
    assert alice.asked("/issue/PLAT-1")["fields"]["resolution"]["name"] == "Won't do"
    assert _go(alice, "PLAT-1", "8") == 204
    assert alice.asked("/issue/PLAT-1")["fields"]["resolution"] is None


def test_a_condition_hides_a_transition_from_who_does_not_meet_it(alice: JiraCaller) -> None:
    ada = beside(alice, "ada")
    _go(alice, "PLAT-1", "4")
    assert _transitions(ada, "PLAT-1") == {"Send back": "7"}
    assert _go(ada, "PLAT-1", "6") == 400
    assert _status(ada, "PLAT-1") == "In Review"


def test_without_the_permission_the_list_is_empty_and_the_step_refused(alice: JiraCaller) -> None:
    grace = beside(alice, "grace")
    assert _transitions(grace, "PLAT-1") == {}
    assert _go(grace, "PLAT-1", "4") == 400
    assert _status(alice, "PLAT-1") == "Open"


@pytest.mark.parametrize("body", [{}, {"transition": {}}, {"transition": {"id": 4}}, {"transition": {"id": "99"}}, []])
def test_a_transition_must_be_named(alice: JiraCaller, body: Any) -> None:
    answer = alice.jira("POST", "/issue/PLAT-1/transitions", body)
    assert (answer.status_code, bool(answer.json()["errorMessages"])) == (400, True)


def test_a_conflict_and_a_lost_answer_can_be_scripted(alice: JiraCaller) -> None:
    endpoint = "POST /rest/api/3/issue/{issueIdOrKey}/transitions"
    alice.simulator.script(endpoint, status=409, body={"errorMessages": ["conflict"], "errors": {}})
    alice.simulator.script(endpoint, status=504, effect=True)
    assert [_go(alice, "WEB-1", "31") for _ in range(2)] == [409, 504]
    assert _status(alice, "WEB-1") == "Done", "the second happened"


# ── permissions ───────────────────────────────────────────────────────────────────────────────────────────────────
NEEDS = {
    "CREATE_ISSUES": ("POST", "/issue", 400),
    "EDIT_ISSUES": ("PUT", "/issue/WEB-1", 400),
    "TRANSITION_ISSUES": ("POST", "/issue/WEB-1/transitions", 400),
    "LINK_ISSUES": ("POST", "/issue/WEB-1/remotelink", 403),
    "BROWSE_PROJECTS": ("GET", "/issue/WEB-1", 404),
}
BODIES: dict[str, Any] = {
    "CREATE_ISSUES": {"fields": {"project": {"key": "WEB"}, "issuetype": {"name": "Task"}, "summary": "X"}},
    "EDIT_ISSUES": {"fields": {"summary": "X"}},
    "TRANSITION_ISSUES": {"transition": {"id": "21"}},
    "LINK_ISSUES": {"object": {"url": "https://x.example", "title": "X"}},
}


@pytest.mark.parametrize("permission", sorted(NEEDS))
def test_each_permission_stands_for_its_deed_and_no_other(alice: JiraCaller, permission: str) -> None:
    editor = alice.simulator.jira()
    editor.permit(permission, ["ada"], "WEB")
    for name, (method, path, refused) in NEEDS.items():
        status = alice.jira(method, path, BODIES.get(name)).status_code
        lost = permission in {name, "BROWSE_PROJECTS"}
        assert (status < 300) is not lost, name
        if name == permission:
            assert status == refused
    editor.permit(permission, None, "WEB")
    assert alice.jira(*NEEDS[permission][:2], BODIES.get(permission)).status_code < 300


def test_my_permissions_are_those_of_the_place_asked_about(alice: JiraCaller) -> None:
    grace = beside(alice, "grace")

    def held(**where: str) -> dict[str, bool]:
        names = "BROWSE_PROJECTS,CREATE_ISSUES,TRANSITION_ISSUES,ADMINISTER"
        rows = grace.asked("/mypermissions", permissions=names, **where)["permissions"]
        return {name: row["havePermission"] for name, row in rows.items()}

    mine = {"BROWSE_PROJECTS": True, "CREATE_ISSUES": True, "TRANSITION_ISSUES": True, "ADMINISTER": False}
    looking = mine | {"CREATE_ISSUES": False, "TRANSITION_ISSUES": False}
    assert held(projectKey="WEB") == mine
    assert held(projectKey="PLAT") == held(issueKey="PLAT-1") == looking
    assert held() == mine, "anywhere"
    assert grace.jira("GET", "/mypermissions").status_code == 400
    assert grace.jira("GET", "/mypermissions", permissions="FLY").status_code == 400
    assert grace.jira("GET", "/mypermissions", permissions="EDIT_ISSUES", projectKey="SEC").status_code == 404


def test_other_peoples_permissions_are_for_administrators(alice: JiraCaller) -> None:
    issue = int(alice.asked("/issue/WEB-1")["id"])
    wanted = [{"permissions": ["EDIT_ISSUES"], "projects": [10001, 10002, 99999], "issues": [issue, 1]}]

    def checked(caller: JiraCaller, **more: Any) -> Any:
        answer = caller.jira("POST", "/permissions/check", {"projectPermissions": wanted, **more})
        return answer.json()["projectPermissions"] if answer.status_code == 200 else answer.status_code

    grace, ada = beside(alice, "grace"), beside(alice, "ada")
    only_web = [{"permission": "EDIT_ISSUES", "projects": [10001], "issues": [issue]}]
    assert checked(grace) == only_web
    assert checked(alice, accountId=ACCOUNTS["grace"].account_id) == only_web
    nothing = [{"permission": "EDIT_ISSUES", "projects": [], "issues": []}]
    assert checked(alice, accountId=ACCOUNTS["nojira"].account_id) == nothing
    assert checked(ada, accountId=ACCOUNTS["grace"].account_id) == 403
    alice.simulator.jira().permit("ADMINISTER", ["ada"])
    assert checked(ada, accountId=ACCOUNTS["grace"].account_id) == only_web
    assert alice.jira("POST", "/permissions/check", {"projectPermissions": [{"permissions": []}]}).status_code == 400


# ── people in Jira itself ─────────────────────────────────────────────────────────────────────────────────────────
def test_people_change_issues_without_the_api(alice: JiraCaller) -> None:
    editor, now = alice.simulator.jira(), alice.clock()
    made = editor.create("PLAT", "By hand", now, account="grace")
    editor.edit(made.key, now, summary="By hand, later", description=document("x"), labels=["l"])
    editor.transition(made.key, now, "Approved")
    editor.link(made.key, "https://x.example", "X", "g")
    fields = alice.asked(f"/issue/{made.key}")["fields"]
    assert (fields["summary"], fields["status"]["name"], fields["labels"]) == ("By hand, later", "Approved", ["l"])
    assert fields["resolution"]["name"] == "Done"
    assert alice.asked(f"/issue/{made.key}/remotelink", globalId="g")["object"]["title"] == "X"
    editor.delete(made.key)
    assert [issue.key for issue in editor.issues("PLAT")] == ["PLAT-1"]
    for deed in (
        lambda: editor.delete(made.key),
        lambda: editor.issues("NO"),
        lambda: editor.permit("EDIT_ISSUES", [], "NO"),
    ):
        with pytest.raises(NoSuchIssue):
            deed()
    for nonsense in (lambda: editor.transition("PLAT-1", now, "Flying"), lambda: editor.permit("FLY", [])):
        with pytest.raises(ValueError, match="no "):
            nonsense()


def test_sites_are_apart(alice: JiraCaller) -> None:
    alice.simulator.jira(GLOBEX).give_access("alice", has=True)
    theirs = alice.jira("GET", "/project/search", cloud_id=GLOBEX).json()["values"]
    assert [(row["id"], row["key"], row["style"]) for row in theirs] == [("10001", "OPS", "next-gen")]
    ours, other = alice.asked("/issue/10001"), alice.jira("GET", "/issue/10001", cloud_id=GLOBEX).json()
    assert (ours["key"], other["key"]) == ("WEB-1", "OPS-1"), "one id, two issues"
