"""An export or an erasure begins: the workspace is claimed for its job, and the first message is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from confluence_connector.domain.identifiers import OURS, JobId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.workspace_jobs import PLANS, JobKind, WorkspaceJob, work_of
from confluence_connector.errors import Forbidden, NotFound, WorkspaceBusy
from confluence_connector.limits import TURN_STALLED_SECONDS
from confluence_connector.ports import Clock, NewId, Stale
from confluence_connector.ports.syncing import WorkQueue
from confluence_connector.ports.workspace_jobs import WorkspaceJobs
from confluence_connector.services.report_security_event import Kind, SecurityEvents
from confluence_connector.services.send_overdue import send_overdue

ASKED_FOR: Final[Mapping[JobKind, Kind]] = {
    "export": "workspace_export_asked_for",
    "erasure": "workspace_erasure_asked_for",
}


@dataclass(frozen=True, slots=True)
class StartWorkspaceJob:
    jobs: WorkspaceJobs
    queue: WorkQueue
    security_events: SecurityEvents
    now: Clock
    new_id: NewId

    def start(self, person: Principal, kind: JobKind) -> WorkspaceJob:
        """The job, queued; one of that kind that is going on already is returned instead.

        Raises Forbidden (admins only), WorkspaceBusy (one of the other kind is going on).
        """
        if not person.is_admin:
            raise Forbidden
        while True:
            job_id = self.jobs.claim(person.workspace, JobId(self.new_id("job")))
            job = self.jobs.get(person.workspace, job_id) or self._make(person, kind, job_id)
            if job.is_over:  # killed before it gave the workspace back
                self.jobs.release(job)
                continue
            if job.kind != kind:
                raise WorkspaceBusy
            self.queue.send([(work_of(job), 0)])
            return job

    def show(self, person: Principal, job_id: str) -> WorkspaceJob:
        """Raises NotFound, Forbidden (admins only)."""
        job = self.jobs.get(person.workspace, JobId(job_id)) if OURS.fullmatch(job_id) else None
        if job is None:
            raise NotFound
        if not person.is_admin:
            raise Forbidden
        return job

    def send_again(self) -> int:
        """For jobs whose message is overdue, every minute; returns how many."""
        return send_overdue(self.jobs, work_of, self.queue, self.now)

    def _make(self, person: Principal, kind: JobKind, job_id: JobId) -> WorkspaceJob:
        now = self.now()
        job = WorkspaceJob(
            id=job_id,
            workspace=person.workspace,
            kind=kind,
            started_by=person.sub,
            status=RunStatus.QUEUED,
            created_at=now,
            stages=PLANS[kind],
            active_until=now + timedelta(seconds=TURN_STALLED_SECONDS),
        )
        try:
            made = self.jobs.save(job)
        except Stale:
            return self.jobs.get(person.workspace, job_id) or job
        self.security_events.report(ASKED_FOR[kind], person.workspace)
        return made
