"""Features, documents, and the copies' text."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from confluence_connector.domain.documents import Document, Feature
from confluence_connector.domain.identifiers import ConnectionId, DocumentId, FeatureId, WorkspaceId


class Features(Protocol):
    def create(self, feature: Feature, documents: Sequence[tuple[Document, str | None]], *, request: str) -> FeatureId:
        """Feature, documents and the copies' text, all or nothing (C4). Text None: a link.

        `request` names the call that creates it: a second create for the same one, within a day, changes nothing and
        returns the first one's id, even where the first was killed before it could say so.
        """

    def get(self, workspace: WorkspaceId, feature_id: FeatureId) -> Feature | None: ...

    def page(self, workspace: WorkspaceId, *, limit: int, after: str | None) -> tuple[Sequence[Feature], str | None]:
        """In order of creation. `after` and the second answer are positions, signed by the caller before they leave."""

    def rename(self, feature: Feature) -> None:
        """Stores name and folder. Raises Stale if the feature is gone."""

    def remove(self, workspace: WorkspaceId, feature_id: FeatureId) -> bool:
        """With its documents and their text. A removal that was cut short is finished by repeating it.

        False: there was nothing of it.
        """

    def by_folder(self, workspace: WorkspaceId) -> Mapping[str, Sequence[str]]:
        """The folders in use, sorted, each with the names of its features in order of creation."""


class Documents(Protocol):
    def get(self, workspace: WorkspaceId, document_id: DocumentId) -> Document | None:
        """A consistent read."""

    def of_feature(self, feature: Feature) -> Sequence[Document]:
        """PRD first."""

    def text(self, document: Document) -> str:
        """A copy's Markdown as it is now: of `document.revision`, or of a later one if it was edited since.

        Raises NotFound if it was removed since.
        """

    def edit(self, document: Document, markdown: str) -> Document:
        """The next revision of a copy. A repeat whose first answer was lost is success. Raises Stale."""

    def note_synced(self, document: Document) -> None:
        """Stores last_synced, source, archived and losses of a link after a successful fetch.

        Does nothing where a later fetch was noted before, or the link was removed or moved to another connection.
        """

    def note_source(self, document: Document) -> None:
        """Stores source_state and source_seen_at of a copy; nothing where it is gone or somebody looked later."""

    def move_to(self, document: Document, connection_id: ConnectionId) -> Document:
        """Another connection takes over an orphaned link (A9). Raises Stale."""
