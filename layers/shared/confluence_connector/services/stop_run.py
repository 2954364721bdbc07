"""A run comes to its end because what it is for does."""

from collections.abc import Callable
from datetime import datetime
from math import ceil

from confluence_connector.domain.run_turns import finished, is_being_worked_on
from confluence_connector.domain.runs import Run, RunStatus
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.ports import Stale


def stop_run[Stopped: (Run, SynchronizerRun)](run: Stopped, save: Callable[[Stopped], Stopped], now: datetime) -> int:
    """Seconds until nobody can be at work on it any more; 0: it is over."""
    if run.is_over:
        return 0
    if is_being_worked_on(run, now) and run.worker_until:
        return ceil((run.worker_until - now).total_seconds())
    try:
        save(finished(run, RunStatus.CANCELLED, now))
    except Stale:  # somebody took the turn this very moment; they see that it ends
        return 1
    return 0
