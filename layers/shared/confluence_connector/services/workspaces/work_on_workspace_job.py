"""One turn of an export or an erasure (`services.turns`), batch after batch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import ClassVar, Protocol

from confluence_connector.domain.identifiers import ConnectionId, JobId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.work import ForgedWork, Work
from confluence_connector.domain.workspace_jobs import JobKind, WorkspaceJob
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Clock, Deadline, Telemetry
from confluence_connector.ports.workspace_jobs import WorkspaceJobs
from confluence_connector.services.report_security_event import SecurityEvents
from confluence_connector.services.turns import Held, Lines, Turns


class Engine(Protocol):
    """What a kind of job consists of."""

    def step(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        """One batch of the job's first stage; without that stage where it was the last. May be repeated."""

    def finish(self, job: WorkspaceJob) -> WorkspaceJob:
        """As the job is to be remembered. May be repeated."""


@dataclass(frozen=True, slots=True)
class WorkOnWorkspaceJob:
    """The `Course` of exports and erasures."""

    lines: ClassVar[Lines] = Lines(
        stale="workspace_message_stale",
        lost="workspace_turn_lost",
        postponed="workspace_job_postponed",
        failed="workspace_job_failed",
        not_released="workspace_turn_not_released",
    )

    jobs: WorkspaceJobs
    engines: Mapping[JobKind, Engine]
    turns: Turns
    security_events: SecurityEvents
    telemetry: Telemetry
    now: Clock

    def work(self, work: Work, deadline: Deadline) -> None:
        """Returns when the message is done with. Raises ForgedWork, and whatever is a defect."""
        job = self.jobs.get(work.workspace, JobId(work.id))
        if job is None:
            self.security_events.report("forged_work", work.workspace, ConnectionId(work.id))
            raise ForgedWork
        if job.is_over:
            self.jobs.release(job)  # whoever finished it may have been killed before that
        self.turns.take(job, self, self._go_on, work, deadline, job_id=job.id)

    def _go_on(self, held: Held[WorkspaceJob]) -> None:
        engine = self.engines[held.run.kind]
        while held.run.stages:
            if held.is_used_up:
                held.pass_on()
                return
            held.checkpoint(engine.step(held.run, held.deadline))
            if (wait_seconds := self._quiet_seconds(held.run)) > 0:
                held.pass_on(wait_seconds)
                return
        held.run = engine.finish(held.run)
        held.finish(RunStatus.COMPLETED)

    def _quiet_seconds(self, job: WorkspaceJob) -> int:
        return 0 if job.quiet_until is None else ceil((job.quiet_until - self.now()).total_seconds())

    # ── as a course ─────────────────────────────────────────────────────────────────────────────────────────────────

    def save(self, job: WorkspaceJob) -> WorkspaceJob:
        return self.jobs.save(job)

    def hand_on(self, job: WorkspaceJob, active_until: datetime) -> bool:
        self.jobs.save(replace(job, active_until=active_until))
        return True

    def rewound(self, job: WorkspaceJob) -> WorkspaceJob:
        """Nobody at Atlassian is asked."""
        return job

    def ends_by(self, _: ConnectorError) -> bool:
        """Whatever it is: the admin who asked for it is told, and may ask again."""
        return True

    def when_over(self, job: WorkspaceJob) -> None:
        self.jobs.release(job)
        self.telemetry.note("workspace_job_over", job_id=job.id, kind=job.kind, status=job.status.value)
