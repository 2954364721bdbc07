"""Refresh from source (D4), and the hand-over of a linked document whose connection is gone (A9)."""

from dataclasses import dataclass, replace
from hashlib import sha256

from confluence_connector.domain.connections import Connection, Right, Status
from confluence_connector.domain.documents import Document
from confluence_connector.domain.identifiers import DocumentId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.readings import Reading
from confluence_connector.errors import Conflict, ConnectorError, NotFound, NotLinked, StillConnected
from confluence_connector.ports import Deadline, Events, Stale, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.documents import Documents
from confluence_connector.services.find_connection import find_connection
from confluence_connector.services.reading.fetch_linked import LinkedFetch, source_of, usable

DEAD = frozenset({Status.NEEDS_RECONNECT, Status.DISCONNECTED})


@dataclass(frozen=True, slots=True)
class DocumentRefresher:
    documents: Documents
    connections: Connections
    linked: LinkedFetch
    events: Events
    telemetry: Telemetry

    def refresh(
        self,
        person: Principal,
        document_id: DocumentId,
        *,
        connection_id: str | None = None,
        deadline: Deadline,
    ) -> Reading:
        """A live reading that replaces what is cached.

        With `connection_id`, one that the person may use, an orphaned document moves to it: explicitly, and only after
        that account has read the page. Raises NotFound, Forbidden, NotLinked, StillConnected, and as reading does.
        """
        document = self.documents.get(person.workspace, document_id)
        if document is None:
            raise NotFound
        if document.mode != "link":
            raise NotLinked
        own = self.connections.get(person.workspace, document.connection_id) if document.connection_id else None
        offered = find_connection(self.connections, person, connection_id, Right.USE) if connection_id else None
        if offered and offered.id != document.connection_id:
            return self._handed_over(person, document, own, offered, deadline)
        try:
            return self.linked.fetch(document, usable(document, own), deadline)
        except ConnectorError as error:
            raise error.of_linked_source() from None

    def _handed_over(
        self, person: Principal, document: Document, own: Connection | None, offered: Connection, deadline: Deadline
    ) -> Reading:
        if not orphaned(document, own):
            raise StillConnected
        try:
            reading = self.linked.fetch(document, usable(document, offered), deadline)
        except ConnectorError as error:
            raise error.of_linked_source() from None
        try:
            moved = self.documents.move_to(reading.document, offered.id)
        except Stale:
            raise Conflict from None  # somebody else took it over, or deleted it, meanwhile
        facts = {
            "workspace": document.workspace,
            "document_id": document.id,
            "from_connection_id": document.connection_id or "",
            "to_connection_id": offered.id,
            "by": person.sub,
        }
        # A `sub` may be an e-mail address, which belongs in no log; the event has it, for the audit.
        self.telemetry.note("linked_document_moved", **facts | {"by": sha256(person.sub.encode()).hexdigest()[:12]})
        self.events.publish("LinkedDocumentMoved", facts)
        return replace(reading, document=moved)


def orphaned(document: Document, own: Connection | None) -> bool:
    """Nothing more will come through the document's own connection unless its owner reconnects."""
    return own is None or own.status in DEAD or own.site is None or own.site.cloud_id != source_of(document).cloud_id
