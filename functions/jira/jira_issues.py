"""The routes of pages and their issues: which there are, selecting pages, and people acting on issues (G3, G6, G7)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from jira_issue_models import (
    ActAnswer,
    ActsAnswer,
    DoneAnswer,
    FieldsRequest,
    LinkAnswer,
    LinksAnswer,
    PageIssueAnswer,
    SelectionRequest,
    TransitionRequest,
    link_of,
    page_issue_of,
)

from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.people import Principal
from confluence_connector.ports import Deadline
from confluence_connector.runtime import Runtime
from confluence_connector.web.app import deadline_of, runtime_of
from confluence_connector.web.lists import DEFAULT_LIMIT, Cursor, Limit
from confluence_connector.web.sign_in import member

router = APIRouter(prefix="/synchronizers/{synchronizer_id}")

Here = Annotated[Runtime, Depends(runtime_of)]
Member = Annotated[Principal, Depends(member)]
Until = Annotated[Deadline, Depends(deadline_of)]
Id = Annotated[str, Path(max_length=200)]


@router.get("/pages")
async def list_linked_pages(
    synchronizer_id: Id,
    runtime: Here,
    person: Member,
    *,
    state: LinkState | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> LinksAnswer:
    """Pages that have, had or get an issue. An answer with fewer than `limit` items and a `next` is no end."""
    this_list = (person.workspace, "linked-pages", synchronizer_id, state or "")
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    found = runtime.synchronizing.people.shown.pages(person, synchronizer_id, state=state, limit=limit, after=after)
    following = runtime.cursors.seal(found.after, *this_list) if found.after else None
    return LinksAnswer(items=[link_of(link, found.between) for link in found.links], next=following)


@router.put("/pages/{page_id}")
async def select_page(
    synchronizer_id: Id,
    page_id: Id,
    runtime: Here,
    person: Member,
    deadline: Until,
    *,
    asked: SelectionRequest | None = None,
    response: Response,
) -> LinkAnswer:
    """The page is to have an issue: in the mode `selected`, and again for a broken link. 202: it is being created."""
    wanted, parts = asked or SelectionRequest(), runtime.synchronizing.people
    link = parts.selection.select(person, synchronizer_id, page_id, wanted.issue_type, deadline)
    response.status_code = 202 if link.state is LinkState.CREATING else 200
    return link_of(link, parts.shown.between(parts.shown.one(person, synchronizer_id)))


@router.delete("/pages/{page_id}", status_code=204)
async def deselect_page(synchronizer_id: Id, page_id: Id, runtime: Here, person: Member, deadline: Until) -> Response:
    """In the mode `selected`: the page and its issue have nothing to do with each other any more. Both stay."""
    runtime.synchronizing.people.selection.deselect(person, synchronizer_id, page_id, deadline)
    return Response(status_code=204)


@router.get("/pages/{page_id}/issue")
async def get_page_issue(
    synchronizer_id: Id, page_id: Id, runtime: Here, person: Member, deadline: Until
) -> PageIssueAnswer:
    """Its status, and what this person can do with it: transitions and fields are those of whoever would act."""
    return page_issue_of(runtime.synchronizing.people.issues.show(person, synchronizer_id, page_id, deadline))


@router.post("/pages/{page_id}/transition")
async def transition_page_issue(
    synchronizer_id: Id, page_id: Id, asked: TransitionRequest, *, runtime: Here, person: Member, deadline: Until
) -> DoneAnswer:
    """Takes one of the transitions that GET …/issue lists."""
    acting = runtime.synchronizing.people.acting
    done = acting.transition(person, synchronizer_id, page_id, asked.transition_id, deadline)
    return DoneAnswer.model_validate(done)


@router.patch("/pages/{page_id}/fields")
async def edit_page_issue(
    synchronizer_id: Id, page_id: Id, asked: FieldsRequest, *, runtime: Here, person: Member, deadline: Until
) -> DoneAnswer:
    """Changes some of the fields that GET …/issue lists."""
    done = runtime.synchronizing.people.acting.edit(person, synchronizer_id, page_id, asked.fields, deadline)
    return DoneAnswer.model_validate(done)


@router.get("/acts")
async def list_page_acts(
    synchronizer_id: Id, runtime: Here, person: Member, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ActsAnswer:
    """Admins only: who did what to which page's issue, in whose name; newest first, kept for a year."""
    this_list = (person.workspace, "page-acts", synchronizer_id)
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    found, position = runtime.synchronizing.people.acts.page(person, synchronizer_id, limit=limit, after=after)
    following = runtime.cursors.seal(position, *this_list) if position else None
    return ActsAnswer(items=[ActAnswer.model_validate(act) for act in found], next=following)
