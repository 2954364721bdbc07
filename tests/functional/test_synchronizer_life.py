"""Synchronizers through the schedule's and the queue's real handlers; what disconnecting ends, and what it does not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sync_dispatcher
import sync_worker

from confluence_connector.domain.identifiers import MemberId, SynchronizerId, WorkspaceId
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.people import Principal
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.synchronizers import Synchronizer, SynchronizerSettings
from confluence_connector.errors import ConnectRequired
from confluence_connector.services.synchronizing.manage_synchronizers import SynchronizerWanted
from local.simulator.accounts import ACME as CLOUD
from tests.connecting import ADMIN, ANN, World
from tests.fakes.syncing import FakeWorkQueue
from tests.http import LambdaContext, Person
from tests.vault import TimeLeft

ACME = WorkspaceId("acme")
ROOT = Principal(workspace=ACME, sub=MemberId("root"), roles=frozenset({"admin"}), scopes=frozenset())
TASK = "10002"
BOSS = Person("boss", roles=("admin",))


@dataclass
class Life:
    """One workspace's connection to both products and a synchronizer over it; the clock moves with its messages."""

    world: World
    queue: FakeWorkQueue
    connection_id: str
    id: SynchronizerId
    issues_before: int = 0

    def __post_init__(self) -> None:
        self.issues_before = len(self.issues())

    @property
    def now(self) -> Synchronizer:
        found = self.world.runtime.synchronizing.synchronizers.get(ACME, self.id)
        assert found
        return found

    @property
    def last_run(self) -> SynchronizerRun:
        assert self.now.last_run
        found = self.world.runtime.synchronizing.runs.get(ACME, self.id, self.now.last_run)
        assert found
        return found

    def links(self) -> list[PageLink]:
        return list(self.world.runtime.synchronizing.links.after(ACME, self.id, None, limit=1_000))

    def asked(self) -> int:
        """Requests to Atlassian so far."""
        return self.world.simulator.by_endpoint.total()

    def issues(self) -> list[tuple[str, str]]:
        return [(issue.key, issue.face.summary) for issue in self.world.simulator.jira().issues("WEB")]

    def issues_made(self) -> list[tuple[str, str]]:
        """Beside those of the sample."""
        return self.issues()[self.issues_before :]

    def drain(self) -> None:
        while self.queue.sent:
            work, delay_seconds = self.queue.sent.pop(0)
            self.world.clock.move(seconds=delay_seconds)
            record = {"messageId": "m", "body": work.to_message(), "eventSource": "aws:sqs"}
            answer = sync_worker.handler({"Records": [record]}, LambdaContext(seconds=60))
            assert answer == {"batchItemFailures": []}

    def next_tick(self) -> dict[str, int]:
        """The minute in which the next run is due."""
        due = self.now.next_run_at
        self.world.clock.at = max(self.world.clock(), due or self.world.clock())
        return sync_dispatcher.handler({"task": "dispatch"}, LambdaContext(seconds=60))

    def run_now(self) -> None:
        self.world.runtime.synchronizing.start.start(self.now, "manual")
        self.drain()

    def disconnect(self) -> None:
        self.world.api.ok(ADMIN, "DELETE", f"/connections/{self.connection_id}")

    def reconnect(self) -> None:
        started = self.world.reconnect(ADMIN, self.connection_id)
        page = self.world.consented(started, "grace")
        assert self.world.confirm(ADMIN, page).status == 200


