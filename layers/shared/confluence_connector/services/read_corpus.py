"""The corpus for those who read it: pages by title, one page with its text, and what changed since (E6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from confluence_connector.domain.corpus import Change, CorpusPage
from confluence_connector.domain.identifiers import CorpusId, PageId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.syncs import Sync
from confluence_connector.errors import BadRequest, PageNotFound
from confluence_connector.ports.corpus import CorpusIndex, CorpusObjects, CorpusScope, PageList
from confluence_connector.services.show_sync import ShowSync

BATCHES_AT_ONCE: Final = 4
OTHER_CORPUS: Final = "The cursor belongs to a corpus that was removed."
BEGIN_ANEW: Final = "Drop what you have of it, and start without a cursor."


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """How far somebody has read a corpus's change feed: whole batches up to `number`, and `taken` changes of the next.

    What is published stays as it is, so that both mean the same for ever.
    """

    corpus_id: CorpusId
    number: int = 0
    taken: int = 0


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
        self, person: Principal, connection_id: str, *, since: FeedPosition | None, limit: int
    ) -> tuple[Sequence[Change], FeedPosition, bool]:
        """At most `limit` changes behind `since`, in order; None: from the beginning.

        With the position reached, and whether there is more. Raises NotFound, SyncNotSetUp, BadRequest: the position is
        of a corpus that is gone, and whoever read that one has to begin anew.
        """
        sync = self.shown.sync(person, connection_id)
        here = since or FeedPosition(sync.corpus_id)
        if here.corpus_id != sync.corpus_id:
            raise BadRequest(OTHER_CORPUS, remedy=BEGIN_ANEW)
        found: list[Change] = []
        while here.number < sync.feed and len(found) < limit:
            batches = self.index.changes(scope_of(sync), here.number, sync.feed, BATCHES_AT_ONCE)
            for number, batch in batches:
                taken = here.taken if number == here.number + 1 else 0
                some = batch[taken : taken + limit - len(found)]
                found += some
                if taken + len(some) < len(batch):
                    here = replace(here, number=number - 1, taken=taken + len(some))
                    break
                here = replace(here, number=number, taken=0)
            if not batches:  # forgotten, or never written
                here = replace(here, number=sync.feed, taken=0)
        return found, here, here.number < sync.feed


def scope_of(sync: Sync) -> CorpusScope:
    return CorpusScope(sync.workspace, sync.connection_id, sync.corpus_id)
