"""A page's issue: shown, moved on and edited for a person (G6), over the real adapters and the simulator."""

from typing import Any

import pytest

from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.plain_documents import document_of
from confluence_connector.errors import (
    ConnectorError,
    EditConflict,
    FallbackRefused,
    Forbidden,
    IssueGone,
    JiraRefused,
    JiraUnavailable,
    NoIssueYet,
    NotFound,
    ServiceUnavailable,
    TooLarge,
    TransitionUnavailable,
    Unprocessable,
    WriteOutcomeUnknown,
)
from confluence_connector.limits import ISSUE_FIELDS_BYTES
from tests.acting_rig import ANN, BOB, ROOT, ActingRig, member

TRANSITIONS = "/transitions"
IN_PROGRESS, DONE = "10001", "10002"


@pytest.fixture
def rig() -> ActingRig:
    """Ann has Jira as ada; Bob is Noël, who has none."""
    made = ActingRig()
    made.connect("ann", "ada")
    made.connect("bob", "nojira")
    return made


# ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_issue_is_shown_with_what_this_person_can_do(rig: ActingRig) -> None:
    shown = rig.show(ANN)
    assert (shown.state, shown.acting_as) == ("active", "self")
    assert shown.issue.now.status == "To Do"
    assert shown.issue.url == f"https://acme.atlassian.net/browse/{rig.issue.key}"
    assert {each.id for each in shown.issue.fields} >= {"summary", "description", "labels", "priority"}
    assert [each.to_status for each in shown.transitions] == ["To Do", "In Progress", "Done"]
    assert rig.writes == []
    assert rig.lines == []
    assert rig.simulator.violations == []


def test_who_may_only_look_is_shown_an_issue_and_no_transition(rig: ActingRig) -> None:
    rig.jira.permit("TRANSITION_ISSUES", ["alice"], "WEB")
    rig.jira.permit("EDIT_ISSUES", ["alice"], "WEB")
    shown = rig.show(ANN)
    assert shown.issue.now.status == "To Do"
    assert (shown.transitions, shown.issue.fields) == ([], [])


@pytest.mark.parametrize("state", ["inactive", "orphaned"])
def test_an_issue_outlives_what_became_of_its_page(rig: ActingRig, state: str) -> None:
    rig.relinked(state=LinkState(state))
    assert rig.show(ANN).state == state
    assert rig.transition(ANN).acting_as == "self"


@pytest.mark.parametrize("state", ["inactive", "orphaned"])
def test_the_technical_user_lends_nothing_for_a_page_out_of_scope(rig: ActingRig, state: str) -> None:
    """Whoever can move a page to where more people may edit it would choose who may act on its issue."""
    rig.relinked(state=LinkState(state))
    for deed in (rig.show, rig.transition):
        with pytest.raises(FallbackRefused):
            deed(BOB)
    assert rig.writes == []


def test_the_technical_user_lends_nothing_in_another_project(rig: ActingRig) -> None:
    other = rig.jira.create("PLAT", "Secret", rig.clock(), account="alice")
    rig.relinked(issue_id=other.id, issue_key=other.key)  # as after a move: the id stays
    for deed in (rig.show, lambda who: rig.transition(who, "4")):
        with pytest.raises(FallbackRefused):
            deed(BOB)
    assert rig.transition(ANN, "4").acting_as == "self"


def test_an_issue_that_is_being_made_is_none_yet(rig: ActingRig) -> None:
    rig.relinked(state=LinkState.CREATING, issue_id=None, issue_key=None)
    for deed in (rig.show, rig.transition):
        with pytest.raises(NoIssueYet) as raised:
            deed(ANN)
        assert raised.value.members == {}
    rig.relinked(failure="jira_refused")
    with pytest.raises(NoIssueYet) as raised:
        rig.show(ANN)
    assert raised.value.members == {"failure": "jira_refused"}


