"""Markdown to storage format for writes, and (in `sections`) changes to one section that leave the rest byte for byte.

Light to import: the Markdown parser is loaded when it is first used.
"""

__all__ = ["to_storage"]


def to_storage(markdown: str, *, attachments_url: str = "") -> str:
    """Well-formed storage of GFM Markdown, or of what `to_markdown` wrote. The same input gives the same bytes.

    `attachments_url`: what the URLs of the page's own attachments begin with, so that they come back as attachments.
    Raises `TooLarge` and `MarkdownTooDeep`; no other Markdown is refused.
    """
    from confluence_connector.content.writing import markdown_to_storage  # noqa: PLC0415  light import

    return markdown_to_storage.convert(markdown, attachments_url)
