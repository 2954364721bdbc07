"""A sync whose connection ends, breaks or is forged, while it runs (fault cases C2, C3, C4, G12)."""

from dataclasses import replace
from typing import Any

import pytest

from confluence_connector.domain.connections import Connection, Status
from confluence_connector.domain.identifiers import CloudId, ConnectionId, WorkspaceId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.errors import (
    PageForbidden,
    RateLimited,
    ReconnectRequired,
    ServiceUnavailable,
    SiteAlreadySynced,
    SyncNotSetUp,
)
from tests.conftest import MovableClock
from tests.sync_rig import ADMIN, SyncRig

SHORT = 0.0


@pytest.fixture
def rig(clock: MovableClock) -> SyncRig:
    made = SyncRig(clock)
    made.fill(600)
    return made


@pytest.fixture
def connection(rig: SyncRig) -> Connection:
    return rig.connect()


def one_batch(rig: SyncRig) -> None:
    """A turn of so short an invocation that it takes one step."""
    work, _ = rig.queue.sent.pop(0)
    rig.deliver(work, SHORT)


def disconnected(rig: SyncRig, connection: Connection) -> Connection:
    return rig.changed(connection, status=Status.DISCONNECTED, grant=None)


def test_C2_a_disconnect_stops_the_run_before_its_next_call(rig: SyncRig, connection: Connection) -> None:
    one_batch(rig)
    one_batch(rig)
    disconnected(rig, connection)
    calls = list(rig.site.calls)
    one_batch(rig)
    assert rig.site.calls == calls
    assert rig.last_run(connection).status == RunStatus.CANCELLED
    assert rig.queue.sent == []


def test_C2_a_person_cancels(rig: SyncRig, connection: Connection) -> None:
    for _ in range(3):
        one_batch(rig)
    run = rig.run(connection)
    assert len(rig.changes(connection)) == 250, "the feed goes on while the run does"
    rig.trigger.cancel(ADMIN, connection.id, run.id)
    one_batch(rig)
    ended = rig.last_run(connection)
    assert (ended.status, ended.pages.new) == (RunStatus.CANCELLED, 250)
    assert len(rig.changes(connection)) == rig.sync(connection).pages == 250, "what was written stays, and is told"
    assert rig.run_next(connection).pages.new == 350


def test_C2_a_run_that_waits_an_hour_is_cancelled_at_once(rig: SyncRig, connection: Connection) -> None:
    rig.site.failing = lambda _: RateLimited(retry_after=3600)
    one_batch(rig)
    assert rig.queue.sent == []
    calls = len(rig.site.calls)
    rig.trigger.cancel(ADMIN, connection.id, rig.run(connection).id)
    one_batch(rig)
    assert rig.last_run(connection).status == RunStatus.CANCELLED
    assert (rig.queue.sent, len(rig.site.calls)) == ([], calls)


def test_C3_a_sync_that_ends_is_not_worked_on(rig: SyncRig, connection: Connection) -> None:
    """Its connection may be back before the corpus is gone; a wish to cancel may have been lost with its worker."""
    one_batch(rig)
    rig.syncs.save(replace(rig.sync(connection), ending=True))
    calls = len(rig.site.calls)
    one_batch(rig)
    assert len(rig.site.calls) == calls


def test_C3_after_a_disconnect_nothing_of_the_corpus_is_left(rig: SyncRig, connection: Connection) -> None:
    for _ in range(3):
        one_batch(rig)
    rig.end.of(disconnected(rig, connection))
    rig.drain()
    assert (rig.syncs.stored, rig.syncs.sites, rig.index.shelves, rig.objects.kept) == ({}, {}, {}, {})
    assert rig.connections.stored[connection.workspace, connection.id].sync_begun == 0
    assert rig.queue.sent == []


def test_J8_an_outage_while_the_corpus_is_removed_is_waited_out(rig: SyncRig, connection: Connection) -> None:
    rig.drain()
    erase = rig.objects.erase

    def away(*_: Any) -> bool:
        raise ServiceUnavailable

    rig.objects.erase = away  # type: ignore[method-assign]
    rig.end.of(disconnected(rig, connection))
    rig.drain()
    rig.pass_time(minutes=60)
    assert rig.syncs.stored
    rig.objects.erase = erase  # type: ignore[method-assign]
    rig.pass_time(minutes=12)
    assert (rig.syncs.stored, rig.objects.kept) == ({}, {})


def test_C3_the_corpus_waits_for_whoever_still_writes(rig: SyncRig, connection: Connection) -> None:
    work, _ = rig.queue.sent[0]
    run = rig.run(connection)
    rig.runs.save(rig.taken(run))
    rig.end.of(disconnected(rig, connection))
    rig.queue.sent.pop(0)
    removal, _ = rig.queue.sent.pop(0)
    rig.deliver(removal)
    assert rig.syncs.stored
    assert [work for work, delay in rig.queue.sent if delay > 0] == [removal]
    rig.drain()
    assert rig.syncs.stored == {}
    assert work.task == "sync"


@pytest.mark.parametrize("refusal", [ReconnectRequired, PageForbidden])
def test_C4_a_revoked_grant_pauses_the_schedule_after_one_failed_run(
    rig: SyncRig, connection: Connection, refusal: type[ReconnectRequired]
) -> None:
    rig.drain()
    rig.site.failing = lambda _: refusal()
    if refusal is ReconnectRequired:
        rig.changed(connection, status=Status.NEEDS_RECONNECT)
    run = rig.run_next(connection)
    assert run.status == RunStatus.FAILED
    assert run.failure
    assert run.failure.code == refusal.code
    sync = rig.sync(connection)
    assert (sync.paused_because, sync.next_run_at) == (refusal.code, None)
    assert [kind for kind, _ in rig.told.published] == ["SyncRunFailed"]
    calls = len(rig.site.calls)
    rig.pass_time(minutes=180)
    assert len(rig.site.calls) == calls
    assert len(rig.runs.of_connection(connection.workspace, connection.id, limit=10)) == 2


