"""Agents, one item each, and who a token's hash belongs to.

A lookup says where to look and grants nothing: an agent is found by a hash only while the hash is its present one. So
it may be written before its agent and be deleted after, and no crash in between lets a token live longer or die sooner.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed, untyped
from confluence_connector.adapters.dynamodb.item_batches import address
from confluence_connector.adapters.dynamodb.revisions import CONDITION_FAILED, RevisedItems
from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.identifiers import AgentId, WorkspaceId
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import USE_NOTED_SECONDS
from confluence_connector.ports import NewSecret, Stale, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "AGENT"
LOOKUP: Final = "LOOKUP"


@dataclass(frozen=True, slots=True)
class DynamoAgents:
    """The `Agents` port."""

    client: "DynamoDBClient"
    table: str
    new_secret: NewSecret
    telemetry: Telemetry

    def get(self, workspace: WorkspaceId, agent_id: AgentId) -> Agent | None:
        try:
            key = keys.item(workspace, NOUN, agent_id)
        except ValueError:  # an id that nothing of ours can have
            return None
        item = self._items.read(key)
        return from_item(Agent, item) if item else None

    def save(self, agent: Agent) -> Agent:
        saved, key = replace(agent, revision=agent.revision + 1), keys.item(agent.workspace, NOUN, agent.id)
        was = self.get(agent.workspace, agent.id)
        new = agent.token_hash if was is None or was.token_hash != agent.token_hash else None
        if new is not None:
            self._point_at(agent, new)
        try:
            self._items.save(to_item(saved, pk=key.pk, sk=key.sk), was=agent.revision)
        except Stale:
            self._tidy(new)
            raise
        if was is not None and was.token_hash != agent.token_hash:
            self._tidy(was.token_hash)
        return saved

    def touch(self, agent: Agent, used_at: datetime) -> None:
        if agent.last_used_at and used_at - agent.last_used_at < timedelta(seconds=USE_NOTED_SECONDS):
            return
        try:
            with named_failures():
                self.client.update_item(
                    TableName=self.table,
                    Key=address(keys.item(agent.workspace, NOUN, agent.id)),
                    UpdateExpression="SET last_used_at = :at",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues=typed({":at": used_at.isoformat(timespec="microseconds")}),
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
        except ConnectorError as error:
            self.telemetry.refused(error, "use_not_noted", agent_id=agent.id)

    def remove(self, agent: Agent) -> None:
        with named_failures():
            self.client.delete_item(TableName=self.table, Key=address(keys.item(agent.workspace, NOUN, agent.id)))
        if agent.token_hash is not None:
            self._forget(agent.token_hash)

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Agent]:
        for item in queries.of_noun(self.client, self.table, workspace, NOUN):
            yield from_item(Agent, item)

    def by_token_hash(self, token_hash: str) -> Agent | None:
        item = self._items.read(_lookup(token_hash))
        if item is None:
            return None
        found = untyped(item)
        agent = self.get(WorkspaceId(found["workspace"]), AgentId(found["id"]))
        if agent is None or agent.token_hash is None or not compare_digest(agent.token_hash, token_hash):
            return None
        return agent

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)

    def _point_at(self, agent: Agent, token_hash: str) -> None:
        key = _lookup(token_hash)
        item: dict[str, Any] = {"pk": key.pk, "sk": key.sk, "workspace": agent.workspace, "id": agent.id}
        with named_failures():
            self.client.put_item(TableName=self.table, Item=typed(item))

    def _forget(self, token_hash: str) -> None:
        with named_failures():
            self.client.delete_item(TableName=self.table, Key=address(_lookup(token_hash)))

    def _tidy(self, token_hash: str | None) -> None:
        """A lookup that leads nowhere. A new token is not withheld because an old one's stays behind."""
        if token_hash is not None:
            try:
                self._forget(token_hash)
            except ConnectorError as error:
                self.telemetry.refused(error, "lookup_left_behind")


def _lookup(token_hash: str) -> keys.Key:
    return keys.Key(keys.lookup("agent", token_hash), LOOKUP)
