"""The lists that finding searches in: an account's spaces, and a space's page titles.

Atlassian's own title search matches whole words only (B2), so we search ourselves. The lists are read with the
connection's rights and kept like linked text: at most ten minutes, in the Cache table, for that grant only.

A large space does not fit into one invocation. What has been read by then is kept with the cursor to go on from:

    call 1   read … read … time is up ──► kept: 9,000 titles, cursor c36 ──► 503, try again
    call 2   9,000 titles, cursor c36 ──► read … read … the end ──► kept: all ──► answer
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from confluence_connector.domain.pages import PageRef, Space
from confluence_connector.errors import ConfluenceUnavailable, LinkedSourceError
from confluence_connector.limits import CACHE_SECONDS, TITLES_STOP_SECONDS
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.cache import CachedText, CacheScope, TextCache
from confluence_connector.services.importing.asking_confluence import Asked
from confluence_connector.services.reading.fetch_linked import scope_of

SPACES: Final = TypeAdapter(list[Space])
PAGES: Final = TypeAdapter(list[PageRef])
CURSOR: Final = "cursor"
"""The detail of a list that is not complete yet: where to go on."""


@dataclass(frozen=True, slots=True)
class _Titles:
    pages: Sequence[PageRef]
    read_at: datetime
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class TitleIndex:
    cache: TextCache
    now: Clock

    def spaces(self, asked: Asked) -> Sequence[Space]:
        """Current spaces that the account sees. Raises as `Confluence.spaces` does."""
        scope, started = scope_of(asked.connection), self.now()
        kept = self.cache.get(scope, "spaces")
        known = _read(SPACES, kept.text) if kept else None
        if known is not None:
            return known
        spaces = list(asked.confluence.spaces())
        self.cache.put(scope, "spaces", _entry(SPACES.dump_json(spaces), started))
        return spaces

    def pages(self, asked: Asked, space: Space, deadline: Deadline) -> Sequence[PageRef]:
        """All current pages of the space.

        Raises ConfluenceUnavailable when the time is up before the end: a repeat goes on where this call stopped.
        """
        scope, entry = scope_of(asked.connection), f"titles:{space.id}"
        titles = self._known(scope, entry)
        if titles is not None and titles.cursor is None:
            return titles.pages
        return self._read_on(asked, space, entry, titles or _Titles((), self.now()), deadline)

    def _known(self, scope: CacheScope, entry: str) -> _Titles | None:
        kept = self.cache.get(scope, entry)
        known = _read(PAGES, kept.text) if kept else None
        if kept is None or known is None:
            return None
        cursor = kept.details.get(CURSOR)
        return _Titles(known, kept.fetched_at, cursor if isinstance(cursor, str) else None)

    def _read_on(
        self, asked: Asked, space: Space, entry: str, titles: _Titles, deadline: Deadline
    ) -> Sequence[PageRef]:
        pages, cursor, read_any = list(titles.pages), titles.cursor, False
        try:
            for batch in asked.confluence.pages_of(space, cursor):
                pages.extend(batch.pages)
                cursor, read_any = batch.cursor, True
                if cursor is not None and deadline.remaining_seconds() < TITLES_STOP_SECONDS:
                    raise ConfluenceUnavailable(
                        "The space is large, and its page titles are still being read.",
                        remedy="Repeat the search in a second; reading goes on where it stopped.",
                        retry_after=1,
                    )
        except LinkedSourceError as error:
            if error.retry and read_any:
                self._keep(asked, entry, _Titles(pages, titles.read_at, cursor))
            raise
        self._keep(asked, entry, _Titles(pages, titles.read_at))
        return pages

    def _keep(self, asked: Asked, entry: str, titles: _Titles) -> None:
        content = PAGES.dump_json(list(titles.pages))
        details = {} if titles.cursor is None else {CURSOR: titles.cursor}
        self.cache.put(scope_of(asked.connection), entry, _entry(content, titles.read_at, **details))


def _entry(content: bytes, read_at: datetime, **details: str) -> CachedText:
    return CachedText(content.decode(), read_at, read_at + timedelta(seconds=CACHE_SECONDS), dict(details))


def _read[Noun](kind: TypeAdapter[list[Noun]], text: str) -> list[Noun] | None:
    """None: another release wrote it (H8)."""
    try:
        return kind.validate_json(text)
    except ValidationError:
        return None
