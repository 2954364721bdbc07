"""Connections, one item each, written whole under a condition on their revision; the `due` index follows `next_due`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed, untyped
from confluence_connector.adapters.dynamodb.due_items import DueItems, moment
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.domain.upkeep import is_news, next_due
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import NewSecret, Stale, Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
SIGNATURE: Final = "saved_by"
"""An attribute of the item, not of the noun: random per save, so that a repeated save knows its own work (B15)."""
NOT_LATER: Final = "(attribute_not_exists(last_used_at) OR last_used_at <= :at)"
"""The stored use; `moment` writes it, whose texts are in the order of time."""


@dataclass(frozen=True, slots=True)
class DynamoConnections:
    """The `Connections` port."""

    client: "DynamoDBClient"
    table: str
    new_secret: NewSecret
    telemetry: Telemetry

    def get(self, workspace: WorkspaceId, connection_id: ConnectionId) -> Connection | None:
        try:
            key = keys.connection(workspace, connection_id)
        except ValueError:  # an id that nothing of ours can have
            return None
        return self._read(key.pk, key.sk)

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Connection]:
        for item in queries.of_noun(self.client, self.table, workspace, "CONNECTION"):
            yield from_item(Connection, item)

    def save(self, connection: Connection) -> Connection:
        """One conditional put.

        us     ── put, signed "a", if revision is 7 ──▶  table: revision 8, signed "a"
        us     ◀─ ✗ the answer is lost
        SDK    ── the same put again ─────────────────▶  refused: revision is 8
        us     ◀─ refused, with the item that is there: signed "a" ── it is ours: success

        A use may have been noted since the connection was read, which moves no revision: then the put is refused for
        that alone, and made again with the later use.
        """
        while True:
            saved = replace(connection, revision=connection.revision + 1)
            there = self._put(saved, was=connection)
            if there is None:
                return saved
            now_there = from_item(Connection, there)
            if now_there.revision != connection.revision or now_there.last_used_at == connection.last_used_at:
                raise Stale
            connection = replace(connection, last_used_at=now_there.last_used_at)

    def _put(self, saved: Connection, *, was: Connection) -> dict[str, Any] | None:
        """None: it is there. Otherwise what is there instead. Raises Stale where nothing is."""
        signature = self.new_secret()
        try:
            with named_failures():
                self.client.put_item(
                    TableName=self.table,
                    Item=_item(saved) | typed({SIGNATURE: signature}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **_unless_changed_since(was),
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            there: dict[str, Any] = error.response.get("Item") or {}  # type: ignore[assignment]
            if not there:
                raise Stale from None
            return None if untyped(there).get(SIGNATURE) == signature else there
        return None

    def remove(self, connection: Connection) -> None:
        key = keys.connection(connection.workspace, connection.id)
        try:
            with named_failures():
                self.client.delete_item(
                    TableName=self.table,
                    Key=typed({"pk": key.pk, "sk": key.sk}),
                    ConditionExpression="attribute_not_exists(pk) OR revision = :was",
                    ExpressionAttributeValues=typed({":was": connection.revision}),
                )
        except ClientError as error:
            if code_of(error) == CONDITION_FAILED:
                raise Stale from None
            raise

    def touch(self, connection: Connection, used_at: datetime) -> None:
        if not is_news(connection, used_at):
            return
        key = keys.connection(connection.workspace, connection.id)
        try:
            with named_failures():
                self.client.update_item(
                    TableName=self.table,
                    Key=typed({"pk": key.pk, "sk": key.sk}),
                    UpdateExpression="SET last_used_at = :at",
                    ConditionExpression=f"attribute_exists(pk) AND {NOT_LATER}",
                    ExpressionAttributeValues=typed({":at": moment(used_at)}),
                )
        except ClientError:  # a later use is noted, or the connection is gone
            return
        except ConnectorError as error:  # a note for people; nobody's read fails for it
            self.telemetry.refused(error, "use_not_noted", connection_id=connection.id)

    def due(self, kind: Literal["sweep", "keep_alive"], now: datetime) -> Iterator[Connection]:
        def when(connection: Connection) -> datetime | None:
            task = next_due(connection)
            return task[1] if task and task[0] == kind else None

        return DueItems(self.client, self.table, self.telemetry).of(kind, now, self._read, when)

    def note_account(self, connection: Connection, account_id: str) -> None:
        entry = {
            "pk": keys.lookup("account", account_id),
            "sk": f"{connection.workspace}{keys.SEPARATOR}{connection.id}",
            "workspace": connection.workspace,
            "id": connection.id,
        }
        with named_failures():
            self.client.put_item(TableName=self.table, Item=typed(entry))

    def of_account(self, account_id: str) -> Iterator[Connection]:
        """An entry whose connection is gone is dropped on the way; one whose connection changed accounts is skipped."""
        partition = keys.lookup("account", account_id)
        found = queries.items(
            self.client,
            self.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=typed({":pk": partition}),
            ConsistentRead=True,
        )
        for entry in [untyped(item) for item in found]:
            connection = self.get(WorkspaceId(entry["workspace"]), ConnectionId(entry["id"]))
            if connection is None:
                with named_failures():
                    self.client.delete_item(TableName=self.table, Key=typed({"pk": partition, "sk": entry["sk"]}))
            elif connection.account is not None and connection.account.id == account_id:
                yield connection

    def _read(self, pk: str, sk: str) -> Connection | None:
        with named_failures():
            answer = self.client.get_item(TableName=self.table, Key=typed({"pk": pk, "sk": sk}), ConsistentRead=True)
        return from_item(Connection, answer["Item"]) if "Item" in answer else None


def _unless_changed_since(connection: Connection) -> dict[str, Any]:
    """The condition of a save, as parameters of a put."""
    if not connection.revision:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    values: dict[str, Any] = {":was": connection.revision}
    if connection.last_used_at is None:
        condition = "revision = :was AND attribute_not_exists(last_used_at)"
    else:
        values[":at"] = moment(connection.last_used_at)
        condition = f"revision = :was AND {NOT_LATER}"
    return {"ConditionExpression": condition, "ExpressionAttributeValues": typed(values)}


def _item(connection: Connection) -> dict[str, Any]:
    key = keys.connection(connection.workspace, connection.id)
    attributes: dict[str, Any] = {"pk": key.pk, "sk": key.sk}
    if connection.last_used_at is not None:
        attributes["last_used_at"] = moment(connection.last_used_at)
    if (task := next_due(connection)) is not None:
        attributes |= {"due_kind": keys.due(task[0], connection.id), "due_at": moment(task[1])}
    return to_item(connection, **attributes)
