"""Listed pages into the corpus: what differs from the index is read, converted and written; the rest costs nothing.

Everything comes in bulk: bodies with the list or 250 at a time, labels, ancestors and attachments of the whole batch in
one request, names of authors from the corpus itself.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from confluence_connector.domain.corpus import CorpusPage, CoveredSpace, PageDetails
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.domain.pages import Page, PageRef
from confluence_connector.domain.runs import ItemFailure, PageCounts, Run
from confluence_connector.errors import ConnectorError, UpstreamProtocolError
from confluence_connector.limits import OWED_KEPT, SYNC_ROWS
from confluence_connector.ports import Telemetry
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.ports.site_reading import ListedPage
from confluence_connector.services.reading.convert_page import convert
from confluence_connector.services.syncing.name_authors import NameAuthors
from confluence_connector.services.syncing.sync_turn import Turn, counted
from confluence_connector.services.syncing.write_corpus import Entry, Removal, WriteCorpus


@dataclass(frozen=True, slots=True)
class SyncPages:
    index: CorpusIndex
    authors: NameAuthors
    corpus: WriteCorpus
    telemetry: Telemetry

    def sync(
        self,
        turn: Turn,
        listed: Sequence[ListedPage],
        known: Mapping[PageId, CorpusPage] | None = None,
        removals: Sequence[Removal] = (),
    ) -> Run:
        """The run with counts, failures and debts. `known`: the index's rows of these pages, where the caller has them.

        Pages of spaces that are not covered are passed over. `removals` go into the same batch.
        """
        spaces = turn.spaces.of(page.space_id for page in listed)
        covered = [page for page in listed if page.status == "current" and _is_covered(spaces, page.space_id)]
        rows = self.index.get(turn.scope, [page.id for page in covered]) if known is None else known
        differing = [page for page in covered if _may_differ(page, rows.get(page.id), turn)]
        run = counted(turn.run, PageCounts(seen=len(covered), unchanged=len(covered) - len(differing)))
        if not differing and not removals:
            return run
        whole = [page for page in self._with_bodies(turn, differing) if _is_covered(spaces, page.space_id)]
        with ThreadPoolExecutor(1) as beside:  # Atlassian is waited for while pages are converted
            asked = beside.submit(self._asked_about, turn, whole)
            texts = [self._converted(turn, page, spaces[page.space_id]) for page in whole]
            details, names = asked.result()
        entries: list[Entry] = []
        failures: list[ItemFailure] = []
        for page, text in zip(whole, texts, strict=True):
            if isinstance(text, ItemFailure):
                failures.append(text)
                continue
            row = rows.get(page.id)
            kept = row.details if row else PageDetails()
            made = _page(page, spaces[page.space_id], details.get(page.id, kept), names)
            entries.append(Entry(made, text.losses, text.markdown, row))
        owed = [page.id for page in whole if page.id not in details]
        run = counted(run, PageCounts(failed=len(failures)), failures)
        run = replace(run, owed=tuple(dict.fromkeys((*run.owed, *owed)))[:OWED_KEPT])
        return self.corpus.apply(replace(turn, run=run), entries, removals)

    def _with_bodies(self, turn: Turn, pages: Sequence[ListedPage]) -> Sequence[ListedPage]:
        """Those that are still current, each of one version, body and all (fault case I5)."""
        having = [page for page in pages if page.body is not None]
        lacking = [page.id for page in pages if page.body is None]
        for start in range(0, len(lacking), SYNC_ROWS):
            read = turn.site.pages(lacking[start : start + SYNC_ROWS], bodies=True)
            having += [page for page in read if page.status == "current"]
        return having

    def _asked_about(
        self, turn: Turn, pages: Sequence[ListedPage]
    ) -> tuple[Mapping[PageId, PageDetails], Mapping[str, str | None]]:
        """Their details, and their authors' names."""
        return self._details(turn, pages), self.authors.of(turn, (page.author_id for page in pages))

    def _details(self, turn: Turn, pages: Sequence[ListedPage]) -> Mapping[PageId, PageDetails]:
        """What the search index has of them: an edit may be ahead of it by minutes."""
        found: dict[PageId, PageDetails] = {}
        for start in range(0, len(pages), SYNC_ROWS):
            found |= turn.site.details([page.id for page in pages[start : start + SYNC_ROWS]])
        return found

    def _converted(self, turn: Turn, page: ListedPage, space: CoveredSpace) -> "_Text | ItemFailure":
        if page.body is None:
            return self._failed(page, UpstreamProtocolError.code, UpstreamProtocolError.default_detail)
        try:
            ref = PageRef(page.id, page.title, page.url, space.key, page.parent_id, page.version, page.updated_at)
            markdown, losses = convert(Page(ref, page.body), turn.site_url)
        except ConnectorError as error:
            return self._failed(page, error.code, error.detail)
        except Exception:  # noqa: BLE001 — a defect of ours on one page; its text must not keep all others out
            return self._failed(page, ConnectorError.code, "This page could not be converted.")
        return _Text(markdown.encode(), len(losses))

    def _failed(self, page: ListedPage, code: str, detail: str) -> ItemFailure:
        self.telemetry.warn("page_not_synced", page_id=page.id, code=code)
        return ItemFailure(f"page:{page.id}", f"space:{page.space_id}", code, detail)


@dataclass(frozen=True, slots=True, repr=False)
class _Text:
    """A page converted. No repr: it is somebody's page."""

    markdown: bytes
    losses: int


def _is_covered(spaces: Mapping[SpaceId, CoveredSpace], space_id: SpaceId) -> bool:
    return space_id in spaces and spaces[space_id].covered


def _may_differ(page: ListedPage, row: CorpusPage | None, turn: Turn) -> bool:
    """Moves bump no version. An older version than the index has is late news (I8). The number of the batch under way
    is a repeat's own work, to be announced and counted as before. A full run makes everything again, and compares that.
    """
    if row is None or row.change == turn.number:
        return True
    if page.version < row.version:
        return False
    return turn.run.with_bodies or (page.version, page.title, page.parent_id, page.space_id) != (
        row.version,
        row.title,
        row.parent_id,
        row.space_id,
    )


def _page(page: ListedPage, space: CoveredSpace, details: PageDetails, names: Mapping[str, str | None]) -> CorpusPage:
    return CorpusPage(
        id=page.id,
        space_id=space.id,
        space_key=space.key,
        space_name=space.name,
        title=page.title,
        url=page.url,
        version=page.version,
        updated_at=page.updated_at,
        parent_id=page.parent_id,
        author_id=page.author_id,
        author_name=names.get(page.author_id) if page.author_id else None,
        details=details,
        digest="",
        change=0,
        kind="added",
    )
