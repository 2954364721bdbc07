"""Synchronizers under fault: echoes, edits on both sides, conflicts, lost creates, hostile texts (M1–M5, M7)."""

from typing import Any

import pytest

from confluence_connector.domain.cql_fence import fenced
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.issue_texts import summary_of
from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.errors import CqlRefused
from confluence_connector.limits import CREATES_ASKED, SETTLE_AFTER_SECONDS, STRIKES
from local.simulator.accounts import ACCOUNTS
from tests.conftest import MovableClock
from tests.synchronizer_rig import CREATE, HERE, LINK_BACK, RENAME, SynchronizerRig

FOUND = "POST /rest/api/3/search/jql"
HOSTILE = [
    "Fixes #12 @org/team",
    "closes ACME-1, resolves https://github.com/o/r/issues/3",
    "[~accountid:712020:0c3b7a1e] @ada",
    "*bold* _x_ {code}rm -rf{code} h1. [link|https://evil.example] !image.png!",
    '<b onclick="x()">&lt;script&gt;alert(1)</script>',
    "# Heading [text](javascript:alert(1)) `code` | table |",
    'a" OR project = "SEC" OR summary ~ "',
    "x' OR 1=1 --\\",
    '{"type":"mention","attrs":{"id":"712020:x"}}',
    "line one\nline two\r\n\tand three\u2028four",
    "\u202egnisrever\u202c \u2066iso\u2069\u200b\ufeff end",
    "😀" * 200,
    "e\u0301" * 255,
    "\x00\x1b[31mred",
    "   ",
]


@pytest.fixture
def rig(clock: MovableClock) -> SynchronizerRig:
    return SynchronizerRig(clock, pages=4)


@pytest.fixture
def synchronizer(rig: SynchronizerRig) -> Synchronizer:
    return rig.make()


@pytest.fixture
def page(rig: SynchronizerRig, synchronizer: Synchronizer) -> PageId:
    """One whose issue is made."""
    rig.run(synchronizer)
    return rig.leaves[0]


def rename(rig: SynchronizerRig, page: PageId, title: str) -> None:
    rig.editor.rename(page, rig.clock(), title)


def summary(rig: SynchronizerRig, synchronizer: Synchronizer, page: PageId) -> str:
    return str(rig.issue_of(rig.link(synchronizer, page)).face.summary)


# ── both sides ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_M1_a_change_echoes_into_neither_side(rig: SynchronizerRig, synchronizer: Synchronizer, page: PageId) -> None:
    for number in range(5):
        rename(rig, page, f"Round {number}")
        assert rig.quiet(lambda: rig.run(synchronizer))[0] == 2
        assert rig.quiet(lambda: rig.run(synchronizer))[:2] == (0, 0)
        issue = rig.issue_of(rig.link(synchronizer, page))
        rig.jira.edit(issue.id, rig.clock(), summary=f"A person's words {number}")
        versions = len(rig.simulator.sites[synchronizer.cloud_id].content[page].versions)
        assert rig.quiet(lambda: rig.run(synchronizer))[:2] == (0, 0)
        assert len(rig.simulator.sites[synchronizer.cloud_id].content[page].versions) == versions
        assert issue.face.summary == f"A person's words {number}"
        assert len(issue.links) == 1


def test_M2_of_two_edits_the_pages_title_wins_and_the_other_is_told(
    rig: SynchronizerRig, synchronizer: Synchronizer, page: PageId
) -> None:
    issue = rig.issue_of(rig.link(synchronizer, page))
    rig.jira.edit(issue.id, rig.clock(), summary="A person's words")
    rename(rig, page, "The page's words")
    run = rig.run(synchronizer)
    assert issue.face.summary == "The page's words"
    assert [(each.item, each.code) for each in run.failures] == [(f"page:{page}", "summary_overwritten")]
    assert (run.status, run.counts.failed) == (RunStatus.COMPLETED, 0)
    assert "A person's words" in [face.summary for face in issue.faces], "Jira's history keeps it"
    assert "words" not in str([(each.code, each.detail) for each in run.failures])


