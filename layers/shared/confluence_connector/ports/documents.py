"""Features, documents, and the copies' text."""

from collections.abc import Sequence
from typing import Protocol

from confluence_connector.domain.documents import Document, Feature
from confluence_connector.domain.identifiers import ConnectionId, DocumentId, FeatureId, WorkspaceId


class Features(Protocol):
    def create(self, feature: Feature, documents: Sequence[tuple[Document, str | None]]) -> None:
        """Feature, documents and the copies' text, all or nothing (C4). Text None: a link."""

    def get(self, workspace: WorkspaceId, feature_id: FeatureId) -> Feature | None: ...

    def page(self, workspace: WorkspaceId, *, limit: int, after: str | None) -> tuple[Sequence[Feature], str | None]:
        """In order of creation. `after` and the second answer are positions, signed by the caller before they leave."""

    def rename(self, feature: Feature) -> None: ...

    def remove(self, feature: Feature) -> None:
        """With its documents and their text."""

    def folders(self, workspace: WorkspaceId) -> Sequence[str]:
        """Those in use, sorted."""


class Documents(Protocol):
    def get(self, workspace: WorkspaceId, document_id: DocumentId) -> Document | None: ...

    def text(self, document: Document) -> str:
        """A copy's Markdown, at `document.revision`."""

    def edit(self, document: Document, markdown: str) -> Document:
        """The next revision of a copy. Raises Stale."""

    def note_synced(self, document: Document) -> None:
        """Stores last_synced, source version, title and archived after a successful fetch."""

    def move_to(self, document: Document, connection_id: ConnectionId) -> Document:
        """Another connection takes over an orphaned link (A9). Raises Stale."""
