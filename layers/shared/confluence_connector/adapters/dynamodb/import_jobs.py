"""Bulk imports on the State table: the job, its chunks of pages, and the claim of the request that made it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.claims import RequestClaims
from confluence_connector.adapters.dynamodb.codec import from_item, to_item
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.identifiers import JobId, WorkspaceId
from confluence_connector.domain.import_jobs import Chunk, ImportJob
from confluence_connector.limits import IMPORT_JOBS_KEPT_DAYS
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
        if (at := _next_due(job)) is not None:
            due = {"due_kind": keys.due("import", job.id), "due_at": moment(at)}
        item = to_item(saved, pk=key.pk, sk=key.sk, expires_at=_end_of(job), **due)
        self._items.save(item, was=job.revision)
        return saved

    def claim(self, workspace: WorkspaceId, request: str, job_id: JobId) -> JobId:
        claims = RequestClaims(self.client, self.table, self.now)
        return JobId(claims.claim(keys.item(workspace, CLAIM, request), job_id))

    def unfinished(self, workspace: WorkspaceId) -> int:
        return sum(
            1
            for item in queries.of_noun(self.client, self.table, workspace, NOUN)
            if not from_item(ImportJob, item).is_over
        )

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
        found = queries.of_noun(self.client, self.table, job.workspace, PAGES, job.id)
        return [from_item(Chunk, item) for item in found]

    def due(self, now: datetime) -> Iterator[ImportJob]:
        return DueItems(self.client, self.table, self.telemetry).of("import", now, self._read, _next_due)

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    def _read(self, pk: str, sk: str) -> ImportJob | None:
        item = self._items.read(keys.Key(pk, sk))
        return from_item(ImportJob, item) if item else None


def _chunk_key(job: ImportJob, number: int) -> keys.Key:
    return keys.item(job.workspace, PAGES, job.id, f"{number:04}")


def _next_due(job: ImportJob) -> datetime | None:
    return None if job.is_over else job.active_until


def _end_of(job: ImportJob) -> int:
    return int((job.created_at + timedelta(days=IMPORT_JOBS_KEPT_DAYS)).timestamp())
