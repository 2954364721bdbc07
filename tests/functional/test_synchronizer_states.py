"""What each change on either side does, once: to the link's state, to the issue, and in writes to Jira (G5, G7)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from confluence_connector.adapters.jira import JiraOverHttp
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import CloudId, IssueId, MemberId, PageId
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.ports import Deadline
from confluence_connector.ports.jira import IssueNow, Jira, JiraSites
from local.simulator.accounts import ACCOUNTS
from tests.conftest import MovableClock
from tests.synchronizer_rig import PROJECT, SPACE, SynchronizerRig

CQL = 'label = "spec"'
ALICE = ACCOUNTS["alice"].account_id
ADA = ACCOUNTS["ada"].account_id


@dataclass
class Tied:
    """A synchronizer with one page's issue made, by a query that this page alone is in."""

    rig: SynchronizerRig
    synchronizer: Synchronizer
    page: PageId
    issue_id: str

    @property
    def state(self) -> LinkState:
        return self.rig.link(self.synchronizer, self.page).state

    @property
    def summary(self) -> str | None:
        """Of its issue; None: there is none."""
        found = [each for each in self.rig.made if each.id == self.issue_id]
        return str(found[0].face.summary) if found else None

    def rename(self, title: str) -> None:
        self.rig.editor.rename(self.page, self.rig.clock(), title)


@pytest.fixture
def it(clock: MovableClock) -> Tied:
    rig = SynchronizerRig(clock, pages=3)
    page = rig.leaves[0]
    rig.editor.label(page, ["spec"])
    rig.editor.rename(page, clock(), "As it was")
    clock.move(seconds=60)
    synchronizer = rig.make(cql=CQL)
    rig.run(synchronizer)
    return Tied(rig, synchronizer, page, str(rig.link(synchronizer, page).issue_id))


type Change = Callable[[Tied], object]


def purge(it: Tied) -> None:
    it.rig.editor.trash(it.page)
    it.rig.editor.purge(it.page)


def gone_from(it: Tied) -> None:
    it.rig.jira.delete(it.issue_id)


TABLE: dict[str, tuple[Change, LinkState, str | None, int]] = {
    "nothing": (lambda _: None, LinkState.ACTIVE, "As it was", 0),
    "renamed": (lambda it: it.rename("Other"), LinkState.ACTIVE, "Other", 2),
    "moved within the space": (lambda it: it.rig.editor.move(it.page, None), LinkState.ACTIVE, "As it was", 0),
    "moved to another space": (
        lambda it: it.rig.editor.move(it.page, None, "SHOP"),
        LinkState.INACTIVE,
        "As it was",
        0,
    ),
    "archived": (lambda it: it.rig.editor.archive(it.page), LinkState.INACTIVE, "As it was", 0),
    "out of the CQL": (lambda it: it.rig.editor.label(it.page, []), LinkState.INACTIVE, "As it was", 0),
    "the CQL changed": (lambda it: it.rig.set(it.synchronizer, cql='label = "x"'), LinkState.INACTIVE, "As it was", 0),
    "the CQL taken off": (
        lambda it: it.rig.set(it.synchronizer, cql=None, mode="selected"),
        LinkState.ACTIVE,
        "As it was",
        0,
    ),
    "trashed": (lambda it: it.rig.editor.trash(it.page), LinkState.ORPHANED, "As it was", 0),
    "purged": (purge, LinkState.ORPHANED, "As it was", 0),
    "page restricted": (lambda it: it.rig.editor.restrict(it.page, [ADA]), LinkState.ORPHANED, "As it was", 0),
    "issue deleted": (gone_from, LinkState.BROKEN, None, 0),
    "issue moved on": (
        lambda it: it.rig.jira.transition(it.issue_id, it.rig.clock(), "Done"),
        LinkState.ACTIVE,
        "As it was",
        0,
    ),
    "summary edited": (
        lambda it: it.rig.jira.edit(it.issue_id, it.rig.clock(), summary="Mine"),
        LinkState.ACTIVE,
        "Mine",
        0,
    ),
}


@pytest.mark.parametrize("what", TABLE)
def test_each_change_has_one_effect_once(it: Tied, what: str) -> None:
    change, state, summary, writes = TABLE[what]
    change(it)
    it.rig.clock.move(seconds=60)
    sent, _, _ = it.rig.quiet(lambda: it.rig.run(it.synchronizer))
    assert (it.state, it.summary, sent) == (state, summary, writes)
    again = it.rig.quiet(lambda: it.rig.run(it.synchronizer))[:2]
    assert (it.state, it.summary, again) == (state, summary, (0, 0))
    assert len(it.rig.made) == (0 if summary is None else 1)
    assert it.rig.now(it.synchronizer).paused_because is None
    assert it.rig.simulator.violations == []


