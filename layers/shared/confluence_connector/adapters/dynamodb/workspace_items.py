"""Everything of a workspace in the three tables, whatever it is: read by its partition, and at the end by a scan.

A noun that is added later lies in the workspace's partition like the others, and goes without a word here. What names a
workspace from outside (tickets, states, accounts) cannot be found from inside, because it lies under a hash; the scan
finds it by its attribute `workspace`. A scan reads the whole table, of every workspace: keys only leave it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.copy_texts import CopyTexts
from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.agents import LOOKUP
from confluence_connector.adapters.dynamodb.agents import NOUN as AGENT
from confluence_connector.adapters.dynamodb.codec import typed, untyped
from confluence_connector.adapters.dynamodb.features import NOUN as FEATURE
from confluence_connector.adapters.dynamodb.item_batches import ItemBatches
from confluence_connector.adapters.dynamodb.workspace_jobs import claim_key, job_key
from confluence_connector.domain.identifiers import AgentId, WorkspaceId
from confluence_connector.domain.workspace_jobs import WorkspaceJob
from confluence_connector.domain.workspace_records import FOLDERS, Record, shown
from confluence_connector.limits import WORKSPACE_STOP_SECONDS
from confluence_connector.ports import Deadline, Sleep
from confluence_connector.ports.workspace_jobs import Swept

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DELETED_AT_ONCE: Final = 500
DOCUMENT: Final = "DOCUMENT"
OF_THE_WORKSPACE: Final = "#workspace = :workspace OR pk = :partition OR begins_with(pk, :inside)"
"""Outside its partition, in it, or in one of those that begin with it: the cache's and the corpus's."""


@dataclass(frozen=True, slots=True)
class DynamoWorkspaceItems:
    """The `WorkspaceItems` port."""

    client: "DynamoDBClient"
    state_table: str
    cache_table: str
    corpus_table: str
    texts: CopyTexts
    sleep: Sleep

    def erase_documents_and_agents(self, job: WorkspaceJob, deadline: Deadline) -> tuple[int, bool]:
        deleted = 0
        for noun in (DOCUMENT, FEATURE):
            found = self._keys(job.workspace, keys.prefix(noun))
            count, all_of_them = self._delete(self.state_table, found, deadline)
            deleted += count
            if not all_of_them:
                return deleted, False
        agents = list(queries.of_noun(self.client, self.state_table, job.workspace, AGENT))
        count, all_of_them = self._delete(
            self.state_table, (key for item in agents for key in self._of_agent(item)), deadline
        )
        return deleted + count, all_of_them

    def erase(self, job: WorkspaceJob, deadline: Deadline) -> tuple[int, bool]:
        kept = {job_key(job.workspace, job.id), claim_key(job.workspace)}
        found = (key for key in self._keys(job.workspace, "") if key not in kept)
        return self._delete(self.state_table, found, deadline)

    def records(self, workspace: WorkspaceId, after: str | None) -> Iterator[Record]:
        condition, values = "pk = :pk", {":pk": keys.of_workspace(workspace)}
        if after is not None:
            condition, values = f"{condition} AND sk > :after", values | {":after": after}
        found = queries.items(
            self.client,
            self.state_table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=typed(values),
            ConsistentRead=True,
        )
        return (self._record(untyped(item)) for item in found)

    def _record(self, item: dict[str, Any]) -> Record:
        noun = item["sk"].partition(keys.SEPARATOR)[0]
        if noun not in FOLDERS:
            return Record(item["sk"], None, {})
        is_copy = noun == DOCUMENT and item["mode"] == "copy"
        return Record(item["sk"], FOLDERS[noun], shown(noun, item), self.texts.get(item) if is_copy else None)

    def sweep(self, job: WorkspaceJob, position: str | None, deadline: Deadline) -> Swept:
        tables = (self.state_table, self.cache_table, self.corpus_table)
        number, start = json.loads(position) if position else (0, None)
        deleted = 0
        while number < len(tables):
            found, start = self._scanned(job, tables[number], start)
            self._batches(tables[number]).delete(found)
            deleted += len(found)
            if start is None:
                number += 1
            if number < len(tables) and deadline.remaining_seconds() < WORKSPACE_STOP_SECONDS:
                return Swept(deleted, json.dumps([number, start]))
        return Swept(deleted, None)

    def _scanned(self, job: WorkspaceJob, table: str, start: Any) -> tuple[list[keys.Key], Any]:
        """One answer's worth of a table, and where the next begins; keys in DynamoDB's typed form."""
        partition = keys.of_workspace(job.workspace)
        inside = partition + keys.SEPARATOR
        with named_failures():
            answer = self.client.scan(
                TableName=table,
                ConsistentRead=True,
                Select="SPECIFIC_ATTRIBUTES",
                ProjectionExpression="pk, sk",
                FilterExpression=OF_THE_WORKSPACE,
                ExpressionAttributeNames={"#workspace": "workspace"},
                ExpressionAttributeValues=typed(
                    {":workspace": job.workspace, ":partition": partition, ":inside": inside}
                ),
                **({"ExclusiveStartKey": start} if start else {}),
            )
        kept = {job_key(job.workspace, job.id), claim_key(job.workspace)}
        found = [_key(item) for item in answer["Items"]]
        return [key for key in found if key not in kept], answer.get("LastEvaluatedKey")

    def _keys(self, workspace: WorkspaceId, beginning: str) -> Iterator[keys.Key]:
        condition, values = "pk = :pk", {":pk": keys.of_workspace(workspace)}
        if beginning:
            condition, values = f"{condition} AND begins_with(sk, :sk)", values | {":sk": beginning}
        found = queries.items(
            self.client,
            self.state_table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=typed(values),
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )
        return (_key(item) for item in found)

    def _of_agent(self, item: dict[str, Any]) -> Iterator[keys.Key]:
        """What finds it by its token and what counts its calls lie outside; itself goes last, to be found again."""
        agent = untyped(item)
        if "token_hash" in agent:
            yield keys.Key(keys.lookup("agent", agent["token_hash"]), LOOKUP)
        counted = queries.items(
            self.client,
            self.state_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=typed({":pk": keys.agent_calls_of(AgentId(agent["id"]))}),
            ProjectionExpression="pk, sk",
        )
        yield from (_key(each) for each in counted)
        yield _key(item)

    def _delete(self, table: str, found: Iterable[keys.Key], deadline: Deadline) -> tuple[int, bool]:
        deleted = 0
        for some in batched(found, DELETED_AT_ONCE, strict=False):
            self._batches(table).delete(some)
            deleted += len(some)
            if deadline.remaining_seconds() < WORKSPACE_STOP_SECONDS:
                return deleted, False
        return deleted, True

    def _batches(self, table: str) -> ItemBatches:
        return ItemBatches(self.client, table, self.sleep)


def _key(item: dict[str, Any]) -> keys.Key:
    return keys.Key(item["pk"]["S"], item["sk"]["S"])
