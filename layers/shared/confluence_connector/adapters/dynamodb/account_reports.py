"""When each workspace's account ids are reported next: one item a workspace, found through the `due` index."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
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
        due = DueItems(self.client, self.table, self.telemetry)
        return due.of("report", now, self._read, lambda report: report.due_at)

    def save(self, report: AccountReport) -> None:
        with named_failures():
            self.client.put_item(TableName=self.table, Item=_item(report))

    def _read(self, pk: str, sk: str) -> AccountReport | None:
        with named_failures():
            answer = self.client.get_item(TableName=self.table, Key=address(keys.Key(pk, sk)), ConsistentRead=True)
        return from_item(AccountReport, answer["Item"]) if "Item" in answer else None


def _item(report: AccountReport) -> dict[str, Any]:
    key = keys.item(report.workspace, NOUN)
    due_kind = keys.due("report", report.workspace)
    return to_item(report, pk=key.pk, sk=key.sk, due_kind=due_kind, due_at=moment(report.due_at))
