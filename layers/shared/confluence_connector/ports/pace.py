"""How fast Atlassian may be asked. Whoever sends asks here before each request and tells here what came of it."""

from typing import Protocol

from confluence_connector.domain.rate_limits import Lane, Spent, Standing
from confluence_connector.ports import Deadline


class Pace(Protocol):
    """Two kinds. People's (agents' and pipelines' too) never waits and never raises; it tells of limits that it met,
    so that background work pauses first (L10). The background's shares one bucket per site and one ledger of points.
    """

    def before(self, lane: Lane, spent: Spent, deadline: Deadline) -> None:
        """Returns when a request may be sent, after a short sleep if need be.

        Raises RateLimited, without sleeping, when that is longer away than the invocation or a sleep may last; its
        `retry_after` is the delay to queue the work again with.
        """

    def after(self, lane: Lane, standing: Standing) -> None:
        """What the answer said of limits. Never raises."""

    def settle(self, spent: Spent) -> None:
        """Books what is not booked yet: called where a piece of work ends. Never raises."""
