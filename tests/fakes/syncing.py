"""Syncs, runs and the queue in memory, with the promises of their ports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock

from confluence_connector.domain.identifiers import CloudId, ConnectionId, RunId, WorkspaceId
from confluence_connector.domain.runs import Run
from confluence_connector.domain.sync_times import next_due
from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import Work
from confluence_connector.ports import Stale

LONGEST_DELAY_SECONDS = 900


@dataclass
class FakeSyncs:
    """The `Syncs` port."""

    stored: dict[tuple[WorkspaceId, ConnectionId], Sync] = field(default_factory=dict)
    sites: dict[tuple[WorkspaceId, CloudId], ConnectionId] = field(default_factory=dict)
    saves: int = 0
    lock: RLock = field(default_factory=RLock)

    def get(self, workspace: WorkspaceId, connection_id: ConnectionId) -> Sync | None:
        return self.stored.get((workspace, connection_id))

    def save(self, sync: Sync) -> Sync:
        key = sync.workspace, sync.connection_id
        with self.lock:
            there = self.stored.get(key)
            if (there.revision if there else 0) != sync.revision:
                raise Stale
            self.saves += 1
            self.stored[key] = replace(sync, revision=sync.revision + 1)
            return self.stored[key]

    def remove(self, sync: Sync) -> None:
        key = sync.workspace, sync.connection_id
        with self.lock:
            there = self.stored.get(key)
            if there is not None and there.revision != sync.revision:
                raise Stale
            self.stored.pop(key, None)

    def claim_site(self, workspace: WorkspaceId, cloud_id: CloudId, connection_id: ConnectionId) -> ConnectionId:
        with self.lock:
            return self.sites.setdefault((workspace, cloud_id), connection_id)

    def release_site(self, workspace: WorkspaceId, cloud_id: CloudId, connection_id: ConnectionId) -> None:
        with self.lock:
            if self.sites.get((workspace, cloud_id)) == connection_id:
                del self.sites[workspace, cloud_id]

    def due(self, now: datetime) -> Iterator[Sync]:
        for sync in list(self.stored.values()):
            moment = next_due(sync)
            if moment is not None and moment <= now:
                yield sync


@dataclass
class FakeRuns:
    """The `Runs` port."""

    stored: dict[tuple[WorkspaceId, ConnectionId, RunId], Run] = field(default_factory=dict)
    cancelled: set[RunId] = field(default_factory=set)
    lock: RLock = field(default_factory=RLock)

    def get(self, workspace: WorkspaceId, connection_id: ConnectionId, run_id: RunId) -> Run | None:
        return self.stored.get((workspace, connection_id, run_id))

    def save(self, run: Run) -> Run:
        key = run.workspace, run.connection_id, run.id
        with self.lock:
            there = self.stored.get(key)
            if (there.revision if there else 0) != run.revision:
                raise Stale
            self.stored[key] = replace(run, revision=run.revision + 1)
            return self.stored[key]

    def of_connection(
        self, workspace: WorkspaceId, connection_id: ConnectionId, *, limit: int, before: RunId | None = None
    ) -> Sequence[Run]:
        theirs = [
            run for (owner, parent, _), run in self.stored.items() if (owner, parent) == (workspace, connection_id)
        ]
        newest_first = sorted(theirs, key=lambda run: run.id, reverse=True)
        return [run for run in newest_first if before is None or run.id < before][:limit]

    def ask_to_cancel(self, run: Run) -> None:
        self.cancelled.add(run.id)

    def is_cancelled(self, run: Run) -> bool:
        return run.id in self.cancelled


@dataclass
class FakeWorkQueue:
    """The `WorkQueue` port: what was sent, with its delay. Through the text of a message, as the real one."""

    sent: list[tuple[Work, int]] = field(default_factory=list)

    def send(self, works: Sequence[tuple[Work, int]]) -> None:
        for work, delay_seconds in works:
            work.to_message()
            if not 0 <= delay_seconds <= LONGEST_DELAY_SECONDS:
                raise ValueError("SQS delays by 0 to 900 seconds")
            self.sent.append((work, delay_seconds))
