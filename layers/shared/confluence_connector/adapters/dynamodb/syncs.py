"""Syncs, one item per connection, and who has a site; the `due` index follows `sync_times.next_due`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
from confluence_connector.adapters.dynamodb.holders import Holders
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.identifiers import CloudId, ConnectionId, WorkspaceId
from confluence_connector.domain.sync_times import next_due
from confluence_connector.domain.syncs import Sync
from confluence_connector.ports import NewSecret, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN = "SYNC"
SITE = "SYNCSITE"


@dataclass(frozen=True, slots=True)
class DynamoSyncs:
    """The `Syncs` port."""

    client: "DynamoDBClient"
    table: str
    new_secret: NewSecret
    telemetry: Telemetry

    def get(self, workspace: WorkspaceId, connection_id: ConnectionId) -> Sync | None:
        try:
            key = keys.item(workspace, NOUN, connection_id)
        except ValueError:  # an id that nothing of ours can have
            return None
        return self._read(key.pk, key.sk)

    def save(self, sync: Sync) -> Sync:
        saved = replace(sync, revision=sync.revision + 1)
        self._items.save(_item(saved), was=sync.revision)
        return saved

    def remove(self, sync: Sync) -> None:
        self._items.remove(keys.item(sync.workspace, NOUN, sync.connection_id), was=sync.revision)

    def claim_site(self, workspace: WorkspaceId, cloud_id: CloudId, connection_id: ConnectionId) -> ConnectionId:
        return ConnectionId(self._sites.claim(keys.item(workspace, SITE, cloud_id), connection_id))

    def release_site(self, workspace: WorkspaceId, cloud_id: CloudId, connection_id: ConnectionId) -> None:
        self._sites.release(keys.item(workspace, SITE, cloud_id), connection_id)

    def due(self, now: datetime) -> Iterator[Sync]:
        return DueItems(self.client, self.table, self.telemetry).of("sync", now, self._read, next_due)

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    @property
    def _sites(self) -> Holders:
        return Holders(self.client, self.table, "connection_id")

    def _read(self, pk: str, sk: str) -> Sync | None:
        item = self._items.read(keys.Key(pk, sk))
        return from_item(Sync, item) if item else None


def _item(sync: Sync) -> dict[str, Any]:
    key = keys.item(sync.workspace, NOUN, sync.connection_id)
    attributes: dict[str, Any] = {"pk": key.pk, "sk": key.sk}
    if (at := next_due(sync)) is not None:
        attributes |= {"due_kind": keys.due("sync", sync.connection_id), "due_at": moment(at)}
    return to_item(sync, **attributes)
