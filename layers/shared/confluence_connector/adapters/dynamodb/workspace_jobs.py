"""Jobs over a whole workspace on the State table, and which of them has the workspace. TTL forgets them.

The claim is what keeps a second job from beginning and, while it is an erasure's, new connections from being made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, untyped
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
from confluence_connector.adapters.dynamodb.holders import Holders
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.identifiers import JobId, WorkspaceId
from confluence_connector.domain.workspace_jobs import WorkspaceJob
from confluence_connector.limits import WORKSPACE_JOBS_KEPT_DAYS
from confluence_connector.ports import NewSecret, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "WORKSPACEJOB"
CLAIM: Final = "WORKSPACECLAIM"
ONLY_ONE: Final = "job"
HOLDER: Final = "job_id"


@dataclass(frozen=True, slots=True)
class DynamoWorkspaceJobs:
    """The `WorkspaceJobs` port."""

    client: "DynamoDBClient"
    table: str
    new_secret: NewSecret
    telemetry: Telemetry

    def get(self, workspace: WorkspaceId, job_id: JobId) -> WorkspaceJob | None:
        key = job_key(workspace, job_id)
        return self._read(key.pk, key.sk)

    def save(self, job: WorkspaceJob) -> WorkspaceJob:
        saved, key = replace(job, revision=job.revision + 1), job_key(job.workspace, job.id)
        due: dict[str, Any] = {}
        if (at := _next_due(job)) is not None:
            due = {"due_kind": keys.due("workspace", job.id), "due_at": moment(at)}
        ends = int((job.created_at + timedelta(days=WORKSPACE_JOBS_KEPT_DAYS)).timestamp())
        self._items.save(to_item(saved, pk=key.pk, sk=key.sk, expires_at=ends, **due), was=job.revision)
        return saved

    def claim(self, workspace: WorkspaceId, job_id: JobId) -> JobId:
        return JobId(self._workspaces.claim(claim_key(workspace), job_id))

    def release(self, job: WorkspaceJob) -> None:
        self._workspaces.release(claim_key(job.workspace), job.id)

    def current(self, workspace: WorkspaceId) -> WorkspaceJob | None:
        claim = self._items.read(claim_key(workspace))
        return self.get(workspace, JobId(untyped(claim)[HOLDER])) if claim else None

    def due(self, now: datetime) -> Iterator[WorkspaceJob]:
        return DueItems(self.client, self.table, self.telemetry).of("workspace", now, self._read, _next_due)

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    @property
    def _workspaces(self) -> Holders:
        return Holders(self.client, self.table, HOLDER)

    def _read(self, pk: str, sk: str) -> WorkspaceJob | None:
        item = self._items.read(keys.Key(pk, sk))
        return from_item(WorkspaceJob, item) if item else None


def job_key(workspace: WorkspaceId, job_id: JobId) -> keys.Key:
    return keys.item(workspace, NOUN, job_id)


def claim_key(workspace: WorkspaceId) -> keys.Key:
    return keys.item(workspace, CLAIM, ONLY_ONE)


def _next_due(job: WorkspaceJob) -> datetime | None:
    return None if job.is_over else job.active_until
