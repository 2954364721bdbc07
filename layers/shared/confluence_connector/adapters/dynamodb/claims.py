"""Which thing a repeated request made: the first one's id stands for a day, then TTL forgets it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb.codec import typed, untyped
from confluence_connector.adapters.dynamodb.keys import Key
from confluence_connector.adapters.dynamodb.revisions import CONDITION_FAILED
from confluence_connector.limits import IDEMPOTENCY_SECONDS
from confluence_connector.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class RequestClaims:
    """Raises AppMisconfigured, ServiceUnavailable."""

    client: "DynamoDBClient"
    table: str
    now: Clock

    def claim(self, key: Key, identifier: str) -> str:
        """The id that the request at `key` made: this one, or the one of an earlier call within a day."""
        now = int(self.now().timestamp())
        item = {"pk": key.pk, "sk": key.sk, "made": identifier, "expires_at": now + IDEMPOTENCY_SECONDS}
        try:
            with named_failures():
                self.client.put_item(
                    TableName=self.table,
                    Item=typed(item),
                    ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                    ExpressionAttributeValues=typed({":now": now}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            there: Any = error.response.get("Item") or {}
            return str(untyped(there)["made"])
        return identifier
