"""The Telemetry and Events ports as notebooks."""

from collections import Counter
from dataclasses import dataclass, field

from confluence_connector.errors import ConnectorError


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