@pytest.fixture
def life(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    """Before its first run."""
    queue = FakeWorkQueue()
    world.runtime.__dict__["work_queue"] = queue
    for handler in (sync_worker, sync_dispatcher):
        monkeypatch.setattr(handler, "from_environment", lambda: world.runtime)
    connection = world.connect(ADMIN, "grace", owner="workspace", purposes=("link", "jira"))
    wanted = SynchronizerWanted(
        connection["id"], "SHOP", "WEB", SynchronizerSettings("automatic", TASK, 'title ~ "PRD"')
    )
    managed = world.runtime.synchronizing.people.managed
    made = managed.create(ROOT, wanted, request="a request", deadline=TimeLeft(world.clock, 29))
    return Life(world, queue, connection["id"], made)


def test_a_space_gets_its_issues_by_messages_and_the_schedules_next_run_writes_nothing(life: Life) -> None:
    life.drain()
    made = life.issues_made()
    assert life.last_run.status is RunStatus.COMPLETED
    assert len(made) == len(life.links()) == life.last_run.counts.created > 1
    assert {link.state for link in life.links()} == {LinkState.ACTIVE}
    assert {(link.issue_key, link.summary) for link in life.links()} == set(made)
    first = life.last_run
    assert life.next_tick()["synchronizers"] == 1
    life.drain()
    assert life.last_run.id != first.id
    assert (life.last_run.trigger, life.last_run.counts.writes) == ("schedule", 0)
    assert life.issues_made() == made


def test_a_disconnected_connections_synchronizer_pauses_and_asks_nobody(life: Life) -> None:
    life.drain()
    links, issues = life.links(), life.issues()
    life.disconnect()
    asked = life.asked()
    assert life.next_tick()["synchronizers"] == 1
    life.drain()
    assert life.asked() == asked
    assert life.last_run.status is RunStatus.FAILED
    assert life.now.paused_because == life.last_run.failure.code == "reconnect_required"  # type: ignore[union-attr]
    assert life.now.next_run_at is life.now.active_run is None
    told = life.world.aws.published("SynchronizerPaused")
    assert [(each["synchronizer_id"], each["code"]) for each in told] == [(life.id, "reconnect_required")]
    assert (life.links(), life.issues()) == (links, issues)
    assert life.next_tick()["synchronizers"] == 0
    life.reconnect()
    life.run_now()
    assert (life.last_run.status, life.last_run.counts.writes) == (RunStatus.COMPLETED, 0)
    assert life.now.paused_because is None
    assert life.now.next_run_at is not None


def test_disconnecting_ends_a_run_that_is_under_way_before_its_next_request(life: Life) -> None:
    asked: list[int] = []

    def at_a_link(put: Callable[[], Any]) -> Any:
        done = put()
        if not asked and len(life.links()) == 3:
            asked.append(0)
            life.disconnect()
            asked[0] = life.asked()
        return done

    life.world.aws.fault("dynamodb", "PutItem", at_a_link)
    life.drain()
    life.world.aws.heal()
    assert life.asked() == asked[0]
    assert life.now.paused_because == "reconnect_required"
    assert len(life.links()) == 3
    waiting = [link for link in life.links() if link.state is LinkState.CREATING]
    assert len(waiting) == 1
    life.reconnect()
    life.run_now()
    markers = [link.marker for link in life.links()]
    assert len(life.issues_made()) == len(markers) == len(set(markers))
    assert {link.state for link in life.links()} == {LinkState.ACTIVE}


def test_C6_a_removed_member_acts_on_no_issue_and_the_workspaces_synchronizer_goes_on(life: Life) -> None:
    life.drain()
    people, page = life.world.runtime.synchronizing.people, life.links()[0].page_id
    life.world.connect(ANN, "alice", purposes=("link", "jira"), sites=(CLOUD,))
    ann = Principal(workspace=ACME, sub=MemberId("ann"), roles=frozenset(), scopes=frozenset())
    deadline = TimeLeft(life.world.clock, 29)
    assert people.issues.show(ann, life.id, page, deadline).acting_as == "self"
    for gone in ("ann", "root"):
        life.world.api.ok(BOSS, "DELETE", f"/members/{gone}")
    with pytest.raises(ConnectRequired):
        people.issues.show(ann, life.id, page, deadline)
    assert life.next_tick()["synchronizers"] == 1
    life.drain()
    assert (life.last_run.status, life.last_run.counts.writes) == (RunStatus.COMPLETED, 0)
