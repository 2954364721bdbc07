"""Single flight over all Lambdas: a lease item beside the text, at most half a minute long (D9).

    A  begin ── fetches ─────────── put ── end
    B     begin: taken ── waits, looks into the cache ── there it is
    C        A crashed: its lease ends by itself, C begins

When A fails, the lease stays as a note of how, for those who were already waiting: a hundred readers of a page that is
gone ask Atlassian once. Who comes later asks again, so nothing negative is cached (H7).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from confluence_connector.adapters.dynamodb import cached_items, codec, keys
from confluence_connector.limits import FLIGHT_SECONDS
from confluence_connector.ports.cache import Flight, FlightFailure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FREE = (
    "holder = :me OR NOT attribute_type(until_ms, :number)"
    " OR (until_ms <= :now AND (attribute_not_exists(failed_ms) OR failed_ms < :since))"
)


def begin(
    client: "DynamoDBClient",
    table: str,
    key: keys.Key,
    *,
    holder: str,
    until: datetime,
    now: datetime,
    waiting_since_ms: int,
) -> Flight:
    """The lease, or what stands in its way. A repeat whose first answer was lost is still the holder's."""
    until_ms = cached_items.milliseconds(until)
    item = cached_items.expiring(key, until_ms // 1000 + 1, holder=holder, until_ms=until_ms)
    values = {"me": holder, "number": "N", "now": cached_items.milliseconds(now), "since": waiting_since_ms}
    try:
        client.put_item(TableName=table, Item=item, ConditionExpression=FREE, ExpressionAttributeValues=_bound(values))
    except client.exceptions.ConditionalCheckFailedException:
        found = client.get_item(TableName=table, Key=cached_items.at(key), ConsistentRead=True).get("Item", {})
        return Flight(mine=False, failure=_failure_since(codec.untyped(found), waiting_since_ms))
    return Flight(mine=True)


def end(
    client: "DynamoDBClient",
    table: str,
    key: keys.Key,
    *,
    holder: str,
    failure: FlightFailure | None,
    now: datetime,
) -> None:
    """Gives it back; a lease that ran out and is somebody else's by now stays theirs."""
    try:
        if failure is None:
            client.delete_item(
                TableName=table,
                Key=cached_items.at(key),
                ConditionExpression="holder = :me",
                ExpressionAttributeValues=_bound({"me": holder}),
            )
            return
        now_ms = cached_items.milliseconds(now)
        noted: dict[str, Any] = {"until_ms": now_ms, "failed_ms": now_ms, "error": failure.error}
        if failure.retry_after is not None:
            noted["retry_after"] = failure.retry_after
        client.put_item(
            TableName=table,
            Item=cached_items.expiring(key, now_ms // 1000 + FLIGHT_SECONDS, **noted),
            ConditionExpression="holder = :me",
            ExpressionAttributeValues=_bound({"me": holder}),
        )
    except client.exceptions.ConditionalCheckFailedException:
        return


def _failure_since(found: dict[str, Any], since_ms: int) -> FlightFailure | None:
    failed_ms, error = found.get("failed_ms"), found.get("error")
    if not isinstance(failed_ms, int) or not isinstance(error, str) or failed_ms < since_ms:
        return None
    return FlightFailure(error, found.get("retry_after"))


def _bound(values: dict[str, Any]) -> dict[str, Any]:
    return codec.typed({f":{name}": value for name, value in values.items()})
