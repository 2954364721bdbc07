"""Time for many threads at once: it stands still while anybody works and jumps to whoever wakes first.

So twenty workers that wait for each other take milliseconds, and every waiting is exactly as long as it said.
"""

import heapq
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta


class CrowdClock:
    def __init__(self, at: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)) -> None:
        self.at = at
        self._awake = 0
        self._wakes: list[datetime] = []
        self._turn = threading.Condition()

    def __call__(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        """Of one member of the crowd."""
        with self._turn:
            wake = self.at + timedelta(seconds=seconds)
            heapq.heappush(self._wakes, wake)
            self._rest()
            self._turn.wait_for(lambda: self.at >= wake)

    def run(self, members: Sequence[Callable[[], None]]) -> None:
        """All of them at once, until each is done; raises the first failure."""
        failures: list[BaseException] = []
        self._awake = len(members)

        def live(member: Callable[[], None]) -> None:
            try:
                member()
            except BaseException as error:  # noqa: BLE001 — told by the test's own thread
                failures.append(error)
            with self._turn:
                self._rest()

        threads = [threading.Thread(target=live, args=(member,), daemon=True) for member in members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        if failures:
            raise failures[0]

    def _rest(self) -> None:
        self._awake -= 1
        if self._awake == 0 and self._wakes:
            self.at = self._wakes[0]
            while self._wakes and self._wakes[0] <= self.at:
                heapq.heappop(self._wakes)
                self._awake += 1
            self._turn.notify_all()
