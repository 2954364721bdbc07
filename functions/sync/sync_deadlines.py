"""Deadlines that leave time for what comes after."""

from dataclasses import dataclass

from confluence_connector.limits import TURN_LEAST_SECONDS
from confluence_connector.ports import Deadline


class NoTimeLeft(Exception):
    """The invocation is nearly over: what is left stays for the next one (J5)."""


@dataclass(frozen=True, slots=True)
class Sooner:
    """A `Deadline` so many seconds before another."""

    deadline: Deadline
    seconds: float

    def remaining_seconds(self) -> float:
        return self.deadline.remaining_seconds() - self.seconds


class Shares:
    """An invocation's time, in equal parts for the records that are left; none is too short to get anything done."""

    def __init__(self, whole: Deadline, records: int) -> None:
        self._whole, self._left = whole, records

    def next(self) -> Deadline:
        """Raises NoTimeLeft."""
        seconds = self._whole.remaining_seconds()
        if seconds < TURN_LEAST_SECONDS:
            raise NoTimeLeft
        share = max(TURN_LEAST_SECONDS, seconds / max(1, self._left))
        self._left -= 1
        return Sooner(self._whole, seconds - share)
