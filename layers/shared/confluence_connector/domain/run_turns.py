"""What can happen to a run (a sync's, an import, a synchronizer's, a workspace's job), as pure transitions.

Each answer is saved if the revision is still the same.

    claimed ─ checkpointed … ─ passed on   to the next turn, at once or after a while
                             └ let go      the same turn, by whoever gets its message again
                             └ finished

A turn that ends without a word leaves `worker_until` behind: then its message, or the dispatcher's, may claim it anew.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from confluence_connector.domain.import_jobs import ImportJob
from confluence_connector.domain.runs import ItemFailure, Run, RunStatus
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.work import Work
from confluence_connector.domain.workspace_jobs import WorkspaceJob
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import AWAY_PAUSE_MAX_SECONDS, AWAY_PAUSE_SECONDS, AWAY_SECONDS, TURN_MARGIN_SECONDS


def work_of(run: Run) -> Work:
    """The message for the present turn."""
    return Work("sync", run.workspace, run.connection_id, run.id, run.turn)


def is_being_worked_on(run: Run | ImportJob | SynchronizerRun | WorkspaceJob, now: datetime) -> bool:
    return not run.is_over and run.worker_until is not None and run.worker_until > now


def claimed[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](
    run: Taken, worker: str, now: datetime, seconds: float
) -> Taken:
    """`seconds`: what is left of the invocation, after which nobody of it can write any more."""
    return replace(
        run,
        status=RunStatus.RUNNING,
        started_at=run.started_at or now,
        worker=worker,
        worker_until=now + timedelta(seconds=seconds + TURN_MARGIN_SECONDS),
        strikes=run.strikes + 1,
    )


def checkpointed[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](run: Taken) -> Taken:
    """After a batch that got through."""
    return replace(run, strikes=0, away_since=None)


def passed_on[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](run: Taken) -> Taken:
    return replace(run, turn=run.turn + 1, worker=None, worker_until=None)


def let_go[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](run: Taken) -> Taken:
    return replace(run, worker=None, worker_until=None)


def away_pause(run: Run | ImportJob | SynchronizerRun | WorkspaceJob, now: datetime) -> int | None:
    """Seconds until Atlassian is asked again: as long as it has been away, from a quarter minute to a quarter hour.

    None: it has been away for too long.
    """
    away_seconds = (now - (run.away_since or now)).total_seconds()
    if away_seconds >= AWAY_SECONDS:
        return None
    return int(min(max(away_seconds, AWAY_PAUSE_SECONDS), AWAY_PAUSE_MAX_SECONDS))


def charged[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](run: Taken, requests: int, points: int) -> Taken:
    """With so much more spent at Atlassian; what is done with a workspace asks nobody there."""
    if isinstance(run, WorkspaceJob):
        return run
    return replace(run, requests=run.requests + requests, points=run.points + points)


def finished[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](
    run: Taken, status: RunStatus, now: datetime, error: ConnectorError | None = None
) -> Taken:
    """`error`: why it could not go on. Whoever was away is waited for no more."""
    over = replace(let_go(run), status=status, finished_at=now, away_since=None)
    if error is None:
        return over
    if isinstance(over, ImportJob | WorkspaceJob):
        return replace(over, failure_code=error.code, failure_detail=error.detail)
    return replace(over, failure=ItemFailure("run", None, error.code, error.detail))
