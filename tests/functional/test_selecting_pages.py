"""A person selects pages for a synchronizer, and takes them back (G3), over the real adapters and the simulator."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.synchronizers import PER_PAGE, SynchronizerSettings
from confluence_connector.errors import (
    ConnectorError,
    ConnectRequired,
    FallbackRefused,
    JiraForbidden,
    JiraRefused,
    NoIssueYet,
    NotSelectable,
    OutOfScope,
    PageNotFound,
    PermissionsMissing,
    ReconnectRequired,
    Unprocessable,
)
from confluence_connector.ports import Stale
from tests.acting_rig import ANN, BOB, PROJECT, ActingRig, only
from tests.atlassian import page_titled

TASK, BUG, SUB_TASK = "10002", "10003", "10004"


@pytest.fixture
def rig() -> ActingRig:
    """By hand only. Ann has Jira as ada; Bob is Noël, who has none."""
    made = ActingRig(settings=SynchronizerSettings("selected", TASK))
    made.connect("ann", "ada")
    made.connect("bob", "nojira")
    return made


@pytest.fixture
def page(rig: ActingRig) -> str:
    """One without an issue."""
    return page_titled(rig.simulator, "PRD: Gift cards")


def stored(rig: ActingRig, page: str) -> PageLink | None:
    return rig.links.stored.get((rig.synchronizer.workspace, rig.synchronizer.id, page))  # type: ignore[call-overload]


def started(rig: ActingRig) -> list[str]:
    return [run.trigger for run in rig.runs.stored.values()]


# ── selecting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_selected_page_has_a_link_and_a_run_begins(rig: ActingRig, page: str) -> None:
    link = rig.select(ANN, page)
    assert (link.state, link.issue_id, link.asked_at, link.asks) == (LinkState.CREATING, None, None, 0)
    assert (link.issue_type, link.title, link.selected_by) == (TASK, "PRD: Gift cards", "ann")
    assert stored(rig, page) == link
    assert started(rig) == ["selection"]
    assert len(rig.queue.sent) == 1
    assert rig.writes == []  # the issue is the engine's to make
    (line,) = rig.lines
    assert (line.deed, line.what, line.outcome, line.acting_as) == ("select", (TASK,), "done", "self")
    assert rig.simulator.violations == []


def test_the_technical_user_lets_a_person_without_jira_select(rig: ActingRig, page: str) -> None:
    assert rig.select(BOB, page).selected_by == "bob"
    assert (rig.lines[0].acting_as, rig.lines[0].connection_id) == ("technical_user", rig.technical.id)


def test_selecting_again_changes_nothing(rig: ActingRig, page: str) -> None:
    active = rig.select(ANN)
    assert (active.state, active.issue_id, active.revision) == (LinkState.ACTIVE, rig.issue.id, 1)
    assert (started(rig), rig.lines) == ([], [])
    first = rig.select(ANN, page)
    assert rig.select(BOB, page) == first
    assert len(rig.queue.sent) == 1  # the run that is to make it is on its way
    assert len(rig.lines) == 1


def test_a_broken_link_gets_another_issue_on_request(rig: ActingRig) -> None:
    rig.relinked(state=LinkState.BROKEN, duplicates=("WEB-9",), selected_by="carl")
    again = rig.select(ANN)
    assert (again.state, again.issue_id, again.issue_key) == (LinkState.CREATING, None, None)
    assert (again.summary, again.remote_title, again.asked_at, again.asks) == (None, None, None, 0)
    assert again.marker != rig.link.marker
    assert (again.duplicates, again.selected_by) == (("WEB-9",), "ann")
    assert started(rig) == ["selection"]


@pytest.mark.parametrize("mode", ["automatic", "new_pages"])
def test_where_the_mode_decides_only_a_broken_link_is_made_anew(rig: ActingRig, page: str, mode: str) -> None:
    rig.changed(mode=mode)
    with pytest.raises(NotSelectable):
        rig.select(ANN, page)
    assert rig.noted.sent == []
    assert rig.select(ANN).state == LinkState.ACTIVE
    rig.relinked(state=LinkState.BROKEN)
    assert rig.select(ANN).state == LinkState.CREATING
    with pytest.raises(NotSelectable):
        rig.deselect(ANN)


def test_a_synchronizer_switched_off_takes_nothing(rig: ActingRig, page: str) -> None:
    rig.changed(enabled=False)
    with pytest.raises(NotSelectable):
        rig.select(ANN, page)


def test_of_two_who_select_at_once_one_makes_the_link(
    rig: ActingRig, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = rig.links.save

    def beaten(link: PageLink) -> PageLink:
        monkeypatch.setattr(rig.links, "save", save)
        save(replace(link, marker="theirs"))
        raise Stale

    monkeypatch.setattr(rig.links, "save", beaten)
    assert rig.select(ANN, page).marker == "theirs"


def test_a_run_that_somebody_else_has_just_begun_is_theirs(
    rig: ActingRig, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = rig.synchronizers.save

    def beaten(synchronizer: Any) -> Any:
        monkeypatch.setattr(rig.synchronizers, "save", save)
        save(synchronizer)  # their run has no item yet
        raise Stale

    monkeypatch.setattr(rig.synchronizers, "save", beaten)
    assert rig.select(ANN, page).state == LinkState.CREATING
    assert started(rig) == []


# ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_may_not_create_issues_selects_none(rig: ActingRig, page: str) -> None:
    rig.jira.permit("CREATE_ISSUES", ["alice"], PROJECT)
    for deed in (lambda: rig.select(ANN, page), lambda: rig.deselect(ANN)):
        with pytest.raises(JiraForbidden) as raised:
            deed()
        assert not isinstance(raised.value, FallbackRefused)
    assert rig.select(BOB, page).state == LinkState.CREATING
    rig.jira.permit("CREATE_ISSUES", ["ada"], PROJECT)
    with pytest.raises(PermissionsMissing) as missing:
        rig.deselect(BOB)
    assert missing.value.members == {"missing_permissions": ["CREATE_ISSUES"]}


def test_who_may_not_create_issues_begins_no_run_for_what_others_selected(rig: ActingRig) -> None:
    """A run also looks whether a synchronizer that is paused can go on, and costs points."""
    rig.jira.permit("CREATE_ISSUES", ["alice"], PROJECT)
    rig.relinked(state=LinkState.CREATING, issue_id=None, issue_key=None, failure="jira_refused")
    with pytest.raises(JiraForbidden):
        rig.select(ANN)
    assert started(rig) == []
    assert rig.select(BOB).state == LinkState.CREATING
    assert started(rig) == ["selection"]


def test_without_edit_right_or_fallback_nobody_selects_for_a_person_without_jira(rig: ActingRig, page: str) -> None:
    rig.simulator.editor().lock(page, only("alice"))
    with pytest.raises(FallbackRefused):
        rig.select(BOB, page)
    rig.simulator.editor().lock(page, None)
    rig.changed(allow_fallback=False)
    with pytest.raises(FallbackRefused):
        rig.select(BOB, page)
    assert stored(rig, page) is None


def test_who_has_not_connected_is_told_so(rig: ActingRig, page: str) -> None:
    rig.recorded(rig.own(ANN), owner_id="somebody else")
    for deed in (lambda: rig.select(ANN, page), lambda: rig.deselect(ANN)):
        with pytest.raises(ConnectRequired):
            deed()


def test_without_the_synchronizers_own_connection_nothing_can_be_selected(rig: ActingRig, page: str) -> None:
    rig.recorded(rig.technical, status="needs_reconnect")
    with pytest.raises(ReconnectRequired) as raised:
        rig.select(ANN, page)
    assert "admin" in raised.value.remedy
    assert stored(rig, page) is None


# ── which pages ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", ["1", "0" * 20, "", "x", "524451855 OR 1=1"])
def test_a_page_that_is_not_there_is_not_found(rig: ActingRig, page: str) -> None:
    with pytest.raises(PageNotFound):
        rig.selection.select(ANN, rig.synchronizer.id, page, None, rig.deadline())


def test_a_page_that_the_person_may_not_see_is_not_there(rig: ActingRig, page: str) -> None:
    """Whether or not it has an issue: the technical user sees it."""
    for each in (page, rig.page):
        rig.simulator.editor().restrict(each, only("alice"))
        with pytest.raises(PageNotFound):
            rig.select(ANN, each)


def elsewhere(rig: ActingRig, page: str) -> Iterator[tuple[str, str]]:
    editor = rig.simulator.editor()
    yield "in another space", page_titled(rig.simulator, "Runbook: DNS")
    editor.restrict(page, only("ada"))
    yield "hidden from the technical user", page
    editor.restrict(page, None)
    editor.archive(page)
    yield "archived", page
    editor.restore(page)
    editor.trash(page)
    yield "in the trash", page


def test_a_page_out_of_scope_is_refused(rig: ActingRig, page: str) -> None:
    for where, each in elsewhere(rig, page):
        with pytest.raises(OutOfScope):
            rig.select(ANN, each)
        assert stored(rig, each) is None, where
    rig.simulator.editor().restore(page)
    assert rig.select(ANN, page).state == LinkState.CREATING


def test_additional_cql_decides_and_cannot_be_widened_by_a_page_id(rig: ActingRig, page: str) -> None:
    rig.changed(cql='label = "spec"')
    rig.simulator.editor().label(page, [], rig.clock())
    rig.clock.move(seconds=60)
    with pytest.raises(OutOfScope):
        rig.select(ANN, page)
    rig.simulator.editor().label(page, ["spec"], rig.clock())
    rig.clock.move(seconds=60)
    assert rig.select(ANN, page).state == LinkState.CREATING
    assert rig.simulator.violations == []


# ── define per page ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_issue_type_is_named_where_there_is_a_choice_and_nowhere_else(rig: ActingRig, page: str) -> None:
    with pytest.raises(Unprocessable):
        rig.select(ANN, page, TASK)
    rig.changed(issue_type=PER_PAGE)
    with pytest.raises(Unprocessable):
        rig.select(ANN, page)
    epic = rig.select(ANN, page, "10001")
    assert epic.issue_type == "10001"
    rig.relinked(state=LinkState.BROKEN)
    assert rig.select(ANN).issue_type == TASK  # as it was


@pytest.mark.parametrize(
    ("issue_type", "refusal"),
    [
        ("99999", Unprocessable),
        ("10012", Unprocessable),
        ("x", Unprocessable),
        (BUG, JiraRefused),
        (SUB_TASK, JiraRefused),
    ],
)
def test_an_issue_type_that_cannot_be_made_is_refused_at_once(
    rig: ActingRig, page: str, issue_type: str, refusal: type[ConnectorError]
) -> None:
    rig.changed(issue_type=PER_PAGE)
    with pytest.raises(refusal):
        rig.select(ANN, page, issue_type)
    assert stored(rig, page) is None


# ── taking back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_taken_back_loses_its_link_and_keeps_its_issue(rig: ActingRig) -> None:
    rig.deselect(ANN)
    assert stored(rig, rig.page) is None
    assert rig.jira.issue(rig.issue.id).face.summary
    assert rig.writes == []
    assert [(line.deed, line.issue_id, line.outcome) for line in rig.lines] == [("deselect", rig.issue.id, "done")]
    rig.deselect(ANN)  # again is no error
    assert len(rig.lines) == 1


@pytest.mark.parametrize("state", ["inactive", "orphaned", "broken"])
def test_a_page_that_is_gone_can_be_taken_back(rig: ActingRig, state: str) -> None:
    rig.relinked(state=LinkState(state))
    rig.simulator.editor().trash(rig.page)
    rig.deselect(ANN)
    assert stored(rig, rig.page) is None


def test_what_may_be_on_its_way_is_not_left_to_nobody(rig: ActingRig) -> None:
    for changes in (
        {"state": LinkState.CREATING, "asked_at": rig.clock()},
        {"state": LinkState.ACTIVE, "recheck": True},
    ):
        rig.relinked(**changes)
        with pytest.raises(NoIssueYet):
            rig.deselect(ANN)
    rig.relinked(state=LinkState.CREATING, asked_at=None, recheck=False)
    rig.deselect(ANN)
    assert stored(rig, rig.page) is None


def test_a_create_announced_meanwhile_wins_over_taking_back(rig: ActingRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.relinked(state=LinkState.CREATING, asked_at=None)
    remove = rig.links.remove

    def late(link: PageLink) -> None:
        monkeypatch.setattr(rig.links, "remove", remove)
        rig.relinked(asked_at=rig.clock())
        remove(link)

    monkeypatch.setattr(rig.links, "remove", late)
    with pytest.raises(NoIssueYet):
        rig.deselect(ANN)
    assert stored(rig, rig.page) is not None
    assert (rig.lines[0].outcome, rig.lines[0].code) == ("refused", "no_issue_yet")
