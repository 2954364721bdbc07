"""Jira's answers as somebody might spoil them: rows that are none, lists without end, texts that hide something."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from confluence_connector.adapters.jira import created_lately_jql
from confluence_connector.domain.identifiers import IssueId
from confluence_connector.errors import JiraForbidden, JiraRefused, UpstreamProtocolError, WriteOutcomeUnknown
from confluence_connector.ports.jira import Jira
from local.simulator import create_simulator
from local.simulator.jira.jql import Clause, Function, Joined, parse
from tests.conftest import MovableClock
from tests.jira_rig import CREATE, EDIT, LINKED, PERMISSIONS, V3, JiraRig, draft

WEB_1 = IssueId("10001")
HALF = "\ud83d"


@pytest.fixture
def rig(clock: MovableClock) -> JiraRig:
    return JiraRig(create_simulator(clock=clock, sleep=clock.sleep), clock)


class Altered(httpx.BaseTransport):
    """The simulator, whose answers somebody changes on the way. `alter` returns another body, or None."""

    def __init__(self, rig: JiraRig, alter: Callable[[str, bytes], bytes | None]) -> None:
        self.rig, self.alter = rig, alter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.rig.watched.handle_request(request)
        answer.read()
        changed = self.alter(request.url.path.partition(V3)[2], answer.content) if answer.is_success else None
        kind = {"content-type": answer.headers.get("content-type", "application/json")}
        body = answer.content if changed is None else changed
        return httpx.Response(answer.status_code, headers=kind, stream=httpx.ByteStream(body))


def spoilt(rig: JiraRig, change: Callable[[Any], None], ending: str = "") -> Jira:
    """Jira whose JSON objects are changed in place, those of paths that end so."""

    def alter(path: str, body: bytes) -> bytes | None:
        if not body or not path.endswith(ending):
            return None
        value = json.loads(body)
        change(value)
        return json.dumps(value).encode()

    return rig.jira_over(Altered(rig, alter))


QUESTIONS: dict[str, Callable[[Jira], object]] = {
    "projects": lambda jira: jira.projects("", limit=9),
    "project": lambda jira: jira.project("WEB"),
    "issue_types": lambda jira: jira.issue_types("WEB"),
    "permissions": lambda jira: jira.permissions("WEB", PERMISSIONS),
    "created_lately": lambda jira: list(jira.created_lately("WEB", 60)),
    "issues": lambda jira: jira.issues([WEB_1]),
    "issue": lambda jira: jira.issue(WEB_1),
    "fields": lambda jira: jira.fields(WEB_1),
    "transitions": lambda jira: jira.transitions(WEB_1),
}


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"null", b"", b'{"a":1,"a":2}', b'{"issues":NaN}', b"{}", b"[" * 99_999]
)
def test_D14_a_garbled_answer_is_no_answer(rig: JiraRig, name: str, body: bytes) -> None:
    jira = rig.jira_over(Altered(rig, lambda _, __: body))
    with pytest.raises(UpstreamProtocolError) as raised:
        QUESTIONS[name](jira)
    assert "Confluence" not in str(raised.value)
    assert "linked source" not in str(raised.value)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"", b"{}", b'{"id":"1/../2","key":"WEB-9"}', b'{"id":"7","key":"W"}']
)
def test_M4_an_issue_that_was_made_and_does_not_say_which_it_is_may_not_be_made_again(
    rig: JiraRig, body: bytes
) -> None:
    with pytest.raises(WriteOutcomeUnknown):
        rig.jira_over(Altered(rig, lambda _, __: body)).create(draft())
    assert rig.simulator.by_endpoint[CREATE] == 1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("projects", lambda value: value.pop("isLast")),
        ("projects", lambda value: value["values"][0].update(key="../PLAT")),
        ("projects", lambda value: value["values"][0].update(id=7)),
        ("projects", lambda value: value["values"][0].pop("name")),
        ("project", lambda value: value.update(key="WEB?")),
        ("project", lambda value: value.update(name=None)),
        ("issue_types", lambda value: value.pop("total")),
        ("issue_types", lambda value: value.get("issueTypes", [{}])[0].update(id="../1")),
        ("issue_types", lambda value: value.get("fields", [{}])[0].update(required="no")),
        ("permissions", lambda value: value["permissions"].pop("EDIT_ISSUES")),
        ("permissions", lambda value: value["permissions"]["EDIT_ISSUES"].update(havePermission="yes")),
        ("permissions", lambda value: value["permissions"]["EDIT_ISSUES"].update(havePermission=1)),
        ("issues", lambda value: value["issues"][0].update(key="https://evil.example/WEB-1")),
        ("issues", lambda value: value["issues"][0]["fields"].update(summary=None)),
        ("issues", lambda value: value["issues"][0]["fields"].pop("status")),
        ("issues", lambda value: value.pop("issues")),
        ("issue", lambda value: value["fields"]["project"].update(id="PLAT")),
        ("issue", lambda value: value.update(id="10001\n")),
        ("fields", lambda value: value["fields"].update(summary=[]) if "id" not in value else None),
        ("fields", lambda value: value.pop("fields")),
        ("transitions", lambda value: value["transitions"][0].update(id="11/../21")),
        ("transitions", lambda value: value["transitions"][0].pop("to")),
    ],
)
def test_D14_a_row_that_is_none_makes_no_noun(rig: JiraRig, name: str, change: Callable[[Any], None]) -> None:
    with pytest.raises(UpstreamProtocolError):
        QUESTIONS[name](spoilt(rig, change))


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_D9_lists_that_do_not_end_are_stopped(rig: JiraRig) -> None:
    endless: dict[str, Callable[[Any], None]] = {
        "projects": lambda value: value.update(isLast=False, values=[]),
        "issue_types": lambda value: value.update(total=9, issueTypes=[]),
        "created_lately": lambda value: value.update(nextPageToken="round and round"),
    }
    for name, change in endless.items():
        rig.simulator.script(f"POST {V3}/search/jql", times=None, status=200, body={"issues": [], "isLast": False})
        with pytest.raises(UpstreamProtocolError):
            QUESTIONS[name](spoilt(rig, change))
    assert rig.requests() < 9


def test_D9_a_search_that_always_has_another_answer_is_stopped(rig: JiraRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confluence_connector.adapters.jira.ATLASSIAN_LIST_PAGES", 5)
    rig.simulator.script(f"POST {V3}/search/jql", times=None, status=200, body={"issues": [], "isLast": False})
    tokens = count()
    jira = spoilt(rig, lambda value: value.update(nextPageToken=f"on and on {next(tokens)}"))
    with pytest.raises(UpstreamProtocolError):
        list(jira.created_lately("WEB", 60))
    assert rig.requests() == 6


def test_a_list_holds_no_more_than_was_asked_for(rig: JiraRig) -> None:
    jira = spoilt(rig, lambda value: value.update(values=value["values"] * 9))
    assert len(jira.projects("", limit=4)) == 4


def test_a_list_that_is_not_there_has_no_row(rig: JiraRig) -> None:
    rig.simulator.script(f"GET {V3}/project/search", status=404, body={"errorMessages": ["none"], "errors": {}})
    assert list(rig.jira.projects("x", limit=9)) == []


def test_an_issue_type_that_goes_while_it_is_looked_at_is_none(rig: JiraRig) -> None:
    one = f"GET {V3}/issue/createmeta/{{projectIdOrKey}}/issuetypes/{{issueTypeId}}"
    rig.simulator.script(one, status=404, body={"errorMessages": ["gone"], "errors": {}})
    assert [each.name for each in rig.jira.issue_types("WEB")] == ["Task", "Bug", "Sub-task"]


def test_a_field_that_has_a_default_or_is_filled_by_jira_need_not_be_given(rig: JiraRig) -> None:
    def demand(value: Any) -> None:
        for row in value.get("fields", []):
            row["required"] = row["fieldId"] in {"summary", "priority", "duedate"}
        if "fields" in value:
            reporter = {"fieldId": "reporter", "required": True, "hasDefaultValue": False}
            value["fields"].append({**value["fields"][0], **reporter})
            value["total"] += 1

    task = spoilt(rig, demand).issue_types("WEB")[1]
    assert (task.name, task.required) == ("Task", ("duedate",))


def test_issues_that_were_not_asked_for_are_none_of_the_answer(rig: JiraRig) -> None:
    jira = spoilt(rig, lambda value: value["issues"].append({**value["issues"][0], "id": "77"}))
    assert list(jira.issues([WEB_1])) == [WEB_1]


# ── what a refusal may say ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"errors": {"customfield_1": "secret text", "Ä": "", "a b": "", "x" * 101: "", "<b>": ""}}, ["customfield_1"]),
        ({"errors": {f"f{number:03}": "" for number in range(99)}}, [f"f{number:03}" for number in range(50)]),
        ({"errors": ["summary"]}, []),
        ({"errorMessages": ["secret text"]}, []),
        ("<html>secret text</html>", []),
        ([], []),
    ],
)
@pytest.mark.parametrize("status", [400, 413, 422])
def test_of_jiras_refusal_only_names_of_fields_are_told(
    rig: JiraRig, status: int, body: Any, fields: list[str]
) -> None:
    rig.simulator.script(EDIT, status=status, body=body)
    with pytest.raises(JiraRefused) as refused:
        rig.jira.rename(WEB_1, "New")
    assert refused.value.members == {"fields": fields}
    assert "secret" not in f"{refused.value!r}{refused.value}"


@pytest.mark.parametrize("status", [302, 405, 410, 415])
def test_a_refusal_of_another_kind_is_an_error_of_atlassians(rig: JiraRig, status: int) -> None:
    rig.simulator.script(EDIT, status=status, body={"errorMessages": ["?"], "errors": {}})
    rig.simulator.script(f"GET {V3}/issue/{{issueIdOrKey}}", status=status, body={"errorMessages": ["?"]})
    for act in (lambda: rig.jira.rename(WEB_1, "New"), lambda: rig.jira.issue(WEB_1)):
        with pytest.raises(UpstreamProtocolError):
            act()


def test_a_404_that_is_not_jiras_own_says_nothing_of_an_issue(rig: JiraRig) -> None:
    for body, error in (
        ({"code": 404, "message": "Not Found"}, JiraForbidden),
        ({"errors": [{"status": 404, "title": "Not Found"}]}, JiraForbidden),
        ("<html>Not Found</html>", UpstreamProtocolError),
    ):
        for endpoint, act in (
            (f"GET {V3}/issue/{{issueIdOrKey}}", lambda: rig.jira.issue(WEB_1)),
            (f"POST {V3}/issue/bulkfetch", lambda: rig.jira.issues([WEB_1])),
            (EDIT, lambda: rig.jira.rename(WEB_1, "New")),
        ):
            rig.simulator.script(endpoint, status=404, body=body)
            with pytest.raises(error):
                act()


def test_a_create_that_names_what_is_not_there_is_refused_and_no_issue_is_gone(rig: JiraRig) -> None:
    rig.simulator.script(CREATE, status=404, body={"errorMessages": ["none"], "errors": {}})
    with pytest.raises(JiraRefused) as refused:
        rig.jira.create(draft())
    assert refused.value.members == {"fields": []}


# ── texts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_E7_half_characters_are_mended_wherever_they_stand(rig: JiraRig) -> None:
    def halve(value: Any) -> None:
        if "id" in value:
            value["fields"]["summary"] = HALF
            value["fields"]["labels"] = [HALF, {HALF: HALF}]
        else:
            value["fields"]["priority"].update(name=HALF, allowedValues=[{"id": "1", "name": HALF}])

    jira = spoilt(rig, halve)
    issue = jira.issue(WEB_1)
    fields = jira.fields(WEB_1)
    assert issue
    json.dumps([issue.summary, [[each.name, each.value, each.options] for each in fields]], ensure_ascii=False).encode()


def test_a_value_that_is_a_puzzle_is_refused(rig: JiraRig) -> None:
    def nest(value: Any) -> None:
        if "id" in value:
            for _ in range(300):
                value["fields"]["labels"] = [value["fields"]["labels"]]

    with pytest.raises(UpstreamProtocolError):
        spoilt(rig, nest).fields(WEB_1)


def test_fields_that_take_no_value_or_have_no_name_are_not_offered(rig: JiraRig) -> None:
    def crowd(value: Any) -> None:
        if "id" not in value:
            some = value["fields"]["summary"]
            value["fields"] |= {"comment": {**some, "operations": ["add"]}, "a,b": some, "*all": some}

    assert {each.id for each in spoilt(rig, crowd).fields(WEB_1)} == {each.id for each in rig.jira.fields(WEB_1)}


def test_a_document_is_told_from_a_line(rig: JiraRig) -> None:
    rig.clock.move(seconds=1)
    made = rig.simulator.jira().create("WEB", "Broken", rig.clock(), issue_type="Bug", account="ada")
    types = {each.id: each.type for each in rig.jira.fields(IssueId(made.id))}
    assert (types["customfield_10051"], types["customfield_10052"]) == ("document", "string")
    assert types["customfield_10050"] == "option"


def test_a_transition_that_is_not_available_is_not_open(rig: JiraRig) -> None:
    jira = spoilt(rig, lambda value: value["transitions"][0].update(isAvailable=False))
    assert [each.id for each in jira.transitions(WEB_1)] == ["21", "31"]


# ── what enters a question ──────────────────────────────────────────────────────────────────────────────────────────


def test_D4_nothing_but_an_id_enters_a_path(rig: JiraRig) -> None:
    jira = rig.jira
    acts: list[Callable[[IssueId], object]] = [
        jira.issue,
        jira.fields,
        jira.transitions,
        lambda issue_id: jira.issues([issue_id]),
        lambda issue_id: jira.rename(issue_id, "New"),
        lambda issue_id: jira.edit(issue_id, {}),
        lambda issue_id: jira.transition(issue_id, "11"),
        lambda issue_id: jira.link_page(issue_id, **LINKED),
    ]
    for act in acts:
        for no_id in ("WEB-1", "1/../2", "", "1?x=1", "1\n"):
            with pytest.raises(ValueError, match="id"):
                act(IssueId(no_id))
    assert rig.requests() == 0


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True), st.integers(1, 10_000))
@example("AND", 60)
@example("Order", 60)
@example("EMPTY", 60)
@example("currentUser", 60)
def test_M5_a_key_in_jql_means_that_project_and_nothing_else(key: str, minutes: int) -> None:
    tree = parse(created_lately_jql(key, minutes)).tree
    assert isinstance(tree, Joined)
    assert tree.word == "and"
    assert tree.parts == (
        Clause("project", "=", (key,)),
        Clause("creator", "=", (Function("currentuser", ()),)),
        Clause("created", ">=", (f"-{minutes}m",)),
    )
    anyones = parse(created_lately_jql(key, minutes, by_anyone=True)).tree
    assert isinstance(anyones, Joined)
    assert anyones.parts == (tree.parts[0], tree.parts[2])


@given(st.text(st.sampled_from("aWEB\"'\\ ()=~!,&|\n\t-_é0"), max_size=30))
@example('WEB" OR project = "PLAT')
@example('WEB\\" OR "" = "')
@example("WEB\n")
def test_M5_what_is_no_key_enters_no_jql(text: str) -> None:
    try:
        jql = created_lately_jql(text, 60)
    except ValueError:
        return
    assert jql.count('"') == 2
    assert text.isascii()
    assert text.replace("_", "").isalnum()
