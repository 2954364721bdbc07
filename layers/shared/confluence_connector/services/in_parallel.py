"""The same small thing for many, a few at a time, within the time there is."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

from confluence_connector.ports import Deadline

WORKERS: Final = 16
"""Mostly waiting for Atlassian: a thousand recoveries fit into a minute, and a hanging endpoint holds up sixteen."""
ENOUGH_SECONDS: Final = 20
"""A token request with its time-out and what follows it; whoever would start later waits for the next schedule."""


def in_parallel[Item](items: Iterable[Item], act: Callable[[Item], None], deadline: Deadline) -> int:
    """Acts on as many items as there is time for; returns how many. One failure stops no other; the first is raised."""

    def if_time(item: Item) -> bool:
        if deadline.remaining_seconds() < ENOUGH_SECONDS:
            return False
        act(item)
        return True

    failures: list[BaseException] = []
    done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for future in as_completed([pool.submit(if_time, item) for item in items]):
            error = future.exception()
            if error is not None:
                failures.append(error)
            elif future.result():
                done += 1
    if failures:
        raise failures[0]
    return done