def test_M2_both_sides_agreeing_costs_no_write(rig: SynchronizerRig, synchronizer: Synchronizer, page: PageId) -> None:
    rig.jira.edit(rig.link(synchronizer, page).issue_id, rig.clock(), summary="The same")
    rename(rig, page, "The same")
    rig.simulator.reset_requests()
    run = rig.run(synchronizer)
    assert (rig.simulator.by_endpoint[RENAME], rig.simulator.by_endpoint[LINK_BACK], run.failures) == (0, 1, ())


def test_M3_a_conflict_is_read_again_once_and_then_told(
    rig: SynchronizerRig, synchronizer: Synchronizer, page: PageId
) -> None:
    rename(rig, page, "Second")
    rig.simulator.script(RENAME, status=409)
    run = rig.run(synchronizer)
    assert (run.status, summary(rig, synchronizer, page)) == (RunStatus.COMPLETED, "Second")
    rename(rig, page, "Third")
    rig.simulator.script(RENAME, status=409, times=2)
    rig.simulator.reset_requests()
    run = rig.run(synchronizer)
    assert rig.simulator.by_endpoint[RENAME] == 2
    assert [(each.item, each.code) for each in run.failures] == [(f"page:{page}", "edit_conflict")]
    assert summary(rig, synchronizer, page) == "Second"
    assert rig.run(synchronizer).status == RunStatus.COMPLETED
    assert (summary(rig, synchronizer, page), rig.link(synchronizer, page).failure) == ("Third", None)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_M3_a_lost_answer_to_an_edit_is_told_and_the_next_run_sees(
    rig: SynchronizerRig, synchronizer: Synchronizer, page: PageId, lost: str
) -> None:
    rename(rig, page, "Second")
    rig.simulator.script(RENAME, reset=lost)
    rig.simulator.script(LINK_BACK, reset=lost)
    run = rig.run(synchronizer)
    assert [each.code for each in run.failures] == ["outcome_unknown"]
    assert rig.run(synchronizer).counts.failed == 0
    issue = rig.issue_of(rig.link(synchronizer, page))
    assert (issue.face.summary, [each.object["title"] for each in issue.links]) == ("Second", ["Second"])
    assert rig.quiet(lambda: rig.run(synchronizer))[:2] == (0, 0)


# ── creates whose answer was lost ───────────────────────────────────────────────────────────────────────────────────

LOST: dict[str, dict[str, Any]] = {
    "dropped after it happened": {"reset": "after"},
    "500 after it happened": {"status": 500, "effect": True},
    "502 of a gateway": {"status": 502, "body": "<html>Bad gateway</html>", "effect": True},
    "503 after it happened": {"status": 503, "effect": True},
    "504 after it happened": {"status": 504, "effect": True},
    "201 with garbage": {"status": 201, "body": "<html>", "effect": True},
    "201 without an id": {"drop": ("id",)},
    "201 with another's words": {"status": 201, "body": {"id": "x/../y", "key": "", "self": ""}, "effect": True},
    "too late": {"latency_seconds": 30.0, "effect": True},
    "drop by drop": {"drip_seconds": 1.0, "effect": True},
    "dropped before it happened": {"reset": "before"},
    "500 and it did not happen": {"status": 500},
}


