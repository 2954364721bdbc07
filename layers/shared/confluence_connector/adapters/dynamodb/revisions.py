"""Saves under a condition on the revision, with a signature that lets a repeated save know its own work (B15).

us     ── put, signed "a", if revision is 7 ──▶  table: revision 8, signed "a"
us     ◀─ ✗ the answer is lost
SDK    ── the same put again ─────────────────▶  refused: revision is 8
us     ◀─ refused, with the item that is there: signed "a" ── it is ours: success
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb.codec import typed, untyped
from confluence_connector.adapters.dynamodb.item_batches import address
from confluence_connector.adapters.dynamodb.keys import Key
from confluence_connector.ports import NewSecret, Stale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
SIGNATURE: Final = "saved_by"
"""An attribute of the item, not of the noun: random per save."""


@dataclass(frozen=True, slots=True)
class RevisedItems:
    """Items with an attribute `revision`, one more with every save."""

    client: "DynamoDBClient"
    table: str
    new_secret: NewSecret

    def read(self, key: Key) -> dict[str, Any] | None:
        with named_failures():
            answer = self.client.get_item(TableName=self.table, Key=address(key), ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def save(self, item: dict[str, Any], *, was: int) -> None:
        """Puts the item if the stored revision is `was`; 0: if there is none. Raises Stale."""
        signature = self.new_secret()
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if was:
            condition = {
                "ConditionExpression": "revision = :was",
                "ExpressionAttributeValues": typed({":was": was}),
            }
        try:
            with named_failures():
                self.client.put_item(
                    TableName=self.table,
                    Item=item | typed({SIGNATURE: signature}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            there: Any = error.response.get("Item") or {}
            if untyped(there).get(SIGNATURE) != signature:
                raise Stale from None

    def remove(self, key: Key, *, was: int) -> None:
        """If the stored revision is `was`. Missing is success. Raises Stale."""
        try:
            with named_failures():
                self.client.delete_item(
                    TableName=self.table,
                    Key=address(key),
                    ConditionExpression="attribute_not_exists(pk) OR revision = :was",
                    ExpressionAttributeValues=typed({":was": was}),
                )
        except ClientError as error:
            if code_of(error) == CONDITION_FAILED:
                raise Stale from None
            raise
