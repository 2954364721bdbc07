"""The pace of sync, bulk imports and synchronizers: behind people, and all workers together.

    before a request   the ledger: is the hour's share spent, or the app held?  ──▶ RateLimited until the hour ends
                       the bucket: when is this site's next turn?               ──▶ RateLimited if that is too far
                                                                                ──▶ else a sleep, then the request

The ledger is looked at every LEDGER_LOOK_SECONDS and written for every POINTS_BOOKED_AT_ONCE: so far may a worker be
ahead of it. Should the State table not answer, each process goes on by itself, slowly and not for long (L6).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from threading import Lock

from botocore.exceptions import ClientError

from confluence_connector.adapters.dynamodb.limits import Ledger, Turn
from confluence_connector.adapters.pace_holds import Holds, do_without
from confluence_connector.domain.rate_limits import Lane, Spent, Standing, end_of_hour, hour_of
from confluence_connector.errors import ConnectorError, RateLimited
from confluence_connector.limits import (
    BACKGROUND_PERCENT,
    CONNECT_TIMEOUT_SECONDS,
    LEDGER_LOOK_SECONDS,
    LOCAL_INTERVAL_MS,
    LOCAL_POINTS,
    NEXT_HOUR_SPREAD_SECONDS,
    POINTS_BOOKED_AT_ONCE,
    RESERVED_SECONDS,
    WAIT_MAX_SECONDS,
)
from confluence_connector.ports import Clock, Deadline, RandomFraction, Sleep, Telemetry


@dataclass(slots=True)
class PaceOfBackground:
    """The `Pace` port, one per process; threads may share it. `hourly_points`: the app's whole quota."""

    hourly_points: int
    holds: Holds
    now: Clock
    sleep: Sleep
    random: RandomFraction
    telemetry: Telemetry
    _unbooked: int = 0
    _ledger: Ledger | None = None
    _looked_at: datetime | None = None
    _own_turn: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def before(self, lane: Lane, spent: Spent, deadline: Deadline) -> None:
        left = deadline.remaining_seconds() - RESERVED_SECONDS
        patience = max(0.0, min(float(WAIT_MAX_SECONDS), left - CONNECT_TIMEOUT_SECONDS))
        self._heed_ledger(lane, spent)
        turn = self._turn(lane, patience) if left > 0 else Turn(0, taken=False)
        if not turn.taken:
            raise RateLimited(retry_after=max(1, ceil(turn.wait_seconds + self.random())))
        if turn.wait_seconds > 0:
            self.telemetry.count("AtlassianTurnsWaitedFor")
            self.sleep(turn.wait_seconds)

    def after(self, lane: Lane, standing: Standing) -> None:
        if self.holds.tell(lane, standing) is not None:
            self._looked_at = None  # what was just written concerns us first

    def settle(self, spent: Spent) -> None:
        with self._lock:
            self._unbooked += spent.take_unbooked()
            if self._unbooked:
                self._look(self.now())

    def _heed_ledger(self, lane: Lane, spent: Spent) -> None:
        """Raises RateLimited, until somewhere in the next hour, if this hour is not ours any more."""
        now = self.now()
        with self._lock:
            self._unbooked += spent.take_unbooked()
            if self._unbooked >= POINTS_BOOKED_AT_ONCE or self._is_stale(now):
                self._look(now)
            ledger, unbooked = self._ledger, self._unbooked
        if ledger is None:  # it did not answer yet
            if unbooked >= LOCAL_POINTS:
                raise RateLimited(retry_after=NEXT_HOUR_SPREAD_SECONDS)
            return
        spent_up = (ledger.points + unbooked) * 100 >= self.hourly_points * BACKGROUND_PERCENT
        rest = (end_of_hour(now) - now).total_seconds() if spent_up else ledger.held_seconds(lane.product, now)
        if rest > 0:
            raise RateLimited(retry_after=ceil(rest + self.random() * NEXT_HOUR_SPREAD_SECONDS))

    def _is_stale(self, now: datetime) -> bool:
        if self._looked_at is None or self._ledger is None or self._ledger.hour != hour_of(now):
            return True
        return now - self._looked_at >= timedelta(seconds=LEDGER_LOOK_SECONDS)

    def _look(self, now: datetime) -> None:
        """Books what is not booked, and learns how the hour stands. Under the lock: a worker's threads book once."""
        try:
            self._ledger = self.holds.limits.book(self._unbooked, now)
        except (ConnectorError, ClientError) as error:
            do_without(self.telemetry, "ledger", error)
            self._ledger = None
            return
        self._looked_at, self._unbooked = now, 0

    def _turn(self, lane: Lane, patience_seconds: float) -> Turn:
        try:
            return self.holds.limits.take(lane, self.now(), patience_seconds)
        except (ConnectorError, ClientError) as error:
            do_without(self.telemetry, "bucket", error)
            return self._turn_of_our_own(patience_seconds)

    def _turn_of_our_own(self, patience_seconds: float) -> Turn:
        """One request of this process at a time, whichever site it goes to."""
        with self._lock:
            now = self.now()
            turn = max(now, self._own_turn or now)
            wait = (turn - now).total_seconds()
            if wait > patience_seconds:
                return Turn(wait, taken=False)
            self._own_turn = turn + timedelta(milliseconds=LOCAL_INTERVAL_MS)
            return Turn(wait, taken=True)