def test_without_cql_the_space_alone_says_what_is_in_scope(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=6)
    synchronizer = rig.make()
    rig.run(synchronizer)
    archived, moved = rig.leaves[:2]
    rig.editor.archive(archived)
    rig.editor.move(moved, None, "SHOP")
    assert rig.quiet(lambda: rig.run(synchronizer))[0] == 0
    states = {page: link.state for page, link in rig.linked(synchronizer).items()}
    assert {page for page, state in states.items() if state == LinkState.INACTIVE} == {archived, moved}


BACK: dict[str, tuple[Change, LinkState, Change]] = {
    "moved out and back": (
        lambda it: it.rig.editor.move(it.page, None, "SHOP"),
        LinkState.INACTIVE,
        lambda it: it.rig.editor.move(it.page, None, SPACE),
    ),
    "archived and restored": (
        lambda it: it.rig.editor.archive(it.page),
        LinkState.INACTIVE,
        lambda it: it.rig.editor.restore(it.page),
    ),
    "out of the CQL and back": (
        lambda it: it.rig.editor.label(it.page, []),
        LinkState.INACTIVE,
        lambda it: it.rig.editor.label(it.page, ["spec"]),
    ),
    "the CQL changed and changed back": (
        lambda it: it.rig.set(it.synchronizer, cql='label = "x"'),
        LinkState.INACTIVE,
        lambda it: it.rig.set(it.synchronizer, cql=CQL),
    ),
    "trashed and restored": (
        lambda it: it.rig.editor.trash(it.page),
        LinkState.ORPHANED,
        lambda it: it.rig.editor.restore(it.page),
    ),
    "restricted and opened": (
        lambda it: it.rig.editor.restrict(it.page, [ADA]),
        LinkState.ORPHANED,
        lambda it: it.rig.editor.restrict(it.page, None),
    ),
}


@pytest.mark.parametrize("renamed", [False, True], ids=["as it was", "renamed meanwhile"])
@pytest.mark.parametrize("what", BACK)
def test_what_comes_back_is_tied_to_the_same_issue(it: Tied, what: str, *, renamed: bool) -> None:
    """Nothing is written while it is away; a title that changed meanwhile is written when it is back."""
    away, state, back = BACK[what]
    away(it)
    if renamed:
        it.rename("Other")
    it.rig.clock.move(seconds=60)
    assert it.rig.quiet(lambda: it.rig.run(it.synchronizer))[0] == 0
    assert (it.state, it.summary) == (state, "As it was")
    back(it)
    it.rig.clock.move(seconds=60)
    assert it.rig.quiet(lambda: it.rig.run(it.synchronizer))[0] == (2 if renamed else 0)
    assert (it.state, it.summary) == (LinkState.ACTIVE, "Other" if renamed else "As it was")
    assert [each.id for each in it.rig.made] == [it.issue_id]


PAUSES: dict[str, tuple[Change, Change | None, str]] = {
    f"{permission} lost": (
        lambda it, permission=permission: it.rig.jira.permit(permission, ["ada"], PROJECT),  # type: ignore[misc]
        lambda it, permission=permission: it.rig.jira.permit(permission, None, PROJECT),  # type: ignore[misc]
        "permissions_missing",
    )
    for permission in ("CREATE_ISSUES", "TRANSITION_ISSUES")
} | {
    "project hidden": (
        lambda it: it.rig.jira.permit("BROWSE_PROJECTS", ["ada"], PROJECT),
        lambda it: it.rig.jira.permit("BROWSE_PROJECTS", None, PROJECT),
        "project_gone",
    ),
    "no Jira any more": (
        lambda it: it.rig.jira.give_access("alice", has=False),
        lambda it: it.rig.jira.give_access("alice", has=True),
        "jira_forbidden",
    ),
    "space hidden": (
        lambda it: it.rig.editor.restrict_space(SPACE, [ADA]),
        lambda it: it.rig.editor.restrict_space(SPACE, None),
        "space_gone",
    ),
    "space archived": (
        lambda it: it.rig.editor.archive_space(SPACE),
        lambda it: it.rig.editor.restore_space(SPACE),
        "space_gone",
    ),
    "space removed": (lambda it: it.rig.editor.remove_space(SPACE), None, "space_gone"),
}


