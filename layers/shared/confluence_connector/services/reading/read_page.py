"""A page that no document stands for, read link-style: from Confluence or the ten-minute cache, never stored (H4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.readings import PageReading
from confluence_connector.errors import SiteNotChosen
from confluence_connector.limits import CACHE_SECONDS
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.atlassian import ConfluenceSites
from confluence_connector.ports.cache import CachedText, TextCache
from confluence_connector.ports.connections import Connections
from confluence_connector.services.reading.convert_page import cache_entry, convert
from confluence_connector.services.reading.fetch_linked import LinkedFacts, scope_of
from confluence_connector.services.reading.single_flight import SingleFlight


@dataclass(frozen=True, slots=True)
class PageReader:
    """Shares cache entries, and flights, with the documents that link to the same page through the same connection."""

    connections: Connections
    cache: TextCache
    sites: ConfluenceSites
    flights: SingleFlight
    now: Clock

    def read(self, connection: Connection, page_id: PageId, *, max_age_seconds: int, deadline: Deadline) -> PageReading:
        """The page's text, no older than `max_age_seconds`. Raises LinkedSourceErrors and what the vault says."""
        if max_age_seconds == 0:
            return self._fetch(connection, page_id, deadline)
        scope, entry = scope_of(connection), cache_entry(page_id)

        def found() -> PageReading | None:
            return _from_cache(connection, page_id, self.cache.get(scope, entry), self.now(), max_age_seconds)

        def fetch() -> PageReading:
            return self._fetch(connection, page_id, deadline)

        return found() or self.flights.once(scope, entry, self.now(), found=found, fetch=fetch, deadline=deadline)

    def _fetch(self, connection: Connection, page_id: PageId, deadline: Deadline) -> PageReading:
        if connection.site is None:
            raise SiteNotChosen
        started = self.now()  # the text is at least as fresh as this; ten minutes count from here
        page = self.sites.of(connection, deadline).page(page_id)
        markdown, losses = convert(page, connection.site.url)
        facts = LinkedFacts.seen_on(page, losses)
        text = CachedText(markdown, started, started + timedelta(seconds=CACHE_SECONDS), facts.details())
        self.cache.put(scope_of(connection), cache_entry(page_id), text)
        self.connections.touch(connection, started)
        return _reading(connection, page_id, facts, markdown, started, age_seconds=None)


def _from_cache(
    connection: Connection, page_id: PageId, cached: CachedText | None, now: datetime, max_age_seconds: int
) -> PageReading | None:
    """None: nothing, too old (exactly as old as asked is), or junk."""
    if cached is None or cached.expires_at <= now or now - cached.fetched_at >= timedelta(seconds=max_age_seconds):
        return None
    try:
        facts = LinkedFacts.of(cached.details)
    except (KeyError, TypeError, ValueError):
        return None
    age = max(0, int((now - cached.fetched_at).total_seconds()))
    return _reading(connection, page_id, facts, cached.text, cached.fetched_at, age_seconds=age)


def _reading(
    connection: Connection,
    page_id: PageId,
    facts: LinkedFacts,
    markdown: str,
    fetched_at: datetime,
    *,
    age_seconds: int | None,
) -> PageReading:
    if connection.site is None:
        raise SiteNotChosen
    return PageReading(
        source=facts.source(connection.site, page_id),
        archived=facts.archived,
        connection=connection,
        markdown=markdown,
        freshness="live" if age_seconds is None else "cached",
        age_seconds=age_seconds or 0,
        last_synced=fetched_at,
        losses=facts.losses,
    )
