"""Confluence storage format and ADF to Markdown with a loss report, and Markdown to safe HTML.

Light to import: readers and the HTML renderer are loaded when they are first used.
"""

from typing import Final, Literal

from confluence_connector.content.losses import Conversion, Loss
from confluence_connector.content.names import NO_NAMES, Names
from confluence_connector.errors import ContentUnreadable

__all__ = [
    "CONVERTER_VERSION",
    "NO_NAMES",
    "ContentUnreadable",
    "Conversion",
    "Loss",
    "Names",
    "Representation",
    "to_html",
    "to_markdown",
]

Representation = Literal["storage", "atlas_doc_format"]

CONVERTER_VERSION: Final = 3
"""Part of every cache key: raised whenever the same input gives other bytes."""
LARGEST_BODY_BYTES: Final = 16 * 1024 * 1024


def to_markdown(
    body: str,
    representation: Representation = "storage",
    *,
    names: Names = NO_NAMES,
    base_url: str = "",
    inert: bool = False,
) -> Conversion:
    """Convert the body of a page.

    `base_url` is the site's URL; without it, links inside the site stay relative. The same input gives the same bytes.
    `inert`, for readers that might follow or show what they read (F9): a link off the site is its text and its address
    as code, and a picture that has an address is a link.
    Raises `ContentUnreadable` for a body that is too large, that declares entities, or that is not ADF at all.
    Malformed storage does not raise: its text comes back with `degraded` set.
    """
    from confluence_connector.content.links import origin  # noqa: PLC0415  light import

    if len(body) > LARGEST_BODY_BYTES or (
        # No character takes more than four bytes: most bodies need not be encoded to know that they fit.
        4 * len(body) > LARGEST_BODY_BYTES
        and not body.isascii()
        and len(body.encode("utf-8", "replace")) > LARGEST_BODY_BYTES
    ):
        raise ContentUnreadable("The page is larger than this converter accepts.")
    if representation == "atlas_doc_format":
        from confluence_connector.content import adf  # noqa: PLC0415

        return adf.convert(body, names, origin(base_url), inert=inert)
    from confluence_connector.content import storage  # noqa: PLC0415

    return storage.convert(body, names, origin(base_url), inert=inert)


def to_html(markdown: str) -> str:
    """Safe, inert HTML of Markdown from `to_markdown` or from a person. Nothing in it runs, loads or submits."""
    from confluence_connector.content import safe_html  # noqa: PLC0415

    return safe_html.render(markdown)
