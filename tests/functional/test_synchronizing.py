"""A synchronizer's runs: modes, catching up, dry runs, CQL, pauses, and what a quiet run costs (G3–G5)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.domain.connections import Account, Status
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.synchronizers import PER_PAGE
from confluence_connector.errors import JiraRefused, ServiceUnavailable
from confluence_connector.limits import CREATES_REFUSED, PLANNED_KEPT
from confluence_connector.services.synchronizing.check_technical_user import CheckTechnicalUser
from local.simulator.accounts import ACCOUNTS, ACME
from tests.conftest import MovableClock
from tests.synchronizer_rig import BUG, CREATE, HERE, LINK_BACK, PROJECT, TASK, SynchronizerRig

NEW = PageId("990001")


@pytest.fixture
def rig(clock: MovableClock) -> SynchronizerRig:
    return SynchronizerRig(clock)


def add_page(rig: SynchronizerRig, page_id: PageId = NEW, title: str = "A new page") -> None:
    """A page made now, and known to the search index a little later."""
    author = ACCOUNTS["ada"].account_id
    rig.editor.create(page_id, "GEN1", title, rig.clock(), author, storage="<p/>", parent_id=None)


# ── modes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_automatic_gives_every_page_its_issue_which_points_back_and_holds_nothing_else(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    run = rig.run(synchronizer, "first")
    assert (run.status, run.counts.created, run.counts.writes) == (RunStatus.COMPLETED, 5, 10)
    links = rig.linked(synchronizer)
    assert sorted(links, key=int) == rig.page_ids
    for page_id, link in links.items():
        issue, title = rig.issue_of(link), rig.title(page_id)
        url = f"https://acme.atlassian.net/wiki/pages/viewpage.action?pageId={page_id}"
        assert (link.state, link.summary, link.remote_title) == (LinkState.ACTIVE, title, title)
        assert (issue.face.summary, issue.type_id, issue.creator_id) == (title, TASK, ACCOUNTS["alice"].account_id)
        (remote,) = issue.links
        assert (remote.object["url"], remote.object["title"]) == (url, title)
        assert title not in str(issue.face.description)
        assert url in str(issue.face.description)
    assert rig.simulator.violations == []


@pytest.mark.parametrize("fault", [{}, {"reset": "after", "every": 2, "times": 3}], ids=["undisturbed", "M4 lost"])
def test_an_issue_type_without_a_description_on_its_screen_gets_its_issues_all_the_same(
    rig: SynchronizerRig, fault: dict[str, Any]
) -> None:
    project = rig.simulator.world.jira[ACME].projects["10001"]
    project.types = tuple(
        replace(each, fields=tuple(one for one in each.fields if one[0] != "description")) for each in project.types
    )
    synchronizer = rig.make()
    if fault:
        rig.simulator.script(CREATE, **fault)
    run = rig.run(synchronizer)
    assert (run.status, run.counts.created, run.counts.failed) == (RunStatus.COMPLETED, 5, 0)
    assert set(rig.markers.values()) == {1}
    assert {(issue.face.description, len(issue.links)) for issue in rig.made} == {(None, 1)}
    if not fault:
        assert rig.simulator.by_endpoint[CREATE] == 6, "refused once, then known"


def test_new_pages_only_takes_in_what_is_made_from_then_on(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("new_pages")
    assert rig.run(synchronizer, "first").counts.created == 0
    add_page(rig)
    assert rig.run(synchronizer).counts.created == 1
    assert set(rig.linked(synchronizer)) == {NEW}


def test_catching_up_takes_in_the_older_pages_once_as_well(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("new_pages")
    assert rig.run(synchronizer, "manual", catch_up=True).counts.created == 5
    assert rig.run(synchronizer).counts.created == 0


def test_selected_takes_in_nothing_by_itself_and_each_page_with_its_own_type(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("selected", issue_type=PER_PAGE)
    assert rig.run(synchronizer, "first").counts.created == 0
    home, page = rig.page_ids[:2]
    rig.select(synchronizer, home, "10001")
    rig.select(synchronizer, page, TASK)
    run = rig.run(synchronizer, "selection")
    assert (run.status, run.counts.created) == (RunStatus.COMPLETED, 2)
    links = rig.linked(synchronizer)
    assert {each: rig.issue_of(link).type_id for each, link in links.items()} == {home: "10001", page: TASK}
    assert links[home].title == rig.title(home)


def test_a_page_selected_while_a_run_is_past_its_links_gets_its_issue_in_that_run(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("selected")
    started = rig.starter.start(synchronizer, "manual")
    listed = rig.links.after

    def selected_meanwhile(*asked: object, **named: int) -> object:
        rows = listed(*asked, **named)  # type: ignore[arg-type]
        if not rig.links.stored:
            rig.select(synchronizer, rig.page_ids[0])
        return rows

    rig.links.after = selected_meanwhile  # type: ignore[method-assign, assignment]
    rig.drain()
    assert (rig.told_of(started).counts.created, len(rig.made)) == (1, 1)


def test_a_selected_page_out_of_scope_keeps_its_link_and_says_why(rig: SynchronizerRig) -> None:
    synchronizer = rig.make("selected")
    page = rig.page_ids[1]
    rig.select(synchronizer, page)
    rig.editor.archive(page)
    assert rig.run(synchronizer).counts.created == 0
    assert rig.link(synchronizer, page).failure == "out_of_scope"
    rig.editor.restore(page)
    assert rig.run(synchronizer).counts.created == 1
    assert rig.link(synchronizer, page).failure is None


# ── additional CQL ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_additional_cql_narrows_the_scope_and_never_widens_it(rig: SynchronizerRig) -> None:
    one, two = rig.page_ids[1:3]
    rig.editor.label(one, ["spec"])
    rig.editor.label(two, ["prd"])
    synchronizer = rig.make(cql='label = "spec" OR label = "prd"')
    assert rig.run(synchronizer).counts.created == 2
    assert set(rig.linked(synchronizer)) == {one, two}
    rig.set(synchronizer, cql='label = "spec" OR space = "SHOP"')
    rig.run(synchronizer)
    assert rig.link(synchronizer, two).state == LinkState.INACTIVE
    assert len(rig.made) == 2


def test_cql_that_confluence_does_not_take_pauses_and_is_told(rig: SynchronizerRig) -> None:
    synchronizer = rig.make(cql="nonsense = 1")
    run = rig.run(synchronizer)
    assert run.failure is not None
    assert (run.status, run.failure.code) == (RunStatus.FAILED, "cql_refused")
    assert rig.now(synchronizer).paused_because == "cql_refused"
    assert rig.made == []


@pytest.mark.parametrize("created", [20, 250], ids=["in an answer", "between two answers"])
def test_a_query_that_changes_on_the_way_is_followed_from_then_on(clock: MovableClock, created: int) -> None:
    """Neither the rest of an answer to the one before is taken in, nor its cursor taken for the new one's."""
    rig = SynchronizerRig(clock, pages=260)
    synchronizer = rig.make()
    started, save = rig.starter.start(synchronizer, "manual"), rig.runs.save

    def narrowed(run: SynchronizerRun) -> SynchronizerRun:
        if run.counts.created == created:
            rig.set(synchronizer, cql='label = "nobody has it"')
        return save(run)

    rig.runs.save = narrowed  # type: ignore[method-assign]
    rig.drain()
    run = rig.told_of(started)
    assert (run.status, run.counts.created, len(rig.made)) == (RunStatus.COMPLETED, created, created)
    assert rig.simulator.violations == []


