"""Requests and answers as the simulator sees them: the same objects whether they came over a socket or in process."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

type JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` is still percent-encoded, header names are lower case, `host` may carry a port."""

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def build(cls, method: str, host: str, target: str, headers: Iterable[tuple[str, str]], body: bytes) -> Self:
        """From the request line's target (path and query as sent)."""
        parts = urlsplit(f"http://host{target}")
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        lowered = {name.lower(): value for name, value in headers}
        return cls(method.upper(), host.lower(), parts.path, query, lowered, body)

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def bearer(self) -> str | None:
        """The bearer token, if the request carries one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    def media_type(self) -> str:
        """The body's media type without parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(slots=True)
class Reply:
    """One answer. `chunks` streams instead of `body`, each after its delay; `reset` drops the connection instead.

    `objects` and `identities` are what the points ledger charges for.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunks: Iterable[bytes] | None = None
    chunk_delay_seconds: float = 0.0
    delay_seconds: float = 0.0
    reset: bool = False
    objects: int = 0
    identities: int = 0

    @classmethod
    def json(cls, body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        """A JSON answer."""
        content = json.dumps(body, ensure_ascii=False).encode()
        return cls(status, {"content-type": "application/json;charset=UTF-8", **(headers or {})}, content)

    @classmethod
    def html(cls, body: str, status: int = 200) -> Self:
        """An HTML page, never cached."""
        return cls(status, {"content-type": "text/html;charset=UTF-8", "cache-control": "no-store"}, body.encode())

    @classmethod
    def redirect(cls, location: str) -> Self:
        """302 to `location`."""
        return cls(302, {"location": location, "cache-control": "no-store"})

    @classmethod
    def empty(cls, status: int = 204) -> Self:
        """No body."""
        return cls(status)


class Refusal(Exception):
    """An answer that ends the handling of a request: one of the error shapes in `refusals`."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply
