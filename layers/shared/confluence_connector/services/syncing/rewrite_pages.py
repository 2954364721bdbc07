"""Pages of the corpus whose details differ: labels, ancestors, attachments, names of people and spaces.

None of these bumps a page's version (E3). The text is taken from the corpus; Confluence's is not read again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from confluence_connector.domain.corpus import CorpusPage, CoveredSpace, PageDetails
from confluence_connector.domain.corpus_objects import markdown_of
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.domain.runs import ItemFailure, PageCounts, Run
from confluence_connector.errors import ConnectorError
from confluence_connector.ports.corpus import CorpusObjects
from confluence_connector.services.syncing.name_authors import Names
from confluence_connector.services.syncing.sync_turn import Turn, counted
from confluence_connector.services.syncing.write_corpus import Entry, WriteCorpus

LOST = "Its object in the corpus cannot be read; a full run writes it again, or the page's next version does."


@dataclass(frozen=True, slots=True)
class RewritePages:
    objects: CorpusObjects
    authors: Names
    corpus: WriteCorpus

    def rewrite(self, turn: Turn, rows: Sequence[CorpusPage], details: Mapping[PageId, PageDetails]) -> Run:
        """The run with counts. A page that `details` does not have keeps what is known of it."""
        names = self.authors.of(turn, (row.author_id for row in rows))
        spaces = turn.spaces.all()
        entries: list[Entry] = []
        failures: list[ItemFailure] = []
        for row in rows:
            page = _as_known_now(row, details.get(row.id), names, spaces)
            if page == row and row.change != turn.number:
                continue
            text = self._text(turn, row)
            if text is None:
                failures.append(ItemFailure(f"page:{row.id}", f"space:{row.space_id}", ConnectorError.code, LOST))
            else:
                entries.append(Entry(page, *text, row))
        unchanged = len(rows) - len(entries) - len(failures)
        counts = PageCounts(seen=len(rows), unchanged=unchanged, failed=len(failures))
        return self.corpus.apply(replace(turn, run=counted(turn.run, counts, failures)), entries)

    def _text(self, turn: Turn, row: CorpusPage) -> tuple[int, bytes] | None:
        stored = self.objects.get(turn.scope, row.id)
        try:
            return markdown_of(stored) if stored is not None else None
        except ValueError:
            return None


def _as_known_now(
    row: CorpusPage,
    details: PageDetails | None,
    names: Mapping[str, str | None],
    spaces: Mapping[SpaceId, CoveredSpace],
) -> CorpusPage:
    space = spaces.get(row.space_id)
    return replace(
        row,
        details=details or row.details,
        author_name=names.get(row.author_id) if row.author_id else None,
        space_key=space.key if space else row.space_key,
        space_name=space.name if space else row.space_name,
    )
