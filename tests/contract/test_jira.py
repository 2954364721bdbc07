"""The `Jira` port over the simulator: what is told, what is written, and what a refusal or a lost answer means."""

from collections.abc import Iterator

import pytest

from confluence_connector.domain.identifiers import IssueId
from confluence_connector.errors import (
    JiraForbidden,
    JiraRefused,
    JiraUnavailable,
    WriteOutcomeUnknown,
)
from confluence_connector.ports.jira import IssueRef, IssueType, Project, Transition
from local.simulator import create_simulator
from local.simulator.accounts import ACCOUNTS, ACME
from local.simulator.simulator import Simulator
from tests.conftest import MovableClock
from tests.jira_rig import BUG, CREATE, LINK, LINKED, PERMISSIONS, SEARCH, SUBTASK, TASK, WEB, JiraRig, draft

GONE = IssueId("4242")


@pytest.fixture
def simulator(clock: MovableClock) -> Iterator[Simulator]:
    made = create_simulator(clock=clock, sleep=clock.sleep)
    yield made
    assert made.violations == []


@pytest.fixture
def rig(simulator: Simulator, clock: MovableClock) -> JiraRig:
    return JiraRig(simulator, clock)


@pytest.fixture
def grace(simulator: Simulator, clock: MovableClock) -> JiraRig:
    """She works in WEB, only looks at PLAT, and does not see SEC."""
    return JiraRig(simulator, clock, account="grace")


# ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_projects_are_those_where_the_account_may_create_issues_by_name(rig: JiraRig, grace: JiraRig) -> None:
    platform, shop = Project("10002", "PLAT", "Platform"), Project(WEB, "WEB", "Web shop")
    assert rig.jira.projects("", limit=10) == [platform, shop]
    assert rig.jira.projects("", limit=1) == [platform]
    assert rig.jira.projects("", limit=1, start=1) == [shop]
    assert rig.jira.projects("", limit=10, start=2) == []
    assert rig.jira.projects("pLa", limit=10) == [platform]
    assert rig.jira.projects("shop", limit=10) == [shop]
    assert rig.jira.projects('" OR 1=1 & action=view', limit=10) == []
    assert grace.jira.projects("", limit=10) == [shop]
    rig.simulator.world.jira[ACME].projects[WEB].name = "An apple shop"
    assert [each.key for each in rig.jira.projects("", limit=10)] == ["WEB", "PLAT"]
    rig.simulator.world.jira[ACME].projects[WEB].name = "Web shop"
    rig.simulator.behaviour.short_pages = True
    jira = rig.jira
    assert jira.projects("", limit=10) == [platform, shop]


def test_a_project_is_told_by_key_unless_it_is_missing_or_hidden(rig: JiraRig) -> None:
    assert rig.jira.project("WEB") == Project(WEB, "WEB", "Web shop")
    assert rig.jira.project("NONE") is None
    assert rig.jira.project("SEC") is None
    asked = rig.requests()
    for no_key in ("", "10001", "WEB/../PLAT", "..", "WEB?x=1", "WÉB", "A" * 300):
        assert rig.jira.project(no_key) is None
        assert rig.jira.issue_types(no_key) == []
        assert rig.jira.permissions(no_key, PERMISSIONS) == frozenset()
    assert rig.requests() == asked


def test_issue_types_name_the_fields_that_nobody_but_a_person_can_fill(rig: JiraRig, grace: JiraRig) -> None:
    jira = rig.jira
    assert jira.issue_types("WEB") == [
        IssueType("10001", "Epic", subtask=False),
        IssueType(TASK, "Task", subtask=False),
        IssueType(BUG, "Bug", subtask=False, required=("customfield_10050",)),
        IssueType(SUBTASK, "Sub-task", subtask=True),
    ]
    assert jira.spent.requests == 5
    assert rig.jira.issue_types("NONE") == []
    with pytest.raises(JiraForbidden):
        grace.jira.issue_types("PLAT")


def test_what_questions_cost_is_what_the_simulator_counts(rig: JiraRig) -> None:
    rig.seconds = 300
    jira = rig.jira
    jira.projects("", limit=10)
    jira.project("WEB")
    jira.issue_types("WEB")
    jira.permissions("WEB", PERMISSIONS)
    jira.has_access()
    web = rig.id_of("WEB-1")
    jira.issues([web, rig.id_of("PLAT-1")])
    jira.issue(web)
    jira.fields(web)
    jira.transitions(web)
    rig.clock.move(seconds=60)
    assert list(jira.created_lately("WEB", 60)) == []
    jira.rename(jira.create(draft()).id, "Another")
    rig.clock.move(seconds=60)
    assert len(list(jira.created_lately("WEB", 60))) == 1
    assert (jira.spent.requests, jira.spent.points) == (rig.requests(), rig.simulator.world.ledger.used)