@pytest.mark.parametrize("every", [1, 2], ids=["all", "each second"])
@pytest.mark.parametrize("how", LOST)
def test_M4_a_create_whose_answer_was_lost_is_found_again_and_not_made_twice(
    rig: SynchronizerRig, synchronizer: Synchronizer, how: str, every: int
) -> None:
    rig.simulator.script(CREATE, times=4 // every, every=every, **LOST[how])
    run = rig.run(synchronizer)
    assert (run.status, run.counts.created) == (RunStatus.COMPLETED, 4)
    assert sorted(rig.markers.values()) == [1, 1, 1, 1]
    links = rig.linked(synchronizer).values()
    assert {link.marker for link in links} == set(rig.markers)
    assert {(link.state, len(rig.issue_of(link).links)) for link in links} == {(LinkState.ACTIVE, 1)}
    rig.clock.move(seconds=SETTLE_AFTER_SECONDS)
    assert rig.quiet(lambda: rig.run(synchronizer))[0] == 0
    assert rig.quiet(lambda: rig.run(synchronizer))[:2] == (0, 0)


def test_M4_nobody_looks_before_two_minutes_are_over(rig: SynchronizerRig, synchronizer: Synchronizer) -> None:
    rig.simulator.script(CREATE, reset="after")
    began = rig.clock()
    started = rig.starter.start(synchronizer, "manual")
    rig.deliver(rig.queue.sent.pop(0)[0])
    assert rig.simulator.by_endpoint[FOUND] == 0
    ((work, delay_seconds),) = rig.queue.sent
    assert delay_seconds == SETTLE_AFTER_SECONDS - (rig.clock() - began).total_seconds()
    rig.queue.sent.clear()
    rig.clock.move(seconds=delay_seconds - 1)
    rig.deliver(work)  # by somebody's redrive, too early
    assert rig.simulator.by_endpoint[FOUND] == 0
    rig.drain()
    assert (rig.told_of(started).counts.created, rig.simulator.by_endpoint[FOUND]) == (4, 1)


def test_M4_an_index_later_than_two_minutes_makes_a_duplicate_that_the_next_run_tells(
    rig: SynchronizerRig, synchronizer: Synchronizer
) -> None:
    rig.simulator.behaviour.index_delay_seconds = 600
    rig.clock.move(seconds=3600)
    rig.simulator.script(CREATE, reset="after")
    first = rig.run(synchronizer)
    assert (first.status, first.counts.created, len(rig.made)) == (RunStatus.COMPLETED, 4, 5)
    (twice,) = [marker for marker, times in rig.markers.items() if times == 2]
    rig.clock.move(seconds=900)
    second = rig.run(synchronizer)
    (link,) = [link for link in rig.linked(synchronizer).values() if link.marker == twice]
    others = {each.key for each in rig.made if each.properties["confluence-connector"]["marker"] == twice}
    assert (second.status, second.counts.duplicates) == (RunStatus.COMPLETED_WITH_ERRORS, 1)
    assert [(each.item, each.code) for each in second.failures] == [(f"page:{link.page_id}", "duplicate_issue")]
    assert {link.issue_key, *link.duplicates} == others
    third = rig.run(synchronizer)
    assert (third.status, third.counts.writes, rig.link(synchronizer, link.page_id)) == (RunStatus.COMPLETED, 0, link)


def test_M4_the_second_look_is_not_the_same_runs(clock: MovableClock) -> None:
    """Another page's create keeps the run going; the index would have had no more time than before."""
    rig = SynchronizerRig(clock, pages=2)
    synchronizer = rig.make()
    rig.simulator.behaviour.index_delay_seconds = 600
    rig.clock.move(seconds=3600)
    rig.simulator.script(CREATE, reset="after")
    rig.simulator.script(CREATE, reset="before")
    rig.simulator.script(CREATE, reset="before", every=2)
    assert rig.run(synchronizer).counts.created == 2
    rig.clock.move(seconds=900)
    assert rig.run(synchronizer).counts.duplicates == 1


def test_M4_an_issue_found_late_gets_the_title_that_its_page_has_by_then(clock: MovableClock) -> None:
    """The first create happened, with the old title; the second, with the new one, did not."""
    rig = SynchronizerRig(clock, pages=1)
    synchronizer, (page,) = rig.make(), rig.page_ids
    rig.simulator.behaviour.index_delay_seconds = 600
    clock.move(seconds=3600)
    rig.simulator.script(CREATE, reset="after")
    rig.simulator.script(CREATE, reset="before")
    rig.starter.start(synchronizer, "manual")
    for _ in range(2):
        work, delay_seconds = rig.queue.sent.pop(0)
        clock.move(seconds=delay_seconds)
        rig.deliver(work)
        rename(rig, page, "Another title")
    rig.simulator.behaviour.index_delay_seconds = 20
    rig.drain()
    rig.run(synchronizer)
    assert ([each.face.summary for each in rig.made], rig.markers.total()) == (["Another title"], 1)


def test_M4_of_two_issues_that_come_to_light_together_the_oldest_is_the_pages(
    rig: SynchronizerRig, synchronizer: Synchronizer
) -> None:
    """The second create is lost as well, and then the index shows both. Ids may grow longer."""
    rig.simulator.behaviour.index_delay_seconds = 600
    rig.clock.move(seconds=3600)
    rig.simulator.world.jira[synchronizer.jira_cloud_id].ids_used = 99_998
    rig.simulator.script(CREATE, reset="after")
    rig.simulator.script(CREATE, reset="after", every=4)
    started = rig.starter.start(synchronizer, "manual")
    while len(rig.made) < 5:
        work, delay_seconds = rig.queue.sent.pop(0)
        rig.clock.move(seconds=delay_seconds)
        rig.deliver(work)
    rig.simulator.behaviour.index_delay_seconds = 20
    rig.drain()
    run, link = rig.told_of(started), rig.link(synchronizer, rig.page_ids[0])
    same = [each for each in rig.made if each.properties["confluence-connector"]["marker"] == link.marker]
    oldest, younger = sorted(same, key=lambda each: int(each.id))
    assert (link.issue_id, link.duplicates, run.counts.duplicates) == (oldest.id, (younger.key,), 1)
    assert len(rig.made) == 5


def test_M4_what_never_comes_to_light_is_asked_for_a_few_times_and_told(
    rig: SynchronizerRig, synchronizer: Synchronizer
) -> None:
    rig.simulator.script(CREATE, status=500, times=None)
    run = rig.run(synchronizer)
    assert (run.status, run.counts.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 4)
    assert {each.code for each in run.failures} == {"outcome_unknown"}
    assert rig.simulator.by_endpoint[CREATE] == 4 * CREATES_ASKED
    rig.simulator.clear_scripts()
    assert rig.run(synchronizer).counts.created == 4
    assert sorted(rig.markers.values()) == [1, 1, 1, 1]


def test_M4_a_page_that_left_meanwhile_gets_no_second_issue(rig: SynchronizerRig, synchronizer: Synchronizer) -> None:
    page = rig.leaves[0]
    rig.simulator.script(CREATE, reset="before", times=None)
    rig.starter.start(synchronizer, "manual")
    rig.deliver(rig.queue.sent.pop(0)[0])
    rig.simulator.clear_scripts()
    rig.editor.trash(page)
    rig.drain()
    assert len(rig.made) == 3
    assert (rig.link(synchronizer, page).state, rig.link(synchronizer, page).issue_id) == (LinkState.CREATING, None)
    rig.editor.restore(page)
    rig.run(synchronizer)
    assert len(rig.made) == 4


def test_M4_refusals_that_prove_that_nothing_happened_cost_no_search(
    rig: SynchronizerRig, synchronizer: Synchronizer
) -> None:
    rig.simulator.script(CREATE, status=429, headers={"retry-after": "40"})
    run = rig.run(synchronizer)
    assert (run.status, run.counts.created, rig.simulator.by_endpoint[FOUND]) == (RunStatus.COMPLETED, 4, 0)
    assert not any(link.recheck for link in rig.linked(synchronizer).values())


# ── hostile texts ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_M5_M7_a_title_is_one_plain_line_in_its_issue_and_means_nothing_there(
    rig: SynchronizerRig, synchronizer: Synchronizer, page: PageId, title: str
) -> None:
    issue = rig.issue_of(rig.link(synchronizer, page))
    description, others = issue.face.description, {each.id: each.face.summary for each in rig.made}
    rename(rig, page, title)
    run = rig.run(synchronizer)
    assert run.status == RunStatus.COMPLETED
    now = issue.face.summary
    assert now.splitlines() == [now]
    assert now.strip() == now != ""
    assert len(now.encode("utf-16-le")) // 2 <= 255
    if title.isascii() and title.isprintable() and title.strip():
        assert now == title
    assert not set(now) & set("\u202e\u202c\u2066\u2069\u200b\ufeff\x00\x1b")
    assert (issue.face.description, issue.links[0].object["title"]) == (description, now)
    assert issue.links[0].object["url"].endswith(f"/wiki/pages/viewpage.action?pageId={page}")
    del others[issue.id]
    assert {each.id: each.face.summary for each in rig.made if each.id != issue.id} == others
    assert rig.quiet(lambda: rig.run(synchronizer))[:2] == (0, 0)
    assert rig.simulator.violations == []


