"""The ten-minute cache on the Cache table.

A put and a disconnect may race: a fetch is under way, the connection is cut, its cache is purged, the fetch comes back.

    fetch …………………………………………………… chunks │ head + check of the connection, one transaction
    disconnect    status := disconnected │ purge

Whichever way the two transactions fall, nothing readable is left: either the head is refused because the connection is
no longer alive, or it is there before the purge looks. Chunks without a head cannot be read, are taken back by the put
that was refused, and expire in any case.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import cached_items, flights, keys
from confluence_connector.domain.connections import ALIVE
from confluence_connector.errors import ConnectorError, ServiceUnavailable
from confluence_connector.ports import Clock, Deadline, NewSecret, Sleep, Telemetry
from confluence_connector.ports.cache import CachedText, CacheScope, Flight, FlightFailure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES: Final = 4
SWEEPERS: Final = 8
"""Below the SDK's ten connections a client."""
SWEEP_STOPS_SECONDS: Final = 10
"""Of the invocation, left for what comes after: a deletion that is under way, the hand-overs, the metrics."""
BATCH_WRITE: Final = 25
REFUSED: Final = "ConditionalCheckFailed"
BY_CONNECTION, BY_NEWER = 0, 1
"""The transaction's two conditions, in order."""


@dataclass(frozen=True, slots=True)
class DynamoTextCache:
    """The `TextCache` port. One partition per grant, so that a purge is one query."""

    client: "DynamoDBClient"
    table: str
    state_table: str
    now: Clock
    sleep: Sleep
    new_secret: NewSecret
    telemetry: Telemetry

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, scope: CacheScope, entry: str) -> CachedText | None:
        return self._shrug("get", lambda: self._get(scope, entry), None)

    def _get(self, scope: CacheScope, entry: str) -> CachedText | None:
        key = cached_items.head_key(_partition(scope), entry)
        answer = self.client.get_item(TableName=self.table, Key=cached_items.at(key), ConsistentRead=True)
        return self.opened(scope, entry, answer.get("Item"))

    def opened(self, scope: CacheScope, entry: str, item: dict[str, Any] | None) -> CachedText | None:
        """The text of a head already read; a large one takes one more call. Junk and expired are None."""
        head = cached_items.parsed(item) if item else None
        if head is None or not head.alive_at(self.now()):
            return None
        blob = head.text
        if blob is None:
            blob = self._shrug("get", lambda: self._joined(scope, entry, head), None)
        return cached_items.unpacked(head, blob) if blob is not None else None

    def _joined(self, scope: CacheScope, entry: str, head: cached_items.Head) -> bytes | None:
        apart = cached_items.chunk_keys(_partition(scope), entry, head.upload, head.chunks)
        wanted: Any = [cached_items.at(key) for key in apart]
        pieces: dict[str, bytes] = {}
        for _ in range(TRIES):
            answer = self.client.batch_get_item(RequestItems={self.table: {"Keys": wanted, "ConsistentRead": True}})
            for item in answer["Responses"].get(self.table, []):
                pieces[item["sk"]["S"]] = bytes(item["text"]["B"])
            left: Any = answer.get("UnprocessedKeys", {})
            wanted = left.get(self.table, {}).get("Keys")
            if not wanted:
                break
        return b"".join(pieces[sk] for sk in sorted(pieces)) if len(pieces) == head.chunks else None

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, scope: CacheScope, entry: str, value: CachedText) -> bool:
        pieces = cached_items.packed(value)
        if len(pieces) > cached_items.CHUNKS:
            self.telemetry.note("not_cached", pieces=len(pieces))
            return False
        return self._shrug("put", lambda: self._put(scope, entry, value, pieces), False)

    def _put(self, scope: CacheScope, entry: str, value: CachedText, pieces: list[bytes]) -> bool:
        upload, expires_at = self.new_secret()[:22], cached_items.expiry_of(value)
        partition = _partition(scope)
        apart = cached_items.chunk_keys(partition, entry, upload, len(pieces) if len(pieces) > 1 else 0)
        for key, piece in zip(apart, pieces, strict=False):
            item = cached_items.expiring(key, expires_at, text=piece)
            self.client.put_item(TableName=self.table, Item=item)  # one by one: a batch of them passes 16 MB
        head = cached_items.expiring(
            cached_items.head_key(partition, entry),
            expires_at,
            schema_version=cached_items.SCHEMA,
            fetched_ms=cached_items.milliseconds(value.fetched_at),
            upload=upload,
            chunks=len(apart),
            **({} if apart else {"text": pieces[0]}),
        )
        refused = self._write_head(scope, head)
        if refused is not None:
            self._delete(cached_items.at(key) for key in apart)
        return refused != BY_CONNECTION

    def _write_head(self, scope: CacheScope, head: dict[str, Any]) -> int | None:
        """Which condition refused it; None: it is there."""
        for attempt in range(TRIES):
            try:
                self.client.transact_write_items(
                    TransactItems=[
                        {"ConditionCheck": _alive(self.state_table, scope)},
                        {"Put": {"TableName": self.table, "Item": head} | _not_newer(head)},
                    ]
                )
            except self.client.exceptions.TransactionCanceledException as error:
                reasons = [reason.get("Code") for reason in error.response["CancellationReasons"]]
                if REFUSED in reasons:
                    return reasons.index(REFUSED)
                self.sleep(0.05 * 2**attempt)  # somebody is writing the connection this very moment
            else:
                return None
        return BY_CONNECTION

    def purge(self, scope: CacheScope) -> None:
        """Heads go first: from the first batch on nothing is readable, whatever happens after."""
        with named_failures():
            pages = self.client.get_paginator("query").paginate(
                TableName=self.table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :partition",
                ProjectionExpression="pk, sk",
                ExpressionAttributeValues={":partition": {"S": _partition(scope)}},
            )
            found = [item for page in pages for item in page["Items"]]
            found.sort(key=lambda item: not item["sk"]["S"].startswith(keys.prefix(cached_items.HEAD)))
            self._delete(iter(found))

    def _delete(self, items: Iterator[Any]) -> None:
        requests = [{"DeleteRequest": {"Key": item}} for item in items]
        attempt = 0
        while requests:
            answer = self.client.batch_write_item(RequestItems={self.table: requests[:BATCH_WRITE]})  # type: ignore[dict-item]
            left: list[Any] = list(answer.get("UnprocessedItems", {}).get(self.table, []))
            requests = left + requests[BATCH_WRITE:]
            attempt = attempt + 1 if left else 0
            if attempt == TRIES:
                raise ServiceUnavailable(retry_after=5)
            if left:
                self.sleep(0.05 * 2**attempt)

    # ── one fetcher at a time ────────────────────────────────────────────────────────────────────────────────────────

    def begin_flight(
        self, scope: CacheScope, entry: str, *, holder: str, until: datetime, waiting_since: datetime
    ) -> Flight:
        key = cached_items.flight_key(_partition(scope), entry)
        since = cached_items.milliseconds(waiting_since)
        return self._shrug(
            "begin_flight",
            lambda: flights.begin(
                self.client, self.table, key, holder=holder, until=until, now=self.now(), waiting_since_ms=since
            ),
            Flight(mine=True),
        )

    def end_flight(self, scope: CacheScope, entry: str, *, holder: str, failure: FlightFailure | None = None) -> None:
        key = cached_items.flight_key(_partition(scope), entry)
        self._shrug(
            "end_flight",
            lambda: flights.end(self.client, self.table, key, holder=holder, failure=failure, now=self.now()),
            None,
        )

    # ── upkeep ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def sweep(self, now: datetime, deadline: Deadline | None = None) -> int:
        """The index lags, so each deletion checks the item itself: one that was replaced meanwhile stays.

        Stops in time; the rest waits for the next schedule. A shard that fails stops no other; its error is raised.
        """
        epoch = str(int(now.timestamp()))
        with named_failures(), ThreadPoolExecutor(SWEEPERS) as pool:
            shards = [pool.submit(self._swept, shard, epoch, deadline) for shard in range(keys.EXPIRY_SHARDS)]
            wait(shards)
            return sum(shard.result() for shard in shards)

    def _swept(self, shard: int, now: str, deadline: Deadline | None) -> int:
        deleted = 0
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="expiry",
            KeyConditionExpression="expiry_shard = :shard AND expires_at <= :now",
            ExpressionAttributeValues={":shard": {"S": keys.expiry_shard(shard)}, ":now": {"N": now}},
        )
        for item in (item for page in pages for item in page["Items"]):
            if deadline is not None and deadline.remaining_seconds() < SWEEP_STOPS_SECONDS:
                break
            try:
                self.client.delete_item(
                    TableName=self.table,
                    Key={"pk": item["pk"], "sk": item["sk"]},
                    ConditionExpression="expires_at <= :now",
                    ExpressionAttributeValues={":now": {"N": now}},
                )
            except self.client.exceptions.ConditionalCheckFailedException:
                continue
            deleted += 1
        return deleted

    def _shrug[Answer](self, operation: str, work: Callable[[], Answer], otherwise: Answer) -> Answer:
        """A cache that does not answer is a slow day, not a failure (H6): a warning, a metric, and on without it."""
        try:
            with named_failures():
                return work()
        except ConnectorError as error:
            self.do_without(operation, error)
        except ClientError as error:
            self.do_without(operation, code_of(error))
        return otherwise

    def do_without(self, operation: str, why: ConnectorError | str) -> None:
        """A missing right slows readers down here, and must be mended all the same."""
        if isinstance(why, ConnectorError):
            self.telemetry.refused(why, "cache_unavailable", operation=operation)
        else:
            self.telemetry.warn("cache_unavailable", operation=operation, why=why)
        self.telemetry.count("CacheUnavailable")


def _partition(scope: CacheScope) -> str:
    return keys.cache_partition(scope.workspace, scope.connection_id, scope.generation)


def _alive(state_table: str, scope: CacheScope) -> Any:
    statuses = {f":status{index}": {"S": status.value} for index, status in enumerate(sorted(ALIVE))}
    return {
        "TableName": state_table,
        "Key": cached_items.at(keys.connection(scope.workspace, scope.connection_id)),
        "ConditionExpression": f"#grant.#generation = :generation AND #status IN ({', '.join(statuses)})",
        "ExpressionAttributeNames": {"#grant": "grant", "#generation": "generation", "#status": "status"},
        "ExpressionAttributeValues": {":generation": {"N": str(scope.generation)}} | statuses,
    }


def _not_newer(head: dict[str, Any]) -> Any:
    """Two fetches may come back in either order; the later one stays. What is no number of ours is junk and goes."""
    return {
        "ConditionExpression": "NOT attribute_type(fetched_ms, :number) OR fetched_ms <= :fetched",
        "ExpressionAttributeValues": {":number": {"S": "N"}, ":fetched": head["fetched_ms"]},
    }
