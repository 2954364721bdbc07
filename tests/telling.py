"""The Telemetry and Events ports as notebooks, and what the real ones let out of the process."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from confluence_connector.errors import ConnectorError
from tests import canary


@dataclass
class Told:
    """What was said, counted and published."""

    lines: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    published: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def note(self, event: str, **facts: str | int | bool | None) -> None:
        self.lines.append((event, dict(facts)))

    def warn(self, event: str, **facts: str | int | bool | None) -> None:
        self.lines.append((event, dict(facts)))

    def refused(self, error: ConnectorError, event: str = "refused", **facts: str | int | bool | None) -> None:
        self.lines.append((event, {"code": error.code} | facts))
        self.refusals[error.code] += 1

    def count(self, metric: str, value: int = 1) -> None:
        self.counters[metric] += value

    def publish(self, detail_type: str, detail: dict[str, str]) -> None:
        self.published.append((detail_type, detail))


def told_during(act: Callable[[], Any]) -> list[dict[str, Any]]:
    """The log and metric lines of an act, as they leave the process."""
    heard = canary.current().lines
    before = len(heard)
    act()
    return [json.loads(line) for line in dict.fromkeys(heard[before:]) if line.startswith("{")]
