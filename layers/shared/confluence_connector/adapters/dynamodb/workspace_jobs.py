"""Jobs over a whole workspace on the State table, and which of them has the workspace. TTL forgets them.

The claim is what keeps a second job from beginning and, while it is an erasure's, new connections from being made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed, untyped
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
from confluence_connector.adapters.dynamodb.item_batches import address
from confluence_connector.adapters.dynamodb.revisions import CONDITION_FAILED, RevisedItems
from confluence_connector.domain.identifiers import JobId, WorkspaceId
from confluence_connector.domain.workspace_jobs import WorkspaceJob
from confluence_connector.errors import ServiceUnavailable
from confluence_connector.limits import WORKSPACE_JOBS_KEPT_DAYS
from confluence_connector.ports import NewSecret, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "WORKSPACEJOB"
CLAIM: Final = "WORKSPACECLAIM"
ONLY_ONE: Final = "job"
OURS: Final = "job_id = :ours"


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
        key = claim_key(workspace)
        try:
            with named_failures():
                self.client.put_item(
                    TableName=self.table,
                    Item=typed({"pk": key.pk, "sk": key.sk, "job_id": job_id}),
                    ConditionExpression=f"attribute_not_exists(pk) OR {OURS}",
                    ExpressionAttributeValues=typed({":ours": job_id}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            there: Any = error.response.get("Item")
            if not there:
                raise ServiceUnavailable(retry_after=1) from None
            return JobId(untyped(there)["job_id"])
        return job_id

    def release(self, job: WorkspaceJob) -> None:
        try:
            with named_failures():
                self.client.delete_item(
                    TableName=self.table,
                    Key=address(claim_key(job.workspace)),
                    ConditionExpression=OURS,
                    ExpressionAttributeValues=typed({":ours": job.id}),
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise

    def current(self, workspace: WorkspaceId) -> WorkspaceJob | None:
        claim = self._items.read(claim_key(workspace))
        return self.get(workspace, JobId(untyped(claim)["job_id"])) if claim else None

    def due(self, now: datetime) -> Iterator[WorkspaceJob]:
        return DueItems(self.client, self.table, self.telemetry).of("workspace", now, self._read, _next_due)

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    def _read(self, pk: str, sk: str) -> WorkspaceJob | None:
        item = self._items.read(keys.Key(pk, sk))
        return from_item(WorkspaceJob, item) if item else None


def job_key(workspace: WorkspaceId, job_id: JobId) -> keys.Key:
    return keys.item(workspace, NOUN, job_id)


def claim_key(workspace: WorkspaceId) -> keys.Key:
    return keys.item(workspace, CLAIM, ONLY_ONE)


def _next_due(job: WorkspaceJob) -> datetime | None:
    return None if job.is_over else job.active_until