# ── rights ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_permissions_are_the_accounts_own_in_that_project(rig: JiraRig, grace: JiraRig) -> None:
    assert rig.jira.permissions("WEB", PERMISSIONS) == frozenset(PERMISSIONS)
    assert grace.jira.permissions("PLAT", PERMISSIONS) == {"BROWSE_PROJECTS"}
    assert grace.jira.permissions("SEC", PERMISSIONS) == frozenset()
    rig.simulator.jira().permit("TRANSITION_ISSUES", ["ada"], "WEB")
    assert rig.jira.permissions("WEB", PERMISSIONS) == set(PERMISSIONS) - {"TRANSITION_ISSUES"}


# ── an engine's ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_issue_is_made_in_one_request_with_its_marker(rig: JiraRig) -> None:
    made = rig.jira.create(draft("Fixes #12 @org/team [x|y] {panel}", marker="m-9"))
    assert rig.requests() == 1
    issue = rig.kept(made.id)
    assert made == IssueRef(IssueId(issue.id), issue.key)
    assert (issue.face.summary, issue.type_id) == ("Fixes #12 @org/team [x|y] {panel}", TASK)
    assert (issue.properties, issue.creator_id) == (
        {"confluence-connector": {"marker": "m-9"}},
        ACCOUNTS["alice"].account_id,
    )
    assert issue.face.description
    (paragraph,) = issue.face.description["content"]
    (text,) = paragraph["content"]
    assert (text["text"], text["marks"][0]["attrs"]) == ("Confluence page", {"href": "https://acme.example/wiki/7"})


def test_what_jira_refuses_is_told_by_the_fields_it_names(rig: JiraRig, grace: JiraRig) -> None:
    for wanted, fields in (
        (draft(issue_type=BUG), ["customfield_10050"]),
        (draft(issue_type=SUBTASK), ["issuetype"]),
        (draft("two\nlines"), ["summary"]),
        (draft("x" * 256), ["summary"]),
        (draft(project_id="99"), ["project"]),
    ):
        with pytest.raises(JiraRefused) as refused:
            rig.jira.create(wanted)
        assert refused.value.members == {"fields": fields}
        assert "lines" not in str(refused.value)
    with pytest.raises(JiraRefused) as refused:
        grace.jira.create(draft(project_id="10002", issue_type="10012"))
    assert refused.value.members == {"fields": ["project"]}
    assert len(rig.simulator.jira().issues()) == 4


def test_M4_a_create_whose_answer_was_lost_is_found_by_its_marker(rig: JiraRig, simulator: Simulator) -> None:
    simulator.script(CREATE, reset="after", every=7)
    lost = list[str]()
    for number in range(14):
        try:
            rig.jira.create(draft(marker=f"m-{number}"))
        except WriteOutcomeUnknown:
            lost.append(f"m-{number}")
    assert lost
    assert list(rig.jira.created_lately("WEB", 60)) == [], "the index is late"
    rig.clock.move(seconds=120)
    found = {marker: ref for ref, marker in rig.jira.created_lately("WEB", 60)}
    assert sorted(found) == sorted(f"m-{number}" for number in range(14))
    assert rig.kept(found[lost[0]].id).key == found[lost[0]].key


def test_only_ones_own_marked_issues_of_late_are_found(rig: JiraRig, simulator: Simulator, clock: MovableClock) -> None:
    rig.jira.create(draft(marker="old"))
    clock.move(seconds=62 * 60)
    rig.jira.create(draft(marker="new"))
    JiraRig(simulator, clock, account="ada").jira.create(draft(marker="ada's"))
    rig.jira.create(draft(marker="elsewhere", project_id="10002", issue_type="10012"))
    for value in ("text", ["m"], {"marker": 7}, {"other": "m"}):
        made = rig.jira.create(draft())
        rig.kept(made.id).properties["confluence-connector"] = value
    rig.kept(rig.jira.create(draft()).id).properties.clear()
    clock.move(seconds=60)
    assert [marker for _, marker in rig.jira.created_lately("WEB", 60)] == ["new"]
    simulator.behaviour.short_pages = True
    assert {marker for _, marker in rig.jira.created_lately("WEB", 90)} == {"old", "new"}
    with pytest.raises(JiraForbidden):
        list(rig.jira.created_lately("SEC", 60))


def test_hundreds_of_marked_issues_are_found_answer_by_answer(rig: JiraRig, simulator: Simulator) -> None:
    markers = {f"m-{number}" for number in range(130)}
    for marker in markers:
        rig.seconds += 1
        rig.jira.create(draft(marker=marker))
    rig.clock.move(seconds=60)
    jira = rig.jira
    assert {marker for _, marker in jira.created_lately("WEB", 60)} == markers
    assert jira.spent.requests == 2
    assert simulator.by_endpoint[SEARCH] == 2


