"""MCP's messages over HTTP: which one this is, in which revision, and the shape of what is said back.

Two eras of one protocol (modelcontextprotocol.io, revisions 2025-03-26 to 2026-07-28). Up to 2025-11-25 a client says
hello with `initialize`, which names the revision, and sends it in a header from then on. From 2026-07-28 there is no
hello: each request carries its revision in `params._meta`, and headers repeat what intermediaries route by. We keep no
session in either: every request stands by itself.
"""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

HANDSHAKE: Final = ("2025-03-26", "2025-06-18", "2025-11-25")
MODERN: Final = ("2026-07-28",)
UNSAID: Final = "2025-03-26"
"""Of a request without the header (Streamable HTTP, "Protocol Version Header")."""

VERSION_HEADER, METHOD_HEADER, NAME_HEADER = "mcp-protocol-version", "mcp-method", "mcp-name"
META: Final = "io.modelcontextprotocol"
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
LONGEST_ID: Final = 255
REFUSED_WITH: Final = {METHOD_NOT_FOUND: 404}
"""HTTP status of a JSON-RPC error, from 2026-07-28; 400 for the others."""

type Id = str | int | None


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A request, or a notification (`wants_answer` False). `version`: the revision it speaks."""

    method: str
    params: Mapping[str, Any]
    id: Id
    wants_answer: bool
    version: str

    @property
    def modern(self) -> bool:
        return self.version in MODERN


class Fault(Exception):
    """What is wrong with a message. Words of ours only; nothing of the message is said back but its id."""

    def __init__(self, code: int, said: str, *, message_id: Id = None, status: int = 400, data: Any = None) -> None:
        self.code, self.said, self.id, self.status, self.data = code, said, message_id, status, data
        super().__init__(said)

    @property
    def body(self) -> bytes:
        error = {"code": self.code, "message": self.said} | ({"data": self.data} if self.data is not None else {})
        return _encoded({"jsonrpc": "2.0", "id": self.id, "error": error})


def message_of(body: bytes, headers: Mapping[str, str]) -> Message:
    """The one message of a POST. `headers` by lower-case name. Raises Fault."""
    try:
        value = json.loads(body)
    except ValueError:
        raise Fault(PARSE_ERROR, "The body is no JSON.") from None
    if not isinstance(value, dict):
        raise Fault(INVALID_REQUEST, "The body must be one JSON-RPC message; batches are not taken.")
    message_id = _id(value)
    method, params = value.get("method"), value.get("params", {})
    if value.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, dict):
        raise Fault(INVALID_REQUEST, "The body is no JSON-RPC 2.0 request or notification.", message_id=message_id)
    wants_answer = "id" in value
    version = _version(method, params, headers, message_id)
    if version in MODERN and wants_answer:
        _check_envelope(method, params, headers, message_id)
    return Message(method, params, message_id, wants_answer, version)


def answer_of(message: Message, result: Mapping[str, Any], *, server: Mapping[str, str]) -> bytes:
    """The result as its revision has it."""
    told = dict(result)
    if message.modern:
        told |= {"resultType": "complete", "_meta": {f"{META}/serverInfo": server}}
    return _encoded({"jsonrpc": "2.0", "id": message.id, "result": told})


def fault_in(message: Message, code: int, said: str) -> Fault:
    """A fault found after the message was understood; before 2026-07-28 such an answer is a plain 200."""
    status = REFUSED_WITH.get(code, 400) if message.modern else 200
    return Fault(code, said, message_id=message.id, status=status)


def agreed(params: Mapping[str, Any]) -> str:
    """The revision for a client that says hello: its own if we speak it, else our latest of that era."""
    asked = params.get("protocolVersion")
    return asked if asked in HANDSHAKE else HANDSHAKE[-1]


def _id(value: Mapping[str, Any]) -> Id:
    given = value.get("id")
    if "id" not in value or (isinstance(given, int) and not isinstance(given, bool)):
        return given
    if isinstance(given, str) and len(given) <= LONGEST_ID:
        return given
    raise Fault(INVALID_REQUEST, "The id must be a string or a whole number.")


def _version(method: str, params: Mapping[str, Any], headers: Mapping[str, str], message_id: Id) -> str:
    named = headers.get(VERSION_HEADER)
    if named in MODERN or (named is None and f"{META}/protocolVersion" in _meta(params)):
        return MODERN[-1]
    if method == "initialize":
        return agreed(params)
    if named is None:
        return UNSAID
    if named in HANDSHAKE:
        return named
    raise Fault(
        UNSUPPORTED_VERSION,
        "Unsupported protocol version",
        message_id=message_id,
        data={"supported": [*HANDSHAKE, *MODERN], "requested": named if _is_date(named) else ""},
    )


def _check_envelope(method: str, params: Mapping[str, Any], headers: Mapping[str, str], message_id: Id) -> None:
    """The headers must say what the body says: whoever routes by them must not be led astray."""
    meta = _meta(params)
    if f"{META}/protocolVersion" not in meta or f"{META}/clientCapabilities" not in meta:
        raise Fault(
            INVALID_PARAMS, "params._meta lacks the protocol version or the capabilities.", message_id=message_id
        )
    said = [
        (VERSION_HEADER, meta[f"{META}/protocolVersion"], headers.get(VERSION_HEADER)),
        (METHOD_HEADER, method, headers.get(METHOD_HEADER)),
    ]
    if method == "tools/call":
        said.append((NAME_HEADER, params.get("name"), _decoded(headers.get(NAME_HEADER))))
    for header, in_body, in_header in said:
        if in_header is None or in_header != in_body:
            raise Fault(HEADER_MISMATCH, f"The header {header} does not say what the body says.", message_id=message_id)


def _meta(params: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = params.get("_meta")
    return meta if isinstance(meta, dict) else {}


def _decoded(header: str | None) -> str | None:
    """A value that no header could hold travels as `=?base64?…?=`."""
    if header is None or not (header.startswith("=?base64?") and header.endswith("?=")):
        return header
    try:
        return b64decode(header[9:-2], validate=True).decode()
    except ValueError:
        return None


def _is_date(text: str) -> bool:
    return len(text) == len(UNSAID) and text.replace("-", "").isascii() and text.replace("-", "").isdigit()


def _encoded(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
