"""A page's body to Markdown, the same way for copies and for links."""

from typing import Final
from urllib.parse import quote, urlencode

from confluence_connector.content import CONVERTER_VERSION
from confluence_connector.content.names import NoNames
from confluence_connector.domain.documents import LossRecord
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.pages import Page

DEGRADED: Final = LossRecord(kind="degraded", name="malformed body", count=1, where="top")


def cache_entry(page_id: PageId) -> str:
    """The cache's name for a page's Markdown. Another converter writes other bytes, so it has other entries."""
    return f"page:{page_id}:{CONVERTER_VERSION}"


def convert(page: Page, site_url: str) -> tuple[str, tuple[LossRecord, ...]]:
    """Markdown and what it could not carry over (C7). Raises ContentUnreadable."""
    from confluence_connector.content import to_markdown  # noqa: PLC0415 — a cache hit never needs the converter

    names = WrittenUrls(site_url, page.ref.space_key, page.ref.id)
    conversion = to_markdown(page.body, page.representation, names=names, base_url=site_url)
    losses = tuple(LossRecord(loss.kind, loss.name, loss.count, loss.where) for loss in conversion.losses)
    if conversion.degraded and not any(loss.kind == DEGRADED.kind for loss in losses):
        losses = (DEGRADED, *losses)
    return conversion.markdown, losses


class WrittenUrls(NoNames):
    """URLs that can be written down without asking Confluence: it resolves key and title, and file names, itself."""

    def __init__(self, site_url: str, space_key: str, page_id: PageId) -> None:
        self._wiki = f"{site_url}/wiki"
        self._space_key = space_key
        self._page_id = page_id

    def page_url(self, title: str, space_key: str | None) -> str | None:
        place = urlencode({"spaceKey": space_key or self._space_key, "title": title})
        return f"{self._wiki}/pages/viewpage.action?{place}"

    def space_url(self, space_key: str) -> str | None:
        return f"{self._wiki}/spaces/{quote(space_key, safe='~')}"

    def attachment_url(self, filename: str, page_title: str | None) -> str | None:
        """Of the page itself; another page's attachments are filed under an id that its title does not tell."""
        return None if page_title else f"{self._wiki}/download/attachments/{self._page_id}/{quote(filename, safe='')}"
