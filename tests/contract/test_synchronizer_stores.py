"""What synchronizers keep: the in-memory stand-ins and the real adapters on moto keep the same promises."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.adapters.dynamodb.page_acts import DynamoPageActs
from confluence_connector.adapters.dynamodb.synchronizer_runs import DynamoSynchronizerRuns
from confluence_connector.adapters.dynamodb.synchronizers import DynamoSynchronizers
from confluence_connector.domain.identifiers import (
    ActId,
    CloudId,
    ConnectionId,
    IssueId,
    Kind,
    MemberId,
    PageId,
    RunId,
    SpaceId,
    SynchronizerId,
    WorkspaceId,
    new_id,
)
from confluence_connector.domain.page_acts import PageAct
from confluence_connector.domain.runs import ItemFailure, RunStatus
from confluence_connector.domain.synchronizer_runs import LinkCounts, Planned, SynchronizerRun
from confluence_connector.domain.synchronizer_times import next_due
from confluence_connector.domain.synchronizers import Synchronizer, SynchronizerSettings
from confluence_connector.errors import AppMisconfigured, ServiceUnavailable
from confluence_connector.limits import IDEMPOTENCY_SECONDS, PAGE_ACTS_KEPT_DAYS, RUNS_KEPT_DAYS
from confluence_connector.ports import Stale
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.fakes.synchronizing import FakePageActs, FakeSynchronizerRuns, FakeSynchronizers
from tests.telling import Told

ACME, GLOBEX = WorkspaceId("acme"), WorkspaceId("globex")
CONNECTION = ConnectionId("con_" + "1" * 36)
ONE, TWO = SynchronizerId("syn_" + "1" * 36), SynchronizerId("syn_" + "2" * 36)
NOT_OURS = SynchronizerId(f"{ONE}#7")


@dataclass
class Stores:
    synchronizers: Any
    runs: Any
    acts: Any


@pytest.fixture(params=["fake", "real"])
def stores(request: pytest.FixtureRequest, clock: MovableClock) -> Iterator[Stores]:
    if request.param == "fake":
        yield Stores(FakeSynchronizers(clock), FakeSynchronizerRuns(clock), FakePageActs(clock))
        return
    yield real_stores(request.getfixturevalue("aws"), clock)


def real_stores(aws: Aws, clock: MovableClock, told: Told | None = None) -> Stores:
    numbers = iter(range(10_000))
    client, table = aws.dynamodb, aws.settings.state_table

    def new_secret() -> str:
        return f"s{next(numbers)}"

    return Stores(
        DynamoSynchronizers(client, table, clock, new_secret, told or Told()),
        DynamoSynchronizerRuns(client, table, clock, new_secret),
        DynamoPageActs(client, table, clock),
    )


def identifier(kind: Kind, clock: MovableClock, number: int) -> str:
    return new_id(kind, clock() + timedelta(seconds=number), bytes([number]) * 16)


def synchronizer_of(clock: MovableClock, number: int = 0, **more: Any) -> Synchronizer:
    made = Synchronizer(
        id=SynchronizerId(identifier("syn", clock, number)),
        workspace=ACME,
        connection_id=CONNECTION,
        cloud_id=CloudId("confluence"),
        jira_cloud_id=CloudId("jira"),
        jira_url="https://shop.atlassian.net",
        space_id=SpaceId("65"),
        space_key="SHOP",
        project_id="10000",
        project_key="WEB",
        settings=SynchronizerSettings("new_pages", "10001", 'label = "a#b" AND title ~ "ö"', allow_fallback=False),
        technical_user=MemberId("root"),
        technical_account_id="5b10:ac8",
        created_at=clock(),
        new_since=clock() - timedelta(microseconds=1),
        account_since=clock(),
        next_run_at=clock() + timedelta(minutes=3),
        turns=7,
        paused_because="permissions_missing",
        missing_permissions=("EDIT_ISSUES", "CREATE_ISSUES"),
    )
    return replace(made, **more)


def run_of(clock: MovableClock, number: int = 0, **more: Any) -> SynchronizerRun:
    made = SynchronizerRun(
        id=RunId(identifier("run", clock, number)),
        workspace=ACME,
        connection_id=CONNECTION,
        synchronizer_id=ONE,
        trigger="selection",
        status=RunStatus.QUEUED,
        created_at=clock(),
        turn=3,
        dry_run=True,
        stages=("links", "scope"),
        last_page=PageId("12"),
        settle_at=clock() + timedelta(seconds=120),
        counts=LinkCounts(seen=3, created=1, writes=2),
        planned=(Planned(PageId("12"), "One", "create"),),
        failures=(ItemFailure("page:12", None, "jira_refused", "A sentence of ours."),),
    )
    return replace(made, **more)


def act_of(clock: MovableClock, number: int = 0, **more: Any) -> PageAct:
    made = PageAct(
        id=ActId(identifier("act", clock, number)),
        workspace=ACME,
        synchronizer_id=ONE,
        page_id=PageId("12"),
        issue_id=IssueId("10007"),
        member=MemberId("ann"),
        member_account_id="5b10:a",
        connection_id=CONNECTION,
        acting_as="technical_user",
        acting_account_id="5b10:t",
        deed="edit_fields",
        what=("summary", "labels"),
        outcome="sent",
        code=None,
        at=clock(),
    )
    return replace(made, **more)


# ── synchronizers ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_synchronizer_is_read_as_it_was_saved_and_by_its_own_workspace_only(
    stores: Stores, clock: MovableClock
) -> None:
    made = synchronizer_of(clock)
    assert stores.synchronizers.get(ACME, made.id) is None
    saved = stores.synchronizers.save(made)
    assert saved == replace(made, revision=1)
    assert stores.synchronizers.get(ACME, made.id) == saved
    assert stores.synchronizers.get(GLOBEX, made.id) is None
    assert stores.synchronizers.get(ACME, NOT_OURS) is None


def test_a_synchronizer_saved_or_removed_from_an_older_revision_is_stale(stores: Stores, clock: MovableClock) -> None:
    made = synchronizer_of(clock)
    first = stores.synchronizers.save(made)
    second = stores.synchronizers.save(replace(first, ending=True))
    for older in (made, first, replace(second, revision=9)):
        with pytest.raises(Stale):
            stores.synchronizers.save(older)
    with pytest.raises(Stale):
        stores.synchronizers.remove(first)
    assert stores.synchronizers.get(ACME, made.id) == second
    stores.synchronizers.remove(second)
    stores.synchronizers.remove(second)
    assert stores.synchronizers.get(ACME, made.id) is None
    with pytest.raises(Stale):
        stores.synchronizers.save(second)


def test_a_workspaces_synchronizers_come_in_the_order_of_their_making(stores: Stores, clock: MovableClock) -> None:
    made = [stores.synchronizers.save(synchronizer_of(clock, number, ending=number == 1)) for number in (2, 0, 1)]
    stores.synchronizers.save(synchronizer_of(clock, 3, workspace=GLOBEX))
    stores.runs.save(run_of(clock))
    stores.synchronizers.claim(ACME, "a request", ONE)
    assert list(stores.synchronizers.of_workspace(ACME)) == [made[1], made[2], made[0]]
    assert list(stores.synchronizers.of_workspace(WorkspaceId("nobody"))) == []


def test_a_repeated_request_makes_one_synchronizer_within_a_day(stores: Stores, clock: MovableClock) -> None:
    claim = stores.synchronizers.claim
    assert claim(ACME, "a request", ONE) == ONE
    assert claim(ACME, "a request", TWO) == ONE
    assert claim(GLOBEX, "a request", TWO) == TWO
    assert claim(ACME, "another", TWO) == TWO
    clock.move(seconds=IDEMPOTENCY_SECONDS - 1)
    assert claim(ACME, "a request", TWO) == ONE
    clock.move(seconds=1)
    assert claim(ACME, "a request", TWO) == TWO
    assert claim(ACME, "a request", ONE) == TWO


def test_synchronizers_are_due_when_their_time_has_come(stores: Stores, clock: MovableClock) -> None:
    synchronizers = stores.synchronizers
    waiting = synchronizers.save(synchronizer_of(clock))
    synchronizers.save(synchronizer_of(clock, 1, next_run_at=None))
    assert list(synchronizers.due(clock())) == []
    clock.move(seconds=180)
    assert list(synchronizers.due(clock())) == [waiting]
    running = synchronizers.save(
        replace(waiting, active_run=RunId("run_1"), active_until=clock() + timedelta(minutes=5), next_run_at=None)
    )
    assert list(synchronizers.due(clock())) == []
    clock.move(seconds=300)
    assert list(synchronizers.due(clock())) == [running]
    ending = synchronizers.save(replace(running, ending=True, active_run=None, active_until=None))
    assert list(synchronizers.due(clock())) == [ending]
    off = synchronizers.save(replace(ending, ending=False))
    assert next_due(off) is None
    assert list(synchronizers.due(clock())) == []


def test_a_synchronizer_that_somebody_moves_on_is_not_due_though_the_index_says_so(
    aws: Aws, clock: MovableClock
) -> None:
    synchronizers = real_stores(aws, clock).synchronizers
    saved = synchronizers.save(synchronizer_of(clock))
    clock.move(seconds=200)
    later = replace(saved, next_run_at=clock() + timedelta(hours=1))
    aws.before("dynamodb", "GetItem", lambda: synchronizers.save(later))
    assert list(synchronizers.due(clock())) == []


def test_a_synchronizer_that_nobody_can_read_keeps_no_other_waiting(aws: Aws, clock: MovableClock) -> None:
    told = Told()
    synchronizers = real_stores(aws, clock, told).synchronizers
    spoilt = synchronizers.save(synchronizer_of(clock))
    item = aws.items()[0] | {"turns": {"S": "many"}}
    good = synchronizers.save(synchronizer_of(clock, 1))
    aws.dynamodb.put_item(TableName=aws.settings.state_table, Item=item)
    clock.move(seconds=200)
    assert list(synchronizers.due(clock())) == [good]
    assert ("item_unreadable", {"item": f"SYNCHRONIZER#{spoilt.id}"}) in told.lines
    assert told.counters["ItemUnreadable"] == 1


def test_B15_a_save_whose_answer_is_lost_is_a_save(aws: Aws, clock: MovableClock) -> None:
    stores = real_stores(aws, clock)
    for store, noun in ((stores.synchronizers, synchronizer_of(clock)), (stores.runs, run_of(clock))):
        aws.lose_answer("dynamodb", "PutItem", times=2)
        saved = store.save(noun)
        assert store.save(saved).revision == 2
        with pytest.raises(Stale):
            store.save(saved)
    aws.lose_answer("dynamodb", "PutItem")
    assert stores.synchronizers.claim(ACME, "a request", ONE) == ONE


def test_the_stores_say_what_is_wrong_with_their_table(aws: Aws, clock: MovableClock) -> None:
    stores = real_stores(aws, clock)
    aws.fail("dynamodb", "GetItem", "AccessDeniedException", times=1)
    with pytest.raises(AppMisconfigured):
        stores.runs.get(ACME, ONE, RunId("run_1"))
    for operation, ask in (
        ("PutItem", lambda: stores.acts.add(act_of(clock))),
        ("PutItem", lambda: stores.synchronizers.claim(ACME, "a request", ONE)),
        ("Query", lambda: list(stores.synchronizers.due(clock()))),
        ("Query", lambda: list(stores.synchronizers.of_workspace(ACME))),
        ("Query", lambda: stores.acts.page(ACME, ONE, limit=1)),
    ):
        aws.fail("dynamodb", operation, "ThrottlingException", times=1)
        with pytest.raises(ServiceUnavailable):
            ask()


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_begins_once(stores: Stores, clock: MovableClock) -> None:
    run = run_of(clock)
    saved = stores.runs.save(run)
    assert stores.runs.get(ACME, ONE, run.id) == saved == replace(run, revision=1)
    assert stores.runs.get(GLOBEX, ONE, run.id) is None
    assert stores.runs.get(ACME, TWO, run.id) is None
    assert stores.runs.get(ACME, NOT_OURS, run.id) is None
    with pytest.raises(Stale):
        stores.runs.save(run)
    again = stores.runs.save(replace(saved, status=RunStatus.RUNNING, turn=4))
    with pytest.raises(Stale):
        stores.runs.save(saved)
    assert stores.runs.get(ACME, ONE, run.id) == again


def test_a_synchronizers_runs_come_newest_first_page_by_page_and_are_forgotten(
    stores: Stores, clock: MovableClock
) -> None:
    runs = [stores.runs.save(run_of(clock, number)) for number in (2, 0, 1, 3)]
    stores.runs.save(run_of(clock, 4, synchronizer_id=TWO))
    newest = sorted(runs, key=lambda run: run.id, reverse=True)
    of_synchronizer = stores.runs.of_synchronizer
    assert list(of_synchronizer(ACME, ONE, limit=10)) == newest
    assert list(of_synchronizer(ACME, ONE, limit=2)) == newest[:2]
    assert list(of_synchronizer(ACME, ONE, limit=2, before=newest[1].id)) == newest[2:]
    assert list(of_synchronizer(ACME, ONE, limit=2, before=newest[3].id)) == []
    assert list(of_synchronizer(GLOBEX, ONE, limit=2)) == []
    assert list(of_synchronizer(ACME, NOT_OURS, limit=2)) == []
    clock.move(days=RUNS_KEPT_DAYS, seconds=-1)
    assert stores.runs.get(ACME, ONE, newest[0].id) == newest[0]
    clock.move(seconds=1)
    assert stores.runs.get(ACME, ONE, newest[0].id) is None
    assert list(of_synchronizer(ACME, ONE, limit=10)) == []


# ── the trail ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_acts_are_told_newest_first_with_their_outcome_and_are_forgotten(stores: Stores, clock: MovableClock) -> None:
    acts = [act_of(clock, number) for number in range(5)]
    for act in acts:
        stores.acts.add(act)
    stores.acts.add(act_of(clock, 6, synchronizer_id=TWO))
    stores.acts.add(act_of(clock, 7, workspace=GLOBEX))
    acts[0] = replace(acts[0], outcome="refused", code="jira_forbidden")
    stores.acts.add(acts[0])
    first, before = stores.acts.page(ACME, ONE, limit=3)
    assert ([*first], before) == (acts[:1:-1], acts[2].id)
    rest, end = stores.acts.page(ACME, ONE, limit=3, before=before)
    assert ([*rest], end) == (acts[1::-1], None)
    assert stores.acts.page(ACME, NOT_OURS, limit=3) == ([], None)
    clock.move(days=PAGE_ACTS_KEPT_DAYS, seconds=-1)
    assert len(stores.acts.page(ACME, ONE, limit=9)[0]) == 5
    clock.move(seconds=1)
    assert stores.acts.page(ACME, ONE, limit=9) == ([], None)


def test_H9_what_dynamodb_forgets_it_forgets_by_epoch_seconds(aws: Aws, clock: MovableClock) -> None:
    stores = real_stores(aws, clock)
    stores.runs.save(run_of(clock))
    stores.acts.add(act_of(clock))
    stores.synchronizers.claim(ACME, "a request", ONE)
    lives = sorted(int(item["expires_at"]["N"]) - int(clock().timestamp()) for item in aws.items())
    assert lives == [IDEMPOTENCY_SECONDS, RUNS_KEPT_DAYS * 86_400, PAGE_ACTS_KEPT_DAYS * 86_400]
    stores.synchronizers.save(synchronizer_of(clock))
    assert sum("expires_at" in item for item in aws.items()) == 3
