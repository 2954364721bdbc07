"""Consents under way, in their workspace's partition; the `due` index tells the sweeper when one has run out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
from confluence_connector.domain.consents import Consent
from confluence_connector.domain.identifiers import ConsentId, WorkspaceId
from confluence_connector.ports import Stale, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN = "CONSENT"
CONDITION_FAILED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class DynamoConsents:
    """The `Consents` port. The noun's `expires_at` lies in `due_at`; the attribute `expires_at` is the table's TTL."""

    client: "DynamoDBClient"
    table: str
    telemetry: Telemetry

    def save(self, consent: Consent) -> Consent:
        saved = replace(consent, revision=consent.revision + 1)
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if consent.revision:
            condition = {
                "ConditionExpression": "revision = :was",
                "ExpressionAttributeValues": typed({":was": consent.revision}),
            }
        try:
            with named_failures():
                self.client.put_item(TableName=self.table, Item=_item(saved), **condition)
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            # The SDK repeats a write whose answer was lost; then it is our own item that is in the way (B15).
            if self.get(consent.workspace, consent.id) != saved:
                raise Stale from error
        return saved

    def get(self, workspace: WorkspaceId, consent_id: ConsentId) -> Consent | None:
        key = keys.item(workspace, NOUN, consent_id)
        return self._read(key.pk, key.sk)

    def remove(self, consent: Consent) -> None:
        key = keys.item(consent.workspace, NOUN, consent.id)
        try:
            with named_failures():
                self.client.delete_item(
                    TableName=self.table,
                    Key=typed({"pk": key.pk, "sk": key.sk}),
                    ConditionExpression="attribute_not_exists(pk) OR revision = :was",
                    ExpressionAttributeValues=typed({":was": consent.revision}),
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            raise Stale from error

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Consent]:
        for item in queries.of_noun(self.client, self.table, workspace, NOUN):
            yield _noun(item)

    def due(self, now: datetime) -> Iterator[Consent]:
        due = DueItems(self.client, self.table, self.telemetry)
        return due.of("consent", now, self._read, lambda consent: consent.expires_at)

    def _read(self, pk: str, sk: str) -> Consent | None:
        with named_failures():
            answer = self.client.get_item(TableName=self.table, Key=typed({"pk": pk, "sk": sk}), ConsistentRead=True)
        return _noun(answer["Item"]) if "Item" in answer else None


def _item(consent: Consent) -> dict[str, Any]:
    key = keys.item(consent.workspace, NOUN, consent.id)
    attributes: dict[str, Any] = {
        "pk": key.pk,
        "sk": key.sk,
        "due_kind": keys.due("consent", consent.id),
        "due_at": moment(consent.expires_at),
    }
    item = to_item(consent, **attributes)
    del item["expires_at"]
    if consent.secret_name is None:
        # With a secret on record only the sweeper may forget it: TTL would leave an orphan (A19).
        item |= typed({"expires_at": int((consent.expires_at + timedelta(days=1)).timestamp())})
    return item


def _noun(item: dict[str, Any]) -> Consent:
    return from_item(Consent, item | {"expires_at": item["due_at"]})
