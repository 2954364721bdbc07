"""What stands in for AWS where only our own work is measured: memory, and a folder of files for the objects."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from confluence_connector.adapters.dynamodb.cached_items import milliseconds
from confluence_connector.adapters.dynamodb.limits import Ledger, Turn
from confluence_connector.domain.identifiers import ConnectionId, PageId, WorkspaceId
from confluence_connector.domain.rate_limits import Hold, Lane, hour_of
from confluence_connector.limits import BUCKET_BURST, BUCKET_INTERVAL_MS
from confluence_connector.ports import Deadline
from confluence_connector.ports.corpus import CorpusScope


@dataclass(slots=True)
class FolderObjects:
    """The `CorpusObjects` port of one corpus: both objects of a page as files."""

    folder: Path
    writes: int = 0

    def put(self, _scope: CorpusScope, page_id: PageId, markdown: bytes, metadata: bytes) -> None:
        self._markdown(page_id).write_bytes(markdown)
        self._metadata(page_id).write_bytes(metadata)
        self.writes += 1

    def get(self, _scope: CorpusScope, page_id: PageId) -> bytes | None:
        file = self._markdown(page_id)
        return file.read_bytes() if file.exists() else None

    def absent(self, _scope: CorpusScope, ids: Iterable[PageId]) -> Set[PageId]:
        return {each for each in ids if not (self._markdown(each).exists() and self._metadata(each).exists())}

    def remove(self, _scope: CorpusScope, page_id: PageId) -> None:
        self._markdown(page_id).unlink(missing_ok=True)
        self._metadata(page_id).unlink(missing_ok=True)
        self.writes += 1

    def erase(self, _scope: CorpusScope, _deadline: Deadline) -> bool:
        for file in self.folder.iterdir():
            file.unlink()
        return True

    def page_ids(self) -> list[str]:
        return [file.stem for file in self.folder.glob("*.md")]

    def _markdown(self, page_id: PageId) -> Path:
        return self.folder / f"{page_id}.md"

    def _metadata(self, page_id: PageId) -> Path:
        return self.folder / f"{page_id}.md.metadata.json"


@dataclass(slots=True)
class LimitsInMemory:
    """What processes share of Atlassian's limits (`DynamoLimits`), where there is one process."""

    next_ms: dict[Lane, int] = field(default_factory=dict)
    points: dict[datetime, int] = field(default_factory=dict)
    held_until_ms: dict[datetime, dict[str, int]] = field(default_factory=dict)

    def take(self, lane: Lane, now: datetime, patience_seconds: float) -> Turn:
        now_ms = milliseconds(now)
        next_ms = max(now_ms, self.next_ms.get(lane, 0))
        wait = max(0, next_ms - _ahead_ms(lane) - now_ms) / 1000
        if wait > patience_seconds:
            return Turn(wait, taken=False)
        self.next_ms[lane] = next_ms + BUCKET_INTERVAL_MS
        return Turn(wait, taken=True)

    def hold(self, lane: Lane, until: datetime) -> None:
        self.next_ms[lane] = max(self.next_ms.get(lane, 0), milliseconds(until) + _ahead_ms(lane))

    def book(self, points: int, now: datetime) -> Ledger:
        hour = hour_of(now)
        self.points[hour] = self.points.get(hour, 0) + points
        return Ledger(hour, self.points[hour], self.held_until_ms.get(hour, {}))

    def hold_app(self, hold: Hold, now: datetime) -> None:
        self.held_until_ms.setdefault(hour_of(now), {})[hold.product] = milliseconds(hold.until)


def _ahead_ms(lane: Lane) -> int:
    return (BUCKET_BURST[lane.product] - 1) * BUCKET_INTERVAL_MS


@dataclass(frozen=True, slots=True)
class OneToken:
    """The `AccessTokens` port: a consent that was given a moment ago."""

    token: str

    def access_token(
        self,
        _workspace: WorkspaceId,
        _connection_id: ConnectionId,
        *,
        deadline: Deadline,  # noqa: ARG002  the port's name
        rejected: str | None = None,  # noqa: ARG002
    ) -> str:
        return self.token


class Nobody:
    """The `Events` port: nobody listens."""

    def publish(self, detail_type: str, detail: dict[str, str]) -> None: ...
