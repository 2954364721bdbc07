"""A Confluence site in memory, and the `SiteReader` port over it: what is asked is counted as Atlassian counts it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.corpus import PageDetails
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.errors import ConnectorError, CqlRefused, PageGone
from confluence_connector.ports import Deadline
from confluence_connector.ports.site_reading import Branch, ListedPage, ListedSpace, Listing, Matches, Person

LIST_ROWS = 250
FENCED = re.compile(
    r'space = "(?P<space>(?:[^"\\]|\\.)*)" AND type = page'
    r"(?: AND \( *(?P<cql>.*?) *\))?(?: AND id in \((?P<ids>[0-9, ]+)\))?",
    re.DOTALL,
)
LABELLED = re.compile(r'label = "?(\w+)"?')
SITE_URL = "https://acme.atlassian.net"


@dataclass
class FakeSite:
    """What is on the site. Change it as people would; `failing` is asked before every call and may raise.

    `conditions`: what stands for CQL inside a fence, beside `label = …`; anything else is refused. `rows_at_most`: of a
    list's answer, as after halving.
    """

    spaces: dict[SpaceId, ListedSpace] = field(default_factory=dict)
    pages: dict[PageId, ListedPage] = field(default_factory=dict)
    details: dict[PageId, PageDetails] = field(default_factory=dict)
    people: dict[str, str | None] = field(default_factory=dict)
    unindexed: set[PageId] = field(default_factory=set)
    hidden: set[PageId] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)
    out_of_order: bool = False
    rows_at_most: int = LIST_ROWS
    conditions: dict[str, Callable[[ListedPage], bool]] = field(default_factory=dict)
    failing: Callable[[str], ConnectorError | None] = lambda _: None

    def add_space(self, key: str, *, number: int, kind: str = "global", status: str = "current") -> SpaceId:
        space = ListedSpace(SpaceId(str(number)), key, f"Space {key}", kind, status)
        self.spaces[space.id] = space
        return space.id

    def add_page(
        self, number: int, space: SpaceId, at: datetime, *, title: str | None = None, author: str | None = "557058:ann"
    ) -> PageId:
        page_id = PageId(str(number))
        self.pages[page_id] = ListedPage(
            id=page_id,
            space_id=space,
            title=title or f"Page {number}",
            url=f"{SITE_URL}/wiki/spaces/{self.spaces[space].key}/pages/{number}",
            version=1,
            updated_at=at,
            parent_id=None,
            author_id=author,
            status="current",
            created_at=at,
            body=f"<p>Text of {number}, version 1</p>",
        )
        self.details[page_id] = PageDetails()
        return page_id

    def edit(self, page_id: PageId, at: datetime, *, body: str | None = None, title: str | None = None) -> None:
        """A new version, as every edit of body or title makes."""
        page = self.pages[page_id]
        version = page.version + 1
        text = body if body is not None else f"<p>Text of {page_id}, version {version}</p>"
        self.pages[page_id] = replace(
            page, version=version, updated_at=at, body=text, title=title if title is not None else page.title
        )

    def alter(self, page_id: PageId, **fields: object) -> None:
        """What bumps no version: a move, archiving, trashing."""
        self.pages[page_id] = replace(self.pages[page_id], **fields)  # type: ignore[arg-type]

    def purge(self, page_id: PageId) -> None:
        del self.pages[page_id]

    def halve(self) -> None:
        """From now on lists are told by half as many rows."""
        self.rows_at_most //= 2


@dataclass
class FakeSiteReader:
    """The `SiteReader` port."""

    site: FakeSite
    spent: Spent = field(default_factory=Spent)

    def spaces(self) -> Sequence[ListedSpace]:
        self._ask("spaces")
        return self._told(sorted(self.site.spaces.values(), key=lambda space: int(space.id)))

    def spaces_by_id(self, ids: Sequence[SpaceId]) -> Sequence[ListedSpace]:
        self._ask("spaces_by_id")
        assert len(ids) <= LIST_ROWS
        return self._told([self.site.spaces[each] for each in ids if each in self.site.spaces])

    def newest(self, limit: int, cursor: str | None = None) -> Listing:
        self._ask(f"newest({limit})")
        rows = sorted(self._current(), key=lambda page: (page.updated_at, int(page.id)), reverse=True)
        start = int(cursor or 0)
        return self._listing(rows, start, limit)

    def walk(self, space_ids: Sequence[SpaceId], *, bodies: bool, cursor: str | None = None) -> Listing:
        self.site.cursors.append(cursor)
        self._ask("walk with bodies" if bodies else "walk")
        assert 0 < len(space_ids) <= 100
        rows = sorted((page for page in self._current() if page.space_id in space_ids), key=lambda page: int(page.id))
        start = next((at for at, page in enumerate(rows) if int(page.id) > int(cursor)), len(rows)) if cursor else 0
        if self.site.out_of_order:
            rows.reverse()
        listing = self._listing(rows, start, LIST_ROWS)
        pages = listing.pages if bodies else [replace(page, body=None) for page in listing.pages]
        return Listing(pages, pages[-1].id if listing.cursor else None)

    def pages(self, ids: Sequence[PageId], *, bodies: bool) -> Sequence[ListedPage]:
        self._ask("pages with bodies" if bodies else "pages")
        assert len(ids) <= LIST_ROWS
        seen = [self.site.pages[each] for each in ids if each in self.site.pages and each not in self.site.hidden]
        return self._told([page if bodies else replace(page, body=None) for page in seen])

    def below(self, root: PageId, cursor: str | None = None) -> Branch:
        self._ask("below")
        if root not in {page.id for page in self._current()}:
            raise PageGone
        found, level = list[PageId](), [root]
        while level:
            level = [page.id for page in self._current() if page.parent_id in level]
            found += level
        return Branch(self._told(found), [], None)

    def details(self, ids: Sequence[PageId]) -> Mapping[PageId, PageDetails]:
        self._ask("details")
        assert len(ids) <= LIST_ROWS
        known = {page.id for page in self._current()} - self.site.unindexed
        found = {each: self.site.details[each] for each in ids if each in known}
        self.spent.returned(objects=len(found))
        return found

    def matching(self, cql: str, cursor: str | None = None) -> Matches:
        self.site.cursors.append(cursor)
        self._ask("matching")
        fenced = FENCED.fullmatch(cql)
        if fenced is None:
            raise CqlRefused
        condition = self._condition(fenced["cql"])
        key = re.sub(r"\\(.)", r"\1", fenced["space"]).casefold()
        spaces = {
            each.id for each in self.site.spaces.values() if each.key.casefold() == key and each.status == "current"
        }
        named = set(fenced["ids"].replace(" ", "").split(",")) if fenced["ids"] else None
        known = [
            page
            for page in sorted(self._current(), key=lambda page: int(page.id))
            if page.space_id in spaces and page.id not in self.site.unindexed and (named is None or page.id in named)
        ]
        found = [page.id for page in known if condition(page) and int(page.id) > int(cursor or 0)]
        listed = self._told(found[:LIST_ROWS])
        return Matches(listed, listed[-1] if len(found) > LIST_ROWS else None)

    def people(self, account_ids: Sequence[str]) -> Sequence[Person]:
        self._ask("people")
        assert len(account_ids) <= LIST_ROWS
        found = [Person(each, self.site.people[each]) for each in account_ids if each in self.site.people]
        self.spent.returned(identities=len(found))
        return found

    def _condition(self, cql: str | None) -> Callable[[ListedPage], bool]:
        if cql is None:
            return lambda _: True
        if labelled := LABELLED.fullmatch(cql):
            return lambda page: labelled[1] in self.site.details[page.id].labels
        if cql not in self.site.conditions:
            raise CqlRefused
        return self.site.conditions[cql]

    def _ask(self, call: str) -> None:
        self.site.calls.append(call)
        self.spent.asked()
        error = self.site.failing(call)
        if error is not None:
            raise error

    def _told[Row](self, rows: Sequence[Row]) -> Sequence[Row]:
        self.spent.returned(objects=len(rows))
        return rows

    def _current(self) -> Iterable[ListedPage]:
        return [p for p in self.site.pages.values() if p.status == "current" and p.id not in self.site.hidden]

    def _listing(self, rows: Sequence[ListedPage], start: int, limit: int) -> Listing:
        end = start + min(limit, self.site.rows_at_most)
        return Listing(self._told(rows[start:end]), str(end) if end < len(rows) else None)


@dataclass
class FakeSiteReaders:
    """The `SiteReaders` port: every connection has the same site. `opened` counts how often one was asked for."""

    site: FakeSite
    opened: int = 0

    def of(self, connection: Connection, deadline: Deadline) -> FakeSiteReader:
        self.opened += 1
        return FakeSiteReader(self.site)
