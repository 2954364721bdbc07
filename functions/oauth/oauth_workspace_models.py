"""What whole workspaces are asked and answered over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from confluence_connector.domain.workspace_archives import Archive
from confluence_connector.domain.workspace_jobs import JobKind, WorkspaceJob
from confluence_connector.ports.cache import HandedOver


class EraseRequest(BaseModel):
    """Whoever sends it is kept from erasing another workspace than the one meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    confirm: Annotated[str, Field(max_length=64, description="The workspace's own name, as a word of certainty.")]


class ErasedAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    connections: int
    items: int
    objects: int


class FailureAnswer(BaseModel):
    code: str
    detail: str


class DownloadAnswer(BaseModel):
    """`url` is good for `expires_in` seconds, and made anew each time; the archive is there until `available_until`."""

    url: str
    expires_in: int
    bytes: int
    available_until: datetime


class WorkspaceJobAnswer(BaseModel):
    """`stage`: what it is at; null once it is over. `erased`: what an erasure has deleted so far. `download`: of an
    export, once it is completed.
    """

    id: str
    kind: JobKind
    status: Literal["queued", "running", "completed", "failed"]
    stage: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    erased: ErasedAnswer | None
    download: DownloadAnswer | None
    failure: FailureAnswer | None


def job_of(job: WorkspaceJob, download: DownloadAnswer | None = None) -> WorkspaceJobAnswer:
    failure = FailureAnswer(code=job.failure_code, detail=job.failure_detail or "") if job.failure_code else None
    return WorkspaceJobAnswer.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "status": job.status.value,
            "stage": job.stages[0] if job.stages and not job.is_over else None,
            "created_at": job.created_at,
            "started_at": job.started_at,
            "finished_at": job.finished_at,
            "erased": ErasedAnswer.model_validate(job.erased) if job.kind == "erasure" else None,
            "download": download,
            "failure": failure,
        }
    )


def download_of(archive: Archive, handed: HandedOver, until: datetime) -> DownloadAnswer:
    return DownloadAnswer(
        url=handed.url, expires_in=handed.expires_in_seconds, bytes=archive.length, available_until=until
    )
