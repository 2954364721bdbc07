"""Reading a document: a copy from the store, a link from Confluence or from the ten-minute cache (D2–D9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.documents import Document
from confluence_connector.domain.identifiers import DocumentId, WorkspaceId
from confluence_connector.domain.readings import Reading
from confluence_connector.errors import ConnectorError, NotFound
from confluence_connector.ports import Clock, Deadline, NewSecret, RandomFraction, Sleep
from confluence_connector.ports.cache import CachedText, CacheScope, TextCache
from confluence_connector.ports.documents import Documents
from confluence_connector.ports.reading import Snapshots
from confluence_connector.services.reading.convert_page import cache_entry
from confluence_connector.services.reading.fetch_linked import LinkedFacts, LinkedFetch, scope_of, source_of, usable
from confluence_connector.services.reading.single_flight import SingleFlight


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """Reads with nobody logged in: who may ask has been decided before (D7)."""

    snapshots: Snapshots
    documents: Documents
    cache: TextCache
    linked: LinkedFetch
    now: Clock
    sleep: Sleep
    random: RandomFraction
    new_secret: NewSecret

    def read(
        self, workspace: WorkspaceId, document_id: DocumentId, *, max_age_seconds: int, deadline: Deadline
    ) -> Reading:
        """The document's text, no older than `max_age_seconds` (0: live, whatever is cached).

        Raises NotFound; for a link every failure's detail begins "Could not fetch linked source" (D8).
        """
        snapshot = self.snapshots.of_document(workspace, document_id)
        if snapshot is None:
            raise NotFound
        document = snapshot.document
        if document.mode == "copy":
            return Reading(document, self.documents.text(document), "live", 0, document.last_synced, document.losses)
        try:
            connection = usable(document, snapshot.connection)
            asked_at = self.now()
            if found := from_cache(document, scope_of(connection), snapshot.cached, asked_at, max_age_seconds):
                return found
            if max_age_seconds == 0:
                return self.linked.fetch(document, connection, deadline)
            return self._fetched_once(document, connection, asked_at, max_age_seconds, deadline)
        except ConnectorError as error:
            raise error.of_linked_source() from None

    def _fetched_once(
        self, document: Document, connection: Connection, asked_at: datetime, max_age_seconds: int, deadline: Deadline
    ) -> Reading:
        """Fetches, or waits for the one who is fetching (D9). A crowd costs one upstream read."""
        scope, entry = scope_of(connection), cache_entry(source_of(document).page_id)
        flights = SingleFlight(self.cache, self.now, self.sleep, self.random, self.new_secret)
        return flights.once(
            scope,
            entry,
            asked_at,
            found=lambda: self._found(document, scope, entry, max_age_seconds),
            fetch=lambda: self.linked.fetch(document, connection, deadline),
            deadline=deadline,
        )

    def _found(self, document: Document, scope: CacheScope, entry: str, max_age_seconds: int) -> Reading | None:
        return from_cache(document, scope, self.cache.get(scope, entry), self.now(), max_age_seconds)


def from_cache(
    document: Document, scope: CacheScope, cached: CachedText | None, now: datetime, max_age_seconds: int
) -> Reading | None:
    """None: nothing, too old (exactly as old as asked is, as with the ten minutes, H2), or junk (H8)."""
    if cached is None or cached.expires_at <= now or now - cached.fetched_at >= timedelta(seconds=max_age_seconds):
        return None
    try:
        facts = LinkedFacts.of(cached.details)
    except (KeyError, TypeError, ValueError):
        return None
    last_synced = max(cached.fetched_at, document.last_synced or cached.fetched_at)
    age = max(0, int((now - cached.fetched_at).total_seconds()))
    return Reading(
        facts.upon(document, last_synced), cached.text, "cached", age, last_synced, facts.losses, scope.generation
    )
