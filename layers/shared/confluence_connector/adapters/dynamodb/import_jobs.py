"""Bulk imports on the State table: the job, its chunks of pages, and the claim of the request that made it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed, untyped
from confluence_connector.adapters.dynamodb.due_items import moment, readable
from confluence_connector.adapters.dynamodb.revisions import CONDITION_FAILED, RevisedItems
from confluence_connector.domain.identifiers import JobId, WorkspaceId
from confluence_connector.domain.import_jobs import Chunk, ImportJob
from confluence_connector.limits import IDEMPOTENCY_SECONDS, IMPORT_JOBS_KEPT_DAYS
from confluence_connector.ports import Clock, NewSecret, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "IMPORTJOB"
PAGES: Final = "IMPORTPAGES"
CLAIM: Final = "STARTED"


@dataclass(frozen=True, slots=True)
class DynamoImportJobs:
    """The `ImportJobs` port."""

    client: "DynamoDBClient"
    table: str
    now: Clock
    new_secret: NewSecret
    telemetry: Telemetry

    def get(self, workspace: WorkspaceId, job_id: JobId) -> ImportJob | None:
        key = keys.item(workspace, NOUN, job_id)
        return self._read(key.pk, key.sk)

    def save(self, job: ImportJob) -> ImportJob:
        saved = replace(job, revision=job.revision + 1)
        key = keys.item(job.workspace, NOUN, job.id)
        due: dict[str, Any] = {}
        if not job.is_over and job.active_until is not None:
            due = {"due_kind": keys.due("import", job.id), "due_at": moment(job.active_until)}
        item = to_item(saved, pk=key.pk, sk=key.sk, expires_at=_end_of(job), **due)
        self._items.save(item, was=job.revision)
        return saved

    def claim(self, workspace: WorkspaceId, request: str, job_id: JobId) -> JobId:
        key = keys.item(workspace, CLAIM, request)
        now = int(self.now().timestamp())
        try:
            with named_failures():
                self.client.put_item(
                    TableName=self.table,
                    Item=typed({"pk": key.pk, "sk": key.sk, "job_id": job_id, "expires_at": now + IDEMPOTENCY_SECONDS}),
                    ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                    ExpressionAttributeValues=typed({":now": now}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            there: Any = error.response.get("Item") or {}
            return JobId(untyped(there)["job_id"])
        return job_id

    def unfinished(self, workspace: WorkspaceId) -> int:
        return sum(1 for item in self._all(workspace, NOUN) if not from_item(ImportJob, item).is_over)

    def put_chunk(self, job: ImportJob, chunk: Chunk) -> None:
        key = _chunk_key(job, chunk.number)
        with named_failures():
            self.client.put_item(
                TableName=self.table, Item=to_item(chunk, pk=key.pk, sk=key.sk, expires_at=_end_of(job))
            )

    def chunk(self, job: ImportJob, number: int) -> Chunk:
        item = self._items.read(_chunk_key(job, number))
        if item is None:
            raise ValueError("a chunk is missing")
        return from_item(Chunk, item)

    def chunks(self, job: ImportJob) -> Sequence[Chunk]:
        return [from_item(Chunk, item) for item in self._all(job.workspace, PAGES, job.id)]

    def due(self, now: datetime) -> Iterator[ImportJob]:
        for shard in range(keys.DUE_SHARDS):
            found = self._query(
                IndexName="due",
                KeyConditionExpression="due_kind = :kind AND due_at <= :now",
                ExpressionAttributeValues=typed({":kind": keys.due_shard("import", shard), ":now": moment(now)}),
            )
            for job in readable(found, self._read, self.telemetry):
                # the index lags behind the table: the item itself decides
                if not job.is_over and job.active_until is not None and job.active_until <= now:
                    yield job

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    def _all(self, workspace: WorkspaceId, noun: str, *parts: str) -> Iterator[dict[str, Any]]:
        prefix = keys.prefix(noun) + "".join(f"{part}{keys.SEPARATOR}" for part in parts)
        return self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :noun)",
            ExpressionAttributeValues=typed({":pk": keys.of_workspace(workspace), ":noun": prefix}),
            ConsistentRead=True,
        )

    def _query(self, **query: Any) -> Iterator[dict[str, Any]]:
        with named_failures():
            for page in self.client.get_paginator("query").paginate(TableName=self.table, **query):
                yield from page["Items"]

    def _read(self, pk: str, sk: str) -> ImportJob | None:
        item = self._items.read(keys.Key(pk, sk))
        return from_item(ImportJob, item) if item else None


def _chunk_key(job: ImportJob, number: int) -> keys.Key:
    return keys.item(job.workspace, PAGES, job.id, f"{number:04}")


def _end_of(job: ImportJob) -> int:
    return int((job.created_at + timedelta(days=IMPORT_JOBS_KEPT_DAYS)).timestamp())