# ── dry runs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_lists_what_it_would_do_and_does_nothing_of_it(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    rig.run(synchronizer)
    moved, trashed = rig.leaves[:2]
    renamed, broken = [each for each in rig.page_ids if each not in {moved, trashed}][:2]
    rig.editor.rename(renamed, rig.clock(), "Renamed")
    rig.editor.move(moved, None, "SHOP")
    rig.editor.trash(trashed)
    rig.jira.delete(rig.link(synchronizer, broken).issue_id)
    add_page(rig)
    before = rig.linked(synchronizer)
    writes, saves, _ = rig.quiet(lambda: rig.run(synchronizer, "manual", dry_run=True))
    run = rig.runs.of_synchronizer(HERE, synchronizer.id, limit=1)[0]
    assert {(each.page_id, each.action) for each in run.planned} == {
        (renamed, "rename"),
        (moved, "deactivate"),
        (trashed, "orphan"),
        (broken, "break"),
        (NEW, "create"),
    }
    assert (writes, saves, run.counts.writes, run.status) == (0, 0, 0, RunStatus.COMPLETED)
    assert (rig.linked(synchronizer), rig.now(synchronizer).paused_because) == (before, None)


def test_a_dry_run_neither_pauses_nor_unpauses_nor_takes_the_schedules_place(rig: SynchronizerRig) -> None:
    synchronizer = rig.make()
    rig.jira.permit("CREATE_ISSUES", ["ada"], PROJECT)
    run = rig.run(synchronizer, "manual", dry_run=True)
    now = rig.now(synchronizer)
    assert (run.status, now.paused_because, now.missing_permissions) == (RunStatus.FAILED, None, ())
    assert (now.next_run_at, rig.told.published) == (synchronizer.next_run_at, [])
    rig.run(synchronizer)
    rig.jira.permit("CREATE_ISSUES", None, PROJECT)
    assert rig.run(synchronizer, "manual", dry_run=True).counts.created == 5
    assert rig.now(synchronizer).paused_because == "permissions_missing"


