"""What a request body must be before anything reads it: JSON, in UTF-8, not too large, not a puzzle (N8)."""

import json
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any, Final, Never

from confluence_connector.errors import BadRequest, TooLarge, Unprocessable, UnsupportedMediaType
from confluence_connector.limits import JSON_DEPTH, REQUEST_BYTES

JSON_TYPE: Final = "application/json"


def refuse_bad_body(event: dict[str, Any]) -> None:
    """Raises TooLarge, UnsupportedMediaType, BadRequest (broken base64), Unprocessable (not JSON that we would read).

    A key given twice is refused: two readers of such an object may each believe another value. So are NaN and lone
    surrogates, which no store of ours can hold.
    """
    text = event.get("body") or ""
    if not text:
        return
    if len(text) > REQUEST_BYTES * (4 / 3 if event.get("isBase64Encoded") else 1) + 4:
        raise TooLarge
    raw = _decoded(text) if event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")
    if len(raw) > REQUEST_BYTES:
        raise TooLarge
    kind = event.get("headers", {}).get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON_TYPE:
        raise UnsupportedMediaType
    _refuse_puzzles(raw)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except NotBase64:
        raise BadRequest from None


def _refuse_puzzles(raw: bytes) -> None:
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_once_each, parse_constant=_no_constant)
        _refuse_depth_and_surrogates(value)
    except (ValueError, RecursionError):
        # Never the parser's own words: they quote what came.
        raise Unprocessable(fields=[{"field": "body", "problem": "json_invalid"}]) from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made


def _no_constant(_: str) -> Never:
    raise ValueError("NaN or Infinity")


def _refuse_depth_and_surrogates(value: Any) -> None:
    """Level by level, without recursion. Encoding a string raises UnicodeEncodeError, a ValueError, for a surrogate."""
    level = [value]
    for _ in range(JSON_DEPTH):
        following: list[Any] = []
        for each in level:
            if isinstance(each, str):
                each.encode()
            elif isinstance(each, dict):
                following.extend(each)
                following.extend(each.values())
            elif isinstance(each, list):
                following.extend(each)
        if not following:
            return
        level = following
    raise ValueError("too deep")