def test_M5_M7_issues_are_made_of_hostile_titles_as_of_any(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=len(HOSTILE) + 1)
    titles = dict(zip(rig.page_ids[1:], HOSTILE, strict=True))
    for page, title in titles.items():
        rename(rig, page, title)
    synchronizer = rig.make()
    assert rig.run(synchronizer).counts.created == len(HOSTILE) + 1
    descriptions = set()
    for page, title in titles.items():
        link = rig.link(synchronizer, page)
        issue = rig.issue_of(link)
        assert (issue.face.summary, issue.links[0].object["title"]) == (summary_of(title), summary_of(title))
        descriptions.add(str(issue.face.description).replace(page, "ID"))
    assert len(descriptions) == 1, "nothing of a title is in it"
    assert "mention" not in descriptions.pop()
    assert rig.simulator.violations == []


def test_M5_labels_and_keys_with_the_languages_signs_are_data(rig: SynchronizerRig) -> None:
    page = rig.leaves[0]
    rig.editor.label(page, ['a" or space = "shop'])
    synchronizer = rig.make(cql='label = "a\\" OR space = \\"SHOP"')
    rig.run(synchronizer)
    assert set(rig.linked(synchronizer)) == {page}
    with pytest.raises(CqlRefused):
        fenced("GEN1", 'label = "a" OR space = "SHOP") OR (type = page')


