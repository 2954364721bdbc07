"""The corpus in memory: index, objects and change feed, with the promises of their ports."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from confluence_connector.domain.corpus import Author, Change, CorpusPage, CoveredSpace, Missing
from confluence_connector.domain.identifiers import PageId, RunId
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.corpus import CorpusScope, PageList


@dataclass
class Shelf:
    """One corpus's index."""

    pages: dict[PageId, CorpusPage] = field(default_factory=dict)
    missing: dict[tuple[RunId, PageId], Missing] = field(default_factory=dict)
    spaces: dict[str, CoveredSpace] = field(default_factory=dict)
    authors: dict[str, Author] = field(default_factory=dict)
    changes: dict[int, tuple[Change, ...]] = field(default_factory=dict)


def _some_day() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FakeCorpusIndex:
    """The `CorpusIndex` port. `writes` counts items written or deleted."""

    now: Clock = _some_day
    shelves: dict[CorpusScope, Shelf] = field(default_factory=dict)
    writes: int = 0

    def shelf(self, scope: CorpusScope) -> Shelf:
        return self.shelves.setdefault(scope, Shelf())

    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, scope: CorpusScope, ids: Iterable[PageId]) -> Mapping[PageId, CorpusPage]:
        pages = self.shelf(scope).pages
        return {page_id: pages[page_id] for page_id in ids if page_id in pages}

    def between(
        self, scope: CorpusScope, after: PageId | None, up_to: PageId | None, limit: int
    ) -> Sequence[CorpusPage]:
        pages = self.shelf(scope).pages.values()
        found = [
            page
            for page in pages
            if (after is None or int(page.id) > int(after)) and (up_to is None or int(page.id) <= int(up_to))
        ]
        return sorted(found, key=lambda page: int(page.id))[:limit]

    def put(self, scope: CorpusScope, pages: Iterable[CorpusPage]) -> None:
        kept = self.shelf(scope).pages
        for page in pages:
            there = kept.get(page.id)
            if there is None or there.version <= page.version:
                kept[page.id] = page
                self.writes += 1

    def remove(self, scope: CorpusScope, ids: Iterable[PageId]) -> None:
        for page_id in ids:
            self.shelf(scope).pages.pop(page_id, None)
            self.writes += 1

    def by_title(
        self, scope: CorpusScope, *, space_key: str | None, title_part: str | None, limit: int, after: str | None
    ) -> PageList:
        def place(page: CorpusPage) -> str:
            return f"{page.title.casefold()}\x1f{int(page.id):019}"

        wanted = sorted(
            (
                page
                for page in self.shelf(scope).pages.values()
                if (space_key is None or page.space_key == space_key)
                and (not title_part or title_part.casefold() in page.title.casefold())
                and (after is None or place(page) > after)
            ),
            key=place,
        )
        return PageList(wanted[:limit], place(wanted[limit - 1]) if len(wanted) > limit else None)

    # ── suspects of a run ───────────────────────────────────────────────────────────────────────────────────────────

    def note_missing(self, scope: CorpusScope, missing: Iterable[Missing]) -> None:
        for each in missing:
            self.shelf(scope).missing[each.run_id, each.id] = each
            self.writes += 1

    def missing(self, scope: CorpusScope, run_id: RunId, limit: int) -> Sequence[Missing]:
        theirs = [each for each in self.shelf(scope).missing.values() if each.run_id == run_id]
        return sorted(theirs, key=lambda each: int(each.id))[:limit]

    def forget_missing(self, scope: CorpusScope, missing: Iterable[Missing]) -> None:
        for each in missing:
            self.shelf(scope).missing.pop((each.run_id, each.id), None)
            self.writes += 1

    # ── spaces and authors ──────────────────────────────────────────────────────────────────────────────────────────

    def spaces(self, scope: CorpusScope) -> Sequence[CoveredSpace]:
        return list(self.shelf(scope).spaces.values())

    def put_spaces(self, scope: CorpusScope, spaces: Iterable[CoveredSpace], gone: Iterable[CoveredSpace] = ()) -> None:
        kept = self.shelf(scope).spaces
        for space in spaces:
            kept[space.id] = space
            self.writes += 1
        for space in gone:
            kept.pop(space.id, None)
            self.writes += 1

    def authors(self, scope: CorpusScope, account_ids: Iterable[str]) -> Mapping[str, str | None]:
        kept = self.shelf(scope).authors
        return {account_id: kept[account_id].name for account_id in account_ids if account_id in kept}

    def put_authors(self, scope: CorpusScope, names: Mapping[str, str | None]) -> None:
        self.note_authors(scope, [Author(account_id, name, self.now()) for account_id, name in names.items()])

    def authors_to_report(self, scope: CorpusScope, before: datetime, limit: int) -> Sequence[Author]:
        kept = sorted(self.shelf(scope).authors.values(), key=lambda each: each.account_id)
        return [each for each in kept if (each.reported_at or each.fetched_at) < before][:limit]

    def note_authors(self, scope: CorpusScope, authors: Iterable[Author]) -> None:
        for author in authors:
            self.shelf(scope).authors[author.account_id] = author
            self.writes += 1

    # ── the change feed ─────────────────────────────────────────────────────────────────────────────────────────────

    def put_changes(self, scope: CorpusScope, number: int, changes: Sequence[Change]) -> None:
        self.shelf(scope).changes[number] = tuple(changes)
        self.writes += 1

    def changes(self, scope: CorpusScope, after: int, up_to: int, limit: int) -> Sequence[tuple[int, Sequence[Change]]]:
        kept = self.shelf(scope).changes
        return [(number, kept[number]) for number in sorted(kept) if after < number <= up_to][:limit]

    # ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def erase(self, scope: CorpusScope, deadline: Deadline) -> bool:
        self.shelves.pop(scope, None)
        return True


@dataclass
class FakeCorpusObjects:
    """The `CorpusObjects` port. `kept[scope][page id]` is the Markdown and its metadata."""

    kept: dict[CorpusScope, dict[PageId, tuple[bytes, bytes]]] = field(default_factory=dict)
    writes: int = 0

    def put(self, scope: CorpusScope, page_id: PageId, markdown: bytes, metadata: bytes) -> None:
        self.kept.setdefault(scope, {})[page_id] = markdown, metadata
        self.writes += 1

    def get(self, scope: CorpusScope, page_id: PageId) -> bytes | None:
        found = self.kept.get(scope, {}).get(page_id)
        return found[0] if found else None

    def absent(self, scope: CorpusScope, ids: Iterable[PageId]) -> Set[PageId]:
        return set(ids) - self.kept.get(scope, {}).keys()

    def remove(self, scope: CorpusScope, page_id: PageId) -> None:
        self.kept.get(scope, {}).pop(page_id, None)
        self.writes += 1

    def erase(self, scope: CorpusScope, deadline: Deadline) -> bool:
        self.kept.pop(scope, None)
        return True