def test_C4_a_run_that_a_person_asked_for_and_that_got_through_ends_the_pause(
    rig: SyncRig, connection: Connection
) -> None:
    rig.drain()
    rig.site.failing = lambda _: PageForbidden()
    rig.run_next(connection)
    assert rig.sync(connection).paused_because == PageForbidden.code
    rig.site.failing = lambda _: None
    rig.trigger.start(ADMIN, connection.id)
    rig.drain()
    assert rig.sync(connection).paused_because is None
    assert rig.sync(connection).next_run_at


def test_a_reconnect_goes_on_where_it_was(rig: SyncRig, connection: Connection) -> None:
    rig.drain()
    grant = connection.grant
    assert grant
    rig.changed(connection, status=Status.NEEDS_RECONNECT)
    rig.run_next(connection)
    corpus = rig.sync(connection).corpus_id
    back = rig.changed(connection, status=Status.CONNECTED, grant=rig.next_grant(grant))
    rig.begin.of(back)
    rig.tick()
    rig.drain()
    run = rig.last_run(connection)
    assert (run.status, run.requests) == (RunStatus.COMPLETED, 1)
    assert (rig.sync(connection).paused_because, rig.sync(connection).corpus_id) == (None, corpus)
    assert rig.sync(connection).next_run_at


def test_another_site_gets_a_corpus_of_its_own(rig: SyncRig, connection: Connection) -> None:
    rig.drain()
    grant, site = connection.grant, connection.site
    assert grant
    assert site
    before = rig.sync(connection).corpus_id
    moved = rig.changed(connection, grant=rig.next_grant(grant), site=rig.other_site(site))
    rig.begin.of(moved)
    for _ in range(2):
        rig.drain()
        for due in list(rig.connections.due("sweep", rig.clock())):
            rig.begin.begin(due)
    sync = rig.sync(connection)
    assert sync.corpus_id != before
    assert list(rig.objects.kept) == [rig.scope(connection)]
    assert rig.last_run(connection).trigger == "first"


def test_the_second_connection_of_a_site_has_no_sync(rig: SyncRig, connection: Connection) -> None:
    second = rig.connect(number=2)
    assert not second.wants_sync, "it is not tried again every two minutes"
    with pytest.raises(SiteAlreadySynced):
        rig.trigger.start(ADMIN, second.id)
    elsewhere = rig.connect(number=3, workspace=WorkspaceId("globex"))
    assert rig.sync(elsewhere).cloud_id == rig.sync(connection).cloud_id, "another workspace's is its own affair"
    rig.end.of(disconnected(rig, connection))
    rig.drain()
    assert rig.trigger.start(ADMIN, second.id).trigger in {"first", "manual"}


def test_a_run_in_progress_is_returned_not_doubled(rig: SyncRig, connection: Connection) -> None:
    first = rig.trigger.start(ADMIN, connection.id)
    assert rig.trigger.start(ADMIN, connection.id).id == first.id == rig.sync(connection).active_run
    rig.drain()
    again = rig.trigger.start(ADMIN, connection.id, full=True)
    assert (again.trigger, again.with_bodies) == ("manual", True)


def test_a_connection_that_was_not_made_for_sync_is_given_none(rig: SyncRig, connection: Connection) -> None:
    """Its grant may have the scopes: it is asked for those of all its account's connections (A3)."""
    other = rig.connect(number=2, cloud_id=CloudId("another"), begin=False)
    rig.changed(other, purposes=frozenset({"link", "agent_read"}))
    with pytest.raises(SyncNotSetUp):
        rig.trigger.start(ADMIN, other.id)
    assert rig.syncs.get(other.workspace, other.id) is None


def test_a_trigger_that_is_overtaken_looks_again(rig: SyncRig, connection: Connection) -> None:
    other = rig.connect(number=2, cloud_id=CloudId("another"), begin=False)
    claim = rig.syncs.claim_site

    def overtaken(*claimed: Any) -> ConnectionId:
        rig.changed(other, last_used_at=rig.clock())
        return claim(*claimed)

    rig.syncs.claim_site = overtaken  # type: ignore[method-assign]
    assert rig.trigger.start(ADMIN, other.id).trigger == "first"


def test_G12_a_message_for_another_workspaces_connection_is_no_work(rig: SyncRig, connection: Connection) -> None:
    run = rig.run(connection)
    forged = Work("sync", WorkspaceId("globex"), connection.id, run.id, 1)
    with pytest.raises(ForgedWork):
        rig.deliver(forged)
    assert rig.site.calls == []
    assert [(kind, detail["kind"]) for kind, detail in rig.told.published] == [("SecurityEvent", "forged_work")]


def test_G12_a_removal_for_another_corpus_removes_nothing(rig: SyncRig, connection: Connection) -> None:
    rig.drain()
    corpus = rig.sync(connection).corpus_id
    rig.deliver(Work("remove_corpus", connection.workspace, connection.id, corpus, 1))
    other = ConnectionId("con_" + "9" * 36)
    for workspace, connection_id in ((WorkspaceId("globex"), connection.id), (connection.workspace, other)):
        with pytest.raises(ForgedWork):
            rig.deliver(Work("remove_corpus", workspace, connection_id, corpus, 1))
    assert [detail["kind"] for _, detail in rig.told.published] == ["forged_work"] * 2
    assert len(rig.objects.kept[rig.scope(connection)]) == 600
