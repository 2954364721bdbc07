"""Whether an account has Jira, and whether it may edit a page: what the technical user's help hangs on (G6)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from confluence_connector.adapters.page_rights import PageRightsOverHttp
from confluence_connector.domain import scopes
from confluence_connector.domain.identifiers import PageId
from confluence_connector.errors import (
    ConfluenceUnavailable,
    ConnectorError,
    JiraForbidden,
    JiraUnavailable,
    PageForbidden,
    RateLimited,
    ReconnectRequired,
    ScopesMissing,
    UpstreamProtocolError,
)
from local.simulator import create_simulator
from local.simulator.accounts import ACCOUNTS, GLOBEX
from local.simulator.simulator import Simulator
from tests.conftest import MovableClock
from tests.jira_rig import MYSELF, JiraRig

SPACES = "GET /wiki/api/v2/spaces"
CHECK = "POST /wiki/rest/api/content/{id}/permission/check"
JIRAS_OWN = {"errorMessages": ["No access."], "errors": {}}


@pytest.fixture
def simulator(clock: MovableClock) -> Iterator[Simulator]:
    made = create_simulator(clock=clock, sleep=clock.sleep)
    yield made
    assert made.violations == []


@pytest.fixture
def rig(simulator: Simulator, clock: MovableClock) -> JiraRig:
    return JiraRig(simulator, clock)


@pytest.fixture
def nojira(simulator: Simulator, clock: MovableClock) -> JiraRig:
    """Confluence on acme, and no Jira."""
    return JiraRig(simulator, clock, account="nojira")


# ── Jira access ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_has_jira_has_access_by_one_question(rig: JiraRig) -> None:
    assert rig.jira.has_access()
    assert rig.requests() == 1


def test_no_access_is_jiras_own_word_said_twice_to_a_grant_that_confluence_takes(nojira: JiraRig) -> None:
    jira = nojira.jira
    assert not jira.has_access()
    assert nojira.simulator.by_endpoint[MYSELF] == 2
    assert (jira.spent.requests, jira.spent.points) == (3, nojira.simulator.world.ledger.used)
    nojira.simulator.jira().give_access("nojira", has=True)
    assert nojira.jira.has_access()


def test_access_that_comes_back_in_between_is_access(rig: JiraRig) -> None:
    rig.simulator.script(MYSELF, status=403, body=JIRAS_OWN)
    assert rig.jira.has_access()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 403, "body": {"code": 403, "message": "The app is not installed on this instance"}}, JiraForbidden),
        ({"status": 403, "body": "<html>blocked</html>"}, JiraForbidden),
        ({"status": 403, "body": {"errorMessages": "No access."}}, JiraForbidden),
        ({"status": 404, "body": JIRAS_OWN}, JiraForbidden),
        ({"status": 404, "body": {"code": 404, "message": "Not Found"}}, JiraForbidden),
        ({"status": 400, "body": JIRAS_OWN}, JiraForbidden),
        ({"status": 302, "headers": {"Location": "https://id.atlassian.com"}}, JiraForbidden),
        ({"status": 401, "body": JIRAS_OWN}, UpstreamProtocolError),
        ({"status": 401, "body": {"message": "Unauthorized; scope does not match"}}, ScopesMissing),
        ({"status": 429, "headers": {"Retry-After": "900"}}, RateLimited),
        ({"status": 500, "body": JIRAS_OWN}, JiraUnavailable),
        ({"status": 503, "headers": {"Retry-After": "900"}}, JiraUnavailable),
        ({"reset": "before"}, JiraUnavailable),
    ],
)
@pytest.mark.parametrize("account", ["alice", "nojira"])
def test_what_might_be_something_else_is_never_no_access(
    simulator: Simulator, clock: MovableClock, account: str, answer: dict[str, Any], error: type[ConnectorError]
) -> None:
    rig = JiraRig(simulator, clock, account=account)
    simulator.script(MYSELF, times=None, **answer)
    with pytest.raises(error):
        rig.jira.has_access()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 403, "body": {"message": "Current user not permitted to use Confluence"}}, JiraForbidden),
        ({"status": 404, "body": {"errors": [{"status": 404, "code": "NOT_FOUND"}]}}, JiraForbidden),
        ({"status": 503}, JiraUnavailable),
        ({"status": 401, "body": {"code": 401, "message": "Unauthorized"}}, UpstreamProtocolError),
    ],
)
def test_a_grant_that_confluence_does_not_take_proves_nothing(
    nojira: JiraRig, answer: dict[str, Any], error: type[ConnectorError]
) -> None:
    nojira.simulator.script(SPACES, times=None, **answer)
    with pytest.raises(error):
        nojira.jira.has_access()


def test_a_grant_without_a_confluence_site_proves_nothing(nojira: JiraRig) -> None:
    nojira.connection = replace(nojira.connection, site=None)
    with pytest.raises(JiraForbidden):
        nojira.jira.has_access()


def test_a_site_outside_the_grant_proves_nothing(simulator: Simulator, clock: MovableClock) -> None:
    with pytest.raises(JiraForbidden):
        JiraRig(simulator, clock, account="grace", jira_cloud_id=GLOBEX).jira.has_access()


# ── edit rights on a page ───────────────────────────────────────────────────────────────────────────────────────────


def may_edit(rig: JiraRig, page_id: PageId) -> bool:
    return PageRightsOverHttp(rig.http, rig.grant).may_edit(rig.connection, page_id, rig.deadline())


def test_whoever_may_edit_a_page_is_told_from_who_may_only_read_it(
    rig: JiraRig, simulator: Simulator, clock: MovableClock
) -> None:
    page_id = rig.page_of("PRD: Gift cards")
    ada = JiraRig(simulator, clock, account="ada")
    assert (may_edit(rig, page_id), may_edit(ada, page_id)) == (True, True)
    simulator.editor().lock(page_id, [ACCOUNTS["alice"].account_id])
    assert (may_edit(rig, page_id), may_edit(ada, page_id)) == (True, False)
    simulator.editor().restrict(page_id, [ACCOUNTS["alice"].account_id])
    assert (may_edit(rig, page_id), may_edit(ada, page_id)) == (True, False)
    assert not may_edit(rig, PageId("4242424242"))


def test_an_account_without_jira_may_edit_pages_all_the_same(nojira: JiraRig) -> None:
    assert may_edit(nojira, nojira.page_of("PRD: Gift cards"))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 403, "body": {"message": "Current user not permitted to use Confluence"}}, PageForbidden),
        ({"status": 500}, ConfluenceUnavailable),
        ({"status": 429, "headers": {"Retry-After": "900"}}, RateLimited),
        ({"status": 200, "body": {}}, UpstreamProtocolError),
        ({"status": 200, "body": {"hasPermission": "true"}}, UpstreamProtocolError),
        ({"status": 200, "body": {"hasPermission": 1}}, UpstreamProtocolError),
        ({"status": 204}, UpstreamProtocolError),
    ],
)
def test_a_doubtful_answer_is_no_right_to_edit(
    rig: JiraRig, fault: dict[str, Any], error: type[ConnectorError]
) -> None:
    rig.simulator.script(CHECK, **fault)
    with pytest.raises(error):
        may_edit(rig, rig.page_of("PRD: Gift cards"))


def test_a_grant_that_may_not_ask_says_so(rig: JiraRig) -> None:
    rig.grant.scope = " ".join(sorted(scopes.LINK))
    with pytest.raises(ScopesMissing):
        may_edit(rig, PageId("7"))


@pytest.mark.parametrize(
    "change", [lambda connection: replace(connection, site=None), lambda connection: replace(connection, account=None)]
)
def test_a_connection_without_a_site_or_an_account_has_to_be_made_again(
    rig: JiraRig, change: Callable[[Any], Any]
) -> None:
    rig.connection = change(rig.connection)
    with pytest.raises(ReconnectRequired):
        may_edit(rig, PageId("7"))


def test_D4_nothing_but_an_id_enters_the_path(rig: JiraRig) -> None:
    for no_id in ("7/../8", "", "7?x=1", "x"):
        with pytest.raises(ValueError, match="id"):
            may_edit(rig, PageId(no_id))
    assert rig.requests() == 0
