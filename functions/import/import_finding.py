"""The routes of finding: spaces, titles, the tree, pasted URLs, and what to call what was found (B1–B4, C3)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from import_models import (
    NodeAnswer,
    NodesAnswer,
    PageAnswer,
    PagesAnswer,
    ResolveRequest,
    SpaceAnswer,
    SpacesAnswer,
    SuggestionAnswer,
    page_named,
)

from confluence_connector.domain.connections import Right
from confluence_connector.domain.people import Principal
from confluence_connector.errors import SpaceRequired
from confluence_connector.ports import Deadline
from confluence_connector.runtime import Runtime
from confluence_connector.services.find_connection import find_connection
from confluence_connector.web.app import deadline_of, runtime_of
from confluence_connector.web.lists import DEFAULT_LIMIT, Cursor, Limit, cut
from confluence_connector.web.sign_in import member

router = APIRouter(prefix="/connections/{connection_id}")

Here = Annotated[Runtime, Depends(runtime_of)]
Member = Annotated[Principal, Depends(member)]
Until = Annotated[Deadline, Depends(deadline_of)]
Id = Annotated[str, Path(max_length=200)]
Part = Annotated[str, Query(max_length=255, description="Any part, as literal text; case does not count.")]


@router.get("/spaces")
async def list_spaces(
    connection_id: Id,
    runtime: Here,
    person: Member,
    deadline: Until,
    *,
    q: Part = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> SpacesAnswer:
    """Spaces by name, as you type."""
    found = runtime.importing.finder.spaces(person, connection_id, q, deadline)
    this_list = (person.workspace, "spaces", connection_id, q)
    page, following = cut(found, limit, cursor, runtime.cursors, *this_list)
    return SpacesAnswer(items=[SpaceAnswer.model_validate(space) for space in page], next=following)


@router.get("/spaces/{space_key}/pages")
async def search_space(
    connection_id: Id,
    space_key: Annotated[str, Path(max_length=255)],
    runtime: Here,
    person: Member,
    deadline: Until,
    *,
    title: Part = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PagesAnswer:
    """Pages of one space whose title contains the text; all of them without it. In title order."""
    found = runtime.importing.finder.pages(person, connection_id, space_key, title, deadline)
    this_list = (person.workspace, "titles", connection_id, space_key, title)
    page, following = cut(found, limit, cursor, runtime.cursors, *this_list)
    return PagesAnswer(items=[PageAnswer.model_validate(each) for each in page], next=following)


@router.get("/pages")
async def search_nowhere(connection_id: Id, runtime: Here, person: Member, title: Part = "") -> PagesAnswer:  # noqa: ARG001 — the route takes it
    """Titles are searched within a space: 400, asking for one."""
    find_connection(runtime.connections, person, connection_id, Right.USE)
    raise SpaceRequired


@router.get("/pages/{page_id}/children")
async def list_children(
    connection_id: Id,
    page_id: Id,
    runtime: Here,
    person: Member,
    deadline: Until,
    *,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> NodesAnswer:
    """One level of the tree, below a page or a folder. A tree begins at its space's `homepage_id`."""
    found = runtime.importing.finder.children(person, connection_id, page_named(page_id), deadline)
    this_list = (person.workspace, "children", connection_id, page_id)
    page, following = cut(found, limit, cursor, runtime.cursors, *this_list)
    return NodesAnswer(items=[NodeAnswer.model_validate(node) for node in page], next=following)


@router.get("/pages/{page_id}/suggestion")
async def suggest(connection_id: Id, page_id: Id, runtime: Here, person: Member, deadline: Until) -> SuggestionAnswer:
    """A name from the page's content, and existing folders that fit."""
    found = runtime.importing.suggester.suggest(person, connection_id, page_named(page_id), deadline)
    return SuggestionAnswer.model_validate(found)


@router.post("/resolve")
async def resolve(
    connection_id: Id, asked: ResolveRequest, runtime: Here, person: Member, deadline: Until
) -> PageAnswer:
    """The page that a pasted URL names. The URL itself is never requested."""
    return PageAnswer.model_validate(runtime.importing.resolver.resolve(person, connection_id, asked.url, deadline))
