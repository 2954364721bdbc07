"""Items that the `due` index tells, each read again: one that nobody can read any more keeps no other waiting."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import typed, untyped
from confluence_connector.ports import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DueItems:
    """Raises AppMisconfigured, ServiceUnavailable."""

    client: "DynamoDBClient"
    table: str
    telemetry: Telemetry

    def of[Noun](
        self,
        kind: keys.Due,
        now: datetime,
        read: Callable[[str, str], Noun | None],
        when: Callable[[Noun], datetime | None],
    ) -> Iterator[Noun]:
        """What `read(pk, sk)` finds and `when` puts at or before `now`: the index lags behind the table, so the item
        itself decides. An item that is no noun of ours is told, by its key, which holds ids only.
        """
        for shard in range(keys.DUE_SHARDS):
            found = queries.items(
                self.client,
                self.table,
                IndexName="due",
                KeyConditionExpression="due_kind = :kind AND due_at <= :now",
                ExpressionAttributeValues=typed({":kind": keys.due_shard(kind, shard), ":now": moment(now)}),
            )
            for key in [untyped(item) for item in found]:
                try:
                    noun = read(key["pk"], key["sk"])
                except ValueError:  # pydantic's ValidationError is one, and so is what `codec` raises
                    self.telemetry.warn("item_unreadable", item=key["sk"])
                    self.telemetry.count("ItemUnreadable")
                    continue
                at = when(noun) if noun is not None else None
                if noun is not None and at is not None and at <= now:
                    yield noun


def moment(at: datetime) -> str:
    """As the index sorts it: of fixed width, so that text order is time order."""
    return at.isoformat(timespec="microseconds")
