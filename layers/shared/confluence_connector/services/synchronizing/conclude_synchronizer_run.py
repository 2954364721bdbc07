"""What is left when a synchronizer's run is over: the synchronizer learns from it, and whoever should hear of it does.

The run's item is final before; this may be done again, by the dispatcher, until the synchronizer names it no longer.
"""

from dataclasses import dataclass, replace
from typing import Final

from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.sync_plan import DONE
from confluence_connector.domain.synchronizer_runs import FOR_SELECTION, STAGES, SynchronizerRun
from confluence_connector.domain.synchronizer_times import after_run, whole_run_after
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.errors import (
    ConnectionNotFound,
    ConnectorError,
    CqlRefused,
    JiraForbidden,
    JiraRefused,
    OtherAccountOrSite,
    PageForbidden,
    PermissionsMissing,
    ProjectGone,
    ReconnectRequired,
    ScopesMissing,
    SiteChanged,
    SpaceGone,
)
from confluence_connector.ports import Clock, Events, Stale, Telemetry
from confluence_connector.ports.synchronizing import Synchronizers

PAUSING: Final = frozenset(
    each.code
    for each in (
        ConnectionNotFound,
        CqlRefused,
        JiraForbidden,
        JiraRefused,
        OtherAccountOrSite,
        PageForbidden,
        PermissionsMissing,
        ProjectGone,
        ReconnectRequired,
        ScopesMissing,
        SiteChanged,
        SpaceGone,
    )
)
"""What only a person can mend: no further run is made until one does."""


@dataclass(frozen=True, slots=True)
class ConcludeSynchronizerRun:
    synchronizers: Synchronizers
    events: Events
    telemetry: Telemetry
    now: Clock

    def conclude(self, run: SynchronizerRun) -> None:
        told = False
        while True:
            synchronizer = self.synchronizers.get(run.workspace, run.synchronizer_id)
            if synchronizer is None or synchronizer.active_run != run.id:
                return
            if not told:
                self._tell(run)
                told = True
            try:
                self.synchronizers.save(self._without(synchronizer, run))
            except Stale:
                continue
            return

    def _without(self, synchronizer: Synchronizer, run: SynchronizerRun) -> Synchronizer:
        """A dry run pauses nothing; neither it nor a run for a selection takes the next run's place, nor does any run
        that of one that was asked for after it had begun."""
        over = replace(
            synchronizer,
            active_run=None,
            active_until=None,
            last_run=run.id,
            turns=max(synchronizer.turns, run.turn),
        )
        if run.dry_run:
            return over
        over = replace(over, paused_because=_pauses(run) or over.paused_because)
        now, due_at = self.now(), over.next_run_at
        whole = run.plan == STAGES
        if run.status in DONE and run.plan != FOR_SELECTION:
            over = replace(over, looked_at=run.created_at)
        wanted_since = over.whole_run_at is not None and over.whole_run_at > run.created_at
        if run.status in DONE and whole and not wanted_since:
            over = replace(over, whole_run_at=whole_run_after(now, run.points))
        next_run_at = after_run(over, now, 0 if whole else run.points)
        if next_run_at is not None and due_at is not None:
            keeps = run.trigger == "selection" or run.created_at < due_at <= now
            next_run_at = due_at if keeps else next_run_at
        return replace(over, next_run_at=next_run_at)

    def _tell(self, run: SynchronizerRun) -> None:
        ids = {"synchronizer_id": run.synchronizer_id, "run_id": run.id}
        self.telemetry.note("synchronizer_run_over", status=run.status.value, **ids)
        for metric, value in (
            ("SynchronizerRuns", 1),
            ("IssuesCreated", run.counts.created),
            ("SynchronizerWrites", run.counts.writes),
            ("SynchronizerFailures", run.counts.failed),
            ("DuplicateIssues", run.counts.duplicates),
            ("SynchronizerRequests", run.requests),
            ("SynchronizerPoints", run.points),
        ):
            self.telemetry.count(metric, value)
        code = _pauses(run)
        if code is None or run.dry_run:
            return
        self.telemetry.count("SynchronizersPaused")
        detail = {"workspace": run.workspace, "connection_id": run.connection_id, "code": code, **ids}
        try:
            self.events.publish("SynchronizerPaused", detail)
        except ConnectorError as error:  # a bus that is down keeps no run from ending
            self.telemetry.refused(error, "event_not_published", synchronizer_id=run.synchronizer_id)


def _pauses(run: SynchronizerRun) -> str | None:
    if run.status != RunStatus.FAILED or run.failure is None or run.failure.code not in PAUSING:
        return None
    return run.failure.code
