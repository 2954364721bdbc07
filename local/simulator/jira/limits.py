"""Jira's limits besides the hourly points: bursts per site, endpoint and method, and writes to one issue.

Source: Atlassian "Rate limiting" (api-facts, rate limits): GET and POST 100 a second, PUT and DELETE 50; one issue
takes 20 writes in 2 seconds and 100 in 30.
"""

from collections import deque
from datetime import datetime, timedelta

from local.simulator.wire import Refusal, Reply

BURST = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
ISSUE_WRITES = ((20, 2), (100, 30))
WRITES_TO_AN_ISSUE = frozenset(
    {
        "editIssue",
        "doTransition",
        "setIssueProperty",
        "deleteIssueProperty",
        "createOrUpdateRemoteIssueLink",
        "updateRemoteIssueLink",
        "deleteRemoteIssueLinkByGlobalId",
        "deleteRemoteIssueLinkById",
    }
)


class Windows:
    """When each thing that is limited happened lately."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], deque[datetime]] = {}

    def burst(self, cloud_id: str, method: str, endpoint: str, now: datetime) -> None:
        """Count a request; refuse it with 429 if its second is full."""
        self._take((cloud_id, endpoint), ((BURST[method], 1),), now, "jira-burst-based")

    def issue_write(self, cloud_id: str, issue_id: str, now: datetime) -> None:
        """Count a write to an issue; refuse it with 429 if the issue has had enough."""
        self._take((cloud_id, "issue", issue_id), ISSUE_WRITES, now, "jira-per-issue-on-write")

    def _take(self, key: tuple[str, ...], limits: tuple[tuple[int, int], ...], now: datetime, reason: str) -> None:
        seen = self._seen.setdefault(key, deque())
        longest = timedelta(seconds=max(seconds for _, seconds in limits))
        while seen and now - seen[0] >= longest:
            seen.popleft()
        for at_most, seconds in limits:
            recent = [moment for moment in seen if now - moment < timedelta(seconds=seconds)]
            if len(recent) >= at_most:
                raise _too_many(recent[-at_most] + timedelta(seconds=seconds), now, reason, at_most)
        seen.append(now)


def _too_many(free_at: datetime, now: datetime, reason: str, at_most: int) -> Refusal:
    wait = max(1, -int(-(free_at - now).total_seconds() // 1))
    headers = {
        "retry-after": str(wait),
        "ratelimit-reason": reason,
        "x-ratelimit-limit": str(at_most),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": free_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    return Refusal(Reply.json({"errorMessages": ["Rate limit exceeded."], "errors": {}}, 429, headers))
