"""Many items of one table at once: read by hundreds, written by twenty-fives, until DynamoDB has taken them all.

A batch that it took in part is no error to the SDK: what is left comes back in the answer and is asked for again here,
after a pause that doubles while nothing moves. Source: BatchGetItem and BatchWriteItem in DynamoDB's API reference.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb.codec import typed
from confluence_connector.adapters.dynamodb.keys import Key
from confluence_connector.errors import ServiceUnavailable
from confluence_connector.ports import Sleep

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READ_AT_ONCE: Final = 100
WRITTEN_AT_ONCE: Final = 25
IDLE_ROUNDS: Final = 6
"""In a row without any progress: 50 ms, doubling, three seconds in all. Then the table is throttled for longer."""
PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class ItemBatches:
    """Raises AppMisconfigured, ServiceUnavailable."""

    client: "DynamoDBClient"
    table: str
    sleep: Sleep

    def get(self, keys: Iterable[Key]) -> Iterator[dict[str, Any]]:
        """Those that exist, in no order, each read consistently."""
        for some in batched(dict.fromkeys(keys), READ_AT_ONCE, strict=False):
            left: Any = {self.table: {"Keys": [address(key) for key in some], "ConsistentRead": True}}
            idle = 0
            while left:
                with named_failures():
                    answer = self.client.batch_get_item(RequestItems=left)
                items = answer["Responses"].get(self.table, [])
                yield from items
                left = answer.get("UnprocessedKeys")
                idle = self._pause(idle, moved=bool(items)) if left else 0

    def put(self, items: Iterable[dict[str, Any]]) -> None:
        """Unconditionally; one item per key."""
        self._write({"PutRequest": {"Item": item}} for item in items)

    def delete(self, keys: Iterable[Key]) -> None:
        self._write({"DeleteRequest": {"Key": address(key)}} for key in dict.fromkeys(keys))

    def _write(self, requests: Iterable[Any]) -> None:
        for some in batched(requests, WRITTEN_AT_ONCE, strict=False):
            left: Any = {self.table: list(some)}
            count, idle = len(some), 0
            while left:
                with named_failures():
                    left = self.client.batch_write_item(RequestItems=left).get("UnprocessedItems")
                if left:
                    still = len(left[self.table])
                    idle = self._pause(idle, moved=still < count)
                    count = still

    def _pause(self, idle: int, *, moved: bool) -> int:
        """Rounds without progress so far, this one included."""
        idle = 0 if moved else idle + 1
        if idle > IDLE_ROUNDS:
            raise ServiceUnavailable(retry_after=5)
        self.sleep(PAUSE_SECONDS * 2**idle)
        return idle


def address(key: Key) -> dict[str, Any]:
    """A key in DynamoDB's typed form."""
    return typed({"pk": key.pk, "sk": key.sk})