def test_issues_are_told_by_id_and_those_out_of_sight_are_absent(rig: JiraRig, simulator: Simulator) -> None:
    web, platform, hidden = rig.id_of("WEB-1"), rig.id_of("PLAT-1"), rig.id_of("SEC-1")
    simulator.jira().transition("PLAT-1", rig.clock(), "In Review")
    found = rig.jira.issues([web, platform, hidden, GONE])
    assert set(found) == {web, platform}
    assert (found[web].ref, found[web].summary) == (IssueRef(web, "WEB-1"), "Saved carts are lost at midnight")
    assert (found[platform].status, found[platform].project_id) == ("In Review", "10002")
    assert rig.jira.issues([]) == {}
    assert rig.requests() == 1


def test_an_issue_that_jira_could_not_read_is_not_taken_for_gone(rig: JiraRig, simulator: Simulator) -> None:
    web, gone = rig.id_of("WEB-1"), GONE
    unread = {"issues": [], "issueErrors": [{"id": web, "errorMessage": "Try again."}]}
    simulator.script("POST /rest/api/3/issue/bulkfetch", patch=unread)
    assert set(rig.jira.issues([web, gone])) == {web}
    simulator.script("POST /rest/api/3/issue/bulkfetch", patch=unread)
    simulator.script("GET /rest/api/3/issue/{issueIdOrKey}", status=500, times=None)
    with pytest.raises(JiraUnavailable):
        rig.jira.issues([web, gone])


def test_a_remote_link_is_whole_each_time(rig: JiraRig, simulator: Simulator) -> None:
    web = rig.id_of("WEB-1")
    rig.jira.link_page(web, **LINKED)
    rig.jira.link_page(web, **{**LINKED, "title": "Renamed"})
    (link,) = rig.kept(web).links
    assert (link.global_id, link.object) == (LINKED["global_id"], {"url": LINKED["url"], "title": "Renamed"})
    assert link.application
    assert link.relationship
    simulator.script(LINK, reset="after")
    rig.jira.link_page(web, **LINKED)
    assert [link.object["title"] for link in rig.kept(web).links] == ["A page"]
    simulator.script(LINK, status=500)
    with pytest.raises(JiraUnavailable):
        rig.jira.link_page(web, **LINKED)


# ── people's ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_issue_is_told_unless_it_is_missing_or_hidden(rig: JiraRig) -> None:
    found = rig.jira.issue(rig.id_of("WEB-1"))
    assert found
    assert (found.ref.key, found.summary, found.status) == ("WEB-1", "Saved carts are lost at midnight", "To Do")
    assert rig.jira.issue(GONE) is None
    assert rig.jira.issue(rig.id_of("SEC-1")) is None
    assert found.summary not in repr(found)


def test_fields_come_with_what_they_hold_and_may_hold(rig: JiraRig, grace: JiraRig) -> None:
    fields = {each.id: each for each in rig.jira.fields(rig.id_of("WEB-1"))}
    assert (fields["summary"].value, fields["summary"].required) == ("Saved carts are lost at midnight", True)
    assert (fields["labels"].type, fields["labels"].value) == ("array", ["sample"])
    assert (fields["description"].type, fields["description"].value) == ("document", None)
    assert fields["priority"].options
    assert fields["priority"].value == {"id": "3", "name": "Medium"}
    assert fields["priority"].value in fields["priority"].options
    assert fields["duedate"].options is None
    assert list(grace.jira.fields(rig.id_of("PLAT-1"))) == []


def test_fields_are_edited_by_name(rig: JiraRig) -> None:
    web = rig.id_of("WEB-1")
    rig.jira.edit(web, {"labels": ["a"], "priority": {"id": "1"}})
    assert (rig.kept(web).face.labels, rig.kept(web).face.values["priority"]["name"]) == (("a",), "Highest")
    with pytest.raises(JiraRefused) as refused:
        rig.jira.edit(web, {"labels": ["a b"], "status": "Done", "priority": {"id": "77"}, "évil": 1, "x y": 2})
    assert refused.value.members == {"fields": ["labels", "priority", "status"]}


def test_transitions_are_those_open_now_with_what_their_screens_demand(rig: JiraRig, grace: JiraRig) -> None:
    platform = rig.id_of("PLAT-1")
    assert rig.jira.transitions(platform) == [Transition("4", "Start review", "In Review")]
    assert grace.jira.transitions(platform) == []
    rig.jira.transition(platform, "4")
    offered = {each.id: each for each in rig.jira.transitions(platform)}
    assert offered["5"] == Transition("5", "Approve", "Approved", ("resolution",))
    assert offered["7"].needs == ()
    for impossible in ("4", "999", "no number"):
        with pytest.raises(JiraRefused):
            rig.jira.transition(platform, impossible)
    with pytest.raises(JiraRefused) as refused:
        rig.jira.transition(platform, "5")
    assert refused.value.members == {"fields": ["resolution"]}
    rig.jira.transition(platform, "6")
    assert rig.jira.issue(platform).status == "Rejected"  # type: ignore[union-attr]
