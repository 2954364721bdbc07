"""The audit trail: one item a call, in the order of their ids, which is the order of their beginning; TTL forgets.

Beside it what limits an agent: a count per minute (fault case F5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed
from confluence_connector.adapters.dynamodb.item_batches import address
from confluence_connector.adapters.dynamodb.revisions import CONDITION_FAILED
from confluence_connector.domain.agents.calls import AgentCall
from confluence_connector.domain.identifiers import AgentId, CallId, WorkspaceId
from confluence_connector.limits import AGENT_CALLS_KEPT_DAYS, AGENT_CALLS_PER_MINUTE
from confluence_connector.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "AGENTCALL"
MINUTE: Final = timedelta(minutes=1)
COUNTS_KEPT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DynamoAgentCalls:
    """The `AgentCalls` port."""

    client: "DynamoDBClient"
    table: str
    now: Clock

    def add(self, call: AgentCall) -> None:
        key = keys.item(call.workspace, NOUN, call.agent_id, call.id)
        ends = int((call.at + timedelta(days=AGENT_CALLS_KEPT_DAYS)).timestamp())
        with named_failures():
            self.client.put_item(TableName=self.table, Item=to_item(call, pk=key.pk, sk=key.sk, expires_at=ends))

    def page(
        self, workspace: WorkspaceId, agent_id: AgentId, *, limit: int, before: CallId | None
    ) -> tuple[Sequence[AgentCall], CallId | None]:
        found = queries.newest_kept(
            self.client, self.table, workspace, NOUN, agent_id, before=before, limit=limit + 1, now=self.now()
        )
        calls = [from_item(AgentCall, item) for item in found]
        return calls[:limit], calls[limit - 1].id if len(calls) > limit else None


@dataclass(frozen=True, slots=True)
class DynamoCallQuota:
    """The `CallQuota` port: one conditional update a call. What is refused is not counted, so a minute fills once."""

    client: "DynamoDBClient"
    table: str

    def take(self, agent_id: AgentId, now: datetime) -> int:
        minute = now.replace(second=0, microsecond=0)
        try:
            with named_failures():
                self.client.update_item(
                    TableName=self.table,
                    Key=address(keys.agent_calls(agent_id, minute)),
                    UpdateExpression="ADD calls :one SET expires_at = :ends",
                    ConditionExpression="attribute_not_exists(calls) OR calls < :most",
                    ExpressionAttributeValues=typed(
                        {
                            ":one": 1,
                            ":most": AGENT_CALLS_PER_MINUTE,
                            ":ends": int((minute + COUNTS_KEPT).timestamp()),
                        }
                    ),
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            return max(1, int((minute + MINUTE - now).total_seconds()))
        return 0
