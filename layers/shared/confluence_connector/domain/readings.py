"""What a reader gets: a document's text at one moment, and how fresh it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confluence_connector.domain.documents import Document, LossRecord

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
