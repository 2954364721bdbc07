"""Who has what only one at a time can have: an item that names them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb.codec import typed, untyped
from confluence_connector.adapters.dynamodb.item_batches import address
from confluence_connector.adapters.dynamodb.keys import Key
from confluence_connector.adapters.dynamodb.revisions import CONDITION_FAILED
from confluence_connector.errors import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Holders:
    """`attribute`: where the item names its holder. Raises AppMisconfigured, ServiceUnavailable."""

    client: "DynamoDBClient"
    table: str
    attribute: str

    def claim(self, key: Key, holder: str) -> str:
        """Takes it, unless another has it; who has it now."""
        try:
            with named_failures():
                self.client.put_item(
                    TableName=self.table,
                    Item=typed({"pk": key.pk, "sk": key.sk, self.attribute: holder}),
                    ConditionExpression=f"attribute_not_exists(pk) OR {self.attribute} = :holder",
                    ExpressionAttributeValues=typed({":holder": holder}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            there: Any = error.response.get("Item")
            if not there:
                raise ServiceUnavailable(retry_after=1) from None
            return str(untyped(there)[self.attribute])
        return holder

    def release(self, key: Key, holder: str) -> None:
        """If it is theirs. Missing is success."""
        try:
            with named_failures():
                self.client.delete_item(
                    TableName=self.table,
                    Key=address(key),
                    ConditionExpression=f"attribute_not_exists(pk) OR {self.attribute} = :holder",
                    ExpressionAttributeValues=typed({":holder": holder}),
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
