"""Tiny links: `/wiki/x/<code>` holds the page's id, so it is read offline.

The code is the id as eight little-endian bytes in Base64, without `=` and trailing `A`s, with `/` written `-` and `+`
written `_`: the other way round than RFC 4648's URL-safe alphabet. Source: api-facts §4.
"""

import re
from base64 import b64decode, b64encode
from typing import Final

from confluence_connector.domain.identifiers import PageId
from confluence_connector.errors import UnsupportedPageUrl

CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,11}", re.ASCII)
FULL_LENGTH: Final = 11


def decode(code: str) -> PageId:
    """The id in a code. Raises UnsupportedPageUrl for anything that Confluence would not have written itself."""
    if not CODE.fullmatch(code):
        raise UnsupportedPageUrl
    padded = code.replace("-", "/").replace("_", "+").ljust(FULL_LENGTH, "A")
    number = int.from_bytes(b64decode(padded + "="), "little", signed=True)
    if number <= 0 or encode(number) != code:
        raise UnsupportedPageUrl
    return PageId(str(number))


def encode(number: int) -> str:
    """The code of an id."""
    code = b64encode(number.to_bytes(8, "little", signed=True)).decode().rstrip("=").rstrip("A")
    return code.replace("/", "-").replace("+", "_")
