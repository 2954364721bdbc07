"""When each workspace's account ids are reported next: one item a workspace, found through the `due` index."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed
from confluence_connector.adapters.dynamodb.due_items import moment, readable
from confluence_connector.adapters.dynamodb.item_batches import address
from confluence_connector.adapters.dynamodb.revisions import CONDITION_FAILED
from confluence_connector.domain.account_reports import AccountReport
from confluence_connector.domain.identifiers import WorkspaceId
from confluence_connector.ports import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "ACCOUNTREPORT"


@dataclass(frozen=True, slots=True)
class DynamoAccountReports:
    """The `AccountReports` port."""

    client: "DynamoDBClient"
    table: str
    telemetry: Telemetry

    def begin(self, workspace: WorkspaceId, due_at: datetime) -> None:
        try:
            with named_failures():
                self.client.put_item(
                    TableName=self.table,
                    Item=_item(AccountReport(workspace, due_at)),
                    ConditionExpression="attribute_not_exists(pk)",
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise

    def due(self, now: datetime) -> Iterator[AccountReport]:
        for shard in range(keys.DUE_SHARDS):
            found = self._query(
                IndexName="due",
                KeyConditionExpression="due_kind = :kind AND due_at <= :now",
                ExpressionAttributeValues=typed({":kind": keys.due_shard("report", shard), ":now": moment(now)}),
            )
            for report in readable(found, self._read, self.telemetry):
                if report.due_at <= now:  # the index lags behind the table: the item itself decides
                    yield report

    def save(self, report: AccountReport) -> None:
        with named_failures():
            self.client.put_item(TableName=self.table, Item=_item(report))

    def _read(self, pk: str, sk: str) -> AccountReport | None:
        with named_failures():
            answer = self.client.get_item(TableName=self.table, Key=address(keys.Key(pk, sk)), ConsistentRead=True)
        return from_item(AccountReport, answer["Item"]) if "Item" in answer else None

    def _query(self, **query: Any) -> Iterator[dict[str, Any]]:
        with named_failures():
            for page in self.client.get_paginator("query").paginate(TableName=self.table, **query):
                yield from page["Items"]


def _item(report: AccountReport) -> dict[str, Any]:
    key = keys.item(report.workspace, NOUN)
    due_kind = keys.due("report", report.workspace)
    return to_item(report, pk=key.pk, sk=key.sk, due_kind=due_kind, due_at=moment(report.due_at))
