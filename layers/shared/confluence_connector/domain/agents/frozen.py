"""A request exactly as it is sent, and the hash that says so later (F6)."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from confluence_connector.domain.agents.classify import Request
from confluence_connector.domain.agents.operations import BodyKind
from confluence_connector.errors import Unprocessable
from confluence_connector.limits import AGENT_LIST_ROWS


@dataclass(frozen=True, slots=True, repr=False)
class Frozen:
    """`body`: JSON in UTF-8, None for none; `body_kind` `form`: what the form is made from (see `AgentSite`).

    It may hold somebody's page: no repr.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    body_kind: BodyKind = "none"

    @property
    def hash(self) -> str:
        """SHA-256 over method, path, sorted query and body, hex. Lengths keep the parts apart."""
        parts = [self.method, self.path, json.dumps(sorted(self.query))]
        said = sha256()
        for part in [*(part.encode() for part in parts), self.body or b""]:
            said.update(len(part).to_bytes(8) + part)
        return said.hexdigest()


def frozen(request: Request) -> Frozen:
    """The same request always gives the same bytes. Raises Unprocessable for a list longer than one call may ask for,
    and for numbers that JSON does not have.
    """
    if any(name == "limit" and not _is_few(value) for name, value in request.query):
        raise Unprocessable(f"One call asks for at most {AGENT_LIST_ROWS} things.", remedy="Ask in several calls.")
    body = None if request.body is None else _bytes(request.body)
    return Frozen(request.method, request.path, request.query, body, request.body_kind)


def thawed(kept: Frozen) -> Request:
    """The request that was frozen, to be judged again. Raises ValueError for a body that is no JSON."""
    body: Any = None if kept.body is None else json.loads(kept.body)
    return Request(kept.method, kept.path, kept.query, body, kept.body_kind)


def _is_few(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 6 and int(value) <= AGENT_LIST_ROWS  # noqa: PLR2004


def _bytes(body: object) -> bytes:
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:  # 1e999 is infinite once it is read
        raise Unprocessable("The body has a number that is out of range.") from None
    return text.encode(errors="backslashreplace")  # a lone surrogate of a page's title stays the escape that it was
