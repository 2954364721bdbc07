"""What stands in the way of any question or change: refusals, lost answers, bad tokens, and what is repeated."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from confluence_connector.domain import scopes
from confluence_connector.domain.identifiers import IssueId
from confluence_connector.errors import (
    EditConflict,
    IssueGone,
    JiraForbidden,
    JiraRefused,
    JiraUnavailable,
    RateLimited,
    ScopesMissing,
    UpstreamProtocolError,
    WriteOutcomeUnknown,
)
from confluence_connector.ports.jira import Jira
from local.simulator import create_simulator
from local.simulator.accounts import GLOBEX
from local.simulator.simulator import Simulator
from tests.conftest import MovableClock
from tests.jira_rig import CREATE, EDIT, LINK, LINKED, PERMISSIONS, SEARCH, TRANSITION, V3, JiraRig, draft

GONE = IssueId("4242")

type Act = Callable[[Jira, IssueId], object]

READS: dict[str, tuple[str, Act]] = {
    "projects": (f"GET {V3}/project/search", lambda jira, _: jira.projects("", limit=9)),
    "project": (f"GET {V3}/project/{{projectIdOrKey}}", lambda jira, _: jira.project("WEB")),
    "issue_types": (
        f"GET {V3}/issue/createmeta/{{projectIdOrKey}}/issuetypes",
        lambda jira, _: jira.issue_types("WEB"),
    ),
    "permissions": (f"GET {V3}/mypermissions", lambda jira, _: jira.permissions("WEB", PERMISSIONS)),
    "has_access": (f"GET {V3}/myself", lambda jira, _: jira.has_access()),
    "created_lately": (SEARCH, lambda jira, _: list(jira.created_lately("WEB", 60))),
    "issues": (f"POST {V3}/issue/bulkfetch", lambda jira, issue_id: jira.issues([issue_id])),
    "issue": (f"GET {V3}/issue/{{issueIdOrKey}}", lambda jira, issue_id: jira.issue(issue_id)),
    "fields": (f"GET {V3}/issue/{{issueIdOrKey}}/editmeta", lambda jira, issue_id: jira.fields(issue_id)),
    "transitions": (
        f"GET {V3}/issue/{{issueIdOrKey}}/transitions",
        lambda jira, issue_id: jira.transitions(issue_id),
    ),
}
WRITES: dict[str, tuple[str, Act]] = {
    "create": (CREATE, lambda jira, _: jira.create(draft("New"))),
    "rename": (EDIT, lambda jira, issue_id: jira.rename(issue_id, "New")),
    "edit": (EDIT, lambda jira, issue_id: jira.edit(issue_id, {"summary": "New"})),
    "transition": (TRANSITION, lambda jira, issue_id: jira.transition(issue_id, "21")),
}
LINKS: dict[str, tuple[str, Act]] = {"link_page": (LINK, lambda jira, issue_id: jira.link_page(issue_id, **LINKED))}
EVERYTHING = READS | WRITES | LINKS


@pytest.fixture
def simulator(clock: MovableClock) -> Iterator[Simulator]:
    made = create_simulator(clock=clock, sleep=clock.sleep)
    yield made
    assert made.violations == []


@pytest.fixture
def rig(simulator: Simulator, clock: MovableClock) -> JiraRig:
    return JiraRig(simulator, clock)


@pytest.fixture(params=EVERYTHING)
def anything(request: pytest.FixtureRequest) -> tuple[str, Act]:
    return EVERYTHING[request.param]


def test_whatever_is_asked_names_what_stands_in_its_way(rig: JiraRig, anything: tuple[str, Act]) -> None:
    endpoint, act = anything
    web = rig.id_of("WEB-1")
    gateway = {"code": 403, "message": "Forbidden"}
    for fault, error in (
        ({"status": 429, "headers": {"Retry-After": "1800"}}, RateLimited),
        ({"status": 403, "body": gateway}, JiraForbidden),
        ({"status": 404, "body": {"code": 404, "message": "Not Found"}}, JiraForbidden),
        ({"status": 401, "body": {"code": 401, "message": "Unauthorized; scope does not match"}}, ScopesMissing),
        ({"status": 503, "headers": {"Retry-After": "1800"}}, JiraUnavailable),
    ):
        rig.simulator.script(endpoint, **fault)
        with pytest.raises(error) as raised:
            act(rig.jira, web)
        assert "Confluence" not in str(raised.value)
        assert "linked source" not in str(raised.value)
        if "headers" in fault:
            assert raised.value.retry_after == 1800
    assert rig.kept(web).face.summary == "Saved carts are lost at midnight"


def test_B1_a_token_that_is_not_taken_is_renewed_once(rig: JiraRig, anything: tuple[str, Act]) -> None:
    endpoint, act = anything
    web = rig.id_of("WEB-1")
    rig.jira.project("WEB")
    rig.simulator.expire_access_tokens("alice")
    act(rig.jira, web)
    assert rig.grant.renewed == 1
    rig.simulator.script(endpoint, times=2, status=401, body={"code": 401, "message": "Unauthorized"})
    with pytest.raises(UpstreamProtocolError):
        act(rig.jira, web)
    assert rig.grant.renewed == 2


def test_a_grant_for_confluence_alone_says_which_scopes_are_missing(rig: JiraRig, anything: tuple[str, Act]) -> None:
    rig.grant.scope = " ".join(sorted(scopes.LINK))
    with pytest.raises(ScopesMissing) as missing:
        anything[1](rig.jira, rig.id_of("WEB-1"))
    assert "write:jira-work" in missing.value.members["missing_scopes"]


def test_a_site_that_the_grant_does_not_reach_is_no_site_without_issues(
    simulator: Simulator, clock: MovableClock, anything: tuple[str, Act]
) -> None:
    with pytest.raises(JiraForbidden):
        anything[1](JiraRig(simulator, clock, account="grace", jira_cloud_id=GLOBEX).jira, GONE)


@pytest.mark.parametrize("name", READS | LINKS)
@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"reset": "before"}, {"reset": "after"}])
def test_what_may_happen_twice_is_asked_again(rig: JiraRig, name: str, fault: dict[str, Any]) -> None:
    endpoint, act = EVERYTHING[name]
    web = rig.id_of("WEB-1")
    undisturbed = act(rig.jira, web)
    rig.simulator.script(endpoint, **fault)
    assert act(rig.jira, web) == undisturbed
    rig.simulator.script(endpoint, times=None, status=503)
    with pytest.raises(JiraUnavailable):
        act(rig.jira, web)


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("fault", [{"reset": "after"}, {"reset": "before"}, {"status": 500}, {"status": 502}])
def test_M4_a_change_whose_answer_was_lost_is_not_sent_again(rig: JiraRig, name: str, fault: dict[str, Any]) -> None:
    endpoint, act = WRITES[name]
    rig.simulator.script(endpoint, **fault)
    with pytest.raises(WriteOutcomeUnknown):
        act(rig.jira, rig.id_of("WEB-1"))
    assert rig.requests() == 1
    assert rig.simulator.by_endpoint[endpoint] <= 1


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503, "headers": {"Retry-After": "1"}}])
def test_a_change_that_was_surely_not_made_is_sent_again(rig: JiraRig, name: str, fault: dict[str, Any]) -> None:
    endpoint, act = WRITES[name]
    rig.simulator.script(endpoint, **fault)
    act(rig.jira, rig.id_of("WEB-1"))
    assert rig.requests() == 2


@pytest.mark.parametrize("name", ["rename", "edit", "transition"])
def test_M3_a_conflict_is_told_and_not_repeated(rig: JiraRig, name: str) -> None:
    endpoint, act = WRITES[name]
    rig.simulator.script(endpoint, status=409, body={"errorMessages": ["conflict"], "errors": {}})
    with pytest.raises(EditConflict):
        act(rig.jira, rig.id_of("WEB-1"))
    assert rig.requests() == 1


@pytest.mark.parametrize("name", WRITES | LINKS)
@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_jira_does_not_take_is_refused_and_not_repeated(rig: JiraRig, name: str, status: int) -> None:
    endpoint, act = EVERYTHING[name]
    rig.simulator.script(endpoint, status=status, body={"errorMessages": ["no"], "errors": {"summary": "too long"}})
    with pytest.raises(JiraRefused) as refused:
        act(rig.jira, rig.id_of("WEB-1"))
    assert refused.value.members == {"fields": ["summary"]}
    assert rig.requests() == 1


@pytest.mark.parametrize("name", ["rename", "edit", "transition", "link_page", "fields", "transitions"])
def test_an_issue_that_is_gone_or_hidden_is_told_as_gone(rig: JiraRig, name: str) -> None:
    for out_of_sight in (GONE, rig.id_of("SEC-1")):
        with pytest.raises(IssueGone):
            EVERYTHING[name][1](rig.jira, out_of_sight)
