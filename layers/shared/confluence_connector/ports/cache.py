"""The ten-minute cache."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.ports import Deadline


@dataclass(frozen=True, slots=True)
class CacheScope:
    """Whose text it is. A new consent is a new generation (the grant's), so nothing of an older one can be served."""

    workspace: WorkspaceId
    connection_id: ConnectionId
    generation: int

    def __str__(self) -> str:
        """Within its workspace."""
        return f"{self.connection_id}.g{self.generation}"


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


@dataclass(frozen=True, slots=True)
class Origin:
    """The grants that an answer's text came through; none: the workspace's own text."""

    workspace: WorkspaceId
    scopes: frozenset[CacheScope] = frozenset()

    def __str__(self) -> str:
        """`<workspace>/<connection>.g<generation>[+…]`, of which no part holds a separator."""
        return f"{self.workspace}/{'+'.join(sorted(str(scope) for scope in self.scopes))}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of our own making; raises ValueError for anything else."""
        workspace, through = text.split("/")
        parts = [part.rsplit(".g", 1) for part in through.split("+") if part]
        owner = WorkspaceId(workspace)
        return cls(owner, frozenset(CacheScope(owner, ConnectionId(name), int(number)) for name, number in parts))


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Where an answer lies, and for how many seconds that address is good."""

    url: str
    expires_in_seconds: int


class Handovers(Protocol):
    """Answers too large for one response, each for minutes. Raises AppMisconfigured, ServiceUnavailable."""

    def put(self, body: str, content_type: str, *, origin: Origin | None, age_seconds: int) -> str:
        """Keeps it while a text of that age may be served; its name. `origin` None: no text of Confluence's."""

    def address(self, name: str, *, age_seconds: int) -> HandedOver: ...

    def withdraw(self, name: str) -> None:
        """Nothing of it can be read from now on."""

    def purge(self, scope: CacheScope) -> None:
        """Deletes all that holds text of that grant."""


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

    def sweep(self, now: datetime, deadline: Deadline | None = None) -> int:
        """Deletes what has expired, as far as there is time; returns how many items."""
