"""Space sync over HTTP: its setting, its runs, and the corpus with its change feed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from sync_models import (
    ChangeAnswer,
    ChangesAnswer,
    CorpusPageAnswer,
    CorpusPagesAnswer,
    RunAnswer,
    RunRequest,
    RunsAnswer,
    SyncAnswer,
    SyncRequest,
    page_named,
    page_of,
    position_of,
    row_of,
    run_of,
    sync_of,
    text_of,
)

from confluence_connector.domain.people import Principal
from confluence_connector.runtime import Runtime, from_environment
from confluence_connector.web.app import create_app, runtime_of
from confluence_connector.web.entry import serve
from confluence_connector.web.lists import DEFAULT_LIMIT, Cursor, Limit
from confluence_connector.web.sign_in import member

router = APIRouter(prefix="/connections/{connection_id}")

Here = Annotated[Runtime, Depends(runtime_of)]
Member = Annotated[Principal, Depends(member)]
Id = Annotated[str, Path(max_length=200)]
FEED_LIMIT = 200


@router.get("/sync")
async def get_sync(connection_id: Id, runtime: Here, person: Member) -> SyncAnswer:
    """Its setting and how it stands."""
    return sync_of(runtime.syncing.shown.sync(person, connection_id))


@router.put("/sync")
async def change_sync(connection_id: Id, asked: SyncRequest, runtime: Here, person: Member) -> SyncAnswer:
    """Replaces the setting. Other spaces are taken up, and left, by the next run."""
    return sync_of(runtime.syncing.configure.change(person, connection_id, asked.settings()))


@router.get("/sync/runs")
async def list_runs(
    connection_id: Id, runtime: Here, person: Member, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> RunsAnswer:
    """Newest first; kept for 90 days."""
    this_list = (person.workspace, "runs", connection_id)
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    found, position = runtime.syncing.shown.page(person, connection_id, limit=limit, after=after)
    following = runtime.cursors.seal(position, *this_list) if position else None
    return RunsAnswer(items=[run_of(run) for run in found], next=following)


@router.post("/sync/runs", status_code=202)
async def trigger_run(connection_id: Id, runtime: Here, person: Member, asked: RunRequest | None = None) -> RunAnswer:
    """Starts a run now; one that is going on is returned instead."""
    wanted = asked or RunRequest()
    run = runtime.syncing.trigger.start(person, connection_id, accept_removals=wanted.accept_removals, full=wanted.full)
    return run_of(run)


@router.get("/sync/runs/{run_id}")
async def get_run(connection_id: Id, run_id: Id, runtime: Here, person: Member) -> RunAnswer:
    return run_of(runtime.syncing.shown.run(person, connection_id, run_id))


@router.post("/sync/runs/{run_id}/cancel")
async def cancel_run(connection_id: Id, run_id: Id, runtime: Here, person: Member) -> RunAnswer:
    """Ends it at its next step. What it has written stays; the next run goes on from there."""
    return run_of(runtime.syncing.trigger.cancel(person, connection_id, run_id))


@router.get("/corpus/pages")
async def list_corpus_pages(
    connection_id: Id,
    runtime: Here,
    person: Member,
    *,
    space: Annotated[str | None, Query(min_length=1, max_length=255)] = None,
    q: Annotated[str | None, Query(max_length=255, description="Any part of the title; case does not count.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> CorpusPagesAnswer:
    """Pages in title order. An answer with fewer than `limit` items and a `next` is no end."""
    this_list = (person.workspace, "corpus", connection_id, space or "", q or "")
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    found = runtime.syncing.corpus.pages(
        person, connection_id, space_key=space, title_part=q or None, limit=limit, after=after
    )
    following = runtime.cursors.seal(found.after, *this_list) if found.after else None
    return CorpusPagesAnswer(items=[row_of(page) for page in found.pages], next=following)


@router.get("/corpus/pages/{page_id}")
async def get_corpus_page(connection_id: Id, page_id: Id, runtime: Here, person: Member) -> CorpusPageAnswer:
    """With its Markdown as it lies in S3."""
    page, markdown = runtime.syncing.corpus.page(person, connection_id, page_named(page_id))
    return page_of(page, markdown)


@router.get("/corpus/changes")
async def list_changes(
    connection_id: Id,
    runtime: Here,
    person: Member,
    *,
    since: Cursor = None,
    cursor: Cursor = None,
    limit: Limit = FEED_LIMIT,
) -> ChangesAnswer:
    """What was added, changed and removed since a cursor of this feed; without one, all that is kept: of 90 days.

    `cursor` is the same as `since`. 400: the corpus that it belongs to was removed, or changes behind it may have been
    forgotten (it was not used for 89 days); list the pages and begin anew.
    """
    this_list = (person.workspace, "changes", connection_id)
    said = cursor if cursor is not None else since
    behind = position_of(runtime.cursors.open(said, *this_list)) if said is not None else None
    found, reached, more = runtime.syncing.corpus.changes(person, connection_id, since=behind, limit=limit)
    here = runtime.cursors.seal(text_of(reached), *this_list)
    items = [ChangeAnswer.model_validate(change) for change in found]
    return ChangesAnswer(items=items, next=here if more else None, since=here)


handler = serve(create_app("sync", router, from_environment))
