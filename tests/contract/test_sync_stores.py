"""What space sync keeps of itself: the in-memory stand-ins and the real adapters on moto keep the same promises."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.adapters.dynamodb.runs import DynamoRuns
from confluence_connector.adapters.dynamodb.syncs import DynamoSyncs
from confluence_connector.adapters.work_queue import SqsWorkQueue
from confluence_connector.domain.identifiers import CloudId, ConnectionId, CorpusId, PageId, RunId, WorkspaceId, new_id
from confluence_connector.domain.runs import Checkpoint, ItemFailure, PageCounts, Run, RunStatus
from confluence_connector.domain.sync_times import next_due
from confluence_connector.domain.syncs import Sync, SyncSettings
from confluence_connector.domain.work import MESSAGE_BYTES, Work, from_message
from confluence_connector.errors import AppMisconfigured, ServiceUnavailable
from confluence_connector.limits import RUNS_KEPT_DAYS
from confluence_connector.ports import Stale
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.fakes.syncing import FakeRuns, FakeSyncs, FakeWorkQueue
from tests.telling import Told

ACME, GLOBEX = WorkspaceId("acme"), WorkspaceId("globex")
FIRST, SECOND = ConnectionId("con_" + "1" * 36), ConnectionId("con_" + "2" * 36)
CLOUD = CloudId("11111111-2222-3333-4444-555555555555")


@dataclass
class Stores:
    syncs: Any
    runs: Any


@pytest.fixture(params=["fake", "real"])
def stores(request: pytest.FixtureRequest, clock: MovableClock) -> Iterator[Stores]:
    if request.param == "fake":
        yield Stores(FakeSyncs(), FakeRuns())
        return
    aws: Aws = request.getfixturevalue("aws")
    yield real_stores(aws, clock)


def real_stores(aws: Aws, clock: MovableClock) -> Stores:
    numbers = iter(range(10_000))
    table = aws.settings.state_table
    return Stores(
        DynamoSyncs(aws.dynamodb, table, lambda: f"s{next(numbers)}", Told()),
        DynamoRuns(aws.dynamodb, table, clock, lambda: f"r{next(numbers)}"),
    )


@pytest.fixture
def sync(clock: MovableClock) -> Sync:
    return Sync(
        workspace=ACME,
        connection_id=FIRST,
        cloud_id=CLOUD,
        corpus_id=CorpusId(new_id("cor", clock(), b"c" * 16)),
        generation=2,
        settings=SyncSettings(interval_minutes=15, include_spaces=("A", "b"), exclude_spaces=("C",)),
        created_at=clock(),
        next_run_at=clock() + timedelta(minutes=3),
        watermark=clock() - timedelta(microseconds=1),
        owed=(PageId("7"), PageId("9007199254740993")),
        pages=12,
    )


def run_of(clock: MovableClock, number: int = 0, connection_id: ConnectionId = FIRST) -> Run:
    made_at = clock() + timedelta(seconds=number)
    return Run(
        id=RunId(new_id("run", made_at, bytes([number]) * 16)),
        workspace=ACME,
        connection_id=connection_id,
        trigger="schedule",
        status=RunStatus.QUEUED,
        plan=("probe", "spaces"),
        stages=("spaces",),
        created_at=made_at,
        checkpoint=Checkpoint(group=1, cursor="opaque=", last_id=PageId("12"), suspects=2, known=90),
        pages=PageCounts(seen=3, failed=1),
        failures=(ItemFailure("page:12", "space:3", "content_unreadable", "A sentence of ours."),),
    )


# ── syncs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sync_is_read_as_it_was_saved_and_by_its_own_workspace_only(stores: Stores, sync: Sync) -> None:
    assert stores.syncs.get(ACME, FIRST) is None
    saved = stores.syncs.save(sync)
    assert saved == replace(sync, revision=1)
    assert stores.syncs.get(ACME, FIRST) == saved
    assert stores.syncs.get(GLOBEX, FIRST) is None
    assert stores.syncs.get(ACME, SECOND) is None
    assert stores.syncs.get(ACME, ConnectionId("nothing#of ours")) is None


def test_a_sync_saved_or_removed_from_an_older_revision_is_stale(stores: Stores, sync: Sync) -> None:
    first = stores.syncs.save(sync)
    second = stores.syncs.save(replace(first, next_run_at=None, ending=True))
    for older in (sync, first, replace(second, revision=9)):
        with pytest.raises(Stale):
            stores.syncs.save(older)
    with pytest.raises(Stale):
        stores.syncs.remove(first)
    assert stores.syncs.get(ACME, FIRST) == second
    stores.syncs.remove(second)
    stores.syncs.remove(second)
    assert stores.syncs.get(ACME, FIRST) is None
    with pytest.raises(Stale):
        stores.syncs.save(second)


def test_a_site_is_one_connections_until_it_lets_go(stores: Stores) -> None:
    syncs = stores.syncs
    assert syncs.claim_site(ACME, CLOUD, FIRST) == FIRST
    assert syncs.claim_site(ACME, CLOUD, FIRST) == FIRST
    assert syncs.claim_site(ACME, CLOUD, SECOND) == FIRST
    assert syncs.claim_site(GLOBEX, CLOUD, SECOND) == SECOND
    syncs.release_site(ACME, CLOUD, SECOND)
    assert syncs.claim_site(ACME, CLOUD, SECOND) == FIRST
    syncs.release_site(ACME, CLOUD, FIRST)
    syncs.release_site(ACME, CLOUD, FIRST)
    assert syncs.claim_site(ACME, CLOUD, SECOND) == SECOND


def test_syncs_are_due_when_their_time_has_come(stores: Stores, sync: Sync, clock: MovableClock) -> None:
    waiting = stores.syncs.save(sync)
    stores.syncs.save(replace(sync, connection_id=SECOND, next_run_at=None))
    assert list(stores.syncs.due(clock())) == []
    clock.move(seconds=180)
    assert list(stores.syncs.due(clock())) == [waiting]
    running = stores.syncs.save(
        replace(waiting, active_run=RunId("run_1"), active_until=clock() + timedelta(minutes=5), next_run_at=None)
    )
    assert list(stores.syncs.due(clock())) == []
    clock.move(seconds=300)
    assert list(stores.syncs.due(clock())) == [running]
    off = stores.syncs.save(replace(running, active_run=None, active_until=None))
    assert next_due(off) is None
    assert list(stores.syncs.due(clock())) == []


def test_a_sync_that_somebody_moves_on_is_not_due_though_the_index_says_so(
    aws: Aws, sync: Sync, clock: MovableClock
) -> None:
    syncs = real_stores(aws, clock).syncs
    saved = syncs.save(sync)
    clock.move(seconds=200)
    later = replace(saved, next_run_at=clock() + timedelta(hours=1))
    aws.before("dynamodb", "GetItem", lambda: syncs.save(later))
    assert list(syncs.due(clock())) == []


def test_B15_a_save_whose_answer_is_lost_is_a_save(aws: Aws, sync: Sync, clock: MovableClock) -> None:
    stores = real_stores(aws, clock)
    aws.lose_answer("dynamodb", "PutItem", times=2)
    saved = stores.syncs.save(sync)
    assert stores.syncs.save(saved).revision == 2
    aws.lose_answer("dynamodb", "PutItem")
    assert stores.runs.save(run_of(clock)).revision == 1


def test_a_sync_that_nobody_can_read_keeps_no_other_waiting(aws: Aws, sync: Sync, clock: MovableClock) -> None:
    told = Told()
    syncs = replace(real_stores(aws, clock).syncs, telemetry=told)
    clock.move(seconds=200)
    syncs.save(sync)
    good = syncs.save(replace(sync, connection_id=SECOND))
    spoilt = next(item for item in aws.items() if item["sk"]["S"].endswith(FIRST))
    aws.dynamodb.put_item(TableName=aws.settings.state_table, Item=spoilt | {"generation": {"S": "many"}})
    assert list(syncs.due(clock())) == [good]
    assert told.counters["ItemUnreadable"] == 1


def test_the_store_says_what_is_wrong_with_it(aws: Aws, sync: Sync, clock: MovableClock) -> None:
    stores = real_stores(aws, clock)
    aws.fail("dynamodb", "GetItem", "AccessDeniedException", times=1)
    with pytest.raises(AppMisconfigured):
        stores.syncs.get(ACME, FIRST)
    aws.fail("dynamodb", "PutItem", "ThrottlingException", times=1)
    with pytest.raises(ServiceUnavailable):
        stores.syncs.save(sync)


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_K1_a_run_begins_once(stores: Stores, clock: MovableClock) -> None:
    run = run_of(clock)
    saved = stores.runs.save(run)
    assert stores.runs.get(ACME, FIRST, run.id) == saved == replace(run, revision=1)
    assert stores.runs.get(GLOBEX, FIRST, run.id) is None
    assert stores.runs.get(ACME, SECOND, run.id) is None
    with pytest.raises(Stale):
        stores.runs.save(run)
    again = stores.runs.save(replace(saved, status=RunStatus.RUNNING, turn=2))
    with pytest.raises(Stale):
        stores.runs.save(saved)
    assert stores.runs.get(ACME, FIRST, run.id) == again


def test_a_connections_runs_come_newest_first_and_page_by_page(stores: Stores, clock: MovableClock) -> None:
    runs = [stores.runs.save(run_of(clock, number)) for number in (2, 0, 1, 3)]
    stores.runs.save(run_of(clock, 4, SECOND))
    newest = sorted(runs, key=lambda run: run.created_at, reverse=True)
    assert list(stores.runs.of_connection(ACME, FIRST, limit=10)) == newest
    assert list(stores.runs.of_connection(ACME, FIRST, limit=2)) == newest[:2]
    assert list(stores.runs.of_connection(ACME, FIRST, limit=2, before=newest[1].id)) == newest[2:]
    assert list(stores.runs.of_connection(ACME, FIRST, limit=2, before=newest[3].id)) == []
    assert list(stores.runs.of_connection(GLOBEX, FIRST, limit=2)) == []


def test_a_wish_to_cancel_moves_no_revision_and_no_save_loses_it(stores: Stores, clock: MovableClock) -> None:
    run, other = (stores.runs.save(run_of(clock, number)) for number in (1, 2))
    assert not stores.runs.is_cancelled(run)
    stores.runs.ask_to_cancel(run)
    stores.runs.ask_to_cancel(run)
    saved = stores.runs.save(replace(run, turn=2))
    assert stores.runs.is_cancelled(run)
    assert stores.runs.is_cancelled(saved)
    assert not stores.runs.is_cancelled(other)
    assert len(stores.runs.of_connection(ACME, FIRST, limit=10)) == 2


def test_runs_are_forgotten_after_ninety_days_though_the_table_still_has_them(aws: Aws, clock: MovableClock) -> None:
    runs = real_stores(aws, clock).runs
    run = runs.save(run_of(clock))
    runs.ask_to_cancel(run)
    clock.move(days=RUNS_KEPT_DAYS, seconds=-1)
    assert runs.get(ACME, FIRST, run.id) == run
    clock.move(seconds=1)
    assert runs.get(ACME, FIRST, run.id) is None
    assert runs.of_connection(ACME, FIRST, limit=5) == []
    ends = {int(item["expires_at"]["N"]) for item in aws.items()}
    assert ends == {int(clock().timestamp())}


# ── the queue ───────────────────────────────────────────────────────────────────────────────────────────────────────


def works(count: int, workspace: WorkspaceId = ACME) -> list[tuple[Work, int]]:
    return [(Work("sync", workspace, FIRST, "run_" + "a" * 36, turn), 0) for turn in range(1, count + 1)]


def received(aws: Aws, sqs: Any) -> list[Work]:
    found: list[Work] = []
    while messages := sqs.receive_message(QueueUrl=aws.settings.work_queue_url, MaxNumberOfMessages=10).get("Messages"):
        found += [from_message(message["Body"]) for message in messages]
    return found


@pytest.fixture
def queue(aws: Aws) -> SqsWorkQueue:
    return SqsWorkQueue(aws.sqs, aws.settings.work_queue_url)


def test_all_that_is_sent_arrives_ten_to_a_call_each_in_its_workspaces_group(aws: Aws, queue: SqsWorkQueue) -> None:
    queue.send([*works(21), *works(2, GLOBEX)])
    assert sorted(work.turn for work in received(aws, aws.sqs)) == sorted([*range(1, 22), 1, 2])
    sent = [call.parameters["Entries"] for call in aws.calls if call.operation == "SendMessageBatch"]
    assert [len(entries) for entries in sent] == [10, 10, 3]
    assert {entry["MessageGroupId"] for entry in sent[0]} == {"acme"}
    queue.send([])
    assert aws.count("SendMessageBatch") == 3


def test_a_message_waits_for_its_delay(aws: Aws, queue: SqsWorkQueue) -> None:
    queue.send([(works(1)[0][0], 900)])
    assert received(aws, aws.sqs) == []


@pytest.mark.parametrize("delay", [-1, 901])
def test_a_delay_that_the_queue_does_not_take_is_refused_before_anything_is_sent(
    aws: Aws, queue: SqsWorkQueue, delay: int
) -> None:
    for each in (queue, FakeWorkQueue()):
        with pytest.raises(ValueError, match="delay"):
            each.send([(works(1)[0][0], 0), (works(1)[0][0], delay)])
    assert aws.count("SendMessageBatch") == 0


def test_J10_text_never_enters_the_queue(aws: Aws, queue: SqsWorkQueue) -> None:
    for identifier in ("x" * MESSAGE_BYTES, "a sentence of somebody's page", ""):
        with pytest.raises(ValueError, match="message"):
            queue.send([(Work("sync", ACME, FIRST, identifier, 1), 0)])
    assert aws.count("SendMessageBatch") == 0


def test_what_a_batch_left_behind_is_sent_once_more_then_it_is_an_outage(aws: Aws, queue: SqsWorkQueue) -> None:
    def leave_behind(_: Any) -> dict[str, Any]:
        return {"Failed": [{"Id": "1", "SenderFault": False, "Code": "InternalError"}]}

    aws.fault("sqs", "SendMessageBatch", leave_behind, times=1)
    queue.send(works(3))
    assert [work.turn for work in received(aws, aws.sqs)] == [2]
    aws.fault("sqs", "SendMessageBatch", leave_behind)
    with pytest.raises(ServiceUnavailable):
        queue.send(works(3))
