"""The ten-minute cache."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId


@dataclass(frozen=True, slots=True)
class CacheScope:
    """Whose text it is. A new consent is a new generation (the grant's), so nothing of an older one can be served."""

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


@dataclass(frozen=True, slots=True)
class FlightFailure:
    """How a flight that others waited for ended: the name of an error class, and when to come again."""

    error: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """`mine`: the caller fetches. Otherwise somebody else is fetching, or failed while the caller waited."""

    mine: bool
    failure: FlightFailure | None = None


class TextCache(Protocol):
    """Confluence text for at most ten minutes. Expiry is checked on every read; junk is a miss (H1, H2, H8).

    A table that does not answer costs speed, never an answer (H6): `get` finds nothing, `put` keeps nothing and
    `begin_flight` lets everybody fly, each with a warning metric. Only `purge` and `sweep` raise.
    """

    def get(self, scope: CacheScope, entry: str) -> CachedText | None: ...

    def put(self, scope: CacheScope, entry: str, value: CachedText) -> bool:
        """Chunks first, then the head, only while the connection is alive and of that generation. False: not kept.

        A text fetched earlier never replaces one fetched later.
        """

    def drop(self, scope: CacheScope, entry: str) -> None: ...

    def purge(self, scope: CacheScope) -> None:
        """Everything of that connection and generation, at once."""

    def begin_flight(
        self, scope: CacheScope, entry: str, *, holder: str, until: datetime, waiting_since: datetime
    ) -> Flight:
        """Takes the lease on fetching `entry` until then, unless another holds it (D9).

        A flight that failed after `waiting_since` is reported instead: its crowd shares the failure, latecomers do not.
        """

    def end_flight(self, scope: CacheScope, entry: str, *, holder: str, failure: FlightFailure | None = None) -> None:
        """Gives the lease back, if it is still `holder`'s."""

    def sweep(self, now: datetime) -> int:
        """Deletes what has expired; returns how many items."""