def test_a_broken_link_is_shown_and_not_acted_on(rig: ActingRig) -> None:
    rig.relinked(state=LinkState.BROKEN)
    shown = rig.show(ANN)
    assert (shown.state, shown.issue, shown.transitions, shown.acting_as) == ("broken", None, (), "self")
    assert rig.show(BOB).acting_as == "technical_user"
    for deed in (rig.transition, lambda who: rig.edit(who, summary="Other")):
        with pytest.raises(IssueGone):
            deed(ANN)
    assert rig.lines == []


def test_an_issue_deleted_a_moment_ago_is_gone(rig: ActingRig) -> None:
    rig.jira.delete(rig.issue.id)
    for deed in (rig.show, rig.transition, lambda who: rig.edit(who, summary="Other")):
        with pytest.raises(IssueGone):
            deed(ANN)
    assert rig.writes == []


@pytest.mark.parametrize("page", ["1", "0" * 20, "PAGE#1", "", "524419084 "])
def test_a_page_without_a_link_is_not_there(rig: ActingRig, page: str) -> None:
    with pytest.raises(NotFound):
        rig.shown.show(ANN, rig.synchronizer.id, page, rig.deadline())


# ── moving on ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_transition_is_taken_and_written_down(rig: ActingRig) -> None:
    assert rig.transition(ANN, "31").acting_as == "self"
    assert rig.status == DONE
    (line,) = rig.lines
    ada = rig.simulator.world.directory.named("ada").account_id
    assert (line.member, line.member_account_id, line.acting_as, line.acting_account_id) == ("ann", ada, "self", ada)
    assert (line.deed, line.what, line.outcome, line.code) == ("transition", ("31",), "done", None)
    assert (line.issue_id, line.page_id) == (rig.issue.id, rig.page)


def test_both_names_are_written_where_the_technical_user_acts(rig: ActingRig) -> None:
    assert rig.transition(BOB).acting_as == "technical_user"
    assert rig.status == IN_PROGRESS
    (line,) = rig.lines
    directory = rig.simulator.world.directory
    assert (line.member, line.member_account_id) == ("bob", directory.named("nojira").account_id)
    assert (line.acting_as, line.acting_account_id) == ("technical_user", directory.named("alice").account_id)
    assert line.connection_id == rig.technical.id
    assert rig.writes == [rig.technical.id]


@pytest.mark.parametrize("transition", ["5", "999", "", "21/../31", "２１"])
def test_only_what_is_open_is_taken(rig: ActingRig, transition: str) -> None:
    with pytest.raises(TransitionUnavailable):
        rig.transition(ANN, transition)
    assert (rig.writes, rig.lines) == ([], [])


def test_a_screen_that_demands_fields_is_said_before_anything_is_sent(rig: ActingRig) -> None:
    other = rig.jira.create("PLAT", "Reviewed", rig.clock(), account="alice")
    rig.jira.transition(other.id, rig.clock(), "In Review")
    rig.relinked(issue_id=other.id, issue_key=other.key)
    rig.connect("root", "alice")
    with pytest.raises(JiraRefused) as raised:
        rig.transition(ROOT, "5")
    assert raised.value.members == {"fields": ["resolution"]}
    assert rig.writes == []


def test_a_lost_answer_is_unknown_and_never_sent_again(rig: ActingRig) -> None:
    rig.simulator.script("POST /rest/api/3/issue/{issueIdOrKey}/transitions", reset="after")
    with pytest.raises(WriteOutcomeUnknown):
        rig.transition(ANN)
    assert len(rig.writes) == 1
    assert (rig.lines[0].outcome, rig.lines[0].code) == ("unknown", "outcome_unknown")


def test_a_refusal_of_jiras_is_in_the_trail(rig: ActingRig) -> None:
    with pytest.raises(JiraRefused):
        rig.edit(ANN, summary="Two\nlines")
    assert (rig.lines[0].outcome, rig.lines[0].code) == ("refused", "jira_refused")


