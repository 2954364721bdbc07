"""The burst limit, and refusals at regular intervals: what a client that goes too fast is told.

Confluence publishes no burst numbers, and the gateway may say 429 without `Retry-After` (api-facts, rate limits):
number, reason and header are switches.
"""

from datetime import datetime

from local.simulator.behaviour import Behaviour
from local.simulator.clock import SimulatorClock
from local.simulator.wire import Reply


class Bursts:
    """A bucket per tenant: as many requests at once as the switch allows in a second, refilled by the second."""

    def __init__(self, clock: SimulatorClock, behaviour: Behaviour) -> None:
        self._clock, self._behaviour = clock, behaviour
        self._spent: dict[str, tuple[datetime, float]] = {}
        self._asked = 0

    def refuse(self, tenant: str) -> Reply | None:
        """A 429 for this request of the tenant, or nothing."""
        self._asked += 1
        nth = self._behaviour.every_nth_429
        if (nth and self._asked % nth == 0) or self._too_fast(tenant):
            return self._refusal()
        return None

    def _too_fast(self, tenant: str) -> bool:
        a_second = self._behaviour.burst_per_second
        if not a_second:
            return False
        now = self._clock()
        then, spent = self._spent.get(tenant, (now, 0.0))
        spent = max(0.0, spent - (now - then).total_seconds() * a_second)
        fits = spent + 1 <= a_second
        self._spent[tenant] = (now, spent + 1 if fits else spent)
        return not fits

    def _refusal(self) -> Reply:
        wait = self._behaviour.refusal_retry_after_seconds
        told = {"x-failure-category": "FAILURE_CLIENT_RATE_LIMITED"} if wait is None else {"retry-after": str(wait)}
        headers = {"ratelimit-reason": self._behaviour.refusal_reason, **told}
        return Reply.json({"code": 429, "message": "Rate limit exceeded"}, 429, headers)
