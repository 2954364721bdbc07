"""Finding and importing over HTTP: features, folders and documents here, finding beside it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from import_finding import Here, Member, Until
from import_finding import router as finding
from import_many import router as many
from import_models import (
    ContentRequest,
    DocumentAnswer,
    FeatureAnswer,
    FeatureChange,
    FeatureRequest,
    FeatureRow,
    FeaturesAnswer,
    FolderAnswer,
    FoldersAnswer,
    document_named,
    document_of,
    feature_named,
    feature_of,
)

from confluence_connector.domain.documents import Document
from confluence_connector.domain.identifiers import FeatureId
from confluence_connector.domain.people import Principal
from confluence_connector.ports.idempotency import Request
from confluence_connector.runtime import Runtime, from_environment
from confluence_connector.web.app import create_app
from confluence_connector.web.entry import serve
from confluence_connector.web.idempotency_key import idempotency_key
from confluence_connector.web.lists import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter()
router.include_router(finding)
router.include_router(many)

Id = Annotated[str, Path(max_length=200)]


@router.post("/features", status_code=201)
async def create_feature(
    asked: FeatureRequest,
    key: Annotated[str, Depends(idempotency_key)],
    runtime: Here,
    person: Member,
    deadline: Until,
) -> FeatureAnswer:
    """Imports one feature, all or nothing. The same key and body give the same feature for a day."""
    importer, wanted = runtime.importing.importer, asked.wanted()
    made = runtime.importing.idempotency.once(
        Request(person.workspace, person.sub, "POST /features", key, asked.model_dump(mode="json")),
        lambda name: importer.create(person, wanted, request=name, deadline=deadline),
        deadline,
    )
    return whole_feature(runtime, person, FeatureId(made))


@router.get("/features")
async def list_features(
    runtime: Here, person: Member, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> FeaturesAnswer:
    """In order of creation."""
    this_list = (person.workspace, "features")
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    found, position = runtime.importing.organiser.page(person, limit=limit, after=after)
    following = runtime.cursors.seal(position, *this_list) if position else None
    return FeaturesAnswer(items=[FeatureRow.model_validate(feature) for feature in found], next=following)


@router.get("/features/{feature_id}")
async def get_feature(feature_id: Id, runtime: Here, person: Member) -> FeatureAnswer:
    return whole_feature(runtime, person, feature_named(feature_id))


@router.patch("/features/{feature_id}")
async def change_feature(feature_id: Id, asked: FeatureChange, runtime: Here, person: Member) -> FeatureAnswer:
    """Another name or folder."""
    identifier = feature_named(feature_id)
    runtime.importing.organiser.change(person, identifier, name=asked.name, folder=asked.folder)
    return whole_feature(runtime, person, identifier)


@router.delete("/features/{feature_id}", status_code=204)
async def delete_feature(feature_id: Id, runtime: Here, person: Member) -> Response:
    """With its documents and their texts. Confluence is not touched."""
    runtime.importing.organiser.delete(person, feature_named(feature_id))
    return Response(status_code=204)


@router.get("/folders")
async def list_folders(
    runtime: Here, person: Member, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> FoldersAnswer:
    """Those in use, in order of their path; the top is ""."""
    this_list = (person.workspace, "folders")
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    folders = runtime.importing.organiser.folders(person)
    left = [path for path in folders if after is None or path > after]
    items = [FolderAnswer(path=path, features=len(folders[path])) for path in left[:limit]]
    following = runtime.cursors.seal(items[-1].path, *this_list) if len(left) > limit else None
    return FoldersAnswer(items=items, next=following)


@router.get("/documents/{document_id}")
async def get_document(
    document_id: Id,
    runtime: Here,
    person: Member,
    deadline: Until,
    response: Response,
    *,
    source: Annotated[Literal["noted", "live"], Query(description="live: look at a copy's page now.")] = "noted",
) -> DocumentAnswer:
    """What it is, where it comes from, and how that stands. Its text: GET /documents/{id}/content."""
    document, state = runtime.importing.viewer.show(person, document_named(document_id))
    if source == "live":
        document = runtime.importing.watcher.look(document, deadline)
    response.headers["etag"] = etag_of(document)
    return document_of(document, state)


@router.put("/documents/{document_id}/content")
async def edit_copy(
    document_id: Id,
    asked: ContentRequest,
    runtime: Here,
    person: Member,
    *,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> DocumentAnswer:
    """Replaces a copy's text. If-Match names the revision it was made from; the answer has the new one as ETag."""
    edited = runtime.importing.editor.edit(person, document_named(document_id), asked.markdown, if_match)
    response.headers["etag"] = etag_of(edited)
    return document_of(edited, runtime.importing.viewer.state_of(edited))


def whole_feature(runtime: Runtime, person: Principal, feature_id: FeatureId) -> FeatureAnswer:
    feature, documents = runtime.importing.organiser.get(person, feature_id)
    viewer = runtime.importing.viewer
    return feature_of(feature, [document_of(document, viewer.state_of(document)) for document in documents])


def etag_of(document: Document) -> str:
    return f'"{document.revision}"'


handler = serve(create_app("import", router, from_environment))
