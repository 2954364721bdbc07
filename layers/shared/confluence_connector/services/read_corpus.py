"""The corpus for those who read it: pages by title, one page with its text, and what changed since (E6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.corpus import Change, CorpusPage
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.syncs import Sync
from confluence_connector.errors import PageNotFound
from confluence_connector.ports.corpus import CorpusIndex, CorpusObjects, CorpusScope, PageList
from confluence_connector.services.show_sync import ShowSync


@dataclass(frozen=True, slots=True)
class ReadCorpus:
    shown: ShowSync
    index: CorpusIndex
    objects: CorpusObjects

    def pages(
        self,
        person: Principal,
        connection_id: str,
        *,
        space_key: str | None,
        title_part: str | None,
        limit: int,
        after: str | None,
    ) -> PageList:
        """In title order. Raises NotFound, SyncNotSetUp."""
        scope = scope_of(self.shown.sync(person, connection_id))
        return self.index.by_title(scope, space_key=space_key, title_part=title_part, limit=limit, after=after)

    def page(self, person: Principal, connection_id: str, page_id: PageId) -> tuple[CorpusPage, str]:
        """With its Markdown, front matter included: the very object that lies in S3. Raises NotFound, PageNotFound."""
        scope = scope_of(self.shown.sync(person, connection_id))
        page = self.index.get(scope, [page_id]).get(page_id)
        text = self.objects.get(scope, page_id) if page else None
        if page is None or text is None:
            raise PageNotFound
        return page, text.decode()

    def changes(
        self, person: Principal, connection_id: str, *, after: int, limit: int
    ) -> tuple[Sequence[Change], int, bool]:
        """Changes behind number `after`, in order: whole batches, `limit` of them at most.

        With the number reached, and whether there is more. Raises NotFound, SyncNotSetUp.
        """
        sync = self.shown.sync(person, connection_id)
        batches = self.index.changes(scope_of(sync), after, sync.feed, limit)
        reached = batches[-1][0] if batches else max(after, sync.feed)
        return [change for _, batch in batches for change in batch], reached, reached < sync.feed


def scope_of(sync: Sync) -> CorpusScope:
    return CorpusScope(sync.workspace, sync.connection_id, sync.corpus_id)
