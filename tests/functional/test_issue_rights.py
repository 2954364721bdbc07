"""Who may do what to a page's issue (G6): the whole product of rights, over the real adapters and the simulator.

Grace asks. Her account has Jira on the site or not, a right in the project or not, may edit the page or not; alice, the
technical user, has the right or not; the synchronizer allows the fallback or not. Of every row Jira's own state says
what happened, and the tokens that it was sent who did it.
"""

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import pytest

from confluence_connector.domain.connections import Account, Site, Status
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.page_links import LinkState
from confluence_connector.errors import (
    ConnectorError,
    ConnectRequired,
    FallbackRefused,
    JiraForbidden,
    JiraRefused,
    JiraUnavailable,
    PermissionsMissing,
    RateLimited,
    ReconnectRequired,
    ScopesMissing,
    TransitionUnavailable,
    UpstreamProtocolError,
)
from local.simulator.accounts import GLOBEX
from tests.acting_rig import ANN, BOB, PROJECT, ActingRig, member, only

GRACE = "grace"
MYSELF = "GET /rest/api/3/myself"


class Row(NamedTuple):
    has_jira: bool
    has_right: bool
    technical_right: bool
    may_edit: bool
    allowed: bool

    @property
    def acting_as(self) -> str | None:
        """Whose rights decide; None: nobody's, it is refused."""
        if self.has_jira:
            return "self"
        return "technical_user" if self.may_edit and self.allowed else None

    @property
    def happens(self) -> bool:
        rights = {"self": self.has_right, "technical_user": self.technical_right, None: False}
        return rights[self.acting_as]


ROWS = [Row(*each) for each in product((True, False), repeat=5)]
BEYOND = {
    "TRANSITION_ISSUES": TransitionUnavailable,
    "EDIT_ISSUES": JiraRefused,
}
"""What somebody without the right is told."""


def arranged(row: Row, permission: str) -> ActingRig:
    rig = ActingRig()
    rig.connect("ann", GRACE)
    rig.changed(allow_fallback=row.allowed)
    holders = [name for name, holds in ((GRACE, row.has_right), ("alice", row.technical_right)) if holds]
    rig.jira.permit(permission, holders, PROJECT)
    rig.jira.give_access(GRACE, has=row.has_jira)
    rig.simulator.editor().lock(rig.page, None if row.may_edit else only("alice"))
    return rig


def outcome(act: Callable[[], Any]) -> str | type[ConnectorError]:
    try:
        return str(act())
    except ConnectorError as error:
        return type(error)


