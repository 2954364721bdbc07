"""One turn of an export or an erasure: one message, batch after batch until its time is up, a checkpoint after each.

The same life as an import job's turn (`work_on_import`), without anybody at Atlassian to wait for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Protocol

from confluence_connector.domain.identifiers import ConnectionId, JobId
from confluence_connector.domain.run_turns import (
    away_pause,
    checkpointed,
    claimed,
    is_being_worked_on,
    let_go,
    passed_on,
)
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.domain.workspace_jobs import JobKind, WorkspaceJob, work_of
from confluence_connector.errors import AppMisconfigured, ConnectorError, ServiceUnavailable
from confluence_connector.limits import STRIKES, TURN_SECONDS, TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, Deadline, NewSecret, Stale, Telemetry
from confluence_connector.ports.syncing import WorkQueue
from confluence_connector.ports.workspace_jobs import WorkspaceJobs
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.work_on_run import SHARE_OF_SHORT_INVOCATIONS


class Engine(Protocol):
    """What a kind of job consists of."""

    def step(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        """One batch of the job's first stage; without that stage where it was the last. May be repeated."""

    def finish(self, job: WorkspaceJob) -> WorkspaceJob:
        """As the job is to be remembered. May be repeated."""


@dataclass(frozen=True, slots=True)
class WorkOnWorkspaceJob:
    jobs: WorkspaceJobs
    queue: WorkQueue
    engines: Mapping[JobKind, Engine]
    security_events: SecurityEvents
    telemetry: Telemetry
    now: Clock
    new_worker: NewSecret

    def work(self, work: Work, deadline: Deadline) -> None:
        """Returns when the message is done with. Raises ForgedWork, and whatever is a defect."""
        job = self.jobs.get(work.workspace, JobId(work.id))
        if job is None:
            self.security_events.report("forged_work", work.workspace, ConnectionId(work.id))
            raise ForgedWork
        if job.is_over:
            self.jobs.release(job)  # whoever finished it may have been killed before that
        if job.is_over or job.turn != work.turn or is_being_worked_on(job, self.now()):
            self.telemetry.note("workspace_message_stale", job_id=job.id, turn=work.turn)
            return
        try:
            mine = self.jobs.save(claimed(job, self.new_worker(), self.now(), deadline.remaining_seconds()))
            if mine.strikes > STRIKES:
                self._finish(mine, RunStatus.FAILED, ConnectorError())
                return
            self._take_turn(mine, deadline)
        except Stale:  # the turn was somebody else's by now: what they do is right
            self.telemetry.note("workspace_turn_lost", job_id=job.id)

    def _take_turn(self, job: WorkspaceJob, deadline: Deadline) -> None:
        engine = self.engines[job.kind]
        whole = deadline.remaining_seconds()
        until = whole - min(TURN_SECONDS, whole * SHARE_OF_SHORT_INVOCATIONS)
        got_on = False
        try:
            while job.stages:
                if got_on and deadline.remaining_seconds() < until:
                    self._pass_on(job)
                    return
                job = self.jobs.save(checkpointed(engine.step(job, deadline)))
                got_on = True
                if job.quiet_until is not None and job.quiet_until > self.now():
                    self._pass_on(job, ceil((job.quiet_until - self.now()).total_seconds()))
                    return
            self._finish(engine.finish(job), RunStatus.COMPLETED)
        except (ServiceUnavailable, AppMisconfigured) as error:
            self._wait(job, error)
        except ConnectorError as error:
            self._finish(job, RunStatus.FAILED, error)

    def _wait(self, job: WorkspaceJob, error: ConnectorError) -> None:
        pause = away_pause(job, self.now())
        self.telemetry.refused(error, "workspace_job_postponed", job_id=job.id)
        if pause is None:
            self._finish(job, RunStatus.FAILED, error)
            return
        waiting = replace(job, strikes=0, away_since=job.away_since or self.now())
        self._pass_on(waiting, max(pause, error.retry_after or 0))

    def _pass_on(self, job: WorkspaceJob, delay_seconds: int = 0) -> None:
        active_until = self.now() + timedelta(seconds=delay_seconds + TURN_STALLED_SECONDS)
        saved = self.jobs.save(replace(passed_on(job), active_until=active_until))
        self.queue.send([(work_of(saved), delay_seconds)])

    def _finish(self, job: WorkspaceJob, status: RunStatus, error: ConnectorError | None = None) -> None:
        over = self.jobs.save(
            replace(
                let_go(job),
                status=status,
                finished_at=self.now(),
                failure_code=error.code if error else None,
                failure_detail=error.detail if error else None,
            )
        )
        self.jobs.release(over)
        self.telemetry.note("workspace_job_over", job_id=job.id, kind=job.kind, status=status.value)
