"""Runs, one item each, in the order of their ids, which is the order of their making; TTL forgets them.

A wish to cancel is an item of its own beside the run: whoever works on the run writes it whole, and would lose it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.identifiers import ConnectionId, RunId, WorkspaceId
from confluence_connector.domain.runs import Run
from confluence_connector.limits import RUNS_KEPT_DAYS
from confluence_connector.ports import Clock, NewSecret

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN = "RUN"
WISH = "CANCELRUN"


@dataclass(frozen=True, slots=True)
class DynamoRuns:
    """The `Runs` port."""

    client: "DynamoDBClient"
    table: str
    now: Clock
    new_secret: NewSecret

    def get(self, workspace: WorkspaceId, connection_id: ConnectionId, run_id: RunId) -> Run | None:
        try:
            key = keys.item(workspace, NOUN, connection_id, run_id)
        except ValueError:  # an id that nothing of ours can have
            return None
        item = self._items.read(key)
        return from_item(Run, item) if item and queries.is_kept(item, self.now()) else None

    def save(self, run: Run) -> Run:
        saved = replace(run, revision=run.revision + 1)
        key = keys.item(run.workspace, NOUN, run.connection_id, run.id)
        self._items.save(to_item(saved, pk=key.pk, sk=key.sk, expires_at=_end_of(run)), was=run.revision)
        return saved

    def of_connection(
        self, workspace: WorkspaceId, connection_id: ConnectionId, *, limit: int, before: RunId | None = None
    ) -> Sequence[Run]:
        found = queries.newest_kept(
            self.client, self.table, workspace, NOUN, connection_id, before=before, limit=limit, now=self.now()
        )
        return [from_item(Run, item) for item in found]

    def ask_to_cancel(self, run: Run) -> None:
        key = _wish_key(run)
        with named_failures():
            self.client.put_item(
                TableName=self.table, Item=typed({"pk": key.pk, "sk": key.sk, "expires_at": _end_of(run)})
            )

    def is_cancelled(self, run: Run) -> bool:
        return self._items.read(_wish_key(run)) is not None

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)


def _wish_key(run: Run) -> keys.Key:
    return keys.item(run.workspace, WISH, run.connection_id, run.id)


def _end_of(run: Run) -> int:
    return int((run.created_at + timedelta(days=RUNS_KEPT_DAYS)).timestamp())