def test_a_deed_that_is_not_finished_has_its_line(rig: ActingRig, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    forward = rig.noted.handle_request

    def watching(request: Any) -> Any:
        if request.method == "POST" and request.url.path.endswith(TRANSITIONS):
            seen.extend(line.outcome for line in rig.lines)
        return forward(request)

    monkeypatch.setattr(rig.noted, "handle_request", watching)
    rig.transition(ANN)
    assert seen == ["sent"]


def test_what_cannot_be_written_down_is_not_done(rig: ActingRig, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(act: object) -> None:
        raise ServiceUnavailable

    monkeypatch.setattr(rig.acts, "add", down)
    with pytest.raises(ServiceUnavailable):
        rig.transition(ANN)
    assert rig.writes == []


def test_what_was_done_is_answered_where_the_store_fails_afterwards(
    rig: ActingRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = rig.acts.add

    def once(act: Any) -> None:
        if act.outcome != "sent":
            raise ServiceUnavailable
        add(act)

    monkeypatch.setattr(rig.acts, "add", once)
    assert rig.transition(ANN).acting_as == "self"
    assert [line.outcome for line in rig.lines] == ["sent"]


# ── somebody was faster ─────────────────────────────────────────────────────────────────────────────────────────────

EDIT = "PUT /rest/api/3/issue/{issueIdOrKey}"
MOVE = "POST /rest/api/3/issue/{issueIdOrKey}/transitions"


@pytest.mark.parametrize(("endpoint", "deed"), [(MOVE, "transition"), (EDIT, "edit")])
def test_M3_a_conflict_about_something_else_is_tried_once_more(rig: ActingRig, endpoint: str, deed: str) -> None:
    rig.simulator.script(endpoint, status=409)
    act: Any = rig.transition if deed == "transition" else lambda who: rig.edit(who, summary="Other")
    assert act(ANN).acting_as == "self"
    assert len(rig.writes) == 2
    assert [line.outcome for line in rig.lines] == ["done"]


@pytest.mark.parametrize(("endpoint", "deed"), [(MOVE, "transition"), (EDIT, "edit")])
def test_M3_twice_in_a_row_is_told(rig: ActingRig, endpoint: str, deed: str) -> None:
    rig.simulator.script(endpoint, status=409, times=None)
    act: Any = rig.transition if deed == "transition" else lambda who: rig.edit(who, summary="Other")
    with pytest.raises(EditConflict):
        act(ANN)
    assert len(rig.writes) == 2
    assert (rig.lines[0].outcome, rig.lines[0].code) == ("refused", "edit_conflict")


def test_M3_what_somebody_else_changed_is_not_overwritten(rig: ActingRig, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = rig.noted.handle_request

    def meddling(request: Any) -> Any:
        if request.method == "PUT":
            rig.jira.edit(rig.issue.id, rig.clock(), summary="Theirs")
        if request.url.path.endswith(TRANSITIONS) and request.method == "POST":
            rig.jira.transition(rig.issue.id, rig.clock(), "Done")
        return forward(request)

    monkeypatch.setattr(rig.noted, "handle_request", meddling)
    rig.simulator.script(EDIT, status=409)
    rig.simulator.script(MOVE, status=409)
    for deed in (rig.transition, lambda who: rig.edit(who, summary="Mine")):
        with pytest.raises(EditConflict):
            deed(ANN)
    assert (rig.status, rig.jira.issue(rig.issue.id).face.summary) == (DONE, "Theirs")
    assert len(rig.writes) == 2


# ── editing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_fields_are_edited_as_jira_takes_them(rig: ActingRig) -> None:
    done = rig.edit(ANN, summary="Carts that stay", labels=["spec"], priority={"name": "High"})
    assert (done.acting_as, done.outcome) == ("self", "done")
    face = rig.jira.issue(rig.issue.id).face
    assert (face.summary, face.labels, face.values["priority"]["name"]) == ("Carts that stay", ("spec",), "High")
    assert rig.lines[0].what == ("labels", "priority", "summary")
    assert "Carts" not in repr(rig.lines)


HOSTILE = "Fixes #12 @org/team [~admin] <b>bold</b>\n{code}x{code} [link|http://evil.example] \x00:bomb:\r\n\r\n* one"


def test_M7_plain_words_stay_plain_in_a_rich_field(rig: ActingRig) -> None:
    rig.edit(ANN, description=HOSTILE)
    written = rig.jira.issue(rig.issue.id).face.description
    assert {each["type"] for each in written["content"]} == {"paragraph"}
    texts = [node for each in written["content"] for node in each["content"]]
    assert {tuple(sorted(node)) for node in texts} == {("text", "type")}
    assert "\n".join("".join(node["text"] for node in each["content"]) for each in written["content"]) == (
        HOSTILE.replace("\x00", "").replace("\r\n", "\n")
    )
    assert rig.simulator.violations == []


def test_a_document_reaches_a_rich_field_as_it_is(rig: ActingRig) -> None:
    text = {"type": "text", "text": "Strong", "marks": [{"type": "strong"}]}
    document = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]}
    rig.edit(ANN, description=document)
    assert rig.jira.issue(rig.issue.id).face.description == document


def test_white_space_empties_a_rich_field(rig: ActingRig) -> None:
    rig.edit(ANN, description="Something")
    rig.edit(ANN, description=" \n ")
    assert rig.jira.issue(rig.issue.id).face.description is None
    assert document_of("a") == {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a"}]}],
    }


@pytest.mark.parametrize("name", ["status", "resolution", "nothing", "summary ", "a" * 200, "${x}", "<script>"])
def test_what_is_not_editable_is_named_before_anything_is_sent(rig: ActingRig, name: str) -> None:
    with pytest.raises(JiraRefused) as raised:
        rig.edit(ANN, **{name: "x", "summary": "Other"})
    echoed = name if name.isalpha() and len(name) < 100 else "?"
    assert raised.value.members == {"fields": [echoed]}
    assert (rig.writes, rig.lines) == ([], [])


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, Unprocessable),
        ({"summary": "x" * ISSUE_FIELDS_BYTES}, TooLarge),
        ({"customfield_1": float("inf")}, Unprocessable),
    ],
)
def test_nothing_and_too_much_is_refused_before_anybody_is_asked(
    rig: ActingRig, fields: dict[str, Any], refusal: type[ConnectorError]
) -> None:
    with pytest.raises(refusal):
        rig.edit(ANN, **fields)
    assert rig.noted.sent == []


