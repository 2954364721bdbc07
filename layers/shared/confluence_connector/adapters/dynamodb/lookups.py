"""One-time values → whose they are. Keyed by sha256, spent by one conditional delete."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import typed, untyped
from confluence_connector.domain.identifiers import WorkspaceId
from confluence_connector.ports.connections import LookupEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type OneTime = Literal["ticket", "state"]
SORT_KEY = "LOOKUP"


@dataclass(frozen=True, slots=True)
class DynamoLookups:
    """The `Lookups` port. Expiry is in the condition, so that a late TTL deletion changes nothing (A5)."""

    client: "DynamoDBClient"
    table: str

    def put(self, kind: OneTime, value: str, entry: LookupEntry) -> None:
        item = {
            **_key(kind, value),
            "workspace": entry.workspace,
            "id": entry.id,
            "expires_at": ceil(entry.expires_at.timestamp()),
        }
        with named_failures():
            self.client.put_item(TableName=self.table, Item=typed(item))

    def take(self, kind: OneTime, value: str, now: datetime) -> LookupEntry | None:
        try:
            with named_failures():
                answer = self.client.delete_item(
                    TableName=self.table,
                    Key=typed(_key(kind, value)),
                    ConditionExpression="expires_at > :now",
                    ExpressionAttributeValues=typed({":now": int(now.timestamp())}),
                    ReturnValues="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return None
        found = untyped(answer["Attributes"])
        return LookupEntry(
            WorkspaceId(found["workspace"]), found["id"], datetime.fromtimestamp(found["expires_at"], UTC)
        )


def _key(kind: OneTime, value: str) -> dict[str, Any]:
    return {"pk": keys.lookup(kind, value), "sk": SORT_KEY}
