"""The ten-minute cache."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId


@dataclass(frozen=True, slots=True)
class CacheScope:
    """Whose text it is. A new consent is a new generation, so nothing of an older one can be served."""

    workspace: WorkspaceId
    connection_id: ConnectionId
    generation: int


@dataclass(frozen=True, slots=True)
class CachedText:
    text: str
    fetched_at: datetime
    expires_at: datetime
    details: dict[str, str | int | list[dict[str, str | int]]]
    """Small facts beside the text: title, version, losses."""


class TextCache(Protocol):
    """Confluence text for at most ten minutes. Expiry is checked on every read; junk is a miss (H1, H2, H8)."""

    def get(self, scope: CacheScope, entry: str) -> CachedText | None: ...

    def put(self, scope: CacheScope, entry: str, value: CachedText) -> bool:
        """Chunks first, then the head, only while the connection is alive and of that generation. False: it was not."""

    def drop(self, scope: CacheScope, entry: str) -> None: ...

    def purge(self, scope: CacheScope) -> None:
        """Everything of that connection and generation, at once."""

    def begin_flight(self, scope: CacheScope, entry: str, *, until: datetime) -> bool:
        """True: the caller fetches. False: somebody else is fetching (D9)."""

    def end_flight(self, scope: CacheScope, entry: str) -> None: ...

    def sweep(self, now: datetime) -> int:
        """Deletes what has expired; returns how many items."""
