"""Synchronizers, one item each, in the order of their ids, which is the order of their making."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.claims import RequestClaims
from confluence_connector.adapters.dynamodb.codec import from_item, to_item
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.identifiers import SynchronizerId, WorkspaceId
from confluence_connector.domain.synchronizer_times import next_due
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.ports import Clock, NewSecret, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "SYNCHRONIZER"
CLAIM: Final = "SYNCHRONIZERMADE"


@dataclass(frozen=True, slots=True)
class DynamoSynchronizers:
    """The `Synchronizers` port."""

    client: "DynamoDBClient"
    table: str
    now: Clock
    new_secret: NewSecret
    telemetry: Telemetry

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId) -> Synchronizer | None:
        try:
            key = keys.item(workspace, NOUN, synchronizer_id)
        except ValueError:  # an id that nothing of ours can have
            return None
        return self._read(key.pk, key.sk)

    def save(self, synchronizer: Synchronizer) -> Synchronizer:
        saved = replace(synchronizer, revision=synchronizer.revision + 1)
        self._items.save(_item(saved), was=synchronizer.revision)
        return saved

    def remove(self, synchronizer: Synchronizer) -> None:
        self._items.remove(keys.item(synchronizer.workspace, NOUN, synchronizer.id), was=synchronizer.revision)

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Synchronizer]:
        for item in queries.of_noun(self.client, self.table, workspace, NOUN):
            yield from_item(Synchronizer, item)

    def claim(self, workspace: WorkspaceId, request: str, synchronizer_id: SynchronizerId) -> SynchronizerId:
        claims = RequestClaims(self.client, self.table, self.now)
        return SynchronizerId(claims.claim(keys.item(workspace, CLAIM, request), synchronizer_id))

    def due(self, now: datetime) -> Iterator[Synchronizer]:
        return DueItems(self.client, self.table, self.telemetry).of("synchronizer", now, self._read, next_due)

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    def _read(self, pk: str, sk: str) -> Synchronizer | None:
        item = self._items.read(keys.Key(pk, sk))
        return from_item(Synchronizer, item) if item else None


def _item(synchronizer: Synchronizer) -> dict[str, Any]:
    key = keys.item(synchronizer.workspace, NOUN, synchronizer.id)
    attributes: dict[str, Any] = {"pk": key.pk, "sk": key.sk}
    if (at := next_due(synchronizer)) is not None:
        attributes |= {"due_kind": keys.due("synchronizer", synchronizer.id), "due_at": moment(at)}
    return to_item(synchronizer, **attributes)
