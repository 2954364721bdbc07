"""Every minute: jobs that were not heard of for too long get their message again; a crash may have lost it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from confluence_connector.domain.import_jobs import ImportJob
from confluence_connector.domain.work import Work
from confluence_connector.domain.workspace_jobs import WorkspaceJob
from confluence_connector.limits import TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, Stale
from confluence_connector.ports.syncing import WorkQueue


class Jobs[Job: (ImportJob, WorkspaceJob)](Protocol):
    def due(self, now: datetime) -> Iterator[Job]: ...

    def save(self, job: Job) -> Job: ...


def send_overdue[Job: (ImportJob, WorkspaceJob)](
    jobs: Jobs[Job], message: Callable[[Job], Work], queue: WorkQueue, now: Clock
) -> int:
    """How many there were."""
    sent = 0
    for job in jobs.due(now()):
        try:
            again = jobs.save(replace(job, active_until=now() + timedelta(seconds=TURN_STALLED_SECONDS)))
        except Stale:
            continue
        queue.send([(message(again), 0)])
        sent += 1
    return sent
