"""Exactly one issue for each page, whatever dies, comes twice, is lost or runs at the same time (G5, M4)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from threading import Condition, Thread, local
from typing import Any

import httpx
import pytest

from confluence_connector.adapters.jira import JiraSitesOverHttp
from confluence_connector.adapters.site_reader import SiteReadersOverHttp
from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.limits import SETTLE_AFTER_SECONDS
from tests.conftest import MovableClock
from tests.fakes.synchronizing import FakePageLinks
from tests.synchronizer_rig import CREATE, HERE, HIDDEN_SECONDS, Killed, SynchronizerRig

WRITES_OF_THREE = 20
"""By the dispatcher and the worker, undisturbed, for three pages; a test holds it against such a run."""


def check_all_made_once(rig: SynchronizerRig, synchronizer: Synchronizer, pages: int) -> None:
    assert len(rig.made) == pages
    assert set(rig.markers.values()) == {1}
    links = rig.linked(synchronizer)
    assert sorted(links, key=int) == rig.page_ids
    assert {link.marker for link in links.values()} == set(rig.markers)
    for page_id, link in links.items():
        issue = rig.issue_of(link)
        assert (link.state, link.duplicates, issue.face.summary) == (LinkState.ACTIVE, (), rig.title(page_id))
        assert [each.object["title"] for each in issue.links] == [rig.title(page_id)]
    assert rig.simulator.violations == []


def check_second_run_is_quiet(rig: SynchronizerRig, synchronizer: Synchronizer, rechecked: int = 0) -> None:
    """`rechecked`: links at most whose second look is due; the run after that saves nothing at all."""
    rig.clock.move(seconds=SETTLE_AFTER_SECONDS)
    writes, saves, _ = rig.quiet(lambda: rig.run(synchronizer))
    assert writes == 0
    assert saves <= rechecked
    assert rig.quiet(lambda: rig.run(synchronizer))[:2] == (0, 0)


# ── a small space, killed at every step ─────────────────────────────────────────────────────────────────────────────


def test_M4_the_writes_of_an_undisturbed_run_are_known(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=3)
    synchronizer = rig.make()
    killer = rig.kill_at(after=True)
    rig.live(synchronizer)
    assert killer.writes == WRITES_OF_THREE
    check_all_made_once(rig, synchronizer, 3)
    check_second_run_is_quiet(rig, synchronizer)


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("write", range(1, WRITES_OF_THREE + 1))
def test_M4_a_kill_at_any_write_leaves_one_issue_a_page(clock: MovableClock, write: int, *, after: bool) -> None:
    rig = SynchronizerRig(clock, pages=3)
    synchronizer = rig.make()
    rig.kill_at(write, after=after)
    run = rig.live(synchronizer)
    assert run.status == RunStatus.COMPLETED
    check_all_made_once(rig, synchronizer, 3)
    check_second_run_is_quiet(rig, synchronizer, rechecked=1)


@pytest.mark.parametrize("second", range(1, 8))
def test_M4_kills_while_lost_creates_are_settled_leave_one_issue_a_page(clock: MovableClock, second: int) -> None:
    """All three creates are lost, and whoever looks for them dies as well."""
    rig = SynchronizerRig(clock, pages=3)
    synchronizer = rig.make()
    rig.simulator.script(CREATE, reset="after", times=3)
    rig.kill_at(12, 14 + second, 20 + 2 * second, after=second % 2 == 0)
    assert rig.live(synchronizer).status == RunStatus.COMPLETED
    check_all_made_once(rig, synchronizer, 3)
    check_second_run_is_quiet(rig, synchronizer)


def test_M4_every_message_that_comes_again_at_every_save_is_let_go(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=5)
    synchronizer = rig.make()
    started = rig.starter.start(synchronizer, "manual")
    work, save, again = rig.queue.sent[0][0], rig.links.save, [0]

    def interrupted(link: Any) -> Any:
        again[0] += 1
        rig.deliver(work)
        return save(link)

    rig.links.save = interrupted  # type: ignore[method-assign]
    rig.drain()
    assert again[0] == 15
    assert rig.told_of(started).counts.created == 5
    check_all_made_once(rig, synchronizer, 5)


# ── a large one, and everything at once ─────────────────────────────────────────────────────────────────────────────


def test_M4_five_hundred_pages_get_five_hundred_issues_through_all_of_it(clock: MovableClock) -> None:
    """Messages twice, a kill every hundred writes or so, every seventh create lost after it happened, 429s."""
    rig = SynchronizerRig(clock, pages=500)
    synchronizer = rig.make()
    rig.simulator.behaviour.every_nth_429 = 17
    rig.simulator.script(CREATE, reset="after", every=7, times=None)
    killer = rig.kill_at(*range(50, 3_000, 97), after=True)
    other = rig.kill_at(*range(99, 3_000, 101), after=False)
    for _ in range(60):
        rig.clock.move(seconds=60)
        try:
            rig.tick()
        except Killed:
            continue
        rig.drain(times=2)
        if rig.now(synchronizer).last_run is not None:
            break
    run = rig.runs.of_synchronizer(HERE, synchronizer.id, limit=1)[0]
    assert (run.status, run.trigger) == (RunStatus.COMPLETED, "schedule")
    assert min(killer.writes, other.writes) > 1_500, "they died often"
    rig.simulator.clear_scripts()
    check_all_made_once(rig, synchronizer, 500)
    check_second_run_is_quiet(rig, synchronizer, rechecked=20)


@dataclass
class Late(httpx.BaseTransport):
    """The answer to the so-manieth create arrives when its worker's time is long over."""

    inner: httpx.BaseTransport
    at: int
    meanwhile: Callable[[], object]
    creates: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if request.method == "POST" and request.url.path.endswith("/rest/api/3/issue"):
            self.creates += 1
            if self.creates == self.at:
                self.meanwhile()
        return answer


