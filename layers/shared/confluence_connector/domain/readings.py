"""What a reader gets: a document's text at one moment, and how fresh it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.documents import Document, LossRecord, Source

type Freshness = Literal["live", "cached"]


@dataclass(frozen=True, slots=True)
class Reading:
    """`document` is as this read left it: a live read has put the page's title and version into its source.

    `last_synced` is the last successful fetch from Confluence; a cache hit does not move it (D3). A copy's own text is
    the truth and therefore always live; its `last_synced` is when it was taken.
    """

    document: Document
    markdown: str
    freshness: Freshness
    age_seconds: int
    last_synced: datetime | None
    losses: tuple[LossRecord, ...] = ()
    generation: int | None = None  # of the grant that the text came through; None: a copy's came through none


@dataclass(frozen=True, slots=True)
class PageReading:
    """A page's text at one moment, of which nothing is stored. `connection` tells which account has read it."""

    source: Source
    archived: bool
    connection: Connection
    markdown: str
    freshness: Freshness
    age_seconds: int
    last_synced: datetime
    losses: tuple[LossRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadReference:
    """One page, under the address by which it was named first."""

    url: str
    reading: PageReading
