"""How a cached text lies in the Cache table: a head, and chunks where it is too large for one item.

Times are numbers: `expires_at` epoch seconds (what DynamoDB's TTL reads, fault case H9), `fetched_ms` milliseconds.
"""

import json
import math
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from confluence_connector.adapters.dynamodb import codec, keys
from confluence_connector.limits import CACHE_SECONDS, ITEM_BYTES
from confluence_connector.ports.cache import CachedText

SCHEMA: Final = 1
"""Goes up when the layout below changes: items of another schema are misses (fault case H8)."""
CHUNKS: Final = 40
"""At most; 40 × 350 KB compressed stay under the 16 MB of one BatchGetItem. More is not worth caching."""
UNPACKED_BYTES: Final = 64_000_000

HEAD: Final = "HEAD"
CHUNK: Final = "CHUNK"
FLIGHT: Final = "FLIGHT"


class Head(BaseModel):
    """What a head says, checked. `text` None: it lies in `chunks` items of `upload`."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    schema_version: int
    fetched_ms: int
    expires_at: int
    upload: str
    chunks: int
    text: bytes | None = None

    def alive_at(self, now: datetime) -> bool:
        """Expiry is checked on read; ten minutes sharp is too late (H1, H2)."""
        return (
            self.schema_version == SCHEMA
            and self.expires_at > now.timestamp()
            and self.expires_at * 1000 - self.fetched_ms <= CACHE_SECONDS * 1000
            and 0 <= self.chunks <= CHUNKS
            and (self.text is None) == (self.chunks > 0)
        )


def head_key(partition: str, entry: str) -> keys.Key:
    return keys.Key(partition, keys.entry(HEAD, entry))


def flight_key(partition: str, entry: str) -> keys.Key:
    return keys.Key(partition, keys.entry(FLIGHT, entry))


def chunk_keys(partition: str, entry: str, upload: str, count: int) -> list[keys.Key]:
    return [keys.Key(partition, keys.entry(CHUNK, entry, upload, f"{index:02}")) for index in range(count)]


def at(key: keys.Key) -> dict[str, Any]:
    """A key in DynamoDB's typed form."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def expiring(key: keys.Key, expires_at: int, **attributes: Any) -> dict[str, Any]:
    """An item that the sweeper finds."""
    return codec.typed(
        {"pk": key.pk, "sk": key.sk, "expires_at": expires_at, "expiry_shard": keys.expiry(key.pk + key.sk)}
        | attributes
    )


def milliseconds(moment: datetime) -> int:
    return math.floor(moment.timestamp() * 1000)


def expiry_of(value: CachedText) -> int:
    """Rounded down, and never later than ten minutes after the fetch, whatever the caller says."""
    return math.floor(min(value.expires_at, value.fetched_at + timedelta(seconds=CACHE_SECONDS)).timestamp())


def packed(value: CachedText) -> list[bytes]:
    """Text and details, compressed, in pieces that fit an item each."""
    blob = zlib.compress(json.dumps([value.text, value.details], ensure_ascii=False).encode())
    return [blob[start : start + ITEM_BYTES] for start in range(0, len(blob), ITEM_BYTES)]


def parsed(item: dict[str, Any]) -> Head | None:
    """None for anything that this release did not write: garbage, or an older schema."""
    try:
        return Head.model_validate(codec.untyped(item))
    except (ValidationError, ArithmeticError, TypeError, ValueError):
        return None


def unpacked(head: Head, blob: bytes) -> CachedText | None:
    """None for garbage. zlib's checksum tells pieces that do not belong together."""
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(blob, UNPACKED_BYTES)
        if not inflate.eof:
            return None
        text, details = json.loads(raw)
    except (zlib.error, ValueError, TypeError, RecursionError):
        return None
    if not isinstance(text, str) or not isinstance(details, dict):
        return None
    fetched_at = datetime.fromtimestamp(head.fetched_ms / 1000, UTC)
    return CachedText(text, fetched_at, datetime.fromtimestamp(head.expires_at, UTC), details)
