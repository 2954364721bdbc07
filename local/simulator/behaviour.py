"""The switches for what is not one fact at Atlassian: reports differ, so clients must stand either."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Behaviour:
    """All switches with their defaults; `POST /_simulator/behaviour` and `Simulator.behaviour` change them.

    `error_spelling`: how a dead refresh token is worded (documented page, measured 2026-07, older reports).
    `siblings_stay_valid`: whether a refresh token minted earlier inside the leeway survives a later one.
    `rotate`: off, a refresh answers without a new refresh token and the old one stays good.
    `grant_kind`: `account`, sites pile up over consents; `resource`, only the sites picked last.
    `absolute_lifetime`: whether a token family ends after 365 days (stated once, absent from the later copy).
    `withheld_scopes`: scopes no consent grants, whatever the app asks for.
    `bare_404`: bad credentials on v2 look like a 404 without a name, on v1 like a 403.
    `short_pages`, `empty_last_page`: list answers shorter than asked, and a last `next` that leads to nothing.
    `index_delay_seconds`: how long search lags behind a write.
    `hourly_points`: the app's quota for a UTC hour.
    `burst_per_second`: how many requests one site takes in a second before it answers 429; 0, any number.
    `every_nth_429`: every n-th request to a product is answered 429, whatever the speed; 0, none.
    `jira_bursts`: whether Jira refuses more requests to one endpoint of one site in a second than it says it takes.
    `refusal_retry_after_seconds`, `refusal_reason`: what those two say; None, a 429 without `Retry-After`.
    `latency_seconds`: how long every answer takes. Answers wait side by side.
    `normalises_storage`: whether a written body comes back with ids and spellings the server has added.
    """

    error_spelling: Literal["documented", "measured", "older"] = "documented"
    siblings_stay_valid: bool = True
    rotate: bool = True
    grant_kind: Literal["account", "resource"] = "account"
    absolute_lifetime: bool = True
    withheld_scopes: tuple[str, ...] = ()
    bare_404: bool = False
    short_pages: bool = False
    empty_last_page: bool = False
    index_delay_seconds: int = 20
    normalises_storage: bool = True
    hourly_points: int = 65_000
    burst_per_second: int = 0
    every_nth_429: int = 0
    jira_bursts: bool = False
    refusal_retry_after_seconds: int | None = 1
    refusal_reason: str = "confluence-burst-based"
    latency_seconds: float = 0.0
