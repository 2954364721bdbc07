"""What changes under a run's hands: the grant that it works with, its rights, and where its pages are (M4, G4, G7)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from confluence_connector.adapters.jira import JiraSitesOverHttp
from confluence_connector.adapters.site_reader import SiteReaderOverHttp, SiteReadersOverHttp
from confluence_connector.domain.connections import Account, Site
from confluence_connector.domain.identifiers import CloudId, PageId
from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.limits import CREATES_AT_ONCE, STRIKES
from confluence_connector.ports.site_reading import Matches
from local.simulator.accounts import ACCOUNTS, GLOBEX
from tests.conftest import MovableClock
from tests.synchronizer_rig import CREATE, PROJECT, SPACE, SynchronizerRig

FOUND = "POST /rest/api/3/search/jql"

ADA = Account(ACCOUNTS["ada"].account_id, "Ada")


@pytest.fixture
def rig(clock: MovableClock) -> SynchronizerRig:
    return SynchronizerRig(clock, pages=3 * CREATES_AT_ONCE)


@pytest.fixture
def synchronizer(rig: SynchronizerRig) -> Synchronizer:
    return rig.make()


def reconnected_at(rig: SynchronizerRig, save: int, **changes: Any) -> None:
    """Somebody reconnects while the so-manieth save of a link is under way."""
    inner, saves = rig.links.save, [0]

    def counted(link: Any) -> Any:
        saves[0] += 1
        if saves[0] == save:
            rig.changed_connection(**changes)
        return inner(link)

    rig.links.save = counted  # type: ignore[method-assign]


GRANTS: dict[str, tuple[dict[str, Any], str]] = {
    "another account": ({"account": ADA}, "other_account_or_site"),
    "another site": ({"site": Site(CloudId(GLOBEX), "Globex", "https://globex.atlassian.net")}, "site_changed"),
}


@pytest.mark.parametrize("what", GRANTS)
def test_a_connection_that_becomes_anothers_is_left_before_the_next_step(
    rig: SynchronizerRig, synchronizer: Synchronizer, what: str
) -> None:
    """Not at the next run: its account would make the issues, and whatever that account cannot see would be gone."""
    changes, code = GRANTS[what]
    reconnected_at(rig, 3, **changes)
    run = rig.run(synchronizer)
    assert run.failure is not None
    assert (run.status, run.failure.code) == (RunStatus.FAILED, code)
    assert rig.now(synchronizer).paused_because == code
    assert len(rig.made) == CREATES_AT_ONCE


@pytest.mark.parametrize("found", ["at once", "at the next run"])
def test_M4_what_a_former_account_asked_for_is_found_by_the_present_one(clock: MovableClock, found: str) -> None:
    """Its admin's PATCH makes another account the technical user while an answer is owed to the former one."""
    rig = SynchronizerRig(clock, pages=2)
    synchronizer = rig.make()
    if found != "at once":
        rig.simulator.behaviour.index_delay_seconds = 600
        rig.clock.move(seconds=3600)
    rig.simulator.script(CREATE, reset="after")
    rig.starter.start(synchronizer, "manual")
    rig.deliver(rig.queue.sent.pop(0)[0])
    rig.clock.move(seconds=10)
    rig.changed_connection(account=ADA)
    rig.grant.account, rig.grant.access = "ada", ""
    changes = {"technical_account_id": ADA.id, "account_since": clock()}
    rig.synchronizers.save(replace(rig.now(synchronizer), **changes))
    rig.drain()
    rig.clock.move(seconds=900)
    rig.run(synchronizer)
    doubled = [link for link in rig.linked(synchronizer).values() if link.duplicates]
    assert len(rig.made) == 2 + len(doubled)
    assert bool(doubled) is (found != "at once")


@dataclass
class AfterCheck(httpx.BaseTransport):
    """Something happens right after the technical user's rights were looked at for the first time."""

    inner: httpx.BaseTransport
    happens: Callable[[], object]
    armed: bool = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if self.armed and request.url.path.endswith("/mypermissions"):
            self.armed = False
            self.happens()
        return answer


LOST: dict[str, tuple[Callable[[SynchronizerRig], object], str]] = {
    "Browse projects": (lambda rig: rig.jira.permit("BROWSE_PROJECTS", ["ada"], PROJECT), "project_gone"),
    "the space": (lambda rig: rig.editor.restrict_space(SPACE, [ADA.id]), "space_gone"),
    "Jira": (lambda rig: rig.jira.give_access("alice", has=False), "jira_forbidden"),
}


@pytest.mark.parametrize("renamed", [False, True], ids=["quiet", "with titles to write"])
@pytest.mark.parametrize("what", LOST)
def test_a_right_that_is_lost_right_after_the_check_pauses_and_breaks_nothing(
    rig: SynchronizerRig, synchronizer: Synchronizer, what: str, *, renamed: bool
) -> None:
    rig.run(synchronizer)
    if renamed:
        rig.editor.rename(rig.leaves[0], rig.clock(), "Other")
    before, (lose, code) = rig.linked(synchronizer), LOST[what]
    http = rig.http_over(AfterCheck(rig.simulator.transport(), lambda: lose(rig)))
    jira, sites = JiraSitesOverHttp(http, rig.grant), SiteReadersOverHttp(http, rig.grant)
    rig.worker = replace(rig.worker, jira_sites=jira, sites=sites)
    run = rig.run(synchronizer)
    assert (run.status, rig.now(synchronizer).paused_because) == (RunStatus.FAILED, code)
    assert (run.counts.broken, run.counts.orphaned, rig.linked(synchronizer)) == (0, 0, before)


