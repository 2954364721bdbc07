"""What a read of a document needs to know, in one look."""

from dataclasses import dataclass
from typing import Protocol

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.documents import Document
from confluence_connector.domain.identifiers import DocumentId, WorkspaceId
from confluence_connector.ports.cache import CachedText


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document, the connection that it names, and the cached text of that connection's present grant.

    `connection` None: a copy, or a link whose connection is gone. `cached` is unexpired, whatever its age.
    """

    document: Document
    connection: Connection | None = None
    cached: CachedText | None = None


class Snapshots(Protocol):
    def of_document(self, workspace: WorkspaceId, document_id: DocumentId) -> Snapshot | None:
        """Consistently read. None: no such document. Raises ServiceUnavailable where State does not answer."""
