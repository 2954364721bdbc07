"""What is left when a run is over: its sync learns from it, and whoever should hear of it does.

The run's item is final before; this may be done again, by the dispatcher, until the sync names the run no longer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from confluence_connector.domain.removals import REMOVALS_PAUSED
from confluence_connector.domain.runs import Run, RunStatus
from confluence_connector.domain.sync_plan import after_tick, settled
from confluence_connector.errors import (
    ConnectionNotFound,
    ConnectorError,
    PageForbidden,
    ReconnectRequired,
    ScopesMissing,
)
from confluence_connector.ports import Events, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.syncing import Syncs

PAUSING: Final = frozenset(
    {each.code for each in (ReconnectRequired, ScopesMissing, ConnectionNotFound, PageForbidden)}
)
"""What only a person can mend: no further run is made until the connection is made usable again (C4)."""


type Share = Callable[[], float]
"""How much of the points that background work may use it did use, over the last day; 1.0: all of them."""


@dataclass(frozen=True, slots=True)
class ConcludeRun:
    connections: Connections
    syncs: Syncs
    events: Events
    telemetry: Telemetry
    share: Share

    def conclude(self, run: Run) -> None:
        told = False
        while True:
            sync = self.syncs.get(run.workspace, run.connection_id)
            if sync is None or sync.active_run != run.id:
                return
            if not told:
                self._tell(run)
                told = True
            over = settled(sync, run, self.share() if "walk" in run.plan else 0.0)
            if code := self._pauses(run):
                paused = replace(over, paused_because=code)
                over = replace(paused, next_run_at=after_tick(paused, run.finished_at or run.created_at))
            try:
                self.syncs.save(over)
            except Stale:
                continue
            return

    def _pauses(self, run: Run) -> str | None:
        """Not if a person was faster: the connection is looked at once more."""
        if run.failure is None or run.status != RunStatus.FAILED or run.failure.code not in PAUSING:
            return None
        connection = self.connections.get(run.workspace, run.connection_id)
        usable = connection is not None and connection.unusable_because("sync") is None
        return None if usable and run.failure.code != PageForbidden.code else run.failure.code

    def _tell(self, run: Run) -> None:
        self.telemetry.note("sync_run_over", connection_id=run.connection_id, run_id=run.id, status=run.status.value)
        for metric, value in (
            ("SyncRuns", 1),
            ("SyncPagesWritten", run.pages.new + run.pages.changed),
            ("SyncPagesRemoved", run.pages.removed),
            ("SyncPageFailures", run.pages.failed),
            ("SyncRequests", run.requests),
            ("SyncPoints", run.points),
        ):
            self.telemetry.count(metric, value)
        if run.failure is None:
            return
        if run.failure.code == REMOVALS_PAUSED:
            self.telemetry.count("RemovalsPaused")
            self._publish("SyncRemovalsPaused", run)
        elif run.status == RunStatus.FAILED:
            self._publish("SyncRunFailed", run)

    def _publish(self, kind: str, run: Run) -> None:
        """A bus that is down keeps no run from ending."""
        code = run.failure.code if run.failure else ""
        try:
            self.events.publish(
                kind,
                {"workspace": run.workspace, "connection_id": run.connection_id, "run_id": run.id, "code": code},
            )
        except ConnectorError as error:
            self.telemetry.refused(error, "event_not_published", connection_id=run.connection_id)
