"""The simulator's Jira cannot drift into fiction either: its answers are held against Jira's own document."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from local.simulator.accounts import ACCOUNTS, ACME
from local.simulator.jira.gateway import HANDLERS
from local.simulator.operations import match, operations
from tests.conftest import MovableClock
from tests.contract.jira_caller import JiraCaller, document, issue, jira_caller
from tests.contract.test_simulator_openapi import document as openapi_document
from tests.contract.test_simulator_openapi import undocumented

BASE = f"/ex/jira/{ACME}"
NO_BODY = {"editIssue", "deleteIssue", "doTransition", "updateRemoteIssueLink", "deleteIssueProperty"} | {
    "deleteRemoteIssueLinkByGlobalId",
    "deleteRemoteIssueLinkById",
    "setIssueProperty",
}


@pytest.fixture
def jira(spec: Path) -> dict[str, Any]:
    return openapi_document(spec / "atlassian" / "openapi" / "jira-v3.json")


@pytest.fixture
def alice(clock: MovableClock) -> JiraCaller:
    return jira_caller(clock)


def problems(whole: dict[str, Any], answer: httpx.Response) -> list[str]:
    """What is wrong with an answer, by the document. Refusals need a documented status, and Jira's error shape."""
    method = answer.request.method.lower()
    found = match(answer.request.method, answer.request.url.path.removeprefix(BASE))
    assert found is not None
    path = found[0].path
    responses = whole["paths"][path][method]["responses"]
    if str(answer.status_code) not in responses:
        return [f"not documented: {answer.status_code}"]
    if answer.status_code >= 400:
        wrong = answer.json().keys() ^ {"errorMessages", "errors"}
        return [f"not the error shape: {name}" for name in wrong]
    if not answer.content:
        return []
    pointer = path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
    reference = (
        f"urn:document#/paths/{pointer}/{method}/responses/{answer.status_code}/content/application~1json/schema"
    )
    resource: Resource[Any] = Resource.from_contents(whole, default_specification=DRAFT4)
    registry: Registry[Any] = Registry().with_resource("urn:document", resource)
    validator = OAS30Validator({"$ref": reference}, registry=registry, format_checker=OAS30Validator.FORMAT_CHECKER)
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json())]
    schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
    schemas = [each for each in schema.get("oneOf", [schema]) if ("items" in each) == isinstance(answer.json(), list)]
    return wrong + [f"not in the document: {name}" for name in undocumented(whole, schemas, answer.json())]


def _link(alice: JiraCaller) -> dict[str, Any]:
    thing = {"url": "https://acme.atlassian.net/wiki/x", "title": "X", "status": {"resolved": False}}
    link = {"globalId": "g", "application": {"type": "c", "name": "C"}, "relationship": "r", "object": thing}
    made = alice.jira("POST", "/issue/WEB-1/remotelink", link)
    assert made.status_code == 201
    return {"id": made.json()["id"], "link": link}


