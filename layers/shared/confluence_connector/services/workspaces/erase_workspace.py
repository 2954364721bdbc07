"""Everything of a workspace gone, secrets and corpus included (I6, fault case C5), batch by batch; see `WorkspaceJob`.

    members, agents ── … documents, agents gone ─┐
    workers, callbacks ── … grants out of use ───┤ quiet: whoever began before is over
                                                 └── the rest is deleted ── read through once more: nothing is left

Whoever writes into a workspace needs a connection that may be used, or a thing that is there to be changed. Both go
first, and new connections are refused while the job has the workspace; so after the quiet nobody writes any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from confluence_connector.domain.identifiers import ApprovalId
from confluence_connector.domain.workspace_jobs import Stage, WorkspaceJob, counted, stage_done
from confluence_connector.limits import QUIET_SECONDS
from confluence_connector.ports import Clock, Deadline, Events
from confluence_connector.ports.agents import Approvals, FrozenBodies
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.corpus import CorpusIndex, CorpusScope
from confluence_connector.ports.syncing import Syncs
from confluence_connector.ports.workspace_jobs import WorkspaceItems, WorkspaceObjects
from confluence_connector.services.connecting.disconnect import Disconnect

APPROVALS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class EraseWorkspace:
    """The `Engine` of erasures."""

    disconnect: Disconnect
    connections: Connections
    syncs: Syncs
    approvals: Approvals
    bodies: FrozenBodies
    index: CorpusIndex
    items: WorkspaceItems
    objects: WorkspaceObjects
    events: Events
    now: Clock

    def step(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        stages: Mapping[Stage, Callable[[WorkspaceJob, Deadline], WorkspaceJob]] = {
            "grants": self._end_grants,
            "bodies": self._drop_bodies,
            "contents": self._erase_contents,
            "quiet": self._be_quiet,
            "corpora": self._erase_corpora,
            "items": self._erase_items,
            "objects": self._erase_objects,
            "scan": self._scan,
        }
        return stages[job.stages[0]](job, deadline)

    def finish(self, job: WorkspaceJob) -> WorkspaceJob:
        """Tells the bus first: a crash in between tells it twice. Raises ServiceUnavailable."""
        erased = job.erased
        counts = {"connections": erased.connections, "items": erased.items, "objects": erased.objects}
        told = {"workspace": job.workspace, "job_id": job.id} | {name: str(number) for name, number in counts.items()}
        self.events.publish("WorkspaceErased", told)
        return replace(job, started_by=None)

    def _end_grants(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        """Also the sync of each is told to end, and a worker that is at it stops at its next step."""
        ended, all_of_them = self.disconnect.end_all(job.workspace, deadline)
        done = counted(job, connections=ended)
        return stage_done(done) if all_of_them else done

    def _drop_bodies(self, job: WorkspaceJob, _: Deadline) -> WorkspaceJob:
        after = ApprovalId(job.position) if job.position else None
        found, following = self.approvals.page(job.workspace, status=None, limit=APPROVALS_AT_ONCE, after=after)
        names = [approval.body_name for approval in found if approval.body_name is not None]
        for name in names:
            self.bodies.remove(name)
        done = counted(job, objects=len(names))
        return replace(done, position=following) if following else stage_done(done)

    def _erase_contents(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        deleted, all_of_them = self.items.erase_documents_and_agents(job, deadline)
        done = counted(job, items=deleted)
        return stage_done(done) if all_of_them else done

    def _be_quiet(self, job: WorkspaceJob, _: Deadline) -> WorkspaceJob:
        now = self.now()
        if job.quiet_until is None:
            return replace(job, quiet_until=now + timedelta(seconds=QUIET_SECONDS))
        return stage_done(replace(job, quiet_until=None)) if job.quiet_until <= now else job

    def _erase_corpora(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        """What the end of a sync may not have got through with yet."""
        for connection in self.connections.of_workspace(job.workspace):
            sync = self.syncs.get(job.workspace, connection.id)
            if sync is None:
                continue
            scope = CorpusScope(job.workspace, connection.id, sync.corpus_id)
            if not self.index.erase(scope, deadline):
                return job
        return stage_done(job)

    def _erase_items(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        deleted, all_of_them = self.items.erase(job, deadline)
        done = counted(job, items=deleted)
        return stage_done(done) if all_of_them else done

    def _erase_objects(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        deleted, all_of_them = self.objects.erase(job.workspace, deadline)
        done = counted(job, objects=deleted)
        return stage_done(done) if all_of_them else done

    def _scan(self, job: WorkspaceJob, deadline: Deadline) -> WorkspaceJob:
        swept = self.items.sweep(job, job.position, deadline)
        done = counted(job, items=swept.deleted)
        return replace(done, position=swept.position) if swept.position else stage_done(done)
