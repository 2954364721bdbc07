"""Messages that come twice, late, in crowds or while Atlassian is away (fault cases I4, I5, I8, J3, J7, J8, J9, L1)."""

from dataclasses import replace

import pytest

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import CloudId, PageId, WorkspaceId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.work import Work
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectorError,
    RateLimited,
    ServiceUnavailable,
)
from confluence_connector.limits import AWAY_PAUSE_MAX_SECONDS, STRIKES
from tests.conftest import MovableClock
from tests.sync_rig import SyncRig


@pytest.fixture
def rig(clock: MovableClock) -> SyncRig:
    made = SyncRig(clock)
    made.fill(600)
    return made


@pytest.fixture
def connection(rig: SyncRig) -> Connection:
    return rig.connect()


def deliver_all(rig: SyncRig, *, times: int) -> list[Work]:
    """Every message that many times over, and all earlier ones again after each."""
    past: list[Work] = []
    while rig.queue.sent:
        work, _ = rig.queue.sent.pop(0)
        past.append(work)
        for _ in range(times):
            rig.deliver(work, 0.0)
        for old in past:
            rig.deliver(old, 0.0)
    return past


def test_J3_messages_that_come_again_have_no_effect(rig: SyncRig, connection: Connection) -> None:
    assert len(deliver_all(rig, times=2)) > 4
    run = rig.last_run(connection)
    assert (run.status, run.pages.new) == (RunStatus.COMPLETED, 600)
    assert len(rig.changes(connection)) == 600
    assert rig.objects.writes == 600


def test_J3_a_message_delivered_while_it_is_worked_on_is_let_go(rig: SyncRig, connection: Connection) -> None:
    work, _ = rig.queue.sent.pop(0)
    rig.runs.save(rig.taken(rig.run(connection)))
    rig.deliver(work)
    assert (rig.site.calls, rig.queue.sent) == ([], [])
    rig.clock.move(seconds=76)  # the holder's invocation is over, with a margin: it cannot write any more
    rig.deliver(work)
    rig.drain()
    assert rig.last_run(connection).status == RunStatus.COMPLETED


def test_J9_a_redrive_of_old_messages_is_harmless(rig: SyncRig, connection: Connection) -> None:
    past = deliver_all(rig, times=1)
    rig.run_next(connection)
    before = rig.index.writes, rig.objects.writes, len(rig.changes(connection))
    for work in past:
        rig.deliver(work)
    assert (rig.index.writes, rig.objects.writes, len(rig.changes(connection))) == before


def test_J7_one_workspace_does_not_keep_another_waiting(clock: MovableClock) -> None:
    rig = SyncRig(clock)
    for number in range(1000):
        rig.connect(number=number + 1, workspace=WorkspaceId("large"), cloud_id=CloudId(f"cloud-{number}"))
    small = rig.connect(number=5000, workspace=WorkspaceId("small"))
    for sync in list(rig.syncs.stored.values()):
        rig.syncs.save(replace(sync, active_run=None, active_until=None, next_run_at=clock()))
    rig.queue.sent.clear()
    rig.tick()
    delays = [delay for work, delay in rig.queue.sent if work.connection_id == small.id]
    assert delays == [0]
    assert max(delay for _, delay in rig.queue.sent) >= 19


@pytest.mark.parametrize("error", [ConfluenceUnavailable, ServiceUnavailable, AppMisconfigured])
def test_J8_an_outage_of_an_hour_is_waited_out(
    rig: SyncRig, connection: Connection, error: type[ConnectorError]
) -> None:
    back_at = rig.clock.at.replace(hour=10)
    rig.site.failing = lambda _: error(retry_after=1) if rig.clock() < back_at else None
    attempts = 0
    while rig.clock() < back_at:
        (work, delay_seconds) = rig.queue.sent.pop(0)
        rig.clock.move(seconds=delay_seconds)
        rig.deliver(work)
        attempts += 1
        assert delay_seconds <= AWAY_PAUSE_MAX_SECONDS
    rig.drain()
    run = rig.last_run(connection)
    assert attempts <= 12
    assert (run.status, run.pages.new, run.strikes) == (RunStatus.COMPLETED, 600, 0)


