"""Unpacking a response body in bounded memory.

HTTP libraries decode a whole network chunk at once, and gzip can make a thousand bytes of one: a bomb is in memory
before anybody counts. Here each step says how much it has room for (fault case D12).
"""

import zlib
from typing import Protocol

from confluence_connector.errors import UpstreamProtocolError

GZIP = 16 + zlib.MAX_WBITS


class Unpacker(Protocol):
    def feed(self, chunk: bytes, room: int) -> bytes:
        """What the chunk holds, at most `room` bytes of it (room ≥ 1). Raises UpstreamProtocolError for garbage."""

    def finish(self) -> None:
        """Raises UpstreamProtocolError if the body stopped half-way."""


def unpacker(encoding: str) -> Unpacker:
    """For a Content-Encoding. We ask for gzip, so anything else than that or none at all is refused."""
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip":
            return _Gzip()
        case _:
            raise UpstreamProtocolError


class _Plain:
    def feed(self, chunk: bytes, room: int) -> bytes:
        return chunk[:room]

    def finish(self) -> None:
        return


class _Gzip:
    """A gzip body may be several members in a row (RFC 1952 §2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)
        self._begun = False

    def feed(self, chunk: bytes, room: int) -> bytes:
        out = b""
        while chunk and len(out) < room:
            if self._member.eof:
                self._member = zlib.decompressobj(GZIP)
            self._begun = True
            try:
                out += self._member.decompress(chunk, room - len(out))
            except zlib.error:
                raise UpstreamProtocolError from None
            chunk = self._member.unconsumed_tail or self._member.unused_data
        return out

    def finish(self) -> None:
        if self._begun and not self._member.eof:
            raise UpstreamProtocolError
