"""Confluence Cloud v2, read with one connection's grant: the `Confluence` port.

Ids that enter a path are digits, checked here again; keys and titles travel as query values only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from confluence_connector.adapters import confluence_wire as wire
from confluence_connector.adapters.atlassian_calls import SiteCalls
from confluence_connector.adapters.atlassian_http import AtlassianHttp
from confluence_connector.adapters.confluence_lists import batches, walk
from confluence_connector.domain.connections import Connection, Site
from confluence_connector.domain.identifiers import PAGE, PageId
from confluence_connector.domain.pages import Page, PageRef, Space, TreeNode
from confluence_connector.errors import PageGone, ReconnectRequired, UpstreamProtocolError
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import AccessTokens, PageBatch

SPACE_KEY: Final = re.compile(r"~?[A-Za-z0-9._:@-]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ConfluenceOverHttp:
    """The `ConfluenceSites` port."""

    http: AtlassianHttp
    tokens: AccessTokens

    def of(self, connection: Connection, deadline: Deadline) -> "ConnectedConfluence":
        """Raises ReconnectRequired for a connection that has no site (any more)."""
        if connection.site is None:
            raise ReconnectRequired
        return ConnectedConfluence(SiteCalls(self.http, self.tokens, connection, deadline), connection.site)


@dataclass(frozen=True, slots=True)
class ConnectedConfluence:
    """The `Confluence` port. Every method raises LinkedSourceErrors, and ScopesMissing."""

    calls: SiteCalls
    site: Site

    def spaces(self) -> Iterator[Space]:
        """Current spaces that the account may see, by name."""
        rows = walk(self.calls, "/spaces", {"status": "current", "sort": "name"})
        return (wire.space(row, self.site) for row in _present(rows))

    def space(self, key: str) -> Space | None:
        """Keys ignore case, as in Confluence."""
        if not SPACE_KEY.fullmatch(key):  # `keys` is a comma-separated list
            return None
        found = self.calls.get("/spaces", {"keys": key, "limit": "2"})
        rows, _ = wire.rows_and_next(_present(found))
        self.calls.spent.returned(objects=len(rows))
        spaces = (wire.space(row, self.site) for row in rows)
        return next((space for space in spaces if space.key.casefold() == key.casefold()), None)

    def page(self, page_id: PageId) -> Page:
        found = self._content(page_id, {"body-format": "storage"})
        return wire.page(found, self.site, self._key_of_space(found))

    def page_ref(self, page_id: PageId) -> PageRef:
        found = self._content(page_id, {})
        return wire.page_ref(found, self.site, self._key_of_space(found))

    def pages_of(self, space: Space, after: str | None = None) -> Iterator[PageBatch]:
        """Raises PageGone if the space is missing or hidden."""
        query = {"status": "current", "sort": "title"}
        found = batches(self.calls, f"/spaces/{_digits(space.id)}/pages", query, after)
        if found is None:
            raise PageGone
        return (
            PageBatch([wire.page_ref(row, self.site, space.key) for row in batch.rows], batch.cursor) for batch in found
        )

    def children(self, page_id: PageId) -> Iterator[TreeNode]:
        """Direct children, folders too; `page_id` may be a folder's. Raises PageGone."""
        rows = walk(self.calls, f"/pages/{_digits(page_id)}/direct-children", {})
        if rows is None:
            rows = walk(self.calls, f"/folders/{_digits(page_id)}/direct-children", {})
        if rows is None:
            raise PageGone
        return (node for row in rows if (node := wire.child(row)) is not None)

    def find(self, space_key: str, title: str) -> PageId | None:
        """Confluence matches titles whole and without case; a current page wins over an archived one."""
        space = self.space(space_key) if title else None
        found = self.calls.get(f"/spaces/{_digits(space.id)}/pages", {"title": title}) if space else None
        if space is None or found is None:
            return None
        rows, _ = wire.rows_and_next(found)
        self.calls.spent.returned(objects=len(rows))
        refs = sorted(
            (wire.page_ref(row, self.site, space.key) for row in rows), key=lambda ref: ref.status == "archived"
        )
        return refs[0].id if refs else None

    def _content(self, page_id: PageId, query: dict[str, str]) -> dict[str, Any]:
        """A page, or the blog post of that id: both are text to read, and ids do not tell which. Raises PageGone."""
        identifier = _digits(page_id)
        found = self.calls.get(f"/pages/{identifier}", query)
        if found is None:
            found = self.calls.get(f"/blogposts/{identifier}", query)
        if found is None:
            raise PageGone
        self.calls.spent.returned(objects=1)
        return found

    def _key_of_space(self, page: dict[str, Any]) -> str:
        space_id, key = wire.place_of(page)
        if key is not None:
            return key
        found = self.calls.get(f"/spaces/{_digits(space_id)}", {})  # its link is of an older form
        self.calls.spent.returned(objects=1)
        return wire.space(_present(found), self.site).key


def _present[Found](found: Found | None) -> Found:
    """What always exists, if only as an empty list: its absence is no empty answer."""
    if found is None:
        raise UpstreamProtocolError
    return found


def _digits(identifier: str) -> str:
    if not PAGE.fullmatch(identifier):
        raise ValueError("not an id of Confluence")
    return identifier