def test_a_long_dry_run_keeps_the_first_lines_and_counts_all(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=PLANNED_KEPT + 30)
    run = rig.run(rig.make(), "manual", dry_run=True)
    assert (len(run.planned), run.counts.created) == (PLANNED_KEPT, PLANNED_KEPT + 30)


# ── what stands in the way ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_type_that_demands_more_ends_the_run_after_a_few_creates_and_pauses(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=CREATES_REFUSED + 5)
    synchronizer = rig.make(issue_type=BUG)
    run = rig.run(synchronizer)
    assert run.failure is not None
    assert (run.status, run.failure.code, run.counts.failed) == (RunStatus.FAILED, "jira_refused", CREATES_REFUSED)
    assert (run.counts.writes, rig.made, rig.simulator.by_endpoint[CREATE]) == (0, [], CREATES_REFUSED)
    assert rig.now(synchronizer).paused_because == JiraRefused.code
    rig.set(synchronizer, issue_type=TASK)
    run = rig.run(synchronizer, "manual")
    assert (run.status, run.counts.created) == (RunStatus.COMPLETED, CREATES_REFUSED + 5)
    assert rig.now(synchronizer).paused_because is None


def test_a_refused_page_keeps_no_other_from_its_issue_and_is_tried_again(rig: SynchronizerRig) -> None:
    rig.simulator.script(CREATE, status=400, body={"errorMessages": [], "errors": {"summary": "No."}})
    synchronizer = rig.make()
    run = rig.run(synchronizer)
    assert (run.status, run.counts.created, run.counts.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 4, 1)
    (refused,) = [link for link in rig.linked(synchronizer).values() if link.state == LinkState.CREATING]
    assert (refused.failure, refused.asked_at) == ("jira_refused", None)
    assert [each.item for each in run.failures] == [f"page:{refused.page_id}"]
    assert rig.run(synchronizer).counts.created == 1
    assert len(rig.made) == 5


def test_many_refused_pages_among_others_end_no_run(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=2 * CREATES_REFUSED + 4)
    rig.simulator.script(CREATE, status=400, body={"errors": {"summary": "No."}}, every=2, times=None)
    run = rig.run(rig.make())
    assert (run.status, run.counts.created) == (RunStatus.COMPLETED_WITH_ERRORS, CREATES_REFUSED + 2)
    assert run.counts.failed == len(run.failures) == CREATES_REFUSED + 2


def test_a_right_that_is_lost_on_the_way_ends_the_run_and_nothing_is_left_unsaid(rig: SynchronizerRig) -> None:
    rig.simulator.script(CREATE, status=403, every=3)
    synchronizer = rig.make()
    run = rig.run(synchronizer)
    assert (run.status, run.counts.created, run.counts.writes) == (RunStatus.FAILED, 2, 4)
    assert rig.now(synchronizer).paused_because == "jira_forbidden"
    (left,) = [link for link in rig.linked(synchronizer).values() if link.state == LinkState.CREATING]
    assert (left.asked_at, left.asks) == (None, 0)
    run = rig.run(synchronizer, "manual")
    assert (run.status, run.counts.created, len(rig.made)) == (RunStatus.COMPLETED, 3, 5)


def test_without_edit_issues_titles_stay_and_this_is_said(rig: SynchronizerRig) -> None:
    rig.jira.permit("EDIT_ISSUES", ["ada"], PROJECT)
    synchronizer = rig.make()
    rig.run(synchronizer)
    assert rig.now(synchronizer).missing_permissions == ("EDIT_ISSUES",)
    page = rig.page_ids[1]
    was = rig.title(page)
    rig.editor.rename(page, rig.clock(), "Renamed")
    for _ in range(2):
        run = rig.run(synchronizer)
        assert [(each.item, each.code) for each in run.failures] == [(f"page:{page}", "permissions_missing")]
        assert rig.issue_of(rig.link(synchronizer, page)).face.summary == was
    rig.jira.permit("EDIT_ISSUES", None, PROJECT)
    assert rig.run(synchronizer).counts.updated == 1
    assert rig.issue_of(rig.link(synchronizer, page)).face.summary == "Renamed"
    assert rig.link(synchronizer, page).failure is None


