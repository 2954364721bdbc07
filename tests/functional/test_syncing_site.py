"""Space sync with the real adapters, over the simulator and AWS in process: what it costs, and what then lies in S3."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from confluence_connector.composition.syncing import Syncing
from confluence_connector.domain.identifiers import ConnectionId, PageId, WorkspaceId
from confluence_connector.domain.runs import Run, RunStatus
from confluence_connector.ports.corpus import CorpusScope
from local.simulator import create_simulator
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.connecting import ADMIN, World
from tests.fakes.syncing import FakeWorkQueue
from tests.vault import TimeLeft

ACME = WorkspaceId("acme")


@dataclass
class SyncedSite:
    """A generated site of the simulator, and a service account's connection that syncs it."""

    world: World
    queue: FakeWorkQueue
    connection_id: ConnectionId

    @classmethod
    def of(cls, aws: Aws, clock: MovableClock, pages: int) -> "SyncedSite":
        simulator = create_simulator(clock=clock, sleep=clock.sleep, generate=f"{pages}:3")
        world, queue = World.over(aws, clock, simulator), FakeWorkQueue()
        world.runtime.__dict__["work_queue"] = queue
        clock.move(days=1)
        connected = world.connect(ADMIN, "grace", "workspace", ("link", "sync"))
        return cls(world, queue, ConnectionId(connected["id"]))

    @property
    def syncing(self) -> Syncing:
        return self.world.runtime.syncing

    @property
    def scope(self) -> CorpusScope:
        sync = self.syncing.syncs.get(ACME, self.connection_id)
        assert sync
        return CorpusScope(ACME, self.connection_id, sync.corpus_id)

    def drain(self) -> None:
        while self.queue.sent:
            work, delay_seconds = self.queue.sent.pop(0)
            self.world.clock.move(seconds=delay_seconds)
            deadline = TimeLeft(self.world.clock, 60)
            {"sync": self.syncing.worker, "remove_corpus": self.syncing.remover}[work.task].work(work, deadline)

    def last_run(self) -> Run:
        return self.syncing.runs.of_connection(ACME, self.connection_id, limit=1)[0]

    def next_run(self, hours: int = 1) -> Run:
        self.world.clock.move(seconds=3600 * hours)
        self.syncing.dispatcher.dispatch(TimeLeft(self.world.clock, 60))
        self.drain()
        return self.last_run()

    def object(self, page_id: str) -> tuple[str, Any]:
        """A page's Markdown and its metadata, as they lie in the bucket."""
        bucket = self.world.aws.settings.content_bucket
        listed = self.world.aws.s3.list_objects_v2(Bucket=bucket)["Contents"]
        name = next(each["Key"] for each in listed if each["Key"].endswith(f"/pages/{page_id}.md"))
        texts = [
            self.world.aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            for key in (name, f"{name}.metadata.json")
        ]
        return texts[0], json.loads(texts[1])

    def corpus(self) -> list[str]:
        return [page.id for page in self.syncing.index.between(self.scope, None, None, 100_000)]


@pytest.fixture
def site(aws: Aws, clock: MovableClock) -> SyncedSite:
    made = SyncedSite.of(aws, clock, 60)
    made.drain()
    return made


def test_the_first_sync_reads_everything_once(site: SyncedSite) -> None:
    run = site.last_run()
    assert (run.status, run.trigger) == (RunStatus.COMPLETED, "first"), run
    assert run.pages.new == run.pages.seen >= 60
    assert run.requests <= 8, site.world.simulator.by_endpoint
    assert len(site.corpus()) == run.pages.new


def test_an_object_says_where_it_is_from(site: SyncedSite) -> None:
    page_id = site.corpus()[-1]
    row = site.syncing.index.get(site.scope, [PageId(page_id)])[PageId(page_id)]
    markdown, metadata = site.object(page_id)
    assert markdown.startswith(f'---\ntitle: "{row.title}"\npage_id: "{page_id}"\n')
    assert metadata["metadataAttributes"]["version"] == row.version
    assert metadata["metadataAttributes"]["url"] == row.url


def test_an_unchanged_hour_costs_one_request_and_writes_nothing(site: SyncedSite) -> None:
    site.world.aws.calls.clear()
    run = site.next_run()
    assert (run.status, run.requests) == (RunStatus.COMPLETED, 1), run
    assert run.points <= 25
    written = [call for call in site.world.aws.calls if call.operation in {"PutObject", "BatchWriteItem", "DeleteItem"}]
    assert written == []


def test_changes_are_found_by_the_next_run(site: SyncedSite) -> None:
    touched = site.world.simulator.editor().touch_generated(3, site.world.clock())
    before = site.syncing.index.get(site.scope, [PageId(each) for each in touched])
    run = site.next_run()
    assert (run.pages.changed, run.requests) == (3, 2), run
    after = site.syncing.index.get(site.scope, list(before))
    assert {page_id: row.version for page_id, row in after.items()} == {
        page_id: row.version + 1 for page_id, row in before.items()
    }


def test_removals_labels_and_moves_are_found_within_a_day(site: SyncedSite) -> None:
    editor = site.world.simulator.editor()
    trashed = editor.trash_generated(2)
    labelled = next(each for each in site.corpus() if each not in trashed)
    editor.label(labelled, ["seen-by-nobody"])
    runs = [site.next_run(hours=12) for _ in range(3)]
    assert sum(run.pages.removed for run in runs) == 2
    assert not set(trashed) & set(site.corpus())
    assert '"seen-by-nobody"' in site.object(labelled)[0]
    assert max(run.requests for run in runs) <= 5
    kinds = [
        change.kind
        for _, batch in site.syncing.index.changes(site.scope, 0, 10_000, 1000)
        for change in batch
        if change.page_id in {*trashed, labelled}
    ]
    assert sorted(kinds) == ["added", "added", "added", "changed", "removed", "removed"]


def test_a_disconnect_takes_the_corpus_with_it(site: SyncedSite) -> None:
    site.world.api.ok(ADMIN, "DELETE", f"/connections/{site.connection_id}")
    site.drain()
    bucket = site.world.aws.settings.content_bucket
    assert site.world.aws.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert site.syncing.syncs.get(ACME, site.connection_id) is None
