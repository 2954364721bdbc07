"""Approvals, one item each, in the order of their ids; the `due` index follows `next_due`, and TTL forgets them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed
from confluence_connector.adapters.dynamodb.due_items import moment, readable
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.agents.approval_times import next_due
from confluence_connector.domain.agents.approvals import Approval
from confluence_connector.domain.identifiers import ApprovalId, WorkspaceId
from confluence_connector.limits import APPROVALS_KEPT_DAYS
from confluence_connector.ports import Clock, NewSecret, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "APPROVAL"


@dataclass(frozen=True, slots=True)
class DynamoApprovals:
    """The `Approvals` port."""

    client: "DynamoDBClient"
    table: str
    now: Clock
    new_secret: NewSecret
    telemetry: Telemetry

    def get(self, workspace: WorkspaceId, approval_id: ApprovalId) -> Approval | None:
        try:
            key = keys.item(workspace, NOUN, approval_id)
        except ValueError:  # an id that nothing of ours can have
            return None
        return self._read(key.pk, key.sk)

    def save(self, approval: Approval) -> Approval:
        saved = replace(approval, revision=approval.revision + 1)
        self._items.save(_item(saved), was=approval.revision)
        return saved

    def page(
        self, workspace: WorkspaceId, *, status: str | None, limit: int, after: ApprovalId | None
    ) -> tuple[Sequence[Approval], ApprovalId | None]:
        found: list[Approval] = []
        for approval in self._newest_first(workspace, status, after):
            if len(found) == limit:
                return found, found[-1].id
            found.append(approval)
        return found, None

    def due(self, now: datetime) -> Iterator[Approval]:
        for shard in range(keys.DUE_SHARDS):
            found = self._query(
                IndexName="due",
                KeyConditionExpression="due_kind = :kind AND due_at <= :now",
                ExpressionAttributeValues=typed({":kind": keys.due_shard("approval", shard), ":now": moment(now)}),
            )
            for approval in readable(found, self._read, self.telemetry):
                at = next_due(approval)  # the index lags behind the table: the item itself decides
                if at is not None and at <= now:
                    yield approval

    def _newest_first(self, workspace: WorkspaceId, status: str | None, after: ApprovalId | None) -> Iterator[Approval]:
        first = keys.item(workspace, NOUN, "-")  # below every id
        last = keys.item(workspace, NOUN, after or "~")  # above
        for item in self._query(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=typed({":pk": first.pk, ":first": first.sk, ":last": last.sk}),
            ScanIndexForward=False,
            ConsistentRead=True,
        ):
            approval = from_item(Approval, item)
            if approval.id != after and status in {None, approval.status.value} and _end_of(approval) > self.now():
                yield approval

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    def _read(self, pk: str, sk: str) -> Approval | None:
        item = self._items.read(keys.Key(pk, sk))
        return from_item(Approval, item) if item else None

    def _query(self, **query: Any) -> Iterator[dict[str, Any]]:
        with named_failures():
            for page in self.client.get_paginator("query").paginate(TableName=self.table, **query):
                yield from page["Items"]


def _item(approval: Approval) -> dict[str, Any]:
    key = keys.item(approval.workspace, NOUN, approval.id)
    attributes: dict[str, Any] = {"pk": key.pk, "sk": key.sk, "expires_at": int(_end_of(approval).timestamp())}
    if (at := next_due(approval)) is not None:
        attributes |= {"due_kind": keys.due("approval", approval.id), "due_at": moment(at)}
    return to_item(approval, **attributes)


def _end_of(approval: Approval) -> datetime:
    return approval.created_at + timedelta(days=APPROVALS_KEPT_DAYS)
