"""The Idempotency-Key header, where a call that creates something demands it (I1)."""

from typing import Annotated, Final

from fastapi import Header

from confluence_connector.errors import IdempotencyKeyMissing

KEY_LENGTH: Final = 128


async def idempotency_key(idempotency_key: Annotated[str | None, Header()] = None) -> str:
    """FastAPI dependency: the header's value. Raises IdempotencyKeyMissing for none, blank or unfit (I3)."""
    key = (idempotency_key or "").strip()
    if not key or len(key) > KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise IdempotencyKeyMissing
    return key
