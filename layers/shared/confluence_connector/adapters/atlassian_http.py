"""The one HTTP client for Atlassian's API.

Threats it stands against, each for every call:
- a bearer token leaving api.atlassian.com: the host is configuration, paths are ours, redirects are not followed, and
  no cookie, proxy or .netrc entry of the environment takes part (D8, D10);
- a body without end, packed or dripping: cut at a byte cap after decoding and at a total time (D12);
- an answer that is not what it says: only JSON objects without duplicate names pass (D14);
- a storm of repeats: one retry layer, within the invocation's remaining time (L1–L4, L8), at a pace that all workers
  share (L5); a request that must not happen twice is repeated only where the answer proves that it did not happen.
"""

import json
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import ceil, isfinite
from typing import Any, Final, Literal, Self, cast

import httpx

from confluence_connector.adapters.packed_body import unpacker
from confluence_connector.adapters.patience import REPEATED, pause_before
from confluence_connector.adapters.rate_headers import standing_of
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.rate_limits import Lane, Product, Spent, Standing
from confluence_connector.errors import ConfluenceUnavailable, ConnectorError, RateLimited, UpstreamProtocolError
from confluence_connector.limits import (
    ATLASSIAN_ANSWER_BYTES,
    ATLASSIAN_TRIES,
    CONNECT_TIMEOUT_SECONDS,
    EXCHANGE_SECONDS,
    READ_TIMEOUT_SECONDS,
    RESERVED_SECONDS,
    WAIT_MAX_SECONDS,
)
from confluence_connector.ports import Clock, Deadline, RandomFraction, Sleep, Telemetry
from confluence_connector.ports.pace import Pace

SITE: Final = r"[0-9A-Za-z-]{1,64}"
SEGMENT: Final = r"[A-Za-z0-9_~-](?:[A-Za-z0-9._~:@-]*[A-Za-z0-9_~:@-])?"
"""No dot at either end, so neither `.` nor `..`; nothing in it is ever escaped."""
SEGMENTS: Final = rf"{SEGMENT}(?:/{SEGMENT})*"
PATH: Final = re.compile(
    rf"/ex/(?:(confluence)/({SITE})/wiki/(?:api/v2|rest/api)|(jira)/({SITE})/rest/api/3)/{SEGMENTS}", re.ASCII
)
"""All that is ever asked of Atlassian: plain segments that we wrote or parsed ourselves (D4)."""
HEADERS: Final = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "confluence-connector"}


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """The process's one context; loading the authorities is the dearest part of a client."""
    return httpx.create_ssl_context()


def new_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client that follows no redirect, keeps no cookie and reads no environment. `transport`: Atlassian in tests."""
    return httpx.Client(
        transport=transport,
        verify=tls_context(),
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
    )


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A complete answer. Its body is somebody's page: it has no repr and goes into no exception."""

    status: int
    content_type: str
    body: bytes
    standing: Standing
    location: str | None = None  # where a redirect points; nobody follows it unasked (D10, D11)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises UpstreamProtocolError for anything else (D14)."""
        value = strict_json(self.content_type, self.body)
        if not isinstance(value, dict):
            raise UpstreamProtocolError
        return value


class AnswerTooLarge(UpstreamProtocolError):
    """More bytes than we take in at once. Where less can be asked for, that helps."""


class AnswerTooSlow(ConfluenceUnavailable):
    """504 to a request that is divisible: Confluence did not get so much done in time (api-facts §3.12)."""


class AnswerLost(ConfluenceUnavailable):
    """What is not repeatable was sent, and no sure answer came: it may have happened."""


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What is asked, without the token. `headers` may say what the body is and what an endpoint demands besides.

    `repeatable`: that it happens twice does no harm, as with every GET. `divisible`: the caller asks for less after a
    504, so that it is not repeated as it is. Its body may be somebody's page: no repr.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: Mapping[str, str | Sequence[str]]
    repeatable: bool
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    divisible: bool = False

    @classmethod
    def get(cls, path: str, query: Mapping[str, str], *, divisible: bool = False) -> Self:
        return cls("GET", path, query, repeatable=True, divisible=divisible)

    @classmethod
    def post_json(cls, path: str, query: Mapping[str, str], value: Any, *, repeatable: bool) -> Self:
        body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return cls("POST", path, query, repeatable, body, {"content-type": "application/json"})

    @property
    def lane(self) -> Lane:
        """Raises ValueError for a path that is not ours."""
        found = PATH.fullmatch(self.path)
        if found is None:
            raise ValueError("not a path of ours")
        product, cloud_id = filter(None, found.groups())
        return Lane(CloudId(cloud_id), cast("Product", product))


