"""A whole site in few requests: the `SiteReader` port over Confluence v2, and v1 search for what v2 lacks in bulk.

What proves too much for one answer is asked for in halves: a list by fewer rows, a set of ids by fewer of them. Too
much is 504 (Confluence did not get done in time), and more bytes than we hold in memory at once. A single page is never
that: Confluence takes none above 5 MB, and JSON at most doubles it.

Halving ends at SYNC_LIST_ROWS_LEAST: what is left of a 504 then is the one retry layer's, so that a question costs at
the very worst its ATLASSIAN_TRIES and three more (L8).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from confluence_connector.adapters import site_wire as wire
from confluence_connector.adapters.atlassian_calls import Api, SiteCalls, meaning
from confluence_connector.adapters.atlassian_http import AnswerTooLarge, AnswerTooSlow, AtlassianHttp, Request
from confluence_connector.adapters.confluence_lists import batches, cursor_of, walk
from confluence_connector.adapters.confluence_wire import rows_and_next
from confluence_connector.domain.connections import Connection, Site
from confluence_connector.domain.corpus import PageDetails
from confluence_connector.domain.identifiers import PAGE, PageId, SpaceId
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.errors import CqlRefused, PageGone, ReconnectRequired, UpstreamProtocolError
from confluence_connector.limits import ATLASSIAN_LIST_ROWS, SYNC_LIST_ROWS_LEAST
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import AccessTokens
from confluence_connector.ports.site_reading import Branch, ListedPage, ListedSpace, Listing, Matches, Person

SEARCH = "/content/search"
BODIES = {"body-format": "storage"}
DETAILS = "metadata.labels,ancestors,children.attachment"
TREE_DEPTH = 10
"""Levels that Confluence lists at once, at most."""
BELOW = {"depth": str(TREE_DEPTH), "limit": str(ATLASSIAN_LIST_ROWS)}


@dataclass(frozen=True, slots=True)
class SiteReadersOverHttp:
    """The `SiteReaders` port."""

    http: AtlassianHttp
    tokens: AccessTokens

    def of(self, connection: Connection, deadline: Deadline) -> "SiteReaderOverHttp":
        """Raises ReconnectRequired for a connection that has no site (any more)."""
        if connection.site is None:
            raise ReconnectRequired
        return SiteReaderOverHttp(SiteCalls(self.http, self.tokens, connection, deadline), connection.site)


@dataclass(slots=True)
class SiteReaderOverHttp:
    """The `SiteReader` port. It remembers how many rows proved to be too many."""

    calls: SiteCalls
    site: Site
    _rows_at_most: int = field(default=ATLASSIAN_LIST_ROWS, init=False)
    _rows_at_once: int = field(default=ATLASSIAN_LIST_ROWS, init=False)

    @property
    def spent(self) -> Spent:
        return self.calls.spent

    def spaces(self) -> Sequence[ListedSpace]:
        return wire.spaces(list(_present(walk(self.calls, "/spaces", {}))))

    def spaces_by_id(self, ids: Sequence[SpaceId]) -> Sequence[ListedSpace]:
        return self._in_parts(
            ids, lambda some: wire.spaces(list(_present(walk(self.calls, "/spaces", {"ids": _list_of(some)}))))
        )

    def newest(self, limit: int, cursor: str | None = None) -> Listing:
        return self._list({"sort": "-modified-date"}, limit, cursor, bodies=True)

    def walk(self, space_ids: Sequence[SpaceId], *, bodies: bool, cursor: str | None = None) -> Listing:
        if not space_ids:
            raise ValueError("without a space it would be the whole site")
        query = {"space-id": _list_of(space_ids), "sort": "id"}
        return self._list(query, ATLASSIAN_LIST_ROWS, cursor, bodies=bodies)

    def pages(self, ids: Sequence[PageId], *, bodies: bool) -> Sequence[ListedPage]:
        return self._in_parts(ids, lambda some: self._pages(some, bodies=bodies))

    def below(self, root: PageId, cursor: str | None = None) -> Branch:
        for kind in ("pages", "folders"):  # an id does not tell which it is
            path = f"/{kind}/{_list_of([root])}/descendants"
            found = self.calls.get(path, {**BELOW, **({"cursor": cursor} if cursor else {})})
            if found is not None:
                break
        else:
            raise PageGone
        rows, following = rows_and_next(found)
        self.spent.returned(objects=len(rows))
        leads_to = cursor_of(following, path) if following is not None else None
        if leads_to is not None and leads_to == cursor:  # a list that does not end (D9)
            raise UpstreamProtocolError
        return wire.branch(rows, TREE_DEPTH, leads_to)

    def details(self, ids: Sequence[PageId]) -> Mapping[PageId, PageDetails]:
        return dict(self._in_parts(ids, self._details))

    def matching(self, cql: str, cursor: str | None = None) -> Matches:
        query = {"cql": cql, "limit": str(ATLASSIAN_LIST_ROWS), **({"cursor": cursor} if cursor else {})}
        answer = self.calls.answer(Request.get(self.calls.address(Api.V1, SEARCH), query))
        if answer.status == httpx.codes.BAD_REQUEST and cursor is None:  # with one, it may be the cursor that is bad
            raise CqlRefused
        rows, following = rows_and_next(_present(meaning(answer)))
        self.spent.returned(objects=len(rows))
        leads_to = cursor_of(following, SEARCH, Api.V1) if following is not None else None
        if leads_to is not None and leads_to == cursor:  # a list that does not end (D9)
            raise UpstreamProtocolError
        return Matches(wire.matches(rows), leads_to)

    def people(self, account_ids: Sequence[str]) -> Sequence[Person]:
        if not account_ids:
            return []
        wanted = list(dict.fromkeys(account_ids))
        found = wire.people(_present(self.calls.post("/users-bulk", {"accountIds": wanted}, repeatable=True)))
        self.spent.returned(identities=len(found))
        return found

    def _list(self, query: Mapping[str, str], limit: int, cursor: str | None, *, bodies: bool) -> Listing:
        """One answer of current pages."""
        asked = {**query, "status": "current"}
        if cursor is not None:
            asked["cursor"] = cursor
        if bodies:
            asked |= BODIES
        rows, following = rows_and_next(self._as_many_as_possible(asked, limit))
        self.spent.returned(objects=len(rows))
        pages = wire.pages(rows, self.site, bodies=bodies)
        if any(page.status != "current" for page in pages):
            raise UpstreamProtocolError
        leads_to = cursor_of(following, "/pages") if following is not None else None
        if leads_to is not None and leads_to == cursor:  # a list that does not end (D9)
            raise UpstreamProtocolError
        return Listing(pages, leads_to)

    def _as_many_as_possible(self, query: Mapping[str, str], limit: int) -> Mapping[str, Any]:
        """What was too slow stays too slow; but large pages lie here and there: behind them the steps grow again."""
        while True:
            rows = min(limit, self._rows_at_once)
            asked = {**query, "limit": str(rows)}
            try:
                found = _present(self.calls.get("/pages", asked, divisible=rows > SYNC_LIST_ROWS_LEAST))
            except AnswerTooSlow:
                self._rows_at_most = self._rows_at_once = rows // 2
            except AnswerTooLarge:
                if rows == 1:
                    raise
                self._rows_at_once = rows // 2
            else:
                self._rows_at_once = min(self._rows_at_most, max(self._rows_at_once, 2 * rows))
                return found

    def _pages(self, ids: Sequence[str], *, bodies: bool) -> list[ListedPage]:
        query = {"id": _list_of(ids), "status": "current,archived,trashed", **(BODIES if bodies else {})}
        return wire.pages(self._every("/pages", query, len(ids)), self.site, bodies=bodies)

    def _details(self, ids: Sequence[str]) -> list[tuple[PageId, PageDetails]]:
        query = {"cql": f"id in ({_list_of(ids)})", "expand": DETAILS}
        found = wire.found(self._every(SEARCH, query, len(ids), api=Api.V1))
        self.spent.returned(objects=sum(row.files for row in found))
        return [
            (PageId(row.id), wire.details(row, self.site, self._files(row.id) if row.may_lack_files else None))
            for row in found
        ]

    def _files(self, page_id: str) -> list[dict[str, Any]] | None:
        """All attachments of a page; None if it is gone meanwhile."""
        found = walk(self.calls, f"/pages/{page_id}/attachments", {"status": "current"})
        return list(found) if found is not None else None

    def _every(self, path: str, query: Mapping[str, str], ids: int, *, api: Api = Api.V2) -> list[dict[str, Any]]:
        """Every row that a question about so many ids brings."""
        found = _present(batches(self.calls, path, query, api=api, divisible=ids > SYNC_LIST_ROWS_LEAST))
        return [row for batch in found for row in batch.rows]

    def _in_parts[Row](self, ids: Sequence[str], ask: Callable[[Sequence[str]], Sequence[Row]]) -> list[Row]:
        """All at once, or in halves where that is too much. 250 ids make a URL of 6,000 characters at most."""
        if not ids:
            return []
        try:
            return list(ask(ids))
        except AnswerTooSlow:
            pass
        except AnswerTooLarge:
            if len(ids) == 1:
                raise
        middle = len(ids) // 2
        return [*self._in_parts(ids[:middle], ask), *self._in_parts(ids[middle:], ask)]


def _list_of(ids: Sequence[str]) -> str:
    """Ids that enter a query are digits; a comma or a quote in one would ask for something else (D4)."""
    if not all(PAGE.fullmatch(each) for each in ids):
        raise ValueError("not an id of Confluence")
    return ",".join(ids)


def _present[Found](found: Found | None) -> Found:
    """What always exists, if only as an empty list: its absence is no empty answer."""
    if found is None:
        raise UpstreamProtocolError
    return found
