"""Jira synchronizers over HTTP: choosing projects, synchronizers and their runs here, pages and issues beside it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from jira_issues import Here, Id, Member, Until
from jira_issues import router as issues
from jira_models import (
    IssueTypesAnswer,
    ProjectAnswer,
    ProjectsAnswer,
    RunAnswer,
    RunRequest,
    RunsAnswer,
    SynchronizerAnswer,
    SynchronizerChange,
    SynchronizerRequest,
    SynchronizersAnswer,
    issue_type_of,
    project_named,
    row_of,
    run_of,
    synchronizer_of,
)

from confluence_connector.ports.idempotency import Request
from confluence_connector.runtime import from_environment
from confluence_connector.web.app import create_app
from confluence_connector.web.entry import serve
from confluence_connector.web.idempotency_key import idempotency_key
from confluence_connector.web.lists import DEFAULT_LIMIT, Cursor, Limit, cut

router = APIRouter()
router.include_router(issues)


# ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/connections/{connection_id}/jira/projects")
async def list_projects(
    connection_id: Id,
    runtime: Here,
    person: Member,
    deadline: Until,
    *,
    q: Annotated[str, Query(max_length=255, description="Any part of the key or the name.")] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ProjectsAnswer:
    """Projects where the connection's account may create issues, by name."""
    this_list = (person.workspace, "projects", connection_id, q)
    start = int(runtime.cursors.open(cursor, *this_list)) if cursor is not None else 0
    picker = runtime.synchronizing.people.projects
    found, position = picker.projects(person, connection_id, q, deadline, limit=limit, start=start)
    following = runtime.cursors.seal(str(position), *this_list) if position else None
    return ProjectsAnswer(items=[ProjectAnswer.model_validate(project) for project in found], next=following)


@router.get("/connections/{connection_id}/jira/projects/{project_key}/issue-types")
async def list_issue_types(
    connection_id: Id,
    project_key: Annotated[str, Path(max_length=300)],
    runtime: Here,
    person: Member,
    deadline: Until,
) -> IssueTypesAnswer:
    """What the connection's account may create there."""
    picker, key = runtime.synchronizing.people.projects, project_named(project_key)
    found = picker.issue_types(person, connection_id, key, deadline)
    return IssueTypesAnswer(items=[issue_type_of(each) for each in found])


# ── synchronizers ───────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/synchronizers", status_code=201)
async def create_synchronizer(
    asked: SynchronizerRequest,
    key: Annotated[str, Depends(idempotency_key)],
    runtime: Here,
    person: Member,
    deadline: Until,
) -> SynchronizerAnswer:
    """Admins only. Checked at Confluence and Jira, then its first run begins. The same key and body give the same
    synchronizer for a day.
    """
    managed, wanted = runtime.synchronizing.people.managed, asked.wanted()
    made = runtime.synchronizing.people.idempotency.once(
        Request(person.workspace, person.sub, "POST /synchronizers", key, asked.model_dump(mode="json")),
        lambda name: managed.create(person, wanted, request=name, deadline=deadline),
        deadline,
    )
    return synchronizer_of(runtime.synchronizing.people.shown.one(person, made))


@router.get("/synchronizers")
async def list_synchronizers(
    runtime: Here, person: Member, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> SynchronizersAnswer:
    """In order of creation."""
    found = runtime.synchronizing.people.shown.all(person)
    some, following = cut(found, limit, cursor, runtime.cursors, person.workspace, "synchronizers")
    return SynchronizersAnswer(items=[synchronizer_of(each) for each in some], next=following)


@router.get("/synchronizers/{synchronizer_id}")
async def get_synchronizer(synchronizer_id: Id, runtime: Here, person: Member) -> SynchronizerAnswer:
    return synchronizer_of(runtime.synchronizing.people.shown.one(person, synchronizer_id))


@router.patch("/synchronizers/{synchronizer_id}")
async def change_synchronizer(
    synchronizer_id: Id, asked: SynchronizerChange, runtime: Here, person: Member, deadline: Until
) -> SynchronizerAnswer:
    """Admins only. Holds from the next run on, which is due at once where it decides about pages and issues."""
    managed = runtime.synchronizing.people.managed
    return synchronizer_of(managed.change(person, synchronizer_id, asked.changes(), deadline))


@router.delete("/synchronizers/{synchronizer_id}", status_code=204)
async def delete_synchronizer(synchronizer_id: Id, runtime: Here, person: Member) -> Response:
    """Admins only. Its links are forgotten; pages and issues stay as they are."""
    runtime.synchronizing.people.managed.delete(person, synchronizer_id)
    return Response(status_code=204)


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/synchronizers/{synchronizer_id}/runs", status_code=202)
async def trigger_synchronizer(
    synchronizer_id: Id, runtime: Here, person: Member, asked: RunRequest | None = None
) -> RunAnswer:
    """Admins only. Starts a run now; one that is going on is returned instead. A dry one lists what it would do."""
    wanted, trigger = asked or RunRequest(), runtime.synchronizing.people.trigger
    return run_of(trigger.start(person, synchronizer_id, dry_run=wanted.dry_run, catch_up=wanted.catch_up))


@router.get("/synchronizers/{synchronizer_id}/runs")
async def list_synchronizer_runs(
    synchronizer_id: Id, runtime: Here, person: Member, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> RunsAnswer:
    """Newest first; kept for 90 days."""
    this_list = (person.workspace, "synchronizer-runs", synchronizer_id)
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    found, position = runtime.synchronizing.people.shown.runs(person, synchronizer_id, limit=limit, after=after)
    following = runtime.cursors.seal(position, *this_list) if position else None
    return RunsAnswer(items=[row_of(run) for run in found], next=following)


@router.get("/synchronizers/{synchronizer_id}/runs/{run_id}")
async def get_synchronizer_run(synchronizer_id: Id, run_id: Id, runtime: Here, person: Member) -> RunAnswer:
    """With what a dry run would have done, and each page that did not get through."""
    return run_of(runtime.synchronizing.people.shown.run(person, synchronizer_id, run_id))


handler = serve(create_app("jira", router, from_environment))
