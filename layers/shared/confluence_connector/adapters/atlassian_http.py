"""The one HTTP client for Atlassian's API.

Threats it stands against, each for every call:
- a bearer token leaving api.atlassian.com: the host is configuration, paths are ours, redirects are not followed, and
  no cookie, proxy or .netrc entry of the environment takes part (D8, D10);
- a body without end, packed or dripping: cut at a byte cap after decoding and at a total time (D12);
- an answer that is not what it says: only JSON objects without duplicate names pass (D14);
- a storm of repeats: one retry layer, within the invocation's remaining time (L1–L4, L8).
"""

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import ceil
from typing import Any, Final

import httpx

from confluence_connector.adapters.packed_body import unpacker
from confluence_connector.adapters.patience import REPEATED, asked_to_wait, pause_before
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

PATH: Final = re.compile(r"/ex/confluence/[0-9A-Za-z-]{1,64}/wiki/api/v2/[a-z0-9/-]+", re.ASCII)
"""All that is ever asked of Confluence: segments of letters and digits that we wrote or parsed ourselves (D4)."""
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
    retry_after: str | None = None

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises UpstreamProtocolError for anything else (D14)."""
        value = strict_json(self.content_type, self.body)
        if not isinstance(value, dict):
            raise UpstreamProtocolError
        return value


@dataclass(frozen=True, slots=True)
class AtlassianHttp:
    """`api_url` is the only origin that is ever called, https://api.atlassian.com in production."""

    client: httpx.Client
    api_url: str
    now: Clock
    sleep: Sleep
    random: RandomFraction
    telemetry: Telemetry

    def get(self, path: str, query: Mapping[str, str], *, token: str, deadline: Deadline) -> Answer:
        """The answer to a GET, after up to three repeats of 429, 502, 503, 504 and broken connections.

        Raises RateLimited or ConfluenceUnavailable (with `retry_after` where it is known) when that does not help or
        would not fit into the remaining time, and UpstreamProtocolError for a body that is too large or garbled.
        """
        if not PATH.fullmatch(path):
            raise ValueError("not a path of ours")
        for attempt in range(1, ATLASSIAN_TRIES + 1):
            answer = self._exchange(path, query, token, deadline)
            if answer is not None and answer.status not in REPEATED:
                return answer
            self._pause(attempt, answer, deadline)
        raise AssertionError("unreachable: the last pause raises")

    def _pause(self, attempt: int, answer: Answer | None, deadline: Deadline) -> None:
        """Waits before the next attempt, or raises at once where waiting is no use (L4: no sleep then)."""
        asked = asked_to_wait(answer.retry_after, self.now()) if answer else None
        seconds = pause_before(attempt, asked, self.random)
        out_of_time = seconds > deadline.remaining_seconds() - RESERVED_SECONDS - CONNECT_TIMEOUT_SECONDS
        if attempt == ATLASSIAN_TRIES or seconds > WAIT_MAX_SECONDS or out_of_time:
            kind: Callable[..., ConnectorError] = (
                RateLimited
                if answer is not None and answer.status == httpx.codes.TOO_MANY_REQUESTS
                else ConfluenceUnavailable
            )
            raise kind(retry_after=max(1, ceil(asked if asked is not None else seconds)))
        self.telemetry.count("AtlassianRetries")
        self.sleep(seconds)

    def _exchange(self, path: str, query: Mapping[str, str], token: str, deadline: Deadline) -> Answer | None:
        """One request. None: the connection broke. Raises ConfluenceUnavailable when the time is up."""
        start = deadline.remaining_seconds()
        seconds = min(EXCHANGE_SECONDS, start - RESERVED_SECONDS)
        if seconds <= 0:
            raise ConfluenceUnavailable
        timeout = httpx.Timeout(min(READ_TIMEOUT_SECONDS, seconds), connect=min(CONNECT_TIMEOUT_SECONDS, seconds))
        request = self.client.build_request(
            "GET",
            f"{self.api_url}{path}",
            params=dict(query),
            headers=HEADERS | {"authorization": f"Bearer {token}"},
            timeout=timeout,
        )
        try:
            response = self.client.send(request, stream=True)
            try:
                body = read_body(response, lambda: start - deadline.remaining_seconds() > seconds)
            finally:
                response.close()
        except httpx.TransportError:
            return None
        headers = response.headers
        return Answer(response.status_code, headers.get("content-type", ""), body, headers.get("retry-after"))


def read_body(response: httpx.Response, late: Callable[[], bool]) -> bytes:
    """The decoded body. Raises UpstreamProtocolError above the byte cap, ConfluenceUnavailable once `late` says so."""
    unpack = unpacker(response.headers.get("content-encoding", ""))
    body = bytearray()
    for chunk in response.iter_raw():
        body += unpack.feed(chunk, ATLASSIAN_ANSWER_BYTES + 1 - len(body))
        if len(body) > ATLASSIAN_ANSWER_BYTES:
            raise UpstreamProtocolError
        if late():
            raise ConfluenceUnavailable
    unpack.finish()
    return bytes(body)


def strict_json(content_type: str, body: bytes) -> Any:
    """The body's value. Raises UpstreamProtocolError for another type, broken JSON, duplicate names, NaN, depth."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UpstreamProtocolError
    try:
        return json.loads(body, object_pairs_hook=_members, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UpstreamProtocolError from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate names")
    return members


def _refuse(_constant: str) -> Any:
    raise ValueError("not a JSON number")
