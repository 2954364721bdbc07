"""What must never be seen outside the vault and the cache (N1), searched after every test of the suite.

Planted by themselves: every token and code that the simulator mints, the app's client secret, completion codes, and the
one-time values that tests/connecting.py meets. Searched: log lines, standard output, State, events, other AWS calls,
answers, error texts. Tests that read a linked page put LINKED_SENTENCE on it.
"""

import builtins
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from confluence_connector.errors import ConnectorError
from local.simulator.grants import Grants
from tests.aws import CLIENT_SECRET, Aws, Call

LINKED_SENTENCE = "The canary sings at 04:17 behind the third waterfall."
"""For a linked page: may be in an answer and in the Cache table, nowhere else."""
SHORTEST = 12
"""Characters below which a planted value would be found by chance."""


@dataclass
class Canary:
    """Planted values, and what the test said."""

    secrets: set[str] = field(default_factory=lambda: {CLIENT_SECRET})
    one_time: set[str] = field(default_factory=set)
    answers: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def plant(self, *values: str | None) -> None:
        """Tokens, codes: nowhere but in the vault."""
        self.secrets.update(value for value in values if value and len(value) >= SHORTEST)

    def plant_one_time(self, *values: str | None) -> None:
        """Tickets, states, cookies, completion codes: in the answer that hands them over, and nowhere at rest."""
        self.one_time.update(value for value in values if value and len(value) >= SHORTEST)

    def see_answer(self, headers: dict[str, str], text: str) -> None:
        self.answers.append(json.dumps(headers) + text)
        for value in re.findall(r'data-code="([^"]+)"', text):
            self.plant_one_time(value)

    def hits(self, aws: Aws | None) -> list[str]:
        """Where a planted value was found: the sink and the value's beginning."""
        everything = self.secrets | self.one_time | {LINKED_SENTENCE}
        sinks = {
            "log": (self.lines, everything),
            "error": (self.errors, everything),
            "answer": (self.answers, self.secrets),
        }
        if aws is not None:
            calls = [repr(call.parameters) for call in aws.calls if not _may_hold_secrets(call, aws)]
            sinks |= {"AWS call": (calls, everything), "State": ([repr(item) for item in aws.items()], everything)}
        return [
            f"{sink}: {value[:8]}…"
            for sink, (texts, values) in sinks.items()
            for value in values
            if any(value in text for text in texts)
        ]


def _may_hold_secrets(call: Call, aws: Aws) -> bool:
    """The vault's own calls; the cache's and the hand-over's, which hold linked text for ten minutes."""
    words = repr(call.parameters)
    return (
        call.service == "secretsmanager" or aws.settings.cache_table in words or aws.settings.transient_bucket in words
    )


_running = [Canary()]


def current() -> Canary:
    """The running test's canary; threads share it."""
    return _running[0]


@contextmanager
def watching() -> Iterator[Canary]:
    """A fresh canary that hears everything said while the block runs."""
    before, canary = _running[0], Canary()
    _running[0] = canary
    consent, exchange, refresh = Grants.consent, Grants.exchange, Grants.refresh
    handle, begin = logging.Logger.handle, ConnectorError.__init__

    def heard(logger: logging.Logger, record: logging.LogRecord) -> None:
        formats = [handler.format for handler in logger.handlers] or [logging.Formatter().format]
        canary.lines.extend(form(record) for form in formats)
        handle(logger, record)

    def raised(error: ConnectorError, *args: Any, **kwargs: Any) -> None:
        begin(error, *args, **kwargs)
        canary.errors.append(f"{error} {error.remedy} {error.members}")

    def planted(grants: Grants, *args: Any, **kwargs: Any) -> str:
        code = consent(grants, *args, **kwargs)
        canary.plant(code)
        return code

    def paired(act: Any) -> Any:
        def minted(grants: Grants, *args: Any, **kwargs: Any) -> Any:
            pair = act(grants, *args, **kwargs)
            canary.plant(pair.access, pair.refresh)
            return pair

        return minted

    def printed(*texts: object, **options: Any) -> None:
        canary.lines.append(" ".join(map(str, texts)))
        say(*texts, **options)

    say = print
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Grants, "consent", planted)
        patch.setattr(Grants, "exchange", paired(exchange))
        patch.setattr(Grants, "refresh", paired(refresh))
        patch.setattr(logging.Logger, "handle", heard)
        patch.setattr(ConnectorError, "__init__", raised)
        patch.setattr(builtins, "print", printed)  # metrics; pytest puts its own stdout back between the phases
        try:
            yield canary
        finally:
            _running[0] = before
