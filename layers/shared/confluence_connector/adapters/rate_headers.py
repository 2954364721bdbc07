"""Atlassian's rate-limit headers, read without believing too much (api-facts §5).

They come plain or, until enforced for an app, with `Beta-` before them; the structured ones as
`RateLimit-Policy: "global-app-quota";q=65000;w=3600` and `RateLimit: "global-app-quota";r=11000;t=600`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from confluence_connector.adapters.patience import asked_to_wait
from confluence_connector.domain.rate_limits import Standing

LEFT: Final = re.compile(r";\s*r=([0-9]{1,9})\b", re.ASCII)
SECONDS: Final = re.compile(r";\s*t=([0-9]{1,6})\b", re.ASCII)
QUOTA: Final = re.compile(r";\s*q=([0-9]{1,9})\b", re.ASCII)
WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
NAME: Final = re.compile(r"[a-z0-9 ._-]{1,100}", re.ASCII)


def standing_of(status: int, headers: Mapping[str, str], now: datetime) -> Standing:
    """What an answer says of our limits; what cannot be read was not said. `headers` ignores case, as httpx's do."""

    def said(name: str) -> str:
        return headers.get(name) or headers.get(f"beta-{name}") or ""

    state = said("ratelimit")
    quota = QUOTA.search(said("ratelimit-policy"))
    return Standing(
        refused=status == HTTPStatus.TOO_MANY_REQUESTS,
        reason=_name(said("ratelimit-reason")),
        policy=_name(state.partition(";")[0].strip().strip('"')),
        limit=int(quota[1]) if quota else _whole(said("x-ratelimit-limit")),
        remaining=_whole(said("x-ratelimit-remaining")) if (left := LEFT.search(state)) is None else int(left[1]),
        near=said("x-ratelimit-nearlimit").strip().lower() == "true",
        asked_seconds=asked_to_wait(headers.get("retry-after"), now),
        resets_at=_in_seconds(state, now) or _moment(said("x-ratelimit-reset")),
    )


def _name(text: str) -> str:
    """Compared in parts only, and never shown; yet nothing endless is kept."""
    found = NAME.match(text.strip().lower())
    return found[0] if found else ""


def _whole(text: str) -> int | None:
    return int(text) if WHOLE.fullmatch(text.strip()) else None


def _in_seconds(state: str, now: datetime) -> datetime | None:
    found = SECONDS.search(state)
    return now + timedelta(seconds=int(found[1])) if found else None


def _moment(text: str) -> datetime | None:
    """ISO 8601, perhaps without seconds."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
