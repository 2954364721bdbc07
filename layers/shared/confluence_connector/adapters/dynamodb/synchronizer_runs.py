"""Runs of synchronizers, one item each, in the order of their ids, which is the order of their making; TTL forgets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.identifiers import RunId, SynchronizerId, WorkspaceId
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.limits import RUNS_KEPT_DAYS
from confluence_connector.ports import Clock, NewSecret

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "SYNCHRONIZERRUN"


@dataclass(frozen=True, slots=True)
class DynamoSynchronizerRuns:
    """The `SynchronizerRuns` port."""

    client: "DynamoDBClient"
    table: str
    now: Clock
    new_secret: NewSecret

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, run_id: RunId) -> SynchronizerRun | None:
        try:
            key = keys.item(workspace, NOUN, synchronizer_id, run_id)
        except ValueError:  # an id that nothing of ours can have
            return None
        item = self._items.read(key)
        return from_item(SynchronizerRun, item) if item and queries.is_kept(item, self.now()) else None

    def save(self, run: SynchronizerRun) -> SynchronizerRun:
        saved = replace(run, revision=run.revision + 1)
        key = keys.item(run.workspace, NOUN, run.synchronizer_id, run.id)
        ends = int((run.created_at + timedelta(days=RUNS_KEPT_DAYS)).timestamp())
        self._items.save(to_item(saved, pk=key.pk, sk=key.sk, expires_at=ends), was=run.revision)
        return saved

    def of_synchronizer(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, *, limit: int, before: RunId | None = None
    ) -> Sequence[SynchronizerRun]:
        found = queries.newest_kept(
            self.client, self.table, workspace, NOUN, synchronizer_id, before=before, limit=limit, now=self.now()
        )
        return [from_item(SynchronizerRun, item) for item in found]

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)
