"""When a synchronizer is due, and when its next runs are: on a grid of its own, like a sync (`domain.sync_times`).

Looks come every SYNCHRONIZE_MINUTES and cost what was written lately. Whole runs cost by the size of the space and come
as often as SYNCHRONIZER_POINTS_HOURLY allows: the app's points are other synchronizers' and other customers', too.
"""

from datetime import datetime, timedelta
from math import ceil

from confluence_connector.domain.sync_times import next_tick
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.limits import (
    LOOK_OVERLAP_MINUTES,
    SYNCHRONIZE_MINUTES,
    SYNCHRONIZER_POINTS_HOURLY,
    WHOLE_RUN_MINUTES,
)


def next_due(synchronizer: Synchronizer) -> datetime | None:
    """When the dispatcher has to look at it; None: switched off or paused. The `due` index is written from this."""
    if synchronizer.ending:
        return synchronizer.active_until or synchronizer.created_at
    if synchronizer.active_run is not None:
        return synchronizer.active_until or synchronizer.created_at
    return synchronizer.next_run_at


def after_run(synchronizer: Synchronizer, now: datetime, points: int = 0) -> datetime | None:
    """Its next run; None while it is switched off, paused or ending. `points`: what a look cost."""
    if not synchronizer.settings.enabled or synchronizer.paused_because or synchronizer.ending:
        return None
    return next_tick(synchronizer.id, max(SYNCHRONIZE_MINUTES, _affordable_minutes(points)), now)


def whole_run_after(now: datetime, points: int) -> datetime:
    """When the next whole run is wanted, after one that cost so many points."""
    return now + timedelta(minutes=max(WHOLE_RUN_MINUTES, _affordable_minutes(points)))


def recent_minutes(synchronizer: Synchronizer, now: datetime) -> int | None:
    """How far back a scheduled run has to look; None: it has to be a whole one."""
    whole_run_at, looked_at = synchronizer.whole_run_at, synchronizer.looked_at
    if whole_run_at is None or looked_at is None or whole_run_at <= now:
        return None
    return ceil((now - looked_at).total_seconds() / 60) + LOOK_OVERLAP_MINUTES


def _affordable_minutes(points: int) -> int:
    return ceil(60 * points / SYNCHRONIZER_POINTS_HOURLY)
