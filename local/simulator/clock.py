"""The simulator's time: the caller's clock plus whatever tests have advanced it by."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """The machine's time, aware UTC."""
    return datetime.now(UTC)


class SimulatorClock:
    """Callable like the clock it wraps; `advance` moves it forward without waiting."""

    def __init__(self, base: Callable[[], datetime] = utc_now) -> None:
        self._base = base
        self.offset_seconds = 0.0

    def __call__(self) -> datetime:
        """Now, aware UTC."""
        return self._base() + timedelta(seconds=self.offset_seconds)

    def advance(self, seconds: float) -> datetime:
        """Move time forward and return the new now."""
        self.offset_seconds += seconds
        return self()


def wire_time(moment: datetime) -> str:
    """`2026-01-31T09:30:00.000Z`, the form of Confluence's timestamps."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
