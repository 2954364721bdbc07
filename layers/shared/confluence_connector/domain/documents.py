"""Features and their documents: what an import creates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    DocumentId,
    FeatureId,
    MemberId,
    PageId,
    WorkspaceId,
)

type Role = Literal["prd", "trd"]
type Mode = Literal["copy", "link"]
type SourceState = Literal["current", "changed", "archived", "gone", "unknown"]
"""Of a copy's page when somebody last looked: as it was copied, newer, archived, deleted or hidden; or not to be told,
because the connection that it came through does not work."""

SOURCE_OF_TRUTH_LABEL = "Source of truth: Confluence"


@dataclass(frozen=True, slots=True)
class Source:
    """A provider-neutral reference to the page a document came from or points at. Holds no page text."""

    provider: Literal["confluence"]
    cloud_id: CloudId
    site_url: str
    space_key: str
    page_id: PageId
    title: str
    url: str
    version: int  # as last seen


@dataclass(frozen=True, slots=True)
class LossRecord:
    """One line of a conversion's report, as data (C7)."""

    kind: str
    name: str
    count: int
    where: str


@dataclass(frozen=True, slots=True)
class Document:
    """`revision` counts edits and is the ETag of a copy; a link is never edited here."""

    id: DocumentId
    feature_id: FeatureId
    workspace: WorkspaceId
    role: Role
    mode: Mode
    created_at: datetime
    created_by: MemberId
    source: Source | None = None  # None: an empty TRD made here
    connection_id: ConnectionId | None = None
    last_synced: datetime | None = None  # last successful fetch from Confluence, never moved by a cache hit
    archived: bool = False  # the page is archived in Confluence, as last seen
    source_state: SourceState | None = None  # of a copy; None: nobody has looked since it was taken
    source_seen_at: datetime | None = None
    revision: int = 1
    losses: tuple[LossRecord, ...] = ()

    @property
    def editable(self) -> bool:
        return self.mode == "copy"


@dataclass(frozen=True, slots=True)
class Feature:
    id: FeatureId
    workspace: WorkspaceId
    name: str
    folder: str  # "" is the top; "a/b" is b in a
    status: Literal["draft"]
    created_at: datetime
    created_by: MemberId
    document_ids: tuple[DocumentId, ...]  # PRD first
