"""What finding and importing is asked and answers over HTTP. Requests refuse what they do not know."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from confluence_connector.domain.documents import SOURCE_OF_TRUTH_LABEL, Document, Feature, Mode, Role, SourceState
from confluence_connector.domain.identifiers import OURS, PAGE, DocumentId, FeatureId, PageId
from confluence_connector.errors import NotFound, PageNotFound
from confluence_connector.limits import FOLDER_DEPTH, FOLDER_LENGTH, NAME_LENGTH
from confluence_connector.services.importing.import_pages import FeatureWanted, PageWanted
from confluence_connector.services.importing.show_document import State

CONTROLS = {chr(code) for code in (*range(32), 127)} - set("\t\n\r")


def _one_line(text: str) -> str:
    """A name: one line, something to read, nothing hidden."""
    text = text.strip()
    if not text or not text.isprintable():
        raise ValueError("not a name")
    return text


def _folder(path: str) -> str:
    """ "" is the top, "a/b" is b in a. Blanks around the parts do not count."""
    if not path.strip().strip("/"):
        return ""
    parts = [_one_line(part) for part in path.strip().strip("/").split("/")]
    if len(parts) > FOLDER_DEPTH or {".", ".."} & set(parts):
        raise ValueError("not a folder")
    return "/".join(parts)


def _text(markdown: str) -> str:
    if CONTROLS & set(markdown):
        raise ValueError("control characters")
    return markdown


type Name = Annotated[str, Field(max_length=NAME_LENGTH), AfterValidator(_one_line)]
type Folder = Annotated[str, Field(max_length=FOLDER_LENGTH), AfterValidator(_folder)]
type ConnectionRef = Annotated[str, Field(pattern=rf"^{OURS.pattern}$")]
type PageRefId = Annotated[str, Field(pattern=rf"^{PAGE.pattern}$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ResolveRequest(Asked):
    url: Annotated[str, Field(min_length=1, max_length=8192)]


class PageRequest(Asked):
    """`mode` overrides the feature's `default_mode` for this document (C2)."""

    connection_id: ConnectionRef
    page_id: PageRefId
    mode: Mode | None = None


class FeatureRequest(Asked):
    name: Name
    folder: Folder = ""
    default_mode: Mode
    prd: PageRequest
    trd: PageRequest | None = None

    def wanted(self) -> FeatureWanted:
        trd = self._page(self.trd) if self.trd else None
        return FeatureWanted(self.name, self.folder, self._page(self.prd), trd)

    def _page(self, asked: PageRequest) -> PageWanted:
        return PageWanted(asked.connection_id, PageId(asked.page_id), asked.mode or self.default_mode)


class FeatureChange(Asked):
    name: Name | None = None
    folder: Folder | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set or None in {getattr(self, field) for field in self.model_fields_set}:
            raise ValueError("name or folder")
        return self


class ContentRequest(Asked):
    markdown: Annotated[str, AfterValidator(_text)]


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SpaceAnswer(_Answer):
    """`homepage_id`: where the page tree begins."""

    id: str
    key: str
    name: str
    type: str
    url: str
    homepage_id: str | None


class PageAnswer(_Answer):
    id: str
    title: str
    url: str
    space_key: str
    parent_id: str | None
    version: int
    updated_at: datetime
    status: Literal["current", "archived"]


class NodeAnswer(_Answer):
    """A child in the tree; one without text (a folder) can be opened but not imported."""

    id: str
    title: str
    type: str
    has_text: bool


class FolderScoreAnswer(_Answer):
    path: str
    score: float


class SuggestionAnswer(_Answer):
    name: str
    folders: list[FolderScoreAnswer]


class SpacesAnswer(BaseModel):
    items: list[SpaceAnswer]
    next: str | None


class PagesAnswer(BaseModel):
    items: list[PageAnswer]
    next: str | None


class NodesAnswer(BaseModel):
    items: list[NodeAnswer]
    next: str | None


class FolderAnswer(BaseModel):
    path: str
    features: int


class FoldersAnswer(BaseModel):
    items: list[FolderAnswer]
    next: str | None


class SourceAnswer(_Answer):
    provider: Literal["confluence"]
    cloud_id: str
    site_url: str
    space_key: str
    page_id: str
    title: str
    url: str
    version: int


class LossAnswer(_Answer):
    kind: str
    name: str
    count: int
    where: str


class DocumentLossAnswer(LossAnswer):
    document_id: str
    role: Role


class DocumentAnswer(BaseModel):
    """A document without its text. `source`: the page it points at, or was taken from and when (C5, D6).

    `source_state`: what became of a copy's page, as last seen; GET /documents/{id}?source=live looks now.
    """

    id: str
    feature_id: str
    role: Role
    mode: Mode
    editable: bool
    source_of_truth: Literal["confluence", "workspace"]
    label: str | None
    view_url: str | None
    source: SourceAnswer | None
    connection_id: str | None
    last_synced: datetime | None
    state: Literal["ok", "connection_lost", "other_site", "source_archived"]
    source_state: SourceState | None
    source_seen_at: datetime | None
    revision: int
    created_at: datetime
    created_by: str
    losses: list[LossAnswer]


class FeatureRow(_Answer):
    id: str
    name: str
    folder: str
    status: Literal["draft"]
    created_at: datetime
    created_by: str
    document_ids: list[str]


class FeatureAnswer(FeatureRow):
    prd_document_id: str
    documents: list[DocumentAnswer]
    losses: list[DocumentLossAnswer]


class FeaturesAnswer(BaseModel):
    items: list[FeatureRow]
    next: str | None


def page_named(identifier: str) -> PageId:
    """An id from a path. What is no id of Confluence names no page."""
    if not PAGE.fullmatch(identifier):
        raise PageNotFound
    return PageId(identifier)


def feature_named(identifier: str) -> FeatureId:
    if not OURS.fullmatch(identifier):
        raise NotFound
    return FeatureId(identifier)


def document_named(identifier: str) -> DocumentId:
    if not OURS.fullmatch(identifier):
        raise NotFound
    return DocumentId(identifier)


def document_of(document: Document, state: State) -> DocumentAnswer:
    linked = document.mode == "link"
    source = document.source
    return DocumentAnswer(
        id=document.id,
        feature_id=document.feature_id,
        role=document.role,
        mode=document.mode,
        editable=document.editable,
        source_of_truth="confluence" if linked else "workspace",
        label=SOURCE_OF_TRUTH_LABEL if linked else None,
        view_url=source.url if source else None,
        source=SourceAnswer.model_validate(source) if source else None,
        connection_id=document.connection_id,
        last_synced=document.last_synced,
        state=state,
        source_state=document.source_state,
        source_seen_at=document.source_seen_at,
        revision=document.revision,
        created_at=document.created_at,
        created_by=document.created_by,
        losses=[LossAnswer.model_validate(loss) for loss in document.losses],
    )


def feature_of(feature: Feature, documents: Sequence[DocumentAnswer]) -> FeatureAnswer:
    row = FeatureRow.model_validate(feature)
    losses = [
        DocumentLossAnswer(document_id=document.id, role=document.role, **loss.model_dump())
        for document in documents
        for loss in document.losses
    ]
    return FeatureAnswer(
        **row.model_dump(), prd_document_id=feature.document_ids[0], documents=list(documents), losses=losses
    )
