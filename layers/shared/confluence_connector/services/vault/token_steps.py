"""The named steps of the vault. Between two of them a process may be frozen or killed, or another may come first."""

from collections.abc import Generator
from enum import StrEnum
from typing import NamedTuple

from confluence_connector.ports import Sleep


class Step(StrEnum):
    WAITING = "waiting"  # somebody else holds the lease
    REREADING = "rereading"  # the pointer's version is not there (yet)
    LEASED = "leased"  # announced: lease, fence and attempt are stored
    LOOKING_UP = "looking_up"  # for the answers of older attempts
    LOOKED_UP = "looked_up"
    BEFORE_POST = "before_post"
    AFTER_POST = "after_post"  # an answer is held, in memory only
    BEFORE_PUT = "before_put"
    STORED = "stored"
    POINTED = "pointed"  # the pointer has moved; lease and attempts are cleared with it
    LABELLED = "labelled"  # AWSCURRENT has followed
    RELEASED = "released"  # nothing is left to do
    REFUSED = "refused"  # Atlassian no longer takes the refresh token; nothing is written yet
    ENDED = "ended"  # the connection needs reconnecting; nobody has been told yet
    ANNOUNCED = "announced"


class Pause(NamedTuple):
    """A step that was reached, and how long to wait before going on."""

    step: Step
    seconds: float = 0.0


type Steps[Result] = Generator[Pause, None, Result]
"""Production runs it to its end; tests stop it anywhere, and weave several into each other. There is no second path."""


def run[Result](steps: Steps[Result], sleep: Sleep) -> Result:
    """To the end, waiting where a step asks for it."""
    try:
        while True:
            pause = next(steps)
            if pause.seconds > 0:
                sleep(pause.seconds)
    except StopIteration as end:
        result: Result = end.value
        return result
