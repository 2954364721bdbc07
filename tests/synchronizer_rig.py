"""A synchronizer's engine over in-memory stores and the simulator, with the real adapters: one thread, one clock."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

import httpx

from confluence_connector.adapters.atlassian_http import AtlassianHttp, new_client
from confluence_connector.adapters.jira import JiraSitesOverHttp
from confluence_connector.adapters.site_reader import SiteReadersOverHttp
from confluence_connector.domain import scopes
from confluence_connector.domain.connections import Account, Connection, Grant, Pointer, Site, Status
from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    Kind,
    MemberId,
    PageId,
    SpaceId,
    SynchronizerId,
    WorkspaceId,
    new_id,
)
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.synchronizer_runs import SynchronizerRun, SynchronizerTrigger
from confluence_connector.domain.synchronizers import Mode, Synchronizer, SynchronizerSettings
from confluence_connector.domain.work import Work
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.synchronizing.conclude_synchronizer_run import ConcludeSynchronizerRun
from confluence_connector.services.synchronizing.dispatch_synchronizers import DispatchSynchronizers
from confluence_connector.services.synchronizing.end_synchronizer import EndSynchronizer
from confluence_connector.services.synchronizing.start_synchronizer_run import StartSynchronizerRun
from confluence_connector.services.synchronizing.synchronizer_stages import synchronizer_stages
from confluence_connector.services.synchronizing.work_on_synchronizer import WorkOnSynchronizer
from confluence_connector.services.turns import Turns
from local.simulator import Simulator, create_simulator
from local.simulator.accounts import ACCOUNTS, ACME
from local.simulator.jira.nouns import Issue
from local.simulator.sites import Space
from tests.atlassian import SimulatedGrant, WatchedTransport
from tests.conftest import MovableClock
from tests.fakes.pace import FreePace
from tests.fakes.synchronizing import FakePageLinks, FakeSynchronizerRuns, FakeSynchronizers
from tests.fakes.syncing import FakeWorkQueue
from tests.fakes.vault_stores import FakeConnections
from tests.telling import Told
from tests.vault import TimeLeft

HERE = WorkspaceId("acme")
SPACE, PROJECT, TASK, BUG = "GEN1", "WEB", "10002", "10003"
MARKER = "confluence-connector"
SLICE_SECONDS = 60.0
HIDDEN_SECONDS = 360
CREATE = "POST /rest/api/3/issue"
RENAME = "PUT /rest/api/3/issue/{issueIdOrKey}"
LINK_BACK = "POST /rest/api/3/issue/{issueIdOrKey}/remotelink"
STORES = {
    "synchronizers": ("save", "remove"),
    "runs": ("save",),
    "links": ("save", "remove"),
    "queue": ("send",),
}


class Killed(BaseException):
    """The process ends here."""


@dataclass
class SynchronizerRig:
    """`pages` of them in the space GEN1, its home page among them; alice is the technical user."""

    clock: MovableClock
    pages: int = 5
    told: Told = field(default_factory=Told)
    connections: FakeConnections = field(default_factory=FakeConnections)
    links: FakePageLinks = field(default_factory=FakePageLinks)
    queue: FakeWorkQueue = field(default_factory=FakeWorkQueue)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.simulator: Simulator = create_simulator(
            clock=self.clock, seed=7, sleep=self.clock.sleep, generate=f"{self.pages}:1"
        )
        self.synchronizers = FakeSynchronizers(self.clock)
        self.runs = FakeSynchronizerRuns(self.clock)
        self.grant = SimulatedGrant(self.simulator, scope=" ".join(sorted(scopes.JIRA)))
        self.http = self.http_over(WatchedTransport(self.simulator.transport()))
        self.conclude = ConcludeSynchronizerRun(self.synchronizers, self.told, self.told, self.clock)
        self.starter = StartSynchronizerRun(
            self.synchronizers, self.runs, self.queue, self.conclude, self.clock, self.new_id
        )
        self.ender = EndSynchronizer(self.synchronizers, self.runs, self.links, self.queue, self.told, self.clock)
        self.dispatcher = DispatchSynchronizers(
            self.synchronizers, self.runs, self.queue, self.starter, self.conclude, self.told, self.clock
        )
        self.worker = self.new_worker()
        self.connection = self.connections.save(self._connection())

    def http_over(self, transport: httpx.BaseTransport) -> AtlassianHttp:
        url, sleep = "https://api.atlassian.com", self.clock.sleep
        return AtlassianHttp(new_client(transport), url, self.clock, sleep, lambda: 0.5, self.told, FreePace())

    def new_worker(self) -> WorkOnSynchronizer:
        """Over the stores as they are now."""
        markers = (f"marker-{next(self.numbers)}" for _ in count())
        return WorkOnSynchronizer(
            connections=self.connections,
            synchronizers=self.synchronizers,
            runs=self.runs,
            sites=SiteReadersOverHttp(self.http, self.grant),
            jira_sites=JiraSitesOverHttp(self.http, self.grant),
            stages=synchronizer_stages(self.synchronizers, self.links, self.clock, lambda: next(markers)),
            conclude=self.conclude,
            end=self.ender,
            turns=Turns(self.queue, FreePace(), self.told, self.clock, lambda: f"worker-{next(self.numbers)}"),
            security_events=SecurityEvents(self.told, self.told),
            telemetry=self.told,
            now=self.clock,
        )

    def new_id(self, kind: Kind) -> str:
        return new_id(kind, self.clock(), next(self.numbers).to_bytes(16))

    # ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────

    def _connection(self) -> Connection:
        now, who = self.clock(), ACCOUNTS["alice"]
        site = Site(CloudId(ACME), "Acme", "https://acme.atlassian.net", ("confluence", "jira"))
        return Connection(
            id=ConnectionId(f"con_{1:036d}"),
            workspace=HERE,
            owner="workspace",
            owner_id=HERE,
            started_by=MemberId("root"),
            purposes=frozenset({"link", "jira"}),
            status=Status.CONNECTED,
            created_at=now,
            account=Account(who.account_id, who.display_name),
            site=site,
            jira_site=site,
            grant=Grant(Pointer("secret", "v1"), 1, tuple(scopes.JIRA), now, now, now + timedelta(hours=1)),
            generation=1,
        )

    def changed_connection(self, **changes: Any) -> None:
        """As somebody else has just saved it."""
        stored = self.connections.get(HERE, self.connection.id)
        assert stored
        self.connection = self.connections.save(replace(stored, **changes))

    def make(self, mode: Mode = "automatic", *, issue_type: str = TASK, **changes: Any) -> Synchronizer:
        """A synchronizer of GEN1 and WEB, due at once."""
        now = self.clock()
        cql = changes.pop("cql", None)
        blank = Synchronizer(
            id=SynchronizerId(self.new_id("syn")),
            workspace=HERE,
            connection_id=self.connection.id,
            cloud_id=CloudId(ACME),
            jira_cloud_id=CloudId(ACME),
            jira_url="https://acme.atlassian.net",
            space_id=SpaceId(self.space.id),
            space_key=SPACE,
            project_id="10001",
            project_key=PROJECT,
            settings=SynchronizerSettings(mode, issue_type, cql),
            technical_user=MemberId("root"),
            technical_account_id=ACCOUNTS["alice"].account_id,
            created_at=now,
            new_since=now,
            next_run_at=now,
        )
        return self.synchronizers.save(replace(blank, **changes))

    def set(self, synchronizer: Synchronizer, **settings: Any) -> None:
        """As an admin has just changed it."""
        current = self.now(synchronizer)
        self.synchronizers.save(replace(current, settings=replace(current.settings, **settings)))

    def select(self, synchronizer: Synchronizer, page_id: PageId, issue_type: str = TASK) -> None:
        """As a person who selects the page leaves the link."""
        self.links.save(
            PageLink(
                workspace=HERE,
                synchronizer_id=synchronizer.id,
                page_id=page_id,
                state=LinkState.CREATING,
                marker=f"selected-{page_id}",
                issue_type=issue_type,
                title="as it was selected",
                since=self.clock(),
                selected_by=MemberId("ann"),
            )
        )

    # ── time passes ─────────────────────────────────────────────────────────────────────────────────────────────────

    def deadline(self, seconds: float = SLICE_SECONDS) -> TimeLeft:
        return TimeLeft(self.clock, seconds)

    def deliver(self, work: Work, seconds: float = SLICE_SECONDS) -> None:
        self.worker.work(work, self.deadline(seconds))

    def drain(self, seconds: float = SLICE_SECONDS, most: int = 500, *, times: int = 1) -> int:
        """Delivers what waits, and what that sends, each message in its time; how many they were.

        A killed worker's message is hidden for a while, and comes again. `times`: every message comes so often.
        """
        for delivered in range(most):
            if not self.queue.sent:
                return delivered
            work, delay_seconds = self.queue.sent.pop(0)
            self.clock.move(seconds=delay_seconds)
            for _ in range(times):
                try:
                    self.deliver(work, seconds)
                except Killed:
                    self.clock.move(seconds=HIDDEN_SECONDS)
                    self.queue.sent.insert(0, (work, 0))
        raise AssertionError("the messages do not end")

    def tick(self) -> int:
        """The dispatcher's minute."""
        return self.dispatcher.dispatch(self.deadline())

    def live(self, synchronizer: Synchronizer, most_minutes: int = 120) -> SynchronizerRun:
        """Minute by minute, with dispatcher and workers that may die, until a run is over."""
        for _ in range(most_minutes):
            self.clock.move(seconds=60)
            with suppress(Killed):
                self.tick()
            self.drain()
            now = self.now(synchronizer)
            if now.last_run is not None and now.active_run is None:
                return self.runs.stored[HERE, synchronizer.id, now.last_run]
        raise AssertionError("no run gets through")

    def run(
        self, synchronizer: Synchronizer, trigger: SynchronizerTrigger = "schedule", **wanted: Any
    ) -> SynchronizerRun:
        """A minute later a run, to its end."""
        self.clock.move(seconds=60)
        started = self.starter.start(self.now(synchronizer), trigger, **wanted)
        self.drain()
        return self.told_of(started)

    def kill_at(self, *writes: int, after: bool) -> "Killer":
        """The process dies at its so-manieth writes from now on, before each or right after it took effect."""
        return Killer(self, frozenset(writes), after=after)

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def now(self, synchronizer: Synchronizer) -> Synchronizer:
        found = self.synchronizers.get(HERE, synchronizer.id)
        assert found
        return found

    def told_of(self, run: SynchronizerRun) -> SynchronizerRun:
        found = self.runs.get(HERE, run.synchronizer_id, run.id)
        assert found
        return found

    def linked(self, synchronizer: Synchronizer) -> dict[PageId, PageLink]:
        return {link.page_id: link for link in self.links.after(HERE, synchronizer.id, None, limit=10_000)}

    def link(self, synchronizer: Synchronizer, page_id: PageId) -> PageLink:
        return self.linked(synchronizer)[page_id]

    def issue_of(self, link: PageLink) -> Issue:
        assert link.issue_id
        return self.jira.issue(link.issue_id)

    @property
    def jira(self) -> Any:
        return self.simulator.jira()

    @property
    def editor(self) -> Any:
        return self.simulator.editor()

    @property
    def space(self) -> Space:
        return next(each for each in self.simulator.sites[ACME].spaces.values() if each.key == SPACE)

    @property
    def page_ids(self) -> list[PageId]:
        """The current pages of GEN1, the home page first."""
        content = self.simulator.sites[ACME].content.values()
        inside = [PageId(each.id) for each in content if each.space_id == self.space.id and each.status == "current"]
        return sorted(inside, key=int)

    @property
    def leaves(self) -> list[PageId]:
        """Those with nothing below them."""
        parents = {each.parent_id for each in self.simulator.sites[ACME].content.values()}
        return [page_id for page_id in self.page_ids if page_id not in parents]

    def title(self, page_id: PageId) -> str:
        return self.simulator.sites[ACME].content[page_id].version.title

    @property
    def made(self) -> list[Issue]:
        """Issues that carry a marker of ours."""
        return [each for each in self.jira.issues(PROJECT) if MARKER in each.properties]

    @property
    def markers(self) -> Counter[str]:
        return Counter(str(each.properties[MARKER]["marker"]) for each in self.made)

    @property
    def jira_writes(self) -> int:
        """Requests that change Jira, since the last reset."""
        asked = self.simulator.by_endpoint
        return asked[CREATE] + asked[RENAME] + asked[LINK_BACK]

    def quiet(self, act: Callable[[], Any]) -> tuple[int, int, Counter[str]]:
        """Jira writes, saves of links and all requests of an act."""
        self.simulator.reset_requests()
        saves = self.links.stored.saves
        act()
        return self.jira_writes, self.links.stored.saves - saves, self.simulator.by_endpoint


@dataclass
class Killer:
    """Counts every write of every store; at some of them the process ends."""

    rig: SynchronizerRig
    at: frozenset[int]
    after: bool
    writes: int = 0

    def __post_init__(self) -> None:
        for store, names in STORES.items():
            for name in names:
                target = getattr(self.rig, store)
                setattr(target, name, self._guarded(getattr(target, name)))

    def _guarded(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **named: Any) -> Any:
            self.writes += 1
            killed = self.writes in self.at
            if killed and not self.after:
                raise Killed
            answer = write(*args, **named)
            if killed:
                raise Killed
            return answer

        return guarded