@pytest.mark.parametrize("permission", ["TRANSITION_ISSUES", "EDIT_ISSUES"])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_nobody_does_what_they_could_not_do_in_jira_but_for_the_fallback(row: Row, permission: str) -> None:
    rig = arranged(row, permission)
    before = rig.status, rig.summary
    moves = permission == "TRANSITION_ISSUES"
    result = outcome(lambda: (rig.transition(ANN) if moves else rig.edit(ANN, summary="Other")).acting_as)
    if row.acting_as is None:
        assert result is FallbackRefused
    else:
        assert result == (row.acting_as if row.happens else BEYOND[permission])
    assert ((rig.status, rig.summary) != before) is row.happens
    grace, technical = (each.id for each in (rig.own(ANN), rig.technical))
    assert rig.writes == ([grace if row.has_jira else technical] if row.happens else [])
    assert [(line.acting_as, line.outcome) for line in rig.lines] == ([(row.acting_as, "done")] if row.happens else [])
    assert rig.simulator.violations == []


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_nobody_has_an_issue_made_that_they_could_not_make_in_jira_but_for_the_fallback(row: Row) -> None:
    rig = arranged(row, "CREATE_ISSUES")
    rig.relinked(state=LinkState.BROKEN)
    result = outcome(lambda: rig.select(ANN).state)
    refusals = {"self": JiraForbidden, "technical_user": PermissionsMissing, None: FallbackRefused}
    assert result == ("creating" if row.happens else refusals[row.acting_as])
    assert [run.trigger for run in rig.runs.stored.values()] == (["selection"] if row.happens else [])
    assert [(line.acting_as, line.deed) for line in rig.lines] == ([(row.acting_as, "select")] if row.happens else [])
    assert rig.writes == [], "that is the engine's"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_nobody_sees_an_issue_that_they_could_not_see_in_jira_but_for_the_fallback(row: Row) -> None:
    rig = arranged(row, "BROWSE_PROJECTS")
    result = outcome(lambda: rig.show(ANN).issue.now.ref.key)
    assert (result == rig.issue.key) is row.happens
    asked = {holder for holder, _, path in rig.noted.sent if "/issue/" in path}
    assert asked == ({rig.own(ANN).id if row.has_jira else rig.technical.id} if row.acting_as else set())
    if row.acting_as is None:
        assert result is FallbackRefused


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_transitions_and_fields_shown_are_those_of_who_acts(row: Row) -> None:
    rig = arranged(row, "TRANSITION_ISSUES")
    if row.acting_as is None:
        assert outcome(lambda: rig.show(ANN)) is FallbackRefused
        return
    shown = rig.show(ANN)
    assert (shown.acting_as, bool(shown.transitions)) == (row.acting_as, row.happens)


# ── the own connection ──────────────────────────────────────────────────────────────────────────────────────────────

OWN: dict[str, tuple[dict[str, Any] | None, type[ConnectorError]]] = {
    "none": (None, ConnectRequired),
    "for links only": ({"purposes": frozenset({"link"})}, ConnectRequired),
    "never finished": ({"status": Status.PENDING_CONFIRMATION}, ConnectRequired),
    "disconnected": ({"status": Status.DISCONNECTED}, ConnectRequired),
    "without a site": ({"status": Status.CHOOSING_SITE, "site": None}, ConnectRequired),
    "of another site": ({"site": Site(CloudId(GLOBEX), "Globex", "https://globex.atlassian.net")}, ConnectRequired),
    "revoked": ({"status": Status.NEEDS_RECONNECT}, ReconnectRequired),
    "without its account": ({"account": None}, ReconnectRequired),
}


@pytest.mark.parametrize("state", OWN)
@pytest.mark.parametrize("account", ["ada", "nojira"])
def test_without_an_own_connection_in_order_nobody_acts_for_a_person(state: str, account: str) -> None:
    """The technical user could: the page may be edited, and the synchronizer allows it."""
    rig = ActingRig()
    changes, refusal = OWN[state]
    if changes is not None:
        rig.connect("ann", account, **changes)
    rig.connect("bob", "ada")  # somebody else's is never used
    for deed in (rig.show, rig.transition, lambda who: rig.edit(who, summary="Other")):
        with pytest.raises(refusal):
            deed(ANN)
    assert rig.noted.sent == []


@pytest.mark.parametrize("account", ["ada", "nojira"])
def test_a_grant_that_lacks_scopes_is_never_taken_for_no_access(account: str) -> None:
    rig = ActingRig()
    own = rig.connect("ann", account)
    assert own.grant
    fewer = tuple(scope for scope in own.grant.scopes if scope != "write:jira-work")
    rig.regranted(own, scopes=fewer)
    with pytest.raises(ScopesMissing) as raised:
        rig.transition(ANN)
    assert raised.value.members == {"missing_scopes": ("write:jira-work",)}
    assert rig.noted.sent == []


def test_a_grant_found_dead_in_use_is_reconnect_required_and_no_fallback() -> None:
    rig = ActingRig()
    own = rig.connect("ann", "nojira")
    rig.grants.dead.add(own.id)
    with pytest.raises(ReconnectRequired):
        rig.transition(ANN)
    assert rig.noted.sent == []


