"""Atlassian's limits: what an answer says of them, whom that slows down, and what our calls cost.

Source: Confluence and Jira Cloud "Rate limiting" (api-facts §5). Reasons are matched on parts of their text, because
others than the documented ones occur. An answer's reason names its product; a limit of Jira's slows no Confluence call.

    …burst…, unknown, none   that site, for as long as asked
    …quota-tenant…           that site, until its quota is reset: the full UTC hour, unless the answer says sooner
    …quota-global…           the whole app, likewise
    …per-issue…              nobody else: the request that was refused waits by itself
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal

from confluence_connector.domain.identifiers import CloudId
from confluence_connector.limits import BURST_HOLD_SECONDS, HOURLY_POINTS, NEAR_LIMIT_PERCENT

type Product = Literal["confluence", "jira"]


@dataclass(frozen=True, slots=True)
class Lane:
    """What Atlassian counts together, and we therefore pace together: one product of one site."""

    cloud_id: CloudId
    product: Product


@dataclass(frozen=True, slots=True)
class Standing:
    """What an answer says about our limits. `refused`: it was a 429. None: not said.

    `reason` and `policy` in lower case, empty if absent; `limit` and `remaining` in the unit of that policy.
    """

    refused: bool = False
    reason: str = ""
    policy: str = ""
    limit: int | None = None
    remaining: int | None = None
    near: bool = False
    asked_seconds: float | None = None
    resets_at: datetime | None = None

    @property
    def is_near_limit(self) -> bool:
        """Said so, or less than a fifth is left."""
        left, whole = self.remaining, self.limit or HOURLY_POINTS
        return self.near or (left is not None and left * 100 < whole * NEAR_LIMIT_PERCENT)


@dataclass(frozen=True, slots=True)
class Hold:
    """Background work makes no call until then: to one site's product (`lane`), or to that product anywhere (None)."""

    product: Product
    lane: Lane | None
    until: datetime


def hold_of(standing: Standing, lane: Lane, now: datetime) -> Hold | None:
    """Whom an answer slows down; None: nobody. `lane` is the one that was asked."""
    if "per-issue" in standing.reason or not (standing.refused or standing.is_near_limit):
        return None
    product = _product(standing.reason) or lane.product
    struck = Lane(lane.cloud_id, product)
    kind = standing.reason if standing.refused else standing.policy
    if "global" in kind or (not standing.refused and "tenant" not in kind):
        return Hold(product, None, _reset(standing, now))
    if "tenant" in kind:
        return Hold(product, struck, _reset(standing, now))
    asked = BURST_HOLD_SECONDS if standing.asked_seconds is None else standing.asked_seconds
    return Hold(product, struck, now + timedelta(seconds=asked))


def hour_of(now: datetime) -> datetime:
    """The UTC hour that a moment's points count for."""
    return now.replace(minute=0, second=0, microsecond=0)


def end_of_hour(now: datetime) -> datetime:
    return hour_of(now) + timedelta(hours=1)


@dataclass(slots=True)
class Spent:
    """What some work asked of Atlassian: requests, repeats included, and their points. Threads may share it.

    Points: 1 a request, 1 an object returned (page, space, attachment, …), 2 an identity (user, group, permission).
    Who sends counts requests; who parses the rows tells what they held. A write costs its request alone.
    """

    requests: int = 0
    points: int = 0
    _unbooked: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def asked(self) -> None:
        """One request is about to be sent."""
        with self._lock:
            self.requests += 1
            self._add(1)

    def returned(self, *, objects: int = 0, identities: int = 0) -> None:
        """What an answer held."""
        with self._lock:
            self._add(objects + 2 * identities)

    def take_unbooked(self) -> int:
        """Points added since the last call, for the app's ledger."""
        with self._lock:
            unbooked, self._unbooked = self._unbooked, 0
            return unbooked

    def _add(self, points: int) -> None:
        self.points += points
        self._unbooked += points


def _product(reason: str) -> Product | None:
    if "jira" in reason:
        return "jira"
    return "confluence" if "conf" in reason else None


def _reset(standing: Standing, now: datetime) -> datetime:
    """The answer's own word where it lies in this hour: a near burst limit says so too, and is over in seconds."""
    end = end_of_hour(now)
    told = standing.resets_at
    return told if told is not None and now < told < end else end
