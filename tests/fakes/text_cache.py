"""The TextCache port in memory. Held to the same contract as the DynamoDB one (tests/contract/test_text_cache.py)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.cache import CachedText, CacheScope, Flight, FlightFailure

TEN_MINUTES = timedelta(seconds=600)


@dataclass
class _Lease:
    holder: str | None
    until: datetime
    failure: FlightFailure | None = None
    failed_at: datetime | None = None


@dataclass
class FakeTextCache:
    """`alive` says which grants are: a put for another is refused."""

    now: Clock
    alive: set[CacheScope] = field(default_factory=set)
    texts: dict[tuple[CacheScope, str], CachedText] = field(default_factory=dict)
    leases: dict[tuple[CacheScope, str], _Lease] = field(default_factory=dict)

    def get(self, scope: CacheScope, entry: str) -> CachedText | None:
        found = self.texts.get((scope, entry))
        return found if found and found.expires_at > self.now() else None

    def put(self, scope: CacheScope, entry: str, value: CachedText) -> bool:
        if scope not in self.alive:
            return False
        there = self.texts.get((scope, entry))
        if there is None or there.fetched_at <= value.fetched_at:
            expires_at = min(value.expires_at, value.fetched_at + TEN_MINUTES)
            self.texts[scope, entry] = replace(value, expires_at=expires_at)
        return True

    def purge(self, scope: CacheScope) -> None:
        for held in (self.texts, self.leases):
            for key in [key for key in held if key[0] == scope]:
                del held[key]

    def begin_flight(
        self, scope: CacheScope, entry: str, *, holder: str, until: datetime, waiting_since: datetime
    ) -> Flight:
        there = self.leases.get((scope, entry))
        if there and there.holder != holder:
            if there.failed_at and there.failed_at >= waiting_since:
                return Flight(mine=False, failure=there.failure)
            if there.until > self.now():
                return Flight(mine=False)
        self.leases[scope, entry] = _Lease(holder, until)
        return Flight(mine=True)

    def end_flight(self, scope: CacheScope, entry: str, *, holder: str, failure: FlightFailure | None = None) -> None:
        there = self.leases.get((scope, entry))
        if there is None or there.holder != holder:
            return
        if failure:
            self.leases[scope, entry] = _Lease(None, self.now(), failure, self.now())
        else:
            del self.leases[scope, entry]

    def sweep(self, now: datetime, deadline: Deadline | None = None) -> int:
        expired = [key for key, text in self.texts.items() if text.expires_at <= now]
        for key in expired:
            del self.texts[key]
        return len(expired)