def test_J8_after_six_hours_the_run_is_over_and_the_next_tick_tries(rig: SyncRig, connection: Connection) -> None:
    rig.site.failing = lambda _: ConfluenceUnavailable()
    began = rig.clock()
    rig.drain()
    run = rig.last_run(connection)
    assert run.failure
    assert (run.status, run.failure.code) == (RunStatus.FAILED, "confluence_unavailable")
    assert 6 <= (rig.clock() - began).total_seconds() / 3600 < 7
    assert rig.sync(connection).next_run_at
    rig.site.failing = lambda _: None
    assert rig.run_next(connection).pages.new == 600


def test_L4_a_rate_limit_gives_the_turn_back_with_its_delay(rig: SyncRig, connection: Connection) -> None:
    """Refused more often in a row than a run has strikes: nothing is lost."""
    waits = [7, 120, 900, *[1] * STRIKES]
    rig.site.failing = lambda call: RateLimited(retry_after=waits.pop(0)) if waits and "walk" in call else None
    delays = []
    while rig.queue.sent:
        work, delay_seconds = rig.queue.sent.pop(0)
        delays.append(delay_seconds)
        rig.clock.move(seconds=delay_seconds)
        rig.deliver(work)
    assert delays == [0, 7, 120, 900, *[1] * STRIKES]
    assert (rig.last_run(connection).status, rig.last_run(connection).pages.new) == (RunStatus.COMPLETED, 600)


def test_L1_a_wait_longer_than_the_queue_holds_is_the_dispatchers(rig: SyncRig, connection: Connection) -> None:
    waits = [1800]
    rig.site.failing = lambda _: RateLimited(retry_after=waits.pop(0)) if waits else None
    rig.drain()
    assert rig.queue.sent == []
    rig.clock.move(seconds=1799)
    rig.tick()
    assert rig.queue.sent == []
    rig.clock.move(seconds=1)
    rig.tick()
    rig.drain()
    assert rig.last_run(connection).status == RunStatus.COMPLETED


def test_a_defect_comes_back_a_few_times_and_then_fails_the_run(rig: SyncRig, connection: Connection) -> None:
    class Defect(Exception):
        """Nothing that anybody expected."""

    def fail(call: str) -> None:
        raise Defect

    rig.site.failing = fail
    work, _ = rig.queue.sent.pop(0)
    for _ in range(STRIKES):
        with pytest.raises(Defect):
            rig.deliver(work)
    rig.deliver(work)
    run = rig.last_run(connection)
    assert run.failure
    assert (run.status, run.failure.code) == (RunStatus.FAILED, "internal_error")
    assert rig.sync(connection).next_run_at, "the next tick tries again"


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_I4_one_page_that_fails_leaves_all_others(rig: SyncRig, connection: Connection) -> None:
    bad = PageId("1042")
    rig.site.edit(bad, rig.site.pages[bad].updated_at, body='<!DOCTYPE x [<!ENTITY a "b">]><p>&a;</p>')
    rig.drain()
    run = rig.last_run(connection)
    assert (run.status, run.pages.new, run.pages.failed) == (RunStatus.COMPLETED_WITH_ERRORS, 599, 1)
    assert [(failure.item, failure.parent, failure.code) for failure in run.failures] == [
        ("page:1042", "space:1", "content_unreadable")
    ]
    assert rig.run_next(connection).status == RunStatus.COMPLETED


def test_I5_a_page_that_changes_while_it_is_read_is_stored_as_one_version(rig: SyncRig, connection: Connection) -> None:
    rig.drain()
    rig.site.edit("1001", rig.clock())

    def edit_in_between(call: str) -> None:
        if call == "pages with bodies":
            rig.site.edit("1001", rig.clock())

    rig.site.failing = edit_in_between
    rig.due_now(connection, walk_due_at=rig.clock())
    rig.run_next(connection)
    page = rig.shelf(connection).pages[PageId("1001")]
    assert page.version == 3
    assert "version: 3\n" in rig.text(connection, "1001")
    assert "version 3" in rig.text(connection, "1001")


def test_I8_an_older_version_is_late_news(rig: SyncRig, connection: Connection) -> None:
    rig.drain()
    old = rig.site.pages[PageId("1001")]
    rig.site.edit("1001", rig.clock())
    rig.run_next(connection)
    newer = rig.text(connection, "1001")
    rig.site.pages[old.id] = replace(old, updated_at=rig.clock())
    rig.due_now(connection, walk_due_at=rig.clock())
    run = rig.run_next(connection)
    assert run.pages.changed == 0
    assert rig.text(connection, "1001") == newer
    assert rig.shelf(connection).pages[old.id].version == 2
