"""Reading over HTTP: GET /documents/{id}/content, POST /documents/{id}/refresh, POST /references."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from fetch_models import (
    ContentAnswer,
    ContentQuery,
    Format,
    ReferencesAnswer,
    ReferencesRequest,
    RefreshRequest,
    content_of,
    document_named,
    etag_of,
    references_of,
    wanted_by,
)
from fetch_origins import of_documents, of_references

from confluence_connector.domain.people import Principal
from confluence_connector.domain.readings import Reading
from confluence_connector.ports import Deadline
from confluence_connector.runtime import Runtime, from_environment
from confluence_connector.web.app import create_app, deadline_of, runtime_of
from confluence_connector.web.entry import ORIGIN, serve
from confluence_connector.web.sign_in import member

router = APIRouter()
Here = Annotated[Runtime, Depends(runtime_of)]
Member = Annotated[Principal, Depends(member)]
Until = Annotated[Deadline, Depends(deadline_of)]


@router.get("/documents/{document_id}/content", response_model=ContentAnswer)
async def read_content(
    document_id: str,
    asked: Annotated[ContentQuery, Query()],
    *,
    runtime: Here,
    person: Member,
    deadline: Until,
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """Any member of the workspace may read; a link is read through its importer's connection (D7)."""
    reading = runtime.reading.documents.read(
        person.workspace, document_named(document_id), max_age_seconds=asked.max_age, deadline=deadline
    )
    etag = etag_of(reading.document, asked.format)
    if if_none_match and etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(",")):
        return Response(status_code=304, headers={"etag": etag})
    return answered(reading, asked.format, etag)


@router.post("/documents/{document_id}/refresh", response_model=ContentAnswer)
async def refresh(
    document_id: str, runtime: Here, person: Member, deadline: Until, asked: RefreshRequest | None = None
) -> Response:
    """Always live. With the caller's own connection, an orphaned link moves to it."""
    named = asked.connection_id if asked else None
    reading = runtime.reading.refresher.refresh(
        person, document_named(document_id), connection_id=named, deadline=deadline
    )
    return answered(reading, "markdown", etag_of(reading.document, "markdown"))


@router.post("/references", response_model=ReferencesAnswer)
async def read_references(
    asked: ReferencesRequest, runtime: Here, person: Member, deadline: Until, response: Response
) -> ReferencesAnswer:
    """Pages by their URLs, link-style: all of them, or a failure that lists what could not be read (H2, H4)."""
    read = runtime.reading.references.for_person(person, wanted_by(asked), deadline)
    answer = references_of(read)
    response.headers["age"] = str(answer.oldest_seconds)
    response.headers[ORIGIN] = str(of_references(read) or "")
    return answer


def answered(reading: Reading, wanted: Format, etag: str) -> Response:
    body = content_of(ContentAnswer, reading, wanted).model_dump_json()
    headers = {"etag": etag, "age": str(reading.age_seconds), ORIGIN: str(of_documents([reading]) or "")}
    return Response(body, media_type="application/json", headers=headers)


handler = serve(create_app("fetch", router, from_environment))