def _calls(alice: JiraCaller) -> dict[str, Callable[[], httpx.Response]]:
    """One telling call of each operation."""
    linked = _link(alice)
    alice.jira("PUT", "/issue/WEB-1/properties/known", {"a": 1})
    epic = alice.created(kind="Epic")
    full = issue("WEB", "Bug", "A page", description=document("x"), customfield_10050={"value": "Minor"})
    full["fields"] |= {"assignee": {"accountId": ACCOUNTS["ada"].account_id}, "parent": {"key": epic}}
    key = alice.jira("POST", "/issue", full).json()["key"]
    everything = {"jql": "project = WEB", "fields": ["*all"], "properties": ["known"], "maxResults": 1}

    def call(method: str, path: str, body: Any = None, **query: Any) -> Callable[[], httpx.Response]:
        return lambda: alice.jira(method, path, body, **query)

    wanted = {"permissions": ["EDIT_ISSUES"], "projects": [10001], "issues": [10001]}
    return {
        "searchProjects": call("GET", "/project/search", expand="description,issueTypes,lead", maxResults=1),
        "getProject": call("GET", "/project/PLAT"),
        "getCreateIssueMetaIssueTypes": call("GET", "/issue/createmeta/WEB/issuetypes"),
        "getCreateIssueMetaIssueTypeId": call("GET", "/issue/createmeta/WEB/issuetypes/10003"),
        "createIssue": call("POST", "/issue", full),
        "getIssue": call("GET", f"/issue/{key}", properties="*all", expand="names"),
        "editIssue": call("PUT", "/issue/WEB-1", {"fields": {"summary": "X"}}),
        "getEditIssueMeta": call("GET", "/issue/WEB-1/editmeta"),
        "deleteIssue": call("DELETE", "/issue/WEB-2"),
        "bulkFetchIssues": call("POST", "/issue/bulkfetch", {"issueIdsOrKeys": [key, "NO-1"]}),
        "getTransitions": call("GET", "/issue/WEB-1/transitions", expand="transitions.fields"),
        "doTransition": call("POST", "/issue/WEB-1/transitions", {"transition": {"id": "31"}}),
        "getIssuePropertyKeys": call("GET", "/issue/WEB-1/properties"),
        "getIssueProperty": call("GET", "/issue/WEB-1/properties/known"),
        "setIssueProperty": call("PUT", "/issue/WEB-1/properties/new", [1]),
        "deleteIssueProperty": call("DELETE", "/issue/WEB-1/properties/known"),
        "getRemoteIssueLinks": call("GET", "/issue/WEB-1/remotelink"),
        "createOrUpdateRemoteIssueLink": call("POST", "/issue/WEB-1/remotelink", linked["link"]),
        "deleteRemoteIssueLinkByGlobalId": call("DELETE", "/issue/WEB-1/remotelink", globalId="g"),
        "getRemoteIssueLinkById": call("GET", f"/issue/WEB-1/remotelink/{linked['id']}"),
        "updateRemoteIssueLink": call("PUT", f"/issue/WEB-1/remotelink/{linked['id']}", linked["link"]),
        "deleteRemoteIssueLinkById": call("DELETE", f"/issue/WEB-1/remotelink/{linked['id']}"),
        "searchAndReconsileIssuesUsingJql": call("GET", "/search/jql", jql="project = WEB", maxResults=1),
        "searchAndReconsileIssuesUsingJqlPost": call("POST", "/search/jql", everything),
        "countIssues": call("POST", "/search/approximate-count", {"jql": "project = WEB"}),
        "getMyPermissions": call("GET", "/mypermissions", permissions="EDIT_ISSUES,ADMINISTER", projectKey="WEB"),
        "getBulkPermissions": call("POST", "/permissions/check", {"projectPermissions": [wanted]}),
        "getCurrentUser": call("GET", "/myself", expand="groups,applicationRoles"),
        "getUser": call("GET", "/user", accountId=ACCOUNTS["nojira"].account_id, expand="groups,applicationRoles"),
        "bulkGetUsers": call("GET", "/user/bulk", accountId=[ACCOUNTS["ada"].account_id]),
        "findAssignableUsers": call("GET", "/user/assignable/search", project="WEB", query="a"),
        "findUsersWithBrowsePermission": call("GET", "/user/viewissue/search", projectKey="WEB", query="a"),
        "getFields": call("GET", "/field"),
    }


@pytest.mark.parametrize("operation", sorted(HANDLERS))
def test_answers_are_of_the_documented_shape(operation: str, alice: JiraCaller, jira: dict[str, Any]) -> None:
    answer = _calls(alice)[operation]()
    assert answer.status_code < 300, answer.text
    assert bool(answer.content) is (operation not in NO_BODY)
    assert problems(jira, answer) == []


REFUSED: dict[str, tuple[str, str, Any]] = {
    "no such project": ("GET", "/project/NO", None),
    "no such issue": ("GET", "/issue/NO-1", None),
    "a create without anything": ("POST", "/issue", {}),
    "an edit of nothing": ("PUT", "/issue/WEB-1", {}),
    "an impossible transition": ("POST", "/issue/WEB-1/transitions", {"transition": {"id": "99"}}),
    "a property there is not": ("GET", "/issue/WEB-1/properties/no", None),
    "a link without a title": ("POST", "/issue/WEB-1/remotelink", {"object": {"url": "x"}}),
    "a link there is not": ("GET", "/issue/WEB-1/remotelink/1", None),
    "an unbounded search": ("POST", "/search/jql", {"jql": ""}),
    "no permissions named": ("GET", "/mypermissions", None),
    "nothing to fetch": ("POST", "/issue/bulkfetch", {"issueIdsOrKeys": []}),
    "a user there is not": ("GET", "/user?accountId=no", None),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refusals_are_documented(name: str, alice: JiraCaller, jira: dict[str, Any]) -> None:
    answer = alice.jira(*REFUSED[name])
    assert answer.status_code >= 400
    assert problems(jira, answer) == []
    assert any(answer.json().values()), "a refusal says why"


def test_a_wrong_answer_would_be_noticed(alice: JiraCaller, jira: dict[str, Any]) -> None:
    alice.simulator.script("GET /rest/api/3/project/search", patch={"values": [{"id": 7, "colour": "red"}], "x": 1})
    assert len(problems(jira, alice.jira("GET", "/project/search"))) == 5
    alice.simulator.script("GET /rest/api/3/project/search", status=418, body={})
    assert problems(jira, alice.jira("GET", "/project/search")) == ["not documented: 418"]


def test_every_handler_answers_a_documented_operation() -> None:
    assert HANDLERS.keys() <= {operation.id for operation in operations()}
