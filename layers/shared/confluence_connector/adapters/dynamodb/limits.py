"""What all processes share of Atlassian's limits: a bucket per site and product, a ledger of points per UTC hour.

A bucket is one number, the moment from which the next request would find it untouched (GCRA, ITU-T I.371): a token is
taken by moving it one interval on, and may be taken ahead of time, to be waited for. So one conditional update serves
any number of workers in turn, none of them asks in a loop, and a site is held by moving the number far enough.

    next_ms ≤ now            the bucket is full: next_ms := now + interval
    next_ms > now            the turn comes at next_ms − (burst − 1) × interval: next_ms += interval
    held until t             next_ms := t + (burst − 1) × interval, so that turns begin at t, without a burst

Which of the first two it is, a process guesses from what it saw last; a wrong guess costs a second update, which knows.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb import codec, keys
from confluence_connector.adapters.dynamodb.cached_items import at, milliseconds
from confluence_connector.domain.rate_limits import Hold, Lane, Product, hour_of
from confluence_connector.limits import (
    BUCKET_BURST,
    BUCKET_INTERVAL_MS,
    BUCKET_KEPT_SECONDS,
    BUCKET_TRIES,
    LEDGER_KEPT_SECONDS,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SITES_REMEMBERED: Final = 1_000
FULL: Final = "attribute_not_exists(next_ms) OR next_ms <= :now"
IN_TURN: Final = "next_ms > :now AND next_ms <= :latest"


@dataclass(frozen=True, slots=True)
class Turn:
    """`wait_seconds` from now. `taken`: it is the caller's; otherwise it was further away than the caller can wait."""

    wait_seconds: float
    taken: bool


@dataclass(frozen=True, slots=True)
class Ledger:
    """The app's background points in an hour so far, and the products that are held for it until then."""

    hour: datetime
    points: int
    held_until_ms: dict[str, int] = field(default_factory=dict)

    def held_seconds(self, product: Product, now: datetime) -> float:
        return max(0, self.held_until_ms.get(product, 0) - milliseconds(now)) / 1000


@dataclass(frozen=True, slots=True)
class DynamoLimits:
    """On the State table. Raises AppMisconfigured, ServiceUnavailable. A repeat whose first answer was lost counts
    twice: a turn is left out or points are booked too many, never the other way about.
    """

    client: "DynamoDBClient"
    table: str
    _seen: dict[Lane, int] = field(default_factory=dict)

    # ── buckets ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, lane: Lane, now: datetime, patience_seconds: float) -> Turn:
        """The next turn, if it comes within `patience_seconds`. One update in the common case, at most a few."""
        now_ms, ahead_ms = milliseconds(now), _ahead_ms(lane.product)
        latest_ms = now_ms + ahead_ms + int(patience_seconds * 1000)
        seen_ms = self._seen.get(lane, 0)
        for _ in range(BUCKET_TRIES):
            if seen_ms > latest_ms:  # it never moves back, so it needs no asking
                break
            taken, seen_ms = self._move(lane, now_ms, latest_ms, full=seen_ms <= now_ms)
            self._remember(lane, seen_ms)
            if taken:
                return Turn(max(0, seen_ms - BUCKET_INTERVAL_MS - ahead_ms - now_ms) / 1000, taken=True)
        return Turn(max(BUCKET_INTERVAL_MS, seen_ms - ahead_ms - now_ms) / 1000, taken=False)

    def hold(self, lane: Lane, until: datetime) -> None:
        """No turn comes before `until`; one that was given already stays given."""
        next_ms = milliseconds(until) + _ahead_ms(lane.product)
        try:
            self._update(
                keys.bucket(lane.cloud_id, lane.product),
                "SET next_ms = :next, expires_at = :expires",
                "attribute_not_exists(next_ms) OR next_ms < :next",
                next=next_ms,
                expires=next_ms // 1000 + BUCKET_KEPT_SECONDS,
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return

    def _move(self, lane: Lane, now_ms: int, latest_ms: int, *, full: bool) -> tuple[bool, int]:
        """Whether it moved, and where the bucket stands afterwards: not moved, it was otherwise than thought."""
        expires_at = latest_ms // 1000 + BUCKET_KEPT_SECONDS
        values = {"now": now_ms, "interval": BUCKET_INTERVAL_MS, "expires": expires_at}
        base, condition = (":now", FULL) if full else ("next_ms", IN_TURN)
        if not full:
            values["latest"] = latest_ms
        try:
            item = self._update(
                keys.bucket(lane.cloud_id, lane.product),
                f"SET next_ms = {base} + :interval, expires_at = :expires",
                condition,
                **values,
            )
        except self.client.exceptions.ConditionalCheckFailedException as error:
            refused: Any = error.response
            return False, codec.untyped(refused.get("Item", {})).get("next_ms", 0)
        return True, item["next_ms"]

    def _remember(self, lane: Lane, next_ms: int) -> None:
        if len(self._seen) >= SITES_REMEMBERED:
            self._seen.clear()
        self._seen[lane] = next_ms

    # ── points ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def book(self, points: int, now: datetime) -> Ledger:
        """Adds points to this hour's ledger, 0 to look at it only; how it stands then."""
        hour = hour_of(now)
        item = self._update(
            keys.points(hour),
            "ADD points :points SET expires_at = :expires",
            points=points,
            expires=milliseconds(hour) // 1000 + LEDGER_KEPT_SECONDS,
        )
        held = {name.removeprefix("held_"): value for name, value in item.items() if name.startswith("held_")}
        return Ledger(hour, item["points"], held)

    def points_of_last_day(self, now: datetime) -> int:
        """What was booked in the 24 whole hours before this one."""
        hours = [hour_of(now) - timedelta(hours=back) for back in range(1, 25)]
        with named_failures():
            answer = self.client.batch_get_item(
                RequestItems={self.table: {"Keys": [at(keys.points(hour)) for hour in hours]}}
            )
        return sum(codec.untyped(item).get("points", 0) for item in answer["Responses"].get(self.table, []))

    def hold_app(self, hold: Hold, now: datetime) -> None:
        """Background work makes no call to that product, on any site, until then or the end of this hour."""
        hour, name = hour_of(now), f"held_{hold.product}"
        try:
            self._update(
                keys.points(hour),
                f"SET {name} = :until, expires_at = :expires",
                f"attribute_not_exists({name}) OR {name} < :until",
                until=milliseconds(hold.until),
                expires=milliseconds(hour) // 1000 + LEDGER_KEPT_SECONDS,
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return

    def _update(self, key: keys.Key, change: str, condition: str | None = None, **values: int) -> dict[str, Any]:
        asked: Any = {}
        if condition is not None:
            asked = {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        with named_failures():
            answer = self.client.update_item(
                TableName=self.table,
                Key=at(key),
                UpdateExpression=change,
                ExpressionAttributeValues=codec.typed({f":{name}": value for name, value in values.items()}),
                ReturnValues="ALL_NEW",
                **asked,
            )
        return codec.untyped(dict(answer["Attributes"]))


def _ahead_ms(product: Product) -> int:
    """How far a bucket's number may lie ahead of a request that need not wait."""
    return (BUCKET_BURST[product] - 1) * BUCKET_INTERVAL_MS
