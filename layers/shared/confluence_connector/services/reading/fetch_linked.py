"""A linked page, live: read through a connection, converted, put into the cache, noted on the document."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from confluence_connector.domain.connections import Connection, Site
from confluence_connector.domain.documents import Document, LossRecord, Source
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.pages import Page
from confluence_connector.domain.readings import Reading
from confluence_connector.errors import ConnectionNotFound, ConnectorError, SiteChanged
from confluence_connector.limits import CACHE_SECONDS
from confluence_connector.ports import Clock, Deadline, Stale, Telemetry
from confluence_connector.ports.atlassian import ConfluenceSites
from confluence_connector.ports.cache import CachedText, CacheScope, TextCache
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.documents import Documents
from confluence_connector.services.reading.convert_page import cache_entry, convert


@dataclass(frozen=True, slots=True)
class LinkedFacts:
    """What a fetch learned about its page beside the text. Travels in the cache, next to it."""

    title: str
    url: str
    space_key: str
    version: int
    archived: bool
    losses: tuple[LossRecord, ...]

    @classmethod
    def seen_on(cls, page: Page, losses: tuple[LossRecord, ...]) -> Self:
        ref = page.ref
        return cls(ref.title, ref.url, ref.space_key, ref.version, ref.status == "archived", losses)

    @classmethod
    def of(cls, details: dict[str, Any]) -> Self:
        """From a cached text. Raises KeyError, TypeError or ValueError for anything else."""
        title, url, space_key = (str(details[name]) for name in ("title", "url", "space_key"))
        losses = tuple(LossRecord(**loss) for loss in details["losses"])
        return cls(title, url, space_key, int(details["version"]), bool(details["archived"]), losses)

    def details(self) -> dict[str, Any]:
        return asdict(self) | {"archived": int(self.archived)}

    def source(self, site: Site, page_id: PageId) -> Source:
        """Where the page is, as the fetch saw it."""
        return Source(
            "confluence", site.cloud_id, site.url, self.space_key, page_id, self.title, self.url, self.version
        )

    def upon(self, document: Document, synced_at: datetime) -> Document:
        """The document as the page is now. Losses stay out: they name things of the page, which is not stored (D1)."""
        source = replace(
            source_of(document), title=self.title, url=self.url, space_key=self.space_key, version=self.version
        )
        return replace(document, source=source, archived=self.archived, last_synced=synced_at)


@dataclass(frozen=True, slots=True)
class LinkedFetch:
    """The one way in which linked text comes from Confluence."""

    documents: Documents
    connections: Connections
    cache: TextCache
    sites: ConfluenceSites
    telemetry: Telemetry
    now: Clock

    def fetch(self, document: Document, connection: Connection, deadline: Deadline) -> Reading:
        """A live reading, cached and noted. Raises LinkedSourceErrors and what the vault says."""
        source = source_of(document)
        started = self.now()  # the text is at least as fresh as this; ten minutes count from here
        page = self.sites.of(connection, deadline).page(source.page_id)
        markdown, losses = convert(page, source.site_url)
        facts = LinkedFacts.seen_on(page, losses)
        text = CachedText(markdown, started, started + timedelta(seconds=CACHE_SECONDS), facts.details())
        self.cache.put(scope_of(connection), cache_entry(source.page_id), text)
        fresh = facts.upon(document, started)
        self._note(fresh)
        self.connections.touch(connection, started)
        return Reading(fresh, markdown, "live", 0, started, losses, scope_of(connection).generation)

    def _note(self, document: Document) -> None:
        """The text is at hand; a table that is slow for a moment must not withhold it."""
        try:
            self.documents.note_synced(document)
        except ConnectorError as error:
            self.telemetry.refused(error, "sync_not_noted", document_id=document.id)
            self.telemetry.count("SyncNotNoted")
        except Stale:
            self.telemetry.warn("sync_not_noted", document_id=document.id)
            self.telemetry.count("SyncNotNoted")


def usable(document: Document, connection: Connection | None) -> Connection:
    """The connection, if this document may be read through it right now.

    Cloud ids are compared at every read: page ids collide between sites. Raises ConnectionNotFound, SiteChanged, and
    what `Connection.unusable_because` names.
    """
    if connection is None:
        raise ConnectionNotFound
    if reason := connection.unusable_because("link"):
        raise reason
    if connection.site is None or connection.site.cloud_id != source_of(document).cloud_id:
        raise SiteChanged
    return connection


def scope_of(connection: Connection) -> CacheScope:
    """The cache of the connection's present grant."""
    generation = connection.grant.generation if connection.grant else 0
    return CacheScope(connection.workspace, connection.id, generation)


def source_of(document: Document) -> Source:
    if document.source is None:
        raise ConnectionNotFound  # a link always has a source; without one there is nothing to connect to
    return document.source
