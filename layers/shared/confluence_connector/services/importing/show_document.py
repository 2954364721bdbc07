"""A document with the state of what it hangs on: its page, and the connection that leads there (D6)."""

from dataclasses import dataclass
from typing import Literal

from confluence_connector.domain.connections import Status
from confluence_connector.domain.documents import Document
from confluence_connector.domain.identifiers import DocumentId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import NotFound
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.documents import Documents

type State = Literal["ok", "connection_lost", "other_site", "source_archived"]

DEAD = frozenset({Status.NEEDS_RECONNECT, Status.DISCONNECTED})


@dataclass(frozen=True, slots=True)
class DocumentViewer:
    documents: Documents
    connections: Connections

    def show(self, person: Principal, document_id: DocumentId) -> tuple[Document, State]:
        """Raises NotFound."""
        document = self.documents.get(person.workspace, document_id)
        if document is None:
            raise NotFound
        return document, self.state_of(document)

    def state_of(self, document: Document) -> State:
        """As last seen: nothing is asked of Atlassian. A copy needs no connection, so it cannot lose one."""
        if document.mode == "link" and document.source:
            own = self.connections.get(document.workspace, document.connection_id) if document.connection_id else None
            if own is None or own.status in DEAD or own.site is None:
                return "connection_lost"
            if own.site.cloud_id != document.source.cloud_id:
                return "other_site"
        return "source_archived" if document.archived else "ok"
