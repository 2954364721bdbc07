"""Every minute: what is due of all syncs. It begins runs, takes up broken chains of messages, and ends what lost its
connection; it calls nobody at Atlassian.

Starts of one tick are spread over its minute, workspace by workspace in turn, so that thousands which fall due together
neither refresh their grants at once (K12) nor keep others waiting (J7). What does not fit stays due.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice, takewhile
from typing import Final

from confluence_connector.domain.connections import Status
from confluence_connector.domain.identifiers import WorkspaceId
from confluence_connector.domain.run_turns import work_of
from confluence_connector.domain.sync_plan import after_tick, planned
from confluence_connector.domain.sync_times import run_id_of_tick
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import Work
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import DISPATCHED_AT_ONCE, STARTS_PER_SECOND, TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, Deadline, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.syncing import Runs, Syncs, WorkQueue
from confluence_connector.services.in_parallel import in_parallel
from confluence_connector.services.syncing.conclude_run import ConcludeRun
from confluence_connector.services.syncing.end_sync import EndSync, removal_of
from confluence_connector.services.syncing.start_run import StartRun

LOOKED_AT: Final = 4 * DISPATCHED_AT_ONCE
"""Enough to be fair with; all of a fleet's backlog would not fit into memory."""
SHARE_FOR_LOOKING: Final = 0.25
"""Of the invocation: each is read again, and a backlog that was only ever looked at would never shrink."""


@dataclass(frozen=True, slots=True)
class DispatchSyncs:
    connections: Connections
    syncs: Syncs
    runs: Runs
    queue: WorkQueue
    start: StartRun
    end: EndSync
    conclude: ConcludeRun
    telemetry: Telemetry
    now: Clock

    def dispatch(self, deadline: Deadline) -> int:
        """Returns how many syncs it attended to. A failure of one keeps no other from its turn."""
        messages: list[tuple[Work, int]] = []

        def attend(place: tuple[int, Sync]) -> None:
            number, sync = place
            try:
                message = self._attend(sync, number // STARTS_PER_SECOND)
            except ConnectorError as error:  # it stays due
                self.telemetry.refused(error, "sync_not_dispatched", connection_id=sync.connection_id)
            except Stale:
                self.telemetry.note("sync_dispatch_overtaken", connection_id=sync.connection_id)
            else:
                messages.extend([message] if message else [])

        until = deadline.remaining_seconds() * (1 - SHARE_FOR_LOOKING)
        looked_at = takewhile(lambda _: deadline.remaining_seconds() > until, self.syncs.due(self.now()))
        due = islice(in_turn(islice(looked_at, LOOKED_AT)), DISPATCHED_AT_ONCE)
        try:
            return in_parallel(enumerate(due), attend, deadline)
        finally:
            if messages:
                self.queue.send(messages)

    def _attend(self, sync: Sync, delay_seconds: int) -> tuple[Work, int] | None:
        """What to send, and after how many seconds."""
        now = self.now()
        if sync.ending:
            self.syncs.save(replace(sync, active_until=now + timedelta(seconds=TURN_STALLED_SECONDS)))
            return removal_of(sync), 0
        connection = self.connections.get(sync.workspace, sync.connection_id)
        if connection is None or connection.status == Status.DISCONNECTED:
            self.end.end(sync.workspace, sync.connection_id)
            return None
        if sync.active_run is not None:
            return self._look_after(sync)
        due_at = sync.next_run_at
        if due_at is None or due_at > now:
            return None
        run = planned(sync, run_id_of_tick(sync, due_at), "schedule", now)
        return self.start.start(sync, run, delay_seconds)[1], delay_seconds

    def _look_after(self, sync: Sync) -> tuple[Work, int] | None:
        """A run is under way: its tick is skipped (K2), and its chain mended if it broke."""
        assert sync.active_run is not None  # noqa: S101 — the caller has looked
        now = self.now()
        run = self.runs.get(sync.workspace, sync.connection_id, sync.active_run)
        if run is not None and run.is_over:
            self.conclude.conclude(run)
            return None
        looked_after = sync
        if sync.next_run_at is not None and sync.next_run_at <= now:
            self.telemetry.note("sync_tick_skipped", connection_id=sync.connection_id, run_id=sync.active_run)
            looked_after = replace(sync, next_run_at=after_tick(sync, now))
        stalled = sync.active_until is None or sync.active_until <= now
        if stalled:
            looked_after = replace(looked_after, active_until=now + timedelta(seconds=TURN_STALLED_SECONDS))
        if looked_after != sync:
            self.syncs.save(looked_after)
        if not stalled:
            return None
        if run is None:
            return self.start.made(planned(sync, sync.active_run, "schedule", now))[1], 0
        return work_of(run), 0


def in_turn[Due: (Sync, Synchronizer)](syncs: Iterable[Due]) -> Iterator[Due]:
    """One of each workspace, then the second of each, and so on."""
    waiting: dict[WorkspaceId, list[Due]] = {}
    for sync in syncs:
        waiting.setdefault(sync.workspace, []).append(sync)
    turn = 0
    while theirs := [each for each in waiting.values() if len(each) > turn]:
        yield from (each[turn] for each in theirs)
        turn += 1
