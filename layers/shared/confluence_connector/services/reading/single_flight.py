"""A crowd on a cold page costs one upstream read, over all functions (D9)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from confluence_connector import errors
from confluence_connector.errors import ConfluenceUnavailable, ConnectorError
from confluence_connector.limits import FLIGHT_SECONDS
from confluence_connector.ports import Clock, Deadline, NewSecret, RandomFraction, Sleep
from confluence_connector.ports.cache import CacheScope, FlightFailure, TextCache

ANSWERING_SECONDS: Final = 5
"""Kept of an invocation's time for answering; nobody waits into it."""
POLL_SECONDS: Final = 0.4
"""At most, between two looks at a text that somebody else is fetching."""
SHARED: Final = frozenset({
    "ConfluenceUnavailable",
    "ContentUnreadable",
    "PageForbidden",
    "PageGone",
    "RateLimited",
    "ReconnectRequired",
    "UpstreamProtocolError",
})  # fmt: skip
"""Failures that would be the same for everybody who waits for that fetch."""


@dataclass(frozen=True, slots=True)
class SingleFlight:
    cache: TextCache
    now: Clock
    sleep: Sleep
    random: RandomFraction
    new_secret: NewSecret

    def once[Found](
        self,
        scope: CacheScope,
        entry: str,
        asked_at: datetime,
        *,
        found: Callable[[], Found | None],
        fetch: Callable[[], Found],
        deadline: Deadline,
    ) -> Found:
        """Fetches, or waits for the one who is fetching and takes what then is `found` in the cache.

        Raises what `fetch` raises, here or at the one who was waited for, and ConfluenceUnavailable if time runs out.
        """
        holder = self.new_secret()
        while True:
            until = self.now() + timedelta(seconds=FLIGHT_SECONDS)
            flight = self.cache.begin_flight(scope, entry, holder=holder, until=until, waiting_since=asked_at)
            if flight.mine:
                break
            if text := found():
                return text
            if flight.failure:
                raise _again(flight.failure)
            if deadline.remaining_seconds() < ANSWERING_SECONDS + POLL_SECONDS:
                raise ConfluenceUnavailable(
                    f"{errors.LINKED}: another reader is fetching it, and Confluence takes its time.", retry_after=2
                )
            self.sleep(POLL_SECONDS * (1 + self.random()) / 2)
        failure: FlightFailure | None = None
        try:
            # Somebody may have landed between our look and our lease.
            return found() or fetch()
        except ConnectorError as error:
            name = type(error).__name__
            failure = FlightFailure(name, error.retry_after) if name in SHARED else None
            raise
        finally:
            self.cache.end_flight(scope, entry, holder=holder, failure=failure)


def _again(failure: FlightFailure) -> ConnectorError:
    kind: type[ConnectorError] = getattr(errors, failure.error) if failure.error in SHARED else ConfluenceUnavailable
    return kind(retry_after=failure.retry_after)
