"""In-memory stand-ins for what the vault stores in. The contract tests hold them against the real adapters."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Literal

from confluence_connector.domain.connections import Connection, Pointer
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.domain.upkeep import is_news, next_due
from confluence_connector.ports import Stale
from confluence_connector.ports.connections import SecretGone, SecretUnreadable, TokenPair, VersionCollision


@dataclass
class FakeConnections:
    """The `Connections` port."""

    stored: dict[tuple[WorkspaceId, ConnectionId], Connection] = field(default_factory=dict)
    accounts: dict[str, list[tuple[WorkspaceId, ConnectionId]]] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def get(self, workspace: WorkspaceId, connection_id: ConnectionId) -> Connection | None:
        return self.stored.get((workspace, connection_id))

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Connection]:
        found = [each for (owner, _), each in self.stored.items() if owner == workspace]
        yield from sorted(found, key=lambda each: each.id)

    def save(self, connection: Connection) -> Connection:
        key = connection.workspace, connection.id
        with self.lock:
            there = self.stored.get(key)
            if (there.revision if there else 0) != connection.revision:
                raise Stale
            used = [each.last_used_at for each in (there, connection) if each and each.last_used_at]
            self.stored[key] = replace(
                connection, revision=connection.revision + 1, last_used_at=max(used, default=None)
            )
            return self.stored[key]

    def remove(self, connection: Connection) -> None:
        key = connection.workspace, connection.id
        with self.lock:
            there = self.stored.get(key)
            if there is not None and there.revision != connection.revision:
                raise Stale
            self.stored.pop(key, None)

    def touch(self, connection: Connection, used_at: datetime) -> None:
        key = connection.workspace, connection.id
        with self.lock:
            there = self.stored.get(key)
            if there and is_news(connection, used_at) and (there.last_used_at or used_at) <= used_at:
                self.stored[key] = replace(there, last_used_at=used_at)

    def due(self, kind: Literal["sweep", "keep_alive"], now: datetime) -> Iterator[Connection]:
        for connection in list(self.stored.values()):
            task = next_due(connection)
            if task is not None and task[0] == kind and task[1] <= now:
                yield connection

    def note_account(self, connection: Connection, account_id: str) -> None:
        known = self.accounts.setdefault(account_id, [])
        if (connection.workspace, connection.id) not in known:
            known.append((connection.workspace, connection.id))

    def of_account(self, account_id: str) -> Iterator[Connection]:
        for key in self.accounts.get(account_id, []):
            connection = self.stored.get(key)
            if connection and connection.account and connection.account.id == account_id:
                yield connection


@dataclass
class FakeTokenSecrets:
    """The `TokenSecrets` port. `labels[name]` is label → version id; `garble` spoils a version's bytes."""

    versions: dict[str, dict[str, TokenPair | None]] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    puts: int = 0

    def create(self, name: str, version_id: str, pair: TokenPair) -> None:
        if name in self.versions and self.versions[name].get(version_id) != pair:
            raise ValueError("the name is taken")
        self.versions.setdefault(name, {})[version_id] = pair
        self.labels.setdefault(name, {})["AWSCURRENT"] = version_id

    def put(self, pointer: Pointer, pair: TokenPair) -> None:
        if pointer.secret_name not in self.versions:
            raise SecretGone
        versions = self.versions[pointer.secret_name]
        if pointer.version_id in versions and versions[pointer.version_id] != pair:
            raise VersionCollision
        versions[pointer.version_id] = pair
        self.labels[pointer.secret_name]["INFLIGHT"] = pointer.version_id
        self.puts += 1

    def get(self, pointer: Pointer) -> TokenPair | None:
        versions = self.versions.get(pointer.secret_name, {})
        if pointer.version_id in versions and versions[pointer.version_id] is None:
            raise SecretUnreadable
        return versions.get(pointer.version_id)

    def make_current(self, pointer: Pointer) -> None:
        if pointer.version_id not in self.versions.get(pointer.secret_name, {}):
            raise SecretGone
        self.labels[pointer.secret_name]["AWSCURRENT"] = pointer.version_id

    def delete(self, name: str) -> None:
        self.versions.pop(name, None)
        self.labels.pop(name, None)

    def garble(self, pointer: Pointer) -> None:
        self.versions[pointer.secret_name][pointer.version_id] = None


@dataclass
class FakeEvents:
    """The `Events` port."""

    published: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def publish(self, detail_type: str, detail: dict[str, str]) -> None:
        self.published.append((detail_type, detail))