def test_one_own_connection_out_of_order_is_no_proof_about_the_person() -> None:
    """Ann has Jira by a second account whose grant is dead: her first one, without Jira, gets her nobody's rights."""
    rig = ActingRig()
    rig.connect("ann", "ada", status=Status.NEEDS_RECONNECT)
    rig.connect("ann", "nojira")
    with pytest.raises(ReconnectRequired):
        rig.transition(ANN)
    assert rig.writes == []


def test_of_two_accounts_the_one_with_jira_acts() -> None:
    for first, second in (("grace", "nojira"), ("nojira", "grace")):
        rig = ActingRig()
        rig.jira.permit("TRANSITION_ISSUES", ["alice"], PROJECT)
        mine = {account: rig.connect("ann", account) for account in (first, second)}
        shown = rig.show(ANN)
        assert (shown.acting_as, shown.transitions) == ("self", [])  # too few rights, and never upgraded
        assert {holder for holder, _, path in rig.noted.sent if "/issue/" in path} == {mine["grace"].id}


def test_of_two_accounts_with_jira_the_one_connected_last_acts() -> None:
    rig = ActingRig()
    rig.connect("ann", "ada")
    newest = rig.connect("ann", "grace")
    rig.transition(ANN)
    assert rig.writes == [newest.id]


def test_both_connections_that_an_act_needs_count_as_used() -> None:
    rig = ActingRig()
    own = rig.connect("ann", "nojira")
    rig.transition(ANN)
    for each in (own, rig.technical):
        stored = rig.connections.get(each.workspace, each.id)
        assert stored
        assert stored.last_used_at == rig.clock()


# ── doubt is not "no access" ────────────────────────────────────────────────────────────────────────────────────────

JIRA_SAYS = {"errorMessages": ["No."], "errors": {}}
GATEWAY_SAYS = {"code": 404, "message": "Not Found"}
DOUBTFUL: dict[str, tuple[dict[str, Any], type[ConnectorError]]] = {
    "500": ({"status": 500}, JiraUnavailable),
    "502 in HTML": ({"status": 502, "body": "<html>Bad gateway</html>"}, JiraUnavailable),
    "503": ({"status": 503, "body": JIRA_SAYS}, JiraUnavailable),
    "429": ({"status": 429, "headers": {"Retry-After": "120"}}, RateLimited),
    "401": ({"status": 401, "body": JIRA_SAYS}, UpstreamProtocolError),
    "the gateway's 404": ({"status": 404, "body": GATEWAY_SAYS}, JiraForbidden),
    "Jira's 404": ({"status": 404, "body": JIRA_SAYS}, JiraForbidden),
    "the gateway's 403": ({"status": 403, "body": {"code": 403, "message": "Forbidden"}}, JiraForbidden),
    "403 in HTML": ({"status": 403, "body": "<html>Blocked by your administrator</html>"}, JiraForbidden),
    "302": ({"status": 302, "headers": {"Location": "https://id.atlassian.com/"}}, ConnectorError),
    "400": ({"status": 400, "body": JIRA_SAYS}, JiraForbidden),
    "a reset": ({"reset": "before"}, JiraUnavailable),
}


@pytest.mark.parametrize("doubt", DOUBTFUL)
@pytest.mark.parametrize("account", ["grace", "nojira"])
def test_doubt_about_access_never_becomes_the_technical_users_rights(doubt: str, account: str) -> None:
    rig = ActingRig()
    rig.connect("ann", account)
    fault, refusal = DOUBTFUL[doubt]
    rig.simulator.script(MYSELF, times=None, **fault)
    with pytest.raises(refusal) as raised:
        rig.transition(ANN)
    assert not isinstance(raised.value, FallbackRefused)
    assert (rig.writes, rig.lines) == ([], [])
    assert not [path for holder, _, path in rig.noted.sent if holder == rig.technical.id]