def test_M5_a_page_that_a_query_finds_outside_of_the_space_gets_no_issue(rig: SynchronizerRig) -> None:
    """Even if a server read the fence otherwise."""
    foreign = next(
        each.id
        for each in rig.simulator.sites[rig.make().cloud_id].content.values()
        if each.type == "page" and each.space_id != rig.space.id
    )
    row = {"id": foreign, "type": "page", "status": "current", "title": "x"}
    rig.simulator.script("GET /wiki/rest/api/content/search", times=None, patch={"results": [row]})
    synchronizer = rig.make(cql='label = "x"')
    run = rig.run(synchronizer)
    assert (run.status, rig.made, rig.linked(synchronizer)) == (RunStatus.COMPLETED, [], {})


def test_M7_nothing_of_a_page_but_its_title_and_place_reaches_jira(
    rig: SynchronizerRig, synchronizer: Synchronizer
) -> None:
    page = rig.leaves[0]
    rig.editor.edit(page, rig.clock(), storage="<p>Zanzibar</p>", author_id=ACCOUNTS["ada"].account_id)
    rig.editor.label(page, ["zanzibar"])
    rig.run(synchronizer)
    issue = rig.issue_of(rig.link(synchronizer, page))
    assert "anzibar" not in str((issue.face, issue.properties, issue.links))


# ── Atlassian is away ───────────────────────────────────────────────────────────────────────────────────────────────


def test_M4_an_outage_of_jira_is_waited_out(rig: SynchronizerRig, synchronizer: Synchronizer) -> None:
    rig.simulator.script("* /rest/api/3/*", status=503, times=60)
    run = rig.run(synchronizer)
    assert (run.status, run.counts.created) == (RunStatus.COMPLETED, 4)
    assert sorted(rig.markers.values()) == [1, 1, 1, 1]


def test_M4_nonsense_is_asked_for_a_few_times_only(rig: SynchronizerRig, synchronizer: Synchronizer) -> None:
    rig.simulator.script("GET /wiki/rest/api/content/search", body={"nonsense": 1}, times=None)
    run = rig.run(synchronizer)
    assert run.failure is not None
    assert (run.status, run.failure.code) == (RunStatus.FAILED, "upstream_protocol_error")
    assert rig.simulator.by_endpoint["GET /wiki/rest/api/content/search"] <= 4 * STRIKES
    assert rig.now(synchronizer).paused_because is None, "the next run may do better"
    rig.simulator.clear_scripts()
    assert rig.run(synchronizer).counts.created == 4
    assert len(rig.runs.of_synchronizer(HERE, synchronizer.id, limit=10)) == 2
