"""Page tokens: opaque, signed, and good for one list of one workspace only (fault case G6)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256

from confluence_connector.errors import BadRequest

TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Cursors:
    """Signs positions with HMAC-SHA256 over the list they belong to: workspace, route and filters."""

    key: bytes

    def seal(self, position: str, *of_list: str) -> str:
        return urlsafe_b64encode(self._tag(position, of_list) + position.encode()).decode().rstrip("=")

    def open(self, cursor: str, *of_list: str) -> str:
        """The position. Raises BadRequest for anything that was not sealed for this very list."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            position = raw[TAG_BYTES:].decode()
        except (NotBase64, ValueError):
            raise self._unknown() from None
        if not hmac.compare_digest(raw[:TAG_BYTES], self._tag(position, of_list)):
            raise self._unknown()
        return position

    def _tag(self, position: str, of_list: tuple[str, ...]) -> bytes:
        parts = "".join(f"{len(part)}:{part}" for part in (*of_list, position))
        return hmac.digest(self.key, parts.encode(), sha256)[:TAG_BYTES]

    @staticmethod
    def _unknown() -> BadRequest:
        return BadRequest("The cursor does not belong to this list.", remedy="Start the list again without a cursor.")
