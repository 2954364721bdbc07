"""Features on the State table, created with everything of theirs in one transaction.

    texts too big for an item ──► bucket      (under names that nothing points at yet)
    claim + feature + documents ──► one transaction
                                    └─ refused by the claim: somebody was here with the same request; theirs counts

A killed function leaves either all of it or, at most, an object that nothing points at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.copy_texts import ELSEWHERE, CopyTexts
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed, untyped
from confluence_connector.adapters.dynamodb.documents import CONDITION_FAILED, item_of, key_of
from confluence_connector.domain.documents import Document, Feature
from confluence_connector.domain.identifiers import FeatureId, WorkspaceId
from confluence_connector.errors import ConnectorError, ServiceUnavailable
from confluence_connector.limits import IDEMPOTENCY_SECONDS
from confluence_connector.ports import Clock, Stale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "FEATURE"
CLAIM: Final = "CREATED"
"""Which request made which feature, for as long as a repeat of it counts as the same."""
LEFT_OVER: Final = "REMOVED"
"""Objects of a removed feature that are still to be deleted."""
CANCELLED: Final = "TransactionCanceledException"


@dataclass(frozen=True, slots=True)
class DynamoFeatures:
    """The `Features` port."""

    client: "DynamoDBClient"
    table: str
    texts: CopyTexts
    now: Clock

    def create(self, feature: Feature, documents: Sequence[tuple[Document, str | None]], *, request: str) -> FeatureId:
        texts: list[dict[str, Any]] = []
        try:
            for document, markdown in documents:
                texts.append({} if markdown is None else self.texts.put(document, markdown))
        except Exception:
            self._discard(texts)
            raise
        items = [item_of(document, text) for (document, _), text in zip(documents, texts, strict=True)]
        try:
            made = self._create_all(feature, items, request)
        except ConnectorError as error:
            if not _was_refused(error):
                raise  # outcome unknown: the texts may be in use
            made = self._claimant(feature.workspace, request)  # an earlier try of the SDK's may have got through
            if made is None:
                self._discard(texts)
                raise
        if made != feature.id:
            self._discard(texts)
        if made is None:
            raise ServiceUnavailable(retry_after=1)
        return made

    def _create_all(self, feature: Feature, documents: Sequence[dict[str, Any]], request: str) -> FeatureId | None:
        """The id of the feature that this request has made, now or before. None: nothing was made."""
        at = keys.item(feature.workspace, NOUN, feature.id)
        claim = keys.item(feature.workspace, CLAIM, request)
        now = int(self.now().timestamp())
        expires_at = now + IDEMPOTENCY_SECONDS
        claimed = typed({"pk": claim.pk, "sk": claim.sk, "feature_id": feature.id, "expires_at": expires_at})
        new = "attribute_not_exists(pk)"
        puts: list[Any] = [
            {
                "TableName": self.table,
                "Item": claimed,
                "ConditionExpression": f"{new} OR expires_at <= :now",
                "ExpressionAttributeValues": typed({":now": now}),
            },
            *(
                {"TableName": self.table, "Item": item, "ConditionExpression": new}
                for item in (to_item(feature, pk=at.pk, sk=at.sk), *documents)
            ),
        ]
        try:
            with named_failures():
                self.client.transact_write_items(TransactItems=[{"Put": put} for put in puts])
        except ClientError as error:
            if code_of(error) != CANCELLED:
                raise
            return self._claimant(feature.workspace, request)  # None: throttled, or two transactions met
        return feature.id

    def _claimant(self, workspace: WorkspaceId, request: str) -> FeatureId | None:
        """The feature that was made for the request, if one was."""
        found = self._item(keys.item(workspace, CLAIM, request))
        claim = untyped(found) if found else None
        return FeatureId(claim["feature_id"]) if claim and claim["expires_at"] > self.now().timestamp() else None

    def get(self, workspace: WorkspaceId, feature_id: FeatureId) -> Feature | None:
        try:
            key = keys.item(workspace, NOUN, feature_id)
        except ValueError:  # an id that nothing of ours can have
            return None
        item = self._item(key)
        return from_item(Feature, item) if item else None

    def page(self, workspace: WorkspaceId, *, limit: int, after: str | None) -> tuple[Sequence[Feature], str | None]:
        start: Any = {}
        if after is not None:
            start = {"ExclusiveStartKey": key_of(keys.item(workspace, NOUN, after))}
        with named_failures():
            answer = self.client.query(**self._query(workspace), Limit=limit, **start)
        features = [from_item(Feature, item) for item in answer["Items"]]
        return features, features[-1].id if features and "LastEvaluatedKey" in answer else None

    def rename(self, feature: Feature) -> None:
        try:
            with named_failures():
                self.client.update_item(
                    TableName=self.table,
                    Key=key_of(keys.item(feature.workspace, NOUN, feature.id)),
                    UpdateExpression="SET #name = :name, folder = :folder",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeNames={"#name": "name"},
                    ExpressionAttributeValues=typed({":name": feature.name, ":folder": feature.folder}),
                )
        except ClientError as error:
            if code_of(error) == CONDITION_FAILED:
                raise Stale from None
            raise

    def remove(self, workspace: WorkspaceId, feature_id: FeatureId) -> bool:
        """Items in one transaction, then the objects that they pointed at.

            feature, documents ──► gone, and a list of their objects ──► objects deleted ──► list deleted

        Killed in between, nothing of it can be read any more, and the list tells a repeat what is left to do.
        """
        try:
            left_over = keys.item(workspace, LEFT_OVER, feature_id)
        except ValueError:  # an id that nothing of ours can have
            return False
        feature = self.get(workspace, feature_id)
        if feature:
            self._delete_all(feature, left_over)
        left = self._item(left_over)
        if left:
            self._discard([{ELSEWHERE: name} for name in untyped(left)["names"]])
            with named_failures():
                self.client.delete_item(TableName=self.table, Key=key_of(left_over))
        return feature is not None or left is not None

    def _delete_all(self, feature: Feature, left_over: keys.Key) -> None:
        """Raises ServiceUnavailable while somebody is editing one of the copies this very moment."""
        found = {
            key: self._item(key) for key in (keys.document(feature.workspace, each) for each in feature.document_ids)
        }
        plain = {key: untyped(item) for key, item in found.items() if item}
        names = [item[ELSEWHERE] for item in plain.values() if ELSEWHERE in item]
        changes: list[Any] = [
            {
                "Delete": {
                    "TableName": self.table,
                    "Key": key_of(key),
                    "ConditionExpression": "revision = :seen",  # an edit since would have left another object
                    "ExpressionAttributeValues": typed({":seen": item["revision"]}),
                }
            }
            for key, item in plain.items()
        ]
        feature_key = key_of(keys.item(feature.workspace, NOUN, feature.id))
        changes.append({"Delete": {"TableName": self.table, "Key": feature_key}})
        if names:
            item = typed({"pk": left_over.pk, "sk": left_over.sk, "names": names})
            changes.append({"Put": {"TableName": self.table, "Item": item}})
        try:
            with named_failures():
                self.client.transact_write_items(TransactItems=changes)
        except ClientError as error:
            if code_of(error) == CANCELLED:
                raise ServiceUnavailable(retry_after=1) from error
            raise

    def by_folder(self, workspace: WorkspaceId) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for name, folder in self._placed(workspace):
            found.setdefault(folder, []).append(name)
        return dict(sorted(found.items()))

    def _placed(self, workspace: WorkspaceId) -> Iterator[tuple[str, str]]:
        start: Any = {}
        while True:
            with named_failures():
                answer = self.client.query(
                    **self._query(workspace),
                    ProjectionExpression="#name, folder",
                    ExpressionAttributeNames={"#name": "name"},
                    **start,
                )
            for item in answer["Items"]:
                plain = untyped(item)
                yield plain["name"], plain["folder"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _query(self, workspace: WorkspaceId) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
            "ExpressionAttributeValues": typed({":pk": keys.of_workspace(workspace), ":sk": keys.prefix(NOUN)}),
            "ConsistentRead": True,
        }

    def _item(self, key: keys.Key) -> dict[str, Any] | None:
        with named_failures():
            answer = self.client.get_item(TableName=self.table, Key=key_of(key), ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def _discard(self, texts: Sequence[Mapping[str, Any]]) -> None:
        for attributes in texts:
            self.texts.discard(attributes)


def _was_refused(error: ConnectorError) -> bool:
    """AWS said no, rather than nothing or a failure of its own: what was asked has not happened."""
    cause = error.__cause__
    if not isinstance(cause, ClientError):
        return False
    return cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500  # noqa: PLR2004
