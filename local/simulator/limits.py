"""Points: what each answer costs, the hourly quota all customers of the app share, and the headers that announce it.

Source: Atlassian "Rate limiting" (api-facts, rate limits): 1 a request, 1 a core object returned, 2 an identity object,
1 a write; 65,000 points an hour, reset on the UTC hour.
"""

from datetime import datetime, timedelta

from local.simulator.behaviour import Behaviour
from local.simulator.clock import SimulatorClock
from local.simulator.wire import Reply

NEAR_LIMIT_SHARE = 0.2


class PointsLedger:
    """Points spent in the current UTC hour, and over the whole run."""

    def __init__(self, clock: SimulatorClock, behaviour: Behaviour) -> None:
        self._clock, self._behaviour = clock, behaviour
        self._hour = self._this_hour()
        self.used = 0
        self.total = 0

    def refuse_when_spent(self, product: str) -> Reply | None:
        """A 429 for the rest of the hour once the quota is gone; the reason is told in the product's words."""
        self._roll()
        if self.used < self._behaviour.hourly_points:
            return None
        wait = int((self._hour + timedelta(hours=1) - self._clock()).total_seconds()) + 1
        headers = {**self._headers(), "retry-after": str(wait), "ratelimit-reason": f"{product}-quota-global-based"}
        return Reply.json({"code": 429, "message": "Rate limit exceeded"}, 429, headers)

    def charge(self, reply: Reply, *, write: bool) -> None:
        """Book an answer and put the quota headers on it."""
        self._roll()
        cost = 1 if write else 1 + reply.objects + 2 * reply.identities
        self.used += cost
        self.total += cost
        reply.headers.update(self._headers())

    def _headers(self) -> dict[str, str]:
        quota = self._behaviour.hourly_points
        left = max(0, quota - self.used)
        ends = self._hour + timedelta(hours=1)
        headers = {
            "x-ratelimit-limit": str(quota),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": ends.isoformat(timespec="minutes").replace("+00:00", "Z"),
            "ratelimit-policy": f'"global-app-quota";q={quota};w=3600',
        }
        if left < quota * NEAR_LIMIT_SHARE:
            seconds = int((ends - self._clock()).total_seconds())
            headers["x-ratelimit-nearlimit"] = "true"
            headers["ratelimit"] = f'"global-app-quota";r={left};t={seconds}'
        return headers

    def _this_hour(self) -> datetime:
        return self._clock().replace(minute=0, second=0, microsecond=0)

    def _roll(self) -> None:
        if self._this_hour() != self._hour:
            self._hour, self.used = self._this_hour(), 0
