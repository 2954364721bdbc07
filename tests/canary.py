"""What must never be seen outside the vault and the cache, and all that a test said, kept for the search."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

LINKED_SENTENCE = "The canary sings at 04:17 behind the third waterfall."
"""Stands on a linked page in tests that read one; may appear in an answer and in the Cache table, nowhere else."""
SHORTEST = 12
"""Characters below which a planted value would be found by chance."""


@dataclass
class Canary:
    """Planted secrets, and every answer of the test. Written to by tests/http.py and tests/conftest.py."""

    secrets: set[str] = field(default_factory=set)
    one_time: set[str] = field(default_factory=set)
    answers: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def plant(self, *values: str | None) -> None:
        """Tokens, codes, client secrets: nowhere but in the vault."""
        self.secrets.update(value for value in values if value and len(value) >= SHORTEST)

    def plant_one_time(self, *values: str | None) -> None:
        """Tickets, states, completion codes: in the one answer that hands them over, and nowhere at rest."""
        self.one_time.update(value for value in values if value and len(value) >= SHORTEST)

    def see_answer(self, headers: dict[str, str], text: str) -> None:
        self.answers.append(json.dumps(headers) + text)
        for value in re.findall(r'data-code="([^"]+)"', text):
            self.plant_one_time(value)

    def see_call(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        """One AWS call; the vault's and the cache's are theirs to hold."""
        self.calls.append(f"{service}.{operation} {parameters!r}")

    def found_in(self, text: str, *, handed_over: bool = False) -> list[str]:
        """The planted values that `text` holds, shortened; one-time values may be in what hands them over."""
        values = self.secrets if handed_over else self.secrets | self.one_time | {LINKED_SENTENCE}
        return [f"{value[:6]}…" for value in values if value in text]


_running = [Canary()]


def current() -> Canary:
    """The running test's canary; threads share it."""
    return _running[0]


def renew() -> Canary:
    """A fresh one, at the beginning of a test."""
    _running[0] = Canary()
    return _running[0]
