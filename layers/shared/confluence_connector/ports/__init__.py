"""What the use-cases ask of the world. Adapters answer; tests answer with stateful fakes.

Time and telling are here; `connections`, `atlassian`, `documents` and `cache` hold the rest, by subject.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.identifiers import Kind
from confluence_connector.errors import ConnectorError

type Clock = Callable[[], datetime]
"""Aware UTC."""
type Sleep = Callable[[float], None]
type RandomFraction = Callable[[], float]
"""A number in [0, 1), for jitter."""
type NewId = Callable[[Kind], str]
type NewSecret = Callable[[], str]
"""256 random bits, base64url: tickets, states, cookies, completion codes."""


class Deadline(Protocol):
    """When this invocation ends. Everything that waits or calls out asks here first."""

    def remaining_seconds(self) -> float: ...


class Stale(Exception):
    """A conditional write lost: the item changed since it was read. Read again and decide again."""


class Events(Protocol):
    def publish(self, detail_type: str, detail: dict[str, str]) -> None:
        """Onto the stack's event bus. Ids and codes only."""


class Telemetry(Protocol):
    """Log lines and counters. Takes ids, codes and counts; page text and secrets have no way in."""

    def note(self, event: str, **facts: str | int | bool | None) -> None: ...

    def warn(self, event: str, **facts: str | int | bool | None) -> None: ...

    def refused(self, error: ConnectorError, event: str = "refused", **facts: str | int | bool | None) -> None:
        """Told where an error ends, answered or left to a later hand, and only there: AppMisconfigured alarms."""

    def count(self, metric: str, value: int = 1) -> None: ...