def test_a_site_beyond_the_grant_is_no_proof() -> None:
    """Jira is on another site than the page, and Ann's grant does not reach it: nobody knows what she has there."""
    rig = ActingRig()
    rig.connect("ann", "nojira")
    rig.moved_jira(CloudId(GLOBEX))
    with pytest.raises(JiraForbidden) as raised:
        rig.transition(ANN)
    assert not isinstance(raised.value, FallbackRefused)
    assert rig.writes == []


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 403}, {"status": 404}, {"reset": "before"}])
def test_doubt_about_the_page_is_no_right_to_edit_it(fault: dict[str, Any]) -> None:
    rig = ActingRig()
    rig.connect("ann", "nojira")
    rig.simulator.script("POST /wiki/rest/api/content/{id}/permission/check", times=None, **fault)
    with pytest.raises(ConnectorError):
        rig.transition(ANN)
    assert rig.writes == []


# ── the technical user's connection ─────────────────────────────────────────────────────────────────────────────────

TECHNICAL: dict[str, dict[str, Any]] = {
    "revoked": {"status": Status.NEEDS_RECONNECT},
    "disconnected": {"status": Status.DISCONNECTED},
    "of another account": {"account": Account("712020:somebody-else", "Somebody else")},
    "without its account": {"account": None},
    "of another site": {"site": Site(CloudId(GLOBEX), "Globex", "https://globex.atlassian.net")},
    "with another Jira": {"jira_site": Site(CloudId(GLOBEX), "Globex", "https://globex.atlassian.net")},
    "a member's": {"owner": "user", "owner_id": "root"},
}


@pytest.mark.parametrize("state", TECHNICAL)
def test_a_technical_user_out_of_order_helps_nobody(state: str) -> None:
    rig = ActingRig()
    rig.connect("bob", "nojira")
    rig.connect("ann", "ada")
    rig.recorded(rig.technical, **TECHNICAL[state])
    with pytest.raises(FallbackRefused) as raised:
        rig.transition(BOB)
    assert "cannot act at the moment" in raised.value.detail
    assert rig.transition(ANN).acting_as == "self"  # who acts for themselves needs nobody


def test_a_synchronizer_switched_off_lends_nothing() -> None:
    rig = ActingRig()
    rig.connect("bob", "nojira")
    rig.changed(enabled=False)
    with pytest.raises(FallbackRefused):
        rig.transition(BOB)
    assert rig.writes == []


def test_a_page_that_one_may_not_even_see_may_not_be_edited() -> None:
    rig = ActingRig()
    rig.connect("bob", "nojira")
    rig.simulator.editor().restrict(rig.page, only("alice"))
    with pytest.raises(FallbackRefused):
        rig.show(BOB)


def test_an_admin_is_a_person_like_others() -> None:
    rig = ActingRig()
    with pytest.raises(ConnectRequired):
        rig.transition(member("root", admin=True))


@pytest.mark.parametrize("fate", ["trashed", "archived", "moved to another space", "purged"])
def test_a_page_that_has_just_left_lends_no_rights(fate: str) -> None:
    """The link is still active: no run has come by. Who acts for themselves needs no page."""
    rig = ActingRig()
    rig.connect("bob", "nojira")
    rig.connect("ann", "ada")
    editor = rig.simulator.editor()
    deeds: dict[str, Callable[[], object]] = {
        "trashed": lambda: editor.trash(rig.page),
        "archived": lambda: editor.archive(rig.page),
        "moved to another space": lambda: editor.move(rig.page, None, "ENG"),
        "purged": lambda: (editor.trash(rig.page), editor.purge(rig.page)),
    }
    assert rig.show(BOB).acting_as == "technical_user"
    deeds[fate]()
    for deed in (rig.show, rig.transition):
        with pytest.raises(FallbackRefused):
            deed(BOB)
    assert rig.writes == []
    assert rig.transition(ANN).acting_as == "self"
