"""When a synchronizer is due, and when its next run is: on a grid of its own, like a sync (`domain.sync_times`)."""

from datetime import datetime
from math import ceil

from confluence_connector.domain.sync_times import next_tick
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.limits import SYNCHRONIZE_MINUTES, SYNCHRONIZER_POINTS_HOURLY


def next_due(synchronizer: Synchronizer) -> datetime | None:
    """When the dispatcher has to look at it; None: switched off or paused. The `due` index is written from this."""
    if synchronizer.ending:
        return synchronizer.active_until or synchronizer.created_at
    if synchronizer.active_run is not None:
        return synchronizer.active_until or synchronizer.created_at
    return synchronizer.next_run_at


def after_run(synchronizer: Synchronizer, now: datetime, points: int = 0) -> datetime | None:
    """Its next run; None while it is switched off, paused or ending. `points`: what the last one cost.

    A large space is looked over less often: the app's points are other synchronizers' and other customers', too.
    """
    if not synchronizer.settings.enabled or synchronizer.paused_because or synchronizer.ending:
        return None
    affordable_minutes = ceil(60 * points / SYNCHRONIZER_POINTS_HOURLY)
    return next_tick(synchronizer.id, max(SYNCHRONIZE_MINUTES, affordable_minutes), now)
