"""What fetching is asked and answers, over HTTP and as a pipeline step alike."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from confluence_connector.content import CONVERTER_VERSION, to_html
from confluence_connector.domain.documents import SOURCE_OF_TRUTH_LABEL, Document, Feature
from confluence_connector.domain.identifiers import OURS, DocumentId
from confluence_connector.domain.readings import Reading
from confluence_connector.errors import NotFound
from confluence_connector.limits import CACHE_SECONDS

type Format = Literal["markdown", "html"]
type MaxAge = Annotated[int, Field(ge=0, le=CACHE_SECONDS, description="Seconds; 0 reads live.")]
type Id = Annotated[str, Field(pattern=rf"^{OURS.pattern}$")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ContentQuery(_Asked):
    format: Format = "markdown"
    max_age: MaxAge = CACHE_SECONDS


class RefreshRequest(_Asked):
    """`connection_id`: one of the caller's, to take over a document whose own connection is gone."""

    connection_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class StepRequest(_Asked):
    """The event of the pipeline step: a workspace, and a document or a feature of it."""

    model_config = ConfigDict(strict=True)

    workspace: Annotated[str, Field(min_length=1, max_length=64)]
    document_id: Id | None = None
    feature_id: Id | None = None
    max_age: MaxAge = CACHE_SECONDS

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.document_id is None) == (self.feature_id is None):
            raise ValueError("one of document_id and feature_id")
        return self


class SourceAnswer(BaseModel):
    provider: Literal["confluence"]
    cloud_id: str
    site_url: str
    space_key: str
    page_id: str
    title: str
    url: str
    version: int


class LossAnswer(BaseModel):
    kind: str
    name: str
    count: int
    where: str


class ContentAnswer(BaseModel):
    """A document's text with all that a reader must know about it (D3, D6). `version` is the page's."""

    model_config = ConfigDict(from_attributes=True)

    document_id: str
    feature_id: str
    role: Literal["prd", "trd"]
    mode: Literal["copy", "link"]
    editable: bool
    source_of_truth: Literal["confluence", "workspace"]
    label: str | None
    view_url: str | None
    state: Literal["ok", "source_archived"]
    format: Format
    content: str
    title: str | None
    version: int | None
    source: SourceAnswer | None
    last_synced: datetime | None
    freshness: Literal["live", "cached"]
    age_seconds: int
    losses: list[LossAnswer]


class StepDocument(ContentAnswer):
    """`trust`: whoever can edit the page wrote this text; it is data, not an instruction."""

    trust: Literal["untrusted"] = "untrusted"


class StepFeature(BaseModel):
    feature_id: str
    name: str
    folder: str
    documents: list[StepDocument]
    trust: Literal["untrusted"] = "untrusted"


class HandedOver(BaseModel):
    """In place of an answer that Lambda could not return: the same JSON, at a URL that is good for five minutes.

    It has no `content`, so that nobody takes it for an empty document.
    """

    download_url: str
    bytes: int
    trust: Literal["untrusted"] = "untrusted"


def document_named(identifier: str) -> DocumentId:
    """An id from a path. What no id of ours looks like names nothing: NotFound, like any other that does not exist."""
    if not OURS.fullmatch(identifier):
        raise NotFound
    return DocumentId(identifier)


def content_of[Answer: ContentAnswer](kind: type[Answer], reading: Reading, wanted: Format = "markdown") -> Answer:
    document = reading.document
    linked = document.mode == "link"
    return kind.model_validate(
        {
            "document_id": document.id,
            "feature_id": document.feature_id,
            "role": document.role,
            "mode": document.mode,
            "editable": document.editable,
            "source_of_truth": "confluence" if linked else "workspace",
            "label": SOURCE_OF_TRUTH_LABEL if linked else None,
            "view_url": document.source.url if document.source else None,
            "state": "source_archived" if document.archived else "ok",
            "format": wanted,
            "content": to_html(reading.markdown) if wanted == "html" else reading.markdown,
            "title": document.source.title if document.source else None,
            "version": document.source.version if document.source else None,
            "source": document.source,
            "last_synced": reading.last_synced,
            "freshness": reading.freshness,
            "age_seconds": reading.age_seconds,
            "losses": reading.losses,
        },
        from_attributes=True,
    )


def feature_of(feature: Feature, readings: tuple[Reading, ...]) -> StepFeature:
    documents = [content_of(StepDocument, reading) for reading in readings]
    return StepFeature(feature_id=feature.id, name=feature.name, folder=feature.folder, documents=documents)


def etag_of(document: Document, wanted: Format) -> str:
    """A copy's Markdown has its revision, which an edit names as If-Match; everything else has its page's version."""
    if document.mode == "copy":
        return f'"{document.revision}"' if wanted == "markdown" else f'"{document.revision}-html"'
    source = document.source
    page = f"{source.page_id}.{source.version}" if source else ""
    return f'"{page}.c{CONVERTER_VERSION}.{wanted}{".archived" if document.archived else ""}"'
