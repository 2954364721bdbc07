"""What became of the page that a copy was taken from. The copy stays what it is: a publication of its own (C5, F12)."""

from dataclasses import dataclass, replace

from confluence_connector.domain.documents import Document, Source, SourceState
from confluence_connector.errors import ConnectionNotFound, PageForbidden, PageGone, ReconnectRequired, ScopesMissing
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.atlassian import ConfluenceSites
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.documents import Documents


@dataclass(frozen=True, slots=True)
class SourceWatcher:
    documents: Documents
    connections: Connections
    sites: ConfluenceSites
    now: Clock

    def look(self, document: Document, deadline: Deadline) -> Document:
        """The copy, with what was seen noted on it; anything else as it is.

        Through the connection it was taken with, as links are read (D7); its text is not asked for. Raises RateLimited,
        ConfluenceUnavailable.
        """
        if document.mode != "copy" or document.source is None:
            return document
        seen = replace(
            document, source_state=self._state(document, document.source, deadline), source_seen_at=self.now()
        )
        self.documents.note_source(seen)
        return seen

    def _state(self, document: Document, source: Source, deadline: Deadline) -> SourceState:
        own = self.connections.get(document.workspace, document.connection_id) if document.connection_id else None
        if own is None or own.unusable_because("link") or own.site is None or own.site.cloud_id != source.cloud_id:
            return "unknown"
        try:
            page = self.sites.of(own, deadline).page_ref(source.page_id)
        except PageGone:
            return "gone"
        except (ConnectionNotFound, PageForbidden, ReconnectRequired, ScopesMissing):
            return "unknown"
        if page.status == "archived":
            return "archived"
        return "changed" if page.version > source.version else "current"
