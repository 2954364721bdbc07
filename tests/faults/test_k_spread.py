"""A fleet that falls due in one minute: its grants are refreshed one after the other (K12), as docs/scale.md says."""

from collections import Counter
from dataclasses import replace

from confluence_connector.domain.identifiers import CloudId, WorkspaceId
from confluence_connector.limits import DISPATCHED_AT_ONCE, STARTS_PER_SECOND
from tests.conftest import MovableClock
from tests.sync_rig import SyncRig

REFRESHES_PER_SECOND = 50
"""What Secrets Manager takes of new secret versions."""


def due_at_once(rig: SyncRig, count: int) -> None:
    """So many connections, a third of them of one workspace, whose next runs are due in this very moment."""
    for number in range(count):
        workspace = WorkspaceId("large" if number % 3 == 0 else f"w{number}")
        connection = rig.connect(number=number + 1, workspace=workspace, cloud_id=CloudId(f"cloud-{number}"))
        sync = rig.sync(connection)
        rig.syncs.save(replace(sync, active_run=None, active_until=None, next_run_at=rig.clock()))
    rig.runs.stored.clear()
    rig.queue.sent.clear()


def refreshes(rig: SyncRig, minutes: int) -> tuple[Counter[int], dict[str, list[int]]]:
    """By second since the beginning, how many turns begin; each refreshes its grant first, as after an idle hour.

    And when each workspace's turns begin.
    """
    begun, by_workspace = Counter[int](), dict[str, list[int]]()
    for minute in range(minutes):
        rig.tick()
        for work, delay_seconds in rig.queue.sent:
            second = 60 * minute + delay_seconds
            begun[second] += 1
            by_workspace.setdefault(work.workspace, []).append(second)
        rig.queue.sent.clear()
        rig.clock.move(seconds=60)
    return begun, by_workspace


def test_K12_three_thousand_due_at_once_refresh_at_most_fifty_a_second(clock: MovableClock) -> None:
    rig = SyncRig(clock)
    due_at_once(rig, 3000)
    begun, _ = refreshes(rig, 3)
    assert begun.total() == 3000
    assert max(begun.values()) <= STARTS_PER_SECOND <= REFRESHES_PER_SECOND
    assert max(begun) < 60, "all within the minute"


def test_K12_more_than_a_minute_holds_goes_on_in_the_next_at_the_same_pace(clock: MovableClock) -> None:
    rig = SyncRig(clock)
    due_at_once(rig, 2 * DISPATCHED_AT_ONCE + 500)
    begun, by_workspace = refreshes(rig, 4)
    assert begun.total() == 2 * DISPATCHED_AT_ONCE + 500, "nobody is left out, nobody begins twice"
    assert max(begun.values()) <= REFRESHES_PER_SECOND
    assert max(begun) < 180
    small = [second for workspace, seconds in by_workspace.items() if workspace != "large" for second in seconds]
    assert max(small) <= max(by_workspace["large"]), "who has many connections keeps nobody waiting (J7)"


def test_K12_hourly_runs_keep_the_places_that_their_ids_give_them(clock: MovableClock) -> None:
    rig = SyncRig(clock)
    due_at_once(rig, 3000)
    refreshes(rig, 1)
    due = Counter(
        int((sync.next_run_at - clock()).total_seconds() // 60)
        for sync in rig.syncs.stored.values()
        if sync.next_run_at
    )
    assert max(due.values()) <= 3 * 3000 / 60
