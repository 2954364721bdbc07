"""Processes that share Atlassian's limits: each its own pace, all over one State table."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from confluence_connector.adapters.dynamodb.limits import DynamoLimits
from confluence_connector.adapters.pace_holds import Holds
from confluence_connector.adapters.pace_of_background import PaceOfBackground
from confluence_connector.adapters.pace_of_people import PaceOfPeople
from confluence_connector.adapters.rate_headers import standing_of
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.rate_limits import Lane, Spent
from confluence_connector.errors import RateLimited
from confluence_connector.limits import HOURLY_POINTS
from tests.aws import Aws
from tests.telling import Told

WIKI, JIRA = Lane(CloudId("site-a"), "confluence"), Lane(CloudId("site-a"), "jira")
OTHER_WIKI, OTHER_JIRA = Lane(CloudId("site-b"), "confluence"), Lane(CloudId("site-b"), "jira")
LANES = {WIKI, JIRA, OTHER_WIKI, OTHER_JIRA}


@dataclass
class Left:
    """The `Deadline` port: always so many seconds."""

    seconds: float = 60

    def remaining_seconds(self) -> float:
        return self.seconds


@dataclass
class Fleet:
    """Makes processes. `slept` are the sleeps of all of them, in order."""

    aws: Aws
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    told: Told = field(default_factory=Told)
    slept: list[float] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(5))

    def limits(self) -> DynamoLimits:
        return DynamoLimits(self.aws.dynamodb, self.aws.settings.state_table)

    def background(self) -> PaceOfBackground:
        holds = Holds(self.limits(), self.clock, self.told)
        return PaceOfBackground(HOURLY_POINTS, holds, self.clock, self._sleep, self.chance.random, self.told)

    def people(self) -> PaceOfPeople:
        return PaceOfPeople(Holds(self.limits(), self.clock, self.told))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.sleep(seconds)

    def answered(self, status: int, lane: Lane = WIKI, **headers: str) -> None:
        """Somebody's read met such an answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.people().after(lane, standing_of(status, named, self.clock()))

    def delay(self, lane: Lane = WIKI, *, pace: PaceOfBackground | None = None, seconds: float = 60) -> int | None:
        """What a worker is told when it wants to ask now: None, go ahead; else when to come again."""
        try:
            (pace or self.background()).before(lane, Spent(), Left(seconds))
        except RateLimited as refused:
            return refused.retry_after
        return None

    def held(self) -> set[Lane]:
        """The lanes in which a worker that cannot wait may not ask now."""
        return {lane for lane in LANES if self.delay(lane, seconds=5) is not None}

    def items(self) -> list[dict[str, Any]]:
        return [item for item in self.aws.items() if item["pk"]["S"].startswith("LIMIT#")]