@pytest.mark.parametrize("create", [1, 2, 4])
def test_M4_a_worker_that_wakes_up_when_another_has_its_turn_makes_nothing_twice(
    clock: MovableClock, create: int
) -> None:
    rig = SynchronizerRig(clock, pages=4)
    synchronizer = rig.make()
    started = rig.starter.start(synchronizer, "manual")
    work, other = rig.queue.sent.pop(0)[0], rig.worker

    def meanwhile() -> None:
        clock.move(seconds=HIDDEN_SECONDS)
        other.work(work, rig.deadline())
        rig.worker = other
        rig.drain()

    http = rig.http_over(Late(rig.simulator.transport(), create, meanwhile))
    replace(other, jira_sites=JiraSitesOverHttp(http, rig.grant)).work(work, rig.deadline())
    rig.drain()
    assert rig.told_of(started).status == RunStatus.COMPLETED
    assert ("synchronizer_turn_lost", {"synchronizer_id": synchronizer.id, "run_id": started.id}) in rig.told.lines
    check_all_made_once(rig, synchronizer, 4)
    check_second_run_is_quiet(rig, synchronizer)


@dataclass
class Faded(httpx.BaseTransport):
    """Confluence does not take the first walk's cursor any more; one that begins anew gets another."""

    inner: httpx.BaseTransport
    walks: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/content/search"):
            self.walks += "cursor" not in request.url.params
            if self.walks == 1 and "cursor" in request.url.params:
                nonsense = httpx.ByteStream(b'{"nonsense": true}')
                return httpx.Response(200, headers={"content-type": "application/json"}, stream=nonsense)
        return self.inner.handle_request(request)


def test_K7_a_cursor_that_is_not_taken_any_more_is_given_up(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock, pages=260)
    synchronizer = rig.make()
    http = rig.http_over(Faded(rig.simulator.transport()))
    rig.worker = replace(rig.worker, sites=SiteReadersOverHttp(http, rig.grant))
    run = rig.run(synchronizer)
    assert (run.status, run.counts.created, len(rig.made)) == (RunStatus.COMPLETED, 260, 260)


# ── two at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Baton:
    """Threads of which one runs at a time; at each pause, who goes on is drawn by lot."""

    random: Random
    order: Condition = field(default_factory=Condition)
    alive: set[int] = field(default_factory=set)
    turn: int = 0
    me: local = field(default_factory=local)
    failures: list[BaseException] = field(default_factory=list)

    def pause(self) -> None:
        if not hasattr(self.me, "number"):  # the test itself, before and after
            return
        with self.order:
            self._pass()
            self._wait()

    def weave(self, acts: list[Callable[[], object]]) -> None:
        self.alive = set(range(len(acts)))
        threads = [Thread(target=self._act, args=(number, act)) for number, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.failures == []

    def _act(self, number: int, act: Callable[[], object]) -> None:
        self.me.number = number
        try:
            with self.order:
                self._wait()
            act()
        except BaseException as error:  # noqa: BLE001 — told by the test's own thread
            self.failures.append(error)
        finally:
            with self.order:
                self.alive.discard(number)
                self._pass()

    def _pass(self) -> None:
        if self.alive:
            self.turn = self.random.choice(sorted(self.alive))
        self.order.notify_all()

    def _wait(self) -> None:
        assert self.order.wait_for(lambda: self.turn == self.me.number, timeout=30)


@dataclass
class Pausing(httpx.BaseTransport):
    """Before and after every request somebody else may go on."""

    inner: httpx.BaseTransport
    baton: Baton

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.baton.pause()
        answer = self.inner.handle_request(request)
        self.baton.pause()
        return answer


class PausingLinks(FakePageLinks):
    baton: Baton

    def save(self, link: Any) -> Any:
        self.baton.pause()
        saved = super().save(link)
        self.baton.pause()
        return saved


def two_at_once(clock: MovableClock, seed: int, pages: int) -> tuple[SynchronizerRig, SynchronizerRig, Synchronizer]:
    """Two engines that share links and Jira alone, as if nothing kept two runs of a synchronizer apart."""
    baton = Baton(Random(seed))
    links = PausingLinks()
    links.baton = baton
    one = SynchronizerRig(clock, pages=pages, links=links)
    two = SynchronizerRig(clock, pages=1, links=links, numbers=count(10_000))
    two.simulator, two.grant = one.simulator, one.grant
    for each in (one, two):
        http = each.http_over(Pausing(one.simulator.transport(), baton))
        each.worker = replace(each.worker, jira_sites=JiraSitesOverHttp(http, one.grant))
    two.worker = replace(two.worker, sites=one.worker.sites)
    synchronizer = one.make()
    two.synchronizers.save(replace(synchronizer, revision=0))
    one.starter.start(synchronizer, "manual")
    two.starter.start(two.now(synchronizer), "manual")
    baton.weave([one.drain, two.drain])
    return one, two, synchronizer


@pytest.mark.parametrize(("seed", "pages"), [*((seed, 8) for seed in range(8)), (8, 500)])
def test_M4_two_runs_at_once_make_one_issue_a_page(clock: MovableClock, seed: int, pages: int) -> None:
    one, two, synchronizer = two_at_once(clock, seed, pages)
    check_all_made_once(one, synchronizer, pages)
    counted = [each.runs.of_synchronizer(HERE, synchronizer.id, limit=1)[0].counts.created for each in (one, two)]
    assert sum(counted) == pages
    assert all(counted), "both made some"
    one.run(synchronizer)
    check_second_run_is_quiet(one, synchronizer)