@dataclass(frozen=True, slots=True)
class AtlassianHttp:
    """`api_url` is the only origin that is ever called, https://api.atlassian.com in production."""

    client: httpx.Client
    api_url: str
    now: Clock
    sleep: Sleep
    random: RandomFraction
    telemetry: Telemetry
    pace: Pace

    def send(self, request: Request, *, token: str, spent: Spent, deadline: Deadline) -> Answer:
        """The answer, after up to three repeats of 429, 502, 503, 504 and broken connections. All count in `spent`.

        What is not repeatable is asked again only after a 429, or a 503 that says when to come back: neither was
        carried out. Raises RateLimited or ConfluenceUnavailable (with `retry_after` where it is known) when that does
        not help or would not fit into the remaining time, AnswerTooSlow at once, AnswerTooLarge, and
        UpstreamProtocolError for a garbled body. What is not repeatable may have happened behind an AnswerLost, and
        did not happen behind all others.
        """
        lane = request.lane
        for attempt in range(1, ATLASSIAN_TRIES + 1):
            self.pace.before(lane, spent, deadline)
            answer = self._answer(request, token, spent, deadline)
            if answer is not None:
                self.pace.after(lane, answer.standing)
                if answer.status not in REPEATED:
                    return answer
                if request.divisible and answer.status == httpx.codes.GATEWAY_TIMEOUT:
                    raise AnswerTooSlow
            if not request.repeatable and not _was_not_carried_out(answer):
                raise AnswerLost
            self._pause(attempt, answer, deadline, last=attempt == ATLASSIAN_TRIES)
        raise AssertionError("unreachable: the last pause raises")

    def _answer(self, request: Request, token: str, spent: Spent, deadline: Deadline) -> Answer | None:
        """One exchange, whose failures are AnswerLost where the request was sent and must not happen twice."""
        asked_before = spent.requests
        try:
            return self._exchange(request, token, spent, deadline)
        except ConfluenceUnavailable:
            if request.repeatable or spent.requests == asked_before:
                raise
            raise AnswerLost from None

    def _pause(self, attempt: int, answer: Answer | None, deadline: Deadline, *, last: bool) -> None:
        """Waits before the next attempt, or raises at once where waiting is no use (L4: no sleep then)."""
        asked = answer.standing.asked_seconds if answer else None
        seconds = pause_before(attempt, asked, self.random)
        out_of_time = seconds > deadline.remaining_seconds() - RESERVED_SECONDS - CONNECT_TIMEOUT_SECONDS
        if last or seconds > WAIT_MAX_SECONDS or out_of_time:
            kind: Callable[..., ConnectorError] = (
                RateLimited if answer is not None and answer.standing.refused else ConfluenceUnavailable
            )
            raise kind(retry_after=max(1, ceil(asked if asked is not None else seconds)))
        self.telemetry.count("AtlassianRetries")
        self.sleep(seconds)

    def _exchange(self, request: Request, token: str, spent: Spent, deadline: Deadline) -> Answer | None:
        """One request. None: the connection broke. Raises ConfluenceUnavailable when the time is up."""
        start = deadline.remaining_seconds()
        seconds = min(EXCHANGE_SECONDS, start - RESERVED_SECONDS)
        if seconds <= 0:
            raise ConfluenceUnavailable
        timeout = httpx.Timeout(min(READ_TIMEOUT_SECONDS, seconds), connect=min(CONNECT_TIMEOUT_SECONDS, seconds))
        built = self.client.build_request(
            request.method,
            f"{self.api_url}{request.path}",
            params=dict(request.query),
            headers=HEADERS | dict(request.headers) | {"authorization": f"Bearer {token}"},
            content=request.body,
            timeout=timeout,
        )
        spent.asked()
        try:
            response = self.client.send(built, stream=True)
            try:
                body = read_body(response, lambda: start - deadline.remaining_seconds() > seconds)
            finally:
                response.close()
        except httpx.TransportError:
            return None
        status, headers = response.status_code, response.headers
        standing = standing_of(status, headers, self.now())
        return Answer(status, headers.get("content-type", ""), body, standing, headers.get("location"))


def _was_not_carried_out(answer: Answer | None) -> bool:
    if answer is None:
        return False
    told_when = answer.status == httpx.codes.SERVICE_UNAVAILABLE and answer.standing.asked_seconds is not None
    return answer.standing.refused or told_when


def read_body(response: httpx.Response, late: Callable[[], bool]) -> bytes:
    """The decoded body. Raises AnswerTooLarge above the byte cap, ConfluenceUnavailable once `late` says so."""
    unpack = unpacker(response.headers.get("content-encoding", ""))
    body = bytearray()
    for chunk in response.iter_raw():
        body += unpack.feed(chunk, ATLASSIAN_ANSWER_BYTES + 1 - len(body))
        if len(body) > ATLASSIAN_ANSWER_BYTES:
            raise AnswerTooLarge
        if late():
            raise ConfluenceUnavailable
    unpack.finish()
    return bytes(body)


def strict_json(content_type: str, body: bytes) -> Any:
    """The body's value. Raises UpstreamProtocolError for another type, broken JSON, names twice, NaN, 1e999, depth."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UpstreamProtocolError
    try:
        return json.loads(body, object_pairs_hook=_members, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        raise UpstreamProtocolError from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate names")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _refuse(digits)


def _refuse(_constant: str) -> Any:
    raise ValueError("not a JSON number")
