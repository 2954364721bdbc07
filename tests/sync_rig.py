"""Space sync over its fakes: a site, a connection, workers and the dispatcher, all in one thread and on one clock."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

from confluence_connector.domain import scopes
from confluence_connector.domain.connections import Account, Connection, Grant, Pointer, Site, Status
from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    Kind,
    MemberId,
    PageId,
    RunId,
    SpaceId,
    WorkspaceId,
    new_id,
)
from confluence_connector.domain.people import Principal
from confluence_connector.domain.run_turns import claimed
from confluence_connector.domain.runs import Run
from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import Work
from confluence_connector.ports.corpus import CorpusScope
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.syncing.begin_sync import BeginSync
from confluence_connector.services.syncing.conclude_run import ConcludeRun
from confluence_connector.services.syncing.configure_sync import ConfigureSync
from confluence_connector.services.syncing.dispatch_syncs import DispatchSyncs
from confluence_connector.services.syncing.end_sync import EndSync
from confluence_connector.services.syncing.remove_corpus import RemoveCorpus
from confluence_connector.services.syncing.show_sync import ShowSync
from confluence_connector.services.syncing.stages import stages_of
from confluence_connector.services.syncing.start_run import StartRun
from confluence_connector.services.syncing.trigger_run import TriggerRun
from confluence_connector.services.syncing.work_on_run import WorkOnRun
from confluence_connector.services.turns import Turns
from tests.conftest import MovableClock
from tests.fakes.corpus import FakeCorpusIndex, FakeCorpusObjects, Shelf
from tests.fakes.pace import FreePace
from tests.fakes.site_reading import SITE_URL, FakeSite, FakeSiteReaders
from tests.fakes.syncing import FakeRuns, FakeSyncs, FakeWorkQueue
from tests.fakes.vault_stores import FakeConnections
from tests.telling import Told
from tests.vault import TimeLeft

ACME = WorkspaceId("acme")
CLOUD = CloudId("11111111-2222-3333-4444-555555555555")
ADMIN = Principal(workspace=ACME, sub=MemberId("root"), roles=frozenset({"admin"}), scopes=frozenset())
SLICE_SECONDS = 60.0
HIDDEN_SECONDS = 360
WRITES = {
    "syncs": ("save", "remove", "claim_site", "release_site"),
    "runs": ("save", "ask_to_cancel"),
    "queue": ("send",),
    "connections": ("save",),
    "index": ("put", "remove", "note_missing", "forget_missing", "put_spaces", "note_authors", "put_changes", "erase"),
    "objects": ("put", "remove", "erase"),
}


class Killed(BaseException):
    """The process ends here."""


@dataclass
class SyncRig:
    """One deployment's engine. `share`: of the points that background work used."""

    clock: MovableClock
    site: FakeSite = field(default_factory=FakeSite)
    share: float = 0.6
    told: Told = field(default_factory=Told)
    connections: FakeConnections = field(default_factory=FakeConnections)
    syncs: FakeSyncs = field(default_factory=FakeSyncs)
    runs: FakeRuns = field(default_factory=FakeRuns)
    queue: FakeWorkQueue = field(default_factory=FakeWorkQueue)
    index: FakeCorpusIndex = field(default_factory=FakeCorpusIndex)
    objects: FakeCorpusObjects = field(default_factory=FakeCorpusObjects)
    pace: FreePace = field(default_factory=FreePace)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.index.now = self.clock
        self.sites = FakeSiteReaders(self.site)
        self.start = StartRun(self.syncs, self.runs, self.clock)
        self.end = EndSync(self.connections, self.syncs, self.runs, self.queue, self.told, self.clock)
        self.conclude = ConcludeRun(self.connections, self.syncs, self.told, self.told, lambda: self.share)
        self.begin = BeginSync(
            self.connections, self.syncs, self.queue, self.start, self.end, self.told, self.clock, self.new_id
        )
        self.dispatcher = DispatchSyncs(
            self.connections,
            self.syncs,
            self.runs,
            self.queue,
            self.start,
            self.end,
            self.conclude,
            self.told,
            self.clock,
        )
        self.worker = WorkOnRun(
            connections=self.connections,
            syncs=self.syncs,
            runs=self.runs,
            index=self.index,
            sites=self.sites,
            stages=stages_of(self.index, self.objects, self.told, self.clock),
            conclude=self.conclude,
            turns=Turns(self.queue, self.pace, self.told, self.clock, lambda: f"worker-{next(self.numbers)}"),
            security_events=SecurityEvents(self.told, self.told),
        )
        self.remover = RemoveCorpus(
            connections=self.connections,
            syncs=self.syncs,
            runs=self.runs,
            queue=self.queue,
            index=self.index,
            objects=self.objects,
            security_events=SecurityEvents(self.told, self.told),
            telemetry=self.told,
            now=self.clock,
        )
        self.shown = ShowSync(self.connections, self.syncs, self.runs)
        self.trigger = TriggerRun(
            connections=self.connections,
            syncs=self.syncs,
            runs=self.runs,
            queue=self.queue,
            begin=self.begin,
            start_run=self.start,
            conclude=self.conclude,
            shown=self.shown,
            now=self.clock,
            new_id=self.new_id,
        )
        self.configure = ConfigureSync(self.syncs, self.shown, self.clock)

    def new_id(self, kind: Kind) -> str:
        return new_id(kind, self.clock(), next(self.numbers).to_bytes(16))

    # ── a connection ────────────────────────────────────────────────────────────────────────────────────────────────

    def connect(
        self, *, number: int = 1, workspace: WorkspaceId = ACME, cloud_id: CloudId = CLOUD, begin: bool = True
    ) -> Connection:
        """A workspace's own connection for sync, confirmed a moment ago; with `begin`, its first run waits."""
        now = self.clock()
        grant = Grant(
            pointer=Pointer(f"secret-{number}", "v1"),
            generation=1,
            scopes=tuple(scopes.SYNC),
            consented_at=now,
            rotated_at=now,
            access_expires_at=now + timedelta(hours=1),
        )
        connection = self.connections.save(
            Connection(
                id=ConnectionId(f"con_{number:036d}"),
                workspace=workspace,
                owner="workspace",
                owner_id=workspace,
                started_by=MemberId("root"),
                purposes=frozenset({"link", "sync"}),
                status=Status.CONNECTED,
                created_at=now,
                account=Account("557058:service", "Service"),
                site=Site(cloud_id, "Acme", SITE_URL),
                grant=grant,
                generation=1,
                connected_at=now,
            )
        )
        return self.begin.of(connection) if begin else connection

    def changed(self, connection: Connection, **fields: object) -> Connection:
        """The connection as somebody else has just saved it."""
        stored = self.connections.get(connection.workspace, connection.id)
        assert stored is not None
        return self.connections.save(replace(stored, **fields))  # type: ignore[arg-type]

    def next_grant(self, grant: Grant) -> Grant:
        """As after another consent."""
        return replace(grant, generation=grant.generation + 1, consented_at=self.clock())

    def other_site(self, site: Site) -> Site:
        return replace(site, cloud_id=CloudId("99999999-2222-3333-4444-555555555555"))

    def taken(self, run: Run) -> Run:
        """With its turn in the hands of a worker that has just begun."""
        return claimed(run, "another worker", self.clock(), SLICE_SECONDS)

    def fill(self, pages: int, *, space: SpaceId | None = None, first: int = 1000, minutes_old: int = 60) -> SpaceId:
        """A site of so many pages, a second apart, in one space; its people are known."""
        home = space or self.site.add_space("DOC", number=1)
        begun = self.clock() - timedelta(minutes=minutes_old, seconds=pages)
        for number in range(pages):
            self.site.add_page(first + number, home, begun + timedelta(seconds=number))
        self.site.people["557058:ann"] = "Ann"
        return home

    # ── time passes ─────────────────────────────────────────────────────────────────────────────────────────────────

    def deadline(self, seconds: float = SLICE_SECONDS) -> TimeLeft:
        return TimeLeft(self.clock, seconds)

    def deliver(self, work: Work, seconds: float = SLICE_SECONDS) -> None:
        {"sync": self.worker, "remove_corpus": self.remover}[work.task].work(work, self.deadline(seconds))

    def drain(self, seconds: float = SLICE_SECONDS, most: int = 500) -> int:
        """Delivers what waits in the queue, and what that sends, each message in its time; how many they were.

        A killed worker's message is hidden for a while, and comes again.
        """
        for delivered in range(most):
            if not self.queue.sent:
                return delivered
            work, delay_seconds = self.queue.sent.pop(0)
            self.clock.move(seconds=delay_seconds)
            try:
                self.deliver(work, seconds)
            except Killed:
                self.clock.move(seconds=HIDDEN_SECONDS)
                self.queue.sent.insert(0, (work, 0))
        raise AssertionError("the messages do not end")

    def tick(self) -> int:
        """The dispatcher's minute."""
        return self.dispatcher.dispatch(self.deadline())

    def pass_time(self, *, minutes: float) -> None:
        """Minute by minute, with dispatcher and workers."""
        until = self.clock() + timedelta(minutes=minutes)
        while self.clock() < until:
            self.clock.move(seconds=60)
            self.tick()
            self.drain()

    def survive(self, act: Callable[[], Any]) -> None:
        """Does it, and is not impressed if the process dies of it."""
        with suppress(Killed):
            act()

    def due_now(self, connection: Connection, **fields: object) -> None:
        """The next run is due at once, with whatever else the sync is to be."""
        changes: dict[str, Any] = {"next_run_at": self.clock()} | fields
        self.syncs.save(replace(self.sync(connection), **changes))

    def run_next(self, connection: Connection) -> Run:
        """The next scheduled run, to its end."""
        before = self.sync(connection).last_run
        while self.sync(connection).last_run == before:
            due = self.sync(connection).next_run_at
            assert due is not None
            self.clock.at = max(self.clock(), due)
            self.tick()
            self.drain()
        return self.last_run(connection)

    def kill_at(self, write: int, *, after: bool) -> "Killer":
        """The process dies at its so-manieth write from now on, before it or right after it took effect."""
        return Killer(self, write, after=after)

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def sync(self, connection: Connection) -> Sync:
        found = self.syncs.get(connection.workspace, connection.id)
        assert found is not None
        return found

    def scope(self, connection: Connection) -> CorpusScope:
        return CorpusScope(connection.workspace, connection.id, self.sync(connection).corpus_id)

    def shelf(self, connection: Connection) -> Shelf:
        return self.index.shelf(self.scope(connection))

    def text(self, connection: Connection, page_id: PageId | str) -> str:
        stored = self.objects.get(self.scope(connection), PageId(page_id))
        return stored.decode() if stored else ""

    def last_run(self, connection: Connection) -> Run:
        run_id = self.sync(connection).last_run
        assert run_id is not None
        return self.run(connection, run_id)

    def run(self, connection: Connection, run_id: RunId | None = None) -> Run:
        """That run, or the active one."""
        wanted = run_id or self.sync(connection).active_run
        assert wanted is not None
        found = self.runs.get(connection.workspace, connection.id, wanted)
        assert found is not None
        return found

    def changes(self, connection: Connection) -> list[tuple[str, str]]:
        """The published feed: kind and page."""
        batches = self.index.changes(self.scope(connection), 0, self.sync(connection).feed, 10_000)
        return [(change.kind, change.page_id) for _, batch in batches for change in batch]


@dataclass
class Killer:
    """Counts every write of every store; at one of them the process ends, once, and `then` something happens."""

    rig: SyncRig
    at: int
    after: bool
    writes: int = 0
    then: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        for store, names in WRITES.items():
            for name in names:
                target = getattr(self.rig, store)
                setattr(target, name, self._guarded(getattr(target, name)))

    def _guarded(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **named: Any) -> Any:
            self.writes += 1
            killed = self.writes == self.at
            if killed and not self.after:
                self.then()
                raise Killed
            answer = write(*args, **named)
            if killed:
                self.then()
                raise Killed
            return answer

        return guarded
