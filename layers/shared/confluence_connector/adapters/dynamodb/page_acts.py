"""The trail of people's acts on issues: one item an act, in the order of their ids; TTL forgets them after a year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item
from confluence_connector.domain.identifiers import ActId, SynchronizerId, WorkspaceId
from confluence_connector.domain.page_acts import PageAct
from confluence_connector.limits import PAGE_ACTS_KEPT_DAYS
from confluence_connector.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "PAGEACT"


@dataclass(frozen=True, slots=True)
class DynamoPageActs:
    """The `PageActs` port."""

    client: "DynamoDBClient"
    table: str
    now: Clock

    def add(self, act: PageAct) -> None:
        key = keys.item(act.workspace, NOUN, act.synchronizer_id, act.id)
        ends = int((act.at + timedelta(days=PAGE_ACTS_KEPT_DAYS)).timestamp())
        with named_failures():
            self.client.put_item(TableName=self.table, Item=to_item(act, pk=key.pk, sk=key.sk, expires_at=ends))

    def page(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, *, limit: int, before: ActId | None = None
    ) -> tuple[Sequence[PageAct], ActId | None]:
        found = queries.newest_kept(
            self.client, self.table, workspace, NOUN, synchronizer_id, before=before, limit=limit + 1, now=self.now()
        )
        acts = [from_item(PageAct, item) for item in found]
        return acts[:limit], acts[limit - 1].id if len(acts) > limit else None
