"""Approvals, one item each, in the order of their ids; the `due` index follows `next_due`, and TTL forgets them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.agents.approval_times import next_due
from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.domain.identifiers import AgentId, ApprovalId, WorkspaceId
from confluence_connector.limits import APPROVAL_HOURS, APPROVALS_KEPT_DAYS
from confluence_connector.ports import Clock, NewSecret, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "APPROVAL"
ROWS_AT_ONCE: Final = 250
"""A list of one status passes over the others."""


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
        for item in queries.newest_first(self.client, self.table, workspace, NOUN, before=after, at_once=ROWS_AT_ONCE):
            approval = from_item(Approval, item)
            if status not in {None, approval.status.value} or _end_of(approval) <= self.now():
                continue
            if len(found) == limit:
                return found, found[-1].id
            found.append(approval)
        return found, None

    def pending(self, workspace: WorkspaceId, agent_id: AgentId) -> Iterator[Approval]:
        now = self.now()
        for item in queries.newest_first(self.client, self.table, workspace, NOUN, before=None, at_once=ROWS_AT_ONCE):
            approval = from_item(Approval, item)
            if approval.created_at + timedelta(hours=APPROVAL_HOURS) <= now:  # as have all that are older
                return
            if (approval.agent_id, approval.status) == (agent_id, ApprovalStatus.PENDING):
                yield approval

    def due(self, now: datetime) -> Iterator[Approval]:
        return DueItems(self.client, self.table, self.telemetry).of("approval", now, self._read, next_due)

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    def _read(self, pk: str, sk: str) -> Approval | None:
        item = self._items.read(keys.Key(pk, sk))
        return from_item(Approval, item) if item else None


def _item(approval: Approval) -> dict[str, Any]:
    key = keys.item(approval.workspace, NOUN, approval.id)
    attributes: dict[str, Any] = {"pk": key.pk, "sk": key.sk, "expires_at": int(_end_of(approval).timestamp())}
    if (at := next_due(approval)) is not None:
        attributes |= {"due_kind": keys.due("approval", approval.id), "due_at": moment(at)}
    return to_item(approval, **attributes)


def _end_of(approval: Approval) -> datetime:
    return approval.created_at + timedelta(days=APPROVALS_KEPT_DAYS)
