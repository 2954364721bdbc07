"""A whole workspace over HTTP: everything of it as one archive, or everything of it gone. Admins only."""

from typing import Annotated

import oauth_workspace_models as models
from fastapi import APIRouter, Depends, Path

from confluence_connector.domain.people import Principal
from confluence_connector.errors import Unprocessable
from confluence_connector.runtime import Runtime
from confluence_connector.web.app import runtime_of
from confluence_connector.web.sign_in import member

router = APIRouter(prefix="/workspace")

Here = Annotated[Runtime, Depends(runtime_of)]
Member = Annotated[Principal, Depends(member)]


@router.post("/export", status_code=202)
async def export_workspace(runtime: Here, person: Member) -> models.WorkspaceJobAnswer:
    """Everything that is stored, without tokens or secrets, as one ZIP. Watch the job; it says where to download."""
    return models.job_of(runtime.connecting.workspaces.starter.start(person, "export"))


@router.delete("", status_code=202)
async def erase_workspace(
    runtime: Here, person: Member, asked: models.EraseRequest | None = None
) -> models.WorkspaceJobAnswer:
    """Everything of the workspace goes, secrets and corpus included, and cannot be had back. Watch the job: grants are
    out of use at once, the rest follows after a quarter of an hour. Issues in Jira and pages in Confluence stay.
    """
    if asked is not None and asked.confirm != person.workspace:
        raise Unprocessable(fields=[{"field": "confirm", "problem": "not_this_workspace"}])
    return models.job_of(runtime.connecting.workspaces.starter.start(person, "erasure"))


@router.get("/jobs/{job_id}")
async def get_workspace_job(
    job_id: Annotated[str, Path(max_length=200)], runtime: Here, person: Member
) -> models.WorkspaceJobAnswer:
    """How far an export or an erasure is, and where a finished export lies."""
    workspaces = runtime.connecting.workspaces
    job = workspaces.starter.show(person, job_id)
    until = job.archive.available_until if job.archive else None
    if job.archive is None or until is None or until <= runtime.now():
        return models.job_of(job)
    return models.job_of(job, models.download_of(job.archive, workspaces.archives.address(job), until))