def test_refusals_speak_to_somebody_without_a_linked_document(rig: ActingRig) -> None:
    rig.simulator.script("GET /rest/api/3/myself", status=503, times=None)
    with pytest.raises(ConnectorError) as raised:
        rig.show(ANN)
    assert isinstance(raised.value, JiraUnavailable)
    rig.simulator.clear_scripts()
    rig.grants.dead |= set(rig.grants.by_connection)
    with pytest.raises(ConnectorError) as raised:
        rig.show(ANN)
    assert raised.value.code == "reconnect_required"
    assert "linked source" not in raised.value.detail


# ── the trail ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_admins_read_the_trail_page_by_page(rig: ActingRig) -> None:
    for transition in ("21", "31", "11"):
        rig.transition(ANN, transition)
        rig.clock.move(seconds=1)
    first, after = rig.listed.page(ROOT, rig.synchronizer.id, limit=2, after=None)
    rest, end = rig.listed.page(ROOT, rig.synchronizer.id, limit=2, after=after)
    assert [act.what for act in (*first, *rest)] == [("11",), ("31",), ("21",)]
    assert end is None
    with pytest.raises(Forbidden):
        rig.listed.page(ANN, rig.synchronizer.id, limit=2, after=None)
    with pytest.raises(NotFound):
        rig.listed.page(member("root", workspace="globex", admin=True), rig.synchronizer.id, limit=2, after=None)


def test_a_deleted_synchronizers_trail_stays(rig: ActingRig) -> None:
    rig.transition(ANN)
    rig.synchronizers.remove(rig.synchronizer)
    assert len(rig.listed.page(ROOT, rig.synchronizer.id, limit=9, after=None)[0]) == 1
    with pytest.raises(NotFound):
        rig.listed.page(ROOT, rig.technical.id, limit=9, after=None)