# ── between two looks for a lost create ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def late(clock: MovableClock) -> SynchronizerRig:
    """One page, and an index that is later than the two minutes before the first look."""
    rig = SynchronizerRig(clock, pages=1)
    rig.simulator.behaviour.index_delay_seconds = 300
    rig.clock.move(seconds=3600)
    return rig


def test_M4_a_second_create_that_was_put_off_is_preceded_by_another_look(late: SynchronizerRig) -> None:
    synchronizer = late.make()
    late.simulator.script(CREATE, reset="after")
    late.simulator.script(CREATE, status=429, headers={"retry-after": "600"})
    run = late.run(synchronizer)
    assert (run.status, run.counts.created) == (RunStatus.COMPLETED, 1)
    assert list(late.markers.values()) == [1]


def lost_and_left(rig: SynchronizerRig, synchronizer: Synchronizer, **how: Any) -> PageId:
    """Of a page whose create was lost, and which was in the trash when it was looked for in vain."""
    page = rig.page_ids[0]
    rig.simulator.script(CREATE, **how)
    rig.starter.start(synchronizer, "manual")
    rig.deliver(rig.queue.sent.pop(0)[0])
    rig.editor.trash(page)
    rig.drain()
    assert rig.link(synchronizer, page).failure == "out_of_scope"
    return page


def test_M4_an_issue_that_comes_to_light_after_its_page_has_left_is_the_pages(late: SynchronizerRig) -> None:
    synchronizer = late.make()
    page = lost_and_left(late, synchronizer, reset="after")
    late.clock.move(seconds=600)
    late.run(synchronizer)
    late.run(synchronizer)
    assert late.link(synchronizer, page).state == LinkState.ORPHANED
    late.editor.restore(page)
    late.run(synchronizer)
    link = late.link(synchronizer, page)
    assert (link.state, link.failure, list(late.markers.values())) == (LinkState.ACTIVE, None, [1])


def test_M4_a_page_that_comes_back_is_looked_for_before_anybody_asks_again(late: SynchronizerRig) -> None:
    synchronizer = late.make()
    page = lost_and_left(late, synchronizer, reset="after")
    late.clock.move(seconds=600)
    late.editor.restore(page)
    late.run(synchronizer)
    assert late.link(synchronizer, page).state == LinkState.ACTIVE
    assert list(late.markers.values()) == [1]


def test_M4_what_was_looked_for_in_vain_at_two_runs_is_free(late: SynchronizerRig) -> None:
    """It costs no search any more, and whoever selected it may take it back."""
    synchronizer = late.make()
    page = lost_and_left(late, synchronizer, reset="before")
    late.clock.move(seconds=600)
    late.run(synchronizer)
    link = late.link(synchronizer, page)
    assert (link.state, link.asked_at, link.recheck) == (LinkState.CREATING, None, False)
    _, saves, asked = late.quiet(lambda: late.run(synchronizer))
    assert (saves, asked[FOUND]) == (0, 0)
    late.editor.restore(page)
    late.run(synchronizer)
    assert list(late.markers.values()) == [1]


# ── a list that does not end ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stage", ["scope", "links"])
def test_D9_a_query_whose_answers_go_round_ends_the_run(
    clock: MovableClock, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """a leads to b, b leads to a; a cursor that leads to itself is the adapter's to see."""
    rig = SynchronizerRig(clock, pages=3)
    for page in rig.page_ids:
        rig.editor.label(page, ["spec"])
    clock.move(seconds=60)
    synchronizer = rig.make(cql='label = "spec"')
    matching, asked = SiteReaderOverHttp.matching, [0]
    if stage == "links":
        rig.run(synchronizer)
        rig.set(synchronizer, mode="selected")

    def endless(reader: SiteReaderOverHttp, cql: str, cursor: str | None = None) -> Matches:
        asked[0] += 1
        return Matches(matching(reader, cql).pages, "b" if cursor == "a" else "a")

    monkeypatch.setattr(SiteReaderOverHttp, "matching", endless)
    monkeypatch.setattr("confluence_connector.services.synchronizing.take_in_pages.ATLASSIAN_LIST_PAGES", 6)
    run = rig.run(synchronizer)
    assert (len(rig.made), rig.now(synchronizer).paused_because) == (3, None)
    assert {link.state for link in rig.linked(synchronizer).values()} == {LinkState.ACTIVE}
    if stage == "scope":
        assert (run.status, run.counts.failed, asked) == (RunStatus.COMPLETED_WITH_ERRORS, 1, [6])
        assert [(each.item, each.code) for each in run.failures] == [("run", "upstream_protocol_error")]
    else:
        assert (run.status, run.failure and run.failure.code) == (RunStatus.FAILED, "upstream_protocol_error")
        assert asked[0] <= 3 * (STRIKES + 1)
