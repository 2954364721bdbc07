"""How long to wait before asking Atlassian again. The only place where a request is repeated (fault cases L1–L9).

Source: Confluence Cloud "Rate limiting": honour Retry-After as a minimum, otherwise back off with jitter; 429 and 503
may carry it in either form of RFC 9110 §10.2.3, and the gateway sends 429 without any.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from confluence_connector.limits import BACKOFF_MAX_SECONDS, BACKOFF_SECONDS, RETRY_AFTER_MAX_SECONDS

REPEATED: Final = frozenset({429, 502, 503, 504})
"""Answers worth another try. A bare 500 and every refusal are not."""


def asked_to_wait(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, at most an hour; None if absent or not to be believed.

    Takes seconds, fractions and HTTP dates. Negative numbers, `nan`, infinities and garbage ask for nothing.
    """
    if header is None:
        return None
    seconds = _number(header.strip())
    if seconds is None:
        seconds = _until(header.strip(), now)
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return None
    return min(seconds, RETRY_AFTER_MAX_SECONDS)


def pause_before(attempt: int, asked: float | None, random: Callable[[], float]) -> float:
    """Seconds before attempt 2, 3, …: full jitter over a doubling window, on top of what was asked.

    Jitter comes on top because everybody who got the same answer would otherwise come back in the same moment (L9).
    """
    window: float = min(BACKOFF_SECONDS * 2 ** (attempt - 1), BACKOFF_MAX_SECONDS)
    return (asked or 0) + random() * window


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
