"""The routes of bulk import: start a job, see how far it is (C8)."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path
from import_finding import Here, Member, Until
from import_models import Asked, ConnectionRef, Folder, PageRefId
from pydantic import BaseModel, Field, model_validator

from confluence_connector.domain.documents import Mode
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.import_jobs import Chunk, ImportJob
from confluence_connector.limits import IMPORT_PAGES_NAMED
from confluence_connector.ports.idempotency import Request
from confluence_connector.services.importing.start_import import ImportWanted
from confluence_connector.web.idempotency_key import idempotency_key

router = APIRouter()


class ImportRequest(Asked):
    """`pages`, or `tree`: a page with everything below it. Each page becomes a feature of its own in `folder`."""

    connection_id: ConnectionRef
    pages: Annotated[list[PageRefId], Field(min_length=1, max_length=IMPORT_PAGES_NAMED)] | None = None
    tree: PageRefId | None = None
    mode: Mode
    folder: Folder = ""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.pages is None) == (self.tree is None):
            raise ValueError("either pages or tree")
        return self

    def wanted(self) -> ImportWanted:
        pages = tuple(PageId(page) for page in self.pages or ())
        tree = PageId(self.tree) if self.tree else None
        return ImportWanted(self.connection_id, self.mode, self.folder, pages, tree)


class ImportedPage(BaseModel):
    """`feature_id`: what was made of it; otherwise `code` and `detail` say why not."""

    page_id: str
    feature_id: str | None
    code: str | None
    detail: str | None


class PagesProgress(BaseModel):
    total: int
    done: int
    failed: int


class Failure(BaseModel):
    code: str
    detail: str


class ImportAnswer(BaseModel):
    """`items`: the pages dealt with so far. `pages.total` grows while a tree is being listed."""

    id: str
    connection_id: str
    status: Literal["queued", "running", "completed", "completed_with_errors", "failed", "cancelled"]
    mode: Mode
    folder: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    pages: PagesProgress
    requests: int
    points: int
    failure: Failure | None
    items: list[ImportedPage]


@router.post("/imports", status_code=202)
async def start_import(
    asked: ImportRequest, key: Annotated[str, Depends(idempotency_key)], runtime: Here, person: Member, deadline: Until
) -> ImportAnswer:
    """Starts a job. The same key and body give the same job for a day."""
    starter, wanted = runtime.importing.many, asked.wanted()
    made = runtime.importing.idempotency.once(
        Request(person.workspace, person.sub, "POST /imports", key, asked.model_dump(mode="json")),
        lambda name: starter.start(person, wanted, request=name),
        deadline,
    )
    return answer_of(*starter.show(person, made))


@router.get("/imports/{job_id}")
async def get_import(job_id: Annotated[str, Path(max_length=200)], runtime: Here, person: Member) -> ImportAnswer:
    """How far it is, and what became of each page. Kept for 90 days."""
    return answer_of(*runtime.importing.many.show(person, job_id))


def answer_of(job: ImportJob, chunks: list[Chunk]) -> ImportAnswer:
    outcomes = [outcome for chunk in chunks for outcome in chunk.outcomes or ()]
    return ImportAnswer(
        id=job.id,
        connection_id=job.connection_id,
        status=job.status.value,
        mode=job.mode,
        folder=job.folder,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        pages=PagesProgress(total=job.total, done=job.done, failed=job.failed),
        requests=job.requests,
        points=job.points,
        failure=Failure(code=job.failure_code, detail=job.failure_detail or "") if job.failure_code else None,
        items=[
            ImportedPage(page_id=each.page_id, feature_id=each.feature_id, code=each.code, detail=each.detail)
            for each in outcomes
        ],
    )