@pytest.mark.parametrize("what", PAUSES)
def test_what_the_technical_user_loses_pauses_and_touches_no_link(it: Tied, what: str) -> None:
    lose, regain, code = PAUSES[what]
    before = it.rig.linked(it.synchronizer)
    lose(it)
    sent, saves, _ = it.rig.quiet(lambda: it.rig.run(it.synchronizer))
    now = it.rig.now(it.synchronizer)
    assert (sent, saves, now.paused_because, now.next_run_at) == (0, 0, code, None)
    assert now.missing_permissions == ((what.split(maxsplit=1)[0],) if code == "permissions_missing" else ())
    assert [detail["code"] for kind, detail in it.rig.told.published if kind == "SynchronizerPaused"] == [code]
    it.rig.clock.move(seconds=3600)
    assert it.rig.tick() == 0, "until a person comes"
    assert it.rig.linked(it.synchronizer) == before
    if regain is None:
        return
    regain(it)
    run = it.rig.run(it.synchronizer, "manual")
    now = it.rig.now(it.synchronizer)
    assert (run.status, run.counts.writes) == (RunStatus.COMPLETED, 0)
    assert (now.paused_because, now.missing_permissions) == (None, ())
    assert now.next_run_at is not None
    assert it.rig.linked(it.synchronizer) == before


def test_an_issue_that_is_seen_again_is_no_broken_one_any_more(it: Tied) -> None:
    issue = it.rig.simulator.world.jira[it.synchronizer.jira_cloud_id].issues.pop(it.issue_id)
    it.rig.run(it.synchronizer)
    assert it.state == LinkState.BROKEN
    it.rename("Other")
    it.rig.simulator.world.jira[it.synchronizer.jira_cloud_id].issues[it.issue_id] = issue
    it.rig.clock.move(seconds=60)
    it.rig.run(it.synchronizer)
    assert (it.state, it.summary) == (LinkState.ACTIVE, "Other")


def test_issues_that_jira_cannot_read_at_the_moment_break_nothing(it: Tied) -> None:
    before = it.rig.linked(it.synchronizer)
    unread = {"issues": [], "issueErrors": [{"id": it.issue_id, "errorMessage": "Try again."}]}
    it.rig.simulator.script("POST /rest/api/3/issue/bulkfetch", patch=unread, times=None)
    it.rig.simulator.script("GET /rest/api/3/issue/{issueIdOrKey}", status=500, times=9)
    run = it.rig.run(it.synchronizer)
    assert (run.status, run.counts.broken, it.rig.linked(it.synchronizer)) == (RunStatus.COMPLETED, 0, before)
    assert it.rig.now(it.synchronizer).paused_because is None


@dataclass(frozen=True)
class DeletedMeanwhile:
    """The `JiraSites` port; somebody deletes the issue right after issues were asked for."""

    it: Tied
    sites: JiraSites

    def of(self, connection: Connection, cloud_id: CloudId, deadline: Deadline) -> Jira:
        it, jira = self.it, self.sites.of(connection, cloud_id, deadline)

        class Watched(JiraOverHttp):
            def issues(self, ids: Sequence[IssueId]) -> Mapping[IssueId, IssueNow]:
                found = super().issues(ids)
                if found:
                    it.rig.jira.delete(it.issue_id)
                return found

        return Watched(jira.calls)


def test_an_issue_deleted_between_the_look_and_the_write_is_the_next_looks_to_break(it: Tied) -> None:
    it.rename("Other")
    it.rig.worker = replace(it.rig.worker, jira_sites=DeletedMeanwhile(it, it.rig.worker.jira_sites))
    run = it.rig.run(it.synchronizer)
    assert (run.status, it.state, it.rig.made) == (RunStatus.COMPLETED, LinkState.ACTIVE, [])
    assert it.rig.run(it.synchronizer).counts.broken == 1
    assert it.state == LinkState.BROKEN


def test_a_link_that_somebody_changes_meanwhile_keeps_no_other_from_its_title(
    clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = SynchronizerRig(clock, pages=3)
    synchronizer, save = rig.make(), rig.links.save
    rig.run(synchronizer)
    page, other = rig.page_ids[:2]
    for each in (page, other):
        rig.editor.rename(each, rig.clock(), f"Other {each}")

    def overtaken(wanted: PageLink) -> PageLink:
        stored = rig.link(synchronizer, wanted.page_id)
        if wanted.page_id == page and stored.selected_by is None:
            save(replace(stored, selected_by=MemberId("ann")))
        return save(wanted)

    monkeypatch.setattr(rig.links, "save", overtaken)
    assert rig.run(synchronizer).status == RunStatus.COMPLETED
    assert (rig.link(synchronizer, page).selected_by, rig.link(synchronizer, other).summary) == (
        "ann",
        f"Other {other}",
    )
    rig.run(synchronizer)
    assert rig.link(synchronizer, page).summary == f"Other {page}"


def test_another_project_under_the_same_key_is_not_ours(it: Tied) -> None:
    site = it.rig.simulator.world.jira[it.synchronizer.jira_cloud_id]
    project = site.projects.pop("10001")
    project.id = "99999"
    site.projects["99999"] = project
    assert it.rig.quiet(lambda: it.rig.run(it.synchronizer))[:2] == (0, 0)
    assert it.rig.now(it.synchronizer).paused_because == "project_gone"