def test_a_refused_remote_link_is_not_sent_every_quarter_hour(rig: SynchronizerRig) -> None:
    rig.jira.permit("LINK_ISSUES", ["ada"], PROJECT)
    synchronizer = rig.make()
    assert rig.run(synchronizer).counts.failed == 5
    assert rig.quiet(lambda: rig.run(synchronizer))[:2] == (0, 0)
    page = rig.page_ids[1]
    rig.editor.rename(page, rig.clock(), "Renamed")
    assert (rig.run(synchronizer).counts.updated, rig.issue_of(rig.link(synchronizer, page)).face.summary) == (
        1,
        "Renamed",
    )
    rig.jira.permit("LINK_ISSUES", None, PROJECT)
    run = rig.run(synchronizer, "manual")
    assert (run.status, run.counts.writes) == (RunStatus.COMPLETED, 5)
    assert all(link.failure is None for link in rig.linked(synchronizer).values())


def test_a_remote_link_that_jira_never_gets_done_keeps_no_run_from_its_end(rig: SynchronizerRig) -> None:
    """Jira answers everything else: that is no outage to be waited out."""
    rig.simulator.script(LINK_BACK, status=500, times=None)
    synchronizer, began = rig.make(), rig.clock()
    run = rig.run(synchronizer)
    assert (run.status, run.counts.created, run.counts.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 5, 5)
    assert rig.clock() - began < timedelta(minutes=15)
    assert rig.run(synchronizer).status == RunStatus.COMPLETED_WITH_ERRORS
    rig.simulator.clear_scripts()
    run = rig.run(synchronizer)
    assert (run.status, run.counts.writes) == (RunStatus.COMPLETED, 5)
    assert rig.quiet(lambda: rig.run(synchronizer))[:2] == (0, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": Status.NEEDS_RECONNECT}, "reconnect_required"),
        ({"status": Status.DISCONNECTED}, "reconnect_required"),
        ({"grant": None}, "scopes_missing"),
        ({"account": Account("557058:other", "Other")}, "other_account_or_site"),
        ({"site": None}, "reconnect_required"),
    ],
    ids=["refused", "disconnected", "narrowed", "another account", "no site"],
)
def test_a_connection_that_serves_no_longer_pauses_and_leaves_links_alone(
    rig: SynchronizerRig, change: dict[str, object], code: str
) -> None:
    synchronizer = rig.make()
    rig.run(synchronizer)
    before, was = rig.linked(synchronizer), {name: getattr(rig.connection, name) for name in change}
    rig.changed_connection(**change)
    run = rig.run(synchronizer)
    now = rig.now(synchronizer)
    assert (run.status, now.paused_because, now.next_run_at) == (RunStatus.FAILED, code, None)
    assert rig.linked(synchronizer) == before
    (event, detail) = rig.told.published[-1]
    assert (event, detail["code"], detail["synchronizer_id"]) == ("SynchronizerPaused", code, synchronizer.id)
    rig.clock.move(seconds=3600)
    assert rig.tick() == 0
    rig.changed_connection(**was)
    assert rig.run(synchronizer, "manual").status == RunStatus.COMPLETED
    assert rig.now(synchronizer).paused_because is None
    assert rig.now(synchronizer).next_run_at is not None


def test_a_bus_that_is_down_keeps_no_run_from_its_end(rig: SynchronizerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise ServiceUnavailable

    monkeypatch.setattr(rig.told, "publish", down)
    rig.changed_connection(status=Status.DISCONNECTED)
    synchronizer = rig.make()
    assert rig.run(synchronizer).status == RunStatus.FAILED
    now = rig.now(synchronizer)
    assert (now.active_run, now.paused_because) == (None, "reconnect_required")
    assert rig.told.refusals[ServiceUnavailable.code] == 1


def test_the_technical_users_missing_rights_are_named(rig: SynchronizerRig) -> None:
    check = CheckTechnicalUser(rig.worker.jira_sites)
    synchronizer = rig.make()
    asked = rig.connection, synchronizer.jira_cloud_id
    assert check.missing(*asked, PROJECT, rig.deadline()) == frozenset()
    rig.jira.permit("TRANSITION_ISSUES", ["ada"], PROJECT)
    assert check.missing(*asked, PROJECT, rig.deadline()) == {"TRANSITION_ISSUES"}
    everything = {"BROWSE_PROJECTS", "CREATE_ISSUES", "TRANSITION_ISSUES", "EDIT_ISSUES"}
    assert check.missing(*asked, "SEC", rig.deadline()) == everything
