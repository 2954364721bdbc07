"""Documents on the State table. A copy's text, if it fits, is part of its document's item, so an edit is one write."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.copy_texts import ELSEWHERE, INLINE, CopyTexts
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed, untyped
from confluence_connector.domain.documents import Document, Feature
from confluence_connector.domain.identifiers import ConnectionId, DocumentId, WorkspaceId
from confluence_connector.errors import NotFound
from confluence_connector.ports import Stale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONDITION_FAILED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class DynamoDocuments:
    """The `Documents` port."""

    client: "DynamoDBClient"
    table: str
    texts: CopyTexts

    def get(self, workspace: WorkspaceId, document_id: DocumentId) -> Document | None:
        item = self._item(workspace, document_id)
        return from_item(Document, item) if item else None

    def of_feature(self, feature: Feature) -> Sequence[Document]:
        found = (self.get(feature.workspace, document_id) for document_id in feature.document_ids)
        return [document for document in found if document]

    def text(self, document: Document) -> str:
        item = self._item(document.workspace, document.id)
        if item is None:
            raise NotFound
        return self.texts.get(untyped(item))

    def edit(self, document: Document, markdown: str) -> Document:
        before = self._item(document.workspace, document.id)
        if before is None:
            raise Stale
        edited = replace(document, revision=document.revision + 1)
        attributes = self.texts.put(edited, markdown)
        elsewhere = ELSEWHERE if INLINE in attributes else INLINE
        ((where, value),) = attributes.items()
        try:
            self._update(
                document,
                "SET revision = :next, #where = :value REMOVE #elsewhere",
                "#mode = :copy AND revision = :revision",
                names={"#where": where, "#elsewhere": elsewhere, "#mode": "mode"},
                values={":next": edited.revision, ":value": value, ":copy": "copy", ":revision": document.revision},
            )
        except Stale:
            after = self._item(document.workspace, document.id)
            if after is None or untyped(after).get(where) != value or untyped(after)["revision"] != edited.revision:
                self.texts.discard(attributes)
                raise
        if untyped(before).get("revision") == document.revision:
            self.texts.discard(untyped(before))
        return edited

    def note_synced(self, document: Document) -> None:
        if document.last_synced is None or document.connection_id is None:
            raise ValueError("only a link that was fetched through a connection has something to note")
        fields = to_item(document)
        try:
            self._update(
                document,
                "SET last_synced = :synced, #source = :source, archived = :archived, losses = :losses",
                "#mode = :link AND connection_id = :connection"
                " AND (attribute_not_exists(last_synced) OR last_synced < :synced)",
                names={"#source": "source", "#mode": "mode"},
                values={":link": "link", ":connection": document.connection_id},
                typed_values={f":{name}": fields[field] for name, field in SYNCED.items()},
            )
        except Stale:
            return

    def note_source(self, document: Document) -> None:
        fields = to_item(document)
        try:
            self._update(
                document,
                "SET source_state = :state, source_seen_at = :seen",
                "#mode = :copy AND (attribute_not_exists(source_seen_at) OR source_seen_at < :seen)",
                names={"#mode": "mode"},
                values={":copy": "copy"},
                typed_values={":state": fields["source_state"], ":seen": fields["source_seen_at"]},
            )
        except Stale:
            return

    def move_to(self, document: Document, connection_id: ConnectionId) -> Document:
        self._update(
            document,
            "SET connection_id = :new",
            "#mode = :link AND connection_id = :old",
            names={"#mode": "mode"},
            values={":new": connection_id, ":old": document.connection_id, ":link": "link"},
        )
        return replace(document, connection_id=connection_id)

    def _item(self, workspace: WorkspaceId, document_id: DocumentId) -> dict[str, Any] | None:
        try:
            key = key_of(keys.document(workspace, document_id))
        except ValueError:  # an id that nothing of ours can have
            return None
        with named_failures():
            answer = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def _update(
        self,
        document: Document,
        update: str,
        condition: str,
        *,
        names: dict[str, str],
        values: dict[str, Any],
        typed_values: dict[str, Any] | None = None,
    ) -> None:
        """One conditional write. Raises Stale where the condition does not hold, a removed item included."""
        try:
            with named_failures():
                self.client.update_item(
                    TableName=self.table,
                    Key=key_of(keys.document(document.workspace, document.id)),
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=typed(values) | (typed_values or {}),
                )
        except ClientError as error:
            if code_of(error) == CONDITION_FAILED:
                raise Stale from None
            raise


SYNCED = {"synced": "last_synced", "source": "source", "archived": "archived", "losses": "losses"}


def key_of(key: keys.Key) -> dict[str, Any]:
    return typed({"pk": key.pk, "sk": key.sk})


def item_of(document: Document, text: dict[str, Any]) -> dict[str, Any]:
    """A new document as it is stored; `text` are the attributes that `CopyTexts.put` gave."""
    key = keys.document(document.workspace, document.id)
    return to_item(document, pk=key.pk, sk=key.sk, **text)
