"""What several stores ask of a table, read page by page. Raises AppMisconfigured, ServiceUnavailable."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import typed
from confluence_connector.domain.identifiers import WorkspaceId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def items(client: "DynamoDBClient", table: str, **query: Any) -> Iterator[dict[str, Any]]:
    """All that the query finds; whoever stops early pays for no further page."""
    with named_failures():
        for page in client.get_paginator("query").paginate(TableName=table, **query):
            yield from page["Items"]


def of_noun(
    client: "DynamoDBClient", table: str, workspace: WorkspaceId, noun: str, *parts: str
) -> Iterator[dict[str, Any]]:
    """All of a workspace below these parts, consistently, in the order of their keys."""
    prefix = keys.prefix(noun) + "".join(f"{part}{keys.SEPARATOR}" for part in parts)
    return items(
        client,
        table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :noun)",
        ExpressionAttributeValues=typed({":pk": keys.of_workspace(workspace), ":noun": prefix}),
        ConsistentRead=True,
    )


def newest_first(
    client: "DynamoDBClient",
    table: str,
    workspace: WorkspaceId,
    noun: str,
    *parts: str,
    before: str | None,
    at_once: int,
) -> Iterator[dict[str, Any]]:
    """Those whose last part, an id of ours, is smaller than `before`; consistently, `at_once` an answer.

    Nothing for ids that nothing of ours can have.
    """
    try:
        first = keys.item(workspace, noun, *parts, "-")  # below every id
        last = keys.item(workspace, noun, *parts, before or "~")  # above
    except ValueError:
        return
    for item in items(
        client,
        table,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues=typed({":pk": first.pk, ":first": first.sk, ":last": last.sk}),
        ScanIndexForward=False,
        ConsistentRead=True,
        PaginationConfig={"PageSize": at_once + 1},  # `before` itself is between
    ):
        if item["sk"]["S"] != last.sk:
            yield item


def newest_kept(
    client: "DynamoDBClient",
    table: str,
    workspace: WorkspaceId,
    noun: str,
    *parts: str,
    before: str | None,
    limit: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """The first `limit` of these that are still kept."""
    found = newest_first(client, table, workspace, noun, *parts, before=before, at_once=limit)
    return list(islice((item for item in found if is_kept(item, now)), limit))


def is_kept(item: dict[str, Any], now: datetime) -> bool:
    """DynamoDB may take days to forget what has come to its end."""
    return int(item["expires_at"]["N"]) > now.timestamp()
