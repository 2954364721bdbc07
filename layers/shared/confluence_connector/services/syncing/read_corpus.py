"""The corpus for those who read it: pages by title, one page with its text, and what changed since (E6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from confluence_connector.domain.corpus import Change, CorpusPage
from confluence_connector.domain.identifiers import CorpusId, PageId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.syncs import Sync
from confluence_connector.errors import BadRequest, PageNotFound
from confluence_connector.limits import CHANGES_KEPT_DAYS
from confluence_connector.ports import Clock
from confluence_connector.ports.corpus import CorpusIndex, CorpusObjects, CorpusScope, PageList
from confluence_connector.services.syncing.show_sync import ShowSync

BATCHES_AT_ONCE: Final = 4
OTHER_CORPUS: Final = "The cursor belongs to a corpus that was removed."
BEGIN_ANEW: Final = "Drop what you have of it, and start without a cursor."
FORGOTTEN: Final = f"The cursor is older than the feed, which goes back {CHANGES_KEPT_DAYS} days: changes are missing."
LIST_ANEW: Final = "List the corpus's pages, drop what you have besides them, and start the feed without a cursor."
STANDS: Final = timedelta(days=CHANGES_KEPT_DAYS - 1)
"""How long after its moment a position has lost nothing. A batch may be written some hours before its run moves past
it, and before it is read; a day is longer."""


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """How far somebody has read a corpus's change feed: whole batches up to `number`, and `taken` changes of the next.

    What is published stays as it is, so that both mean the same for ever. `at`: what lies behind the position was
    announced then or later, so that nothing of it has been forgotten yet if that is not long ago.
    """

    corpus_id: CorpusId
    number: int
    taken: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadCorpus:
    shown: ShowSync
    index: CorpusIndex
    objects: CorpusObjects
    now: Clock

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
        """At most `limit` changes behind `since`, in order; None: from the beginning, as far as it is kept.

        With the position reached, and whether there is more. Raises NotFound, SyncNotSetUp, BadRequest: the position is
        of a corpus that is gone, or changes behind it may be forgotten; whoever read up to it has to begin anew.
        """
        now = self.now()
        sync = self.shown.sync(person, connection_id)
        here = since or FeedPosition(sync.corpus_id, 0, 0, now)
        if here.corpus_id != sync.corpus_id:
            raise BadRequest(OTHER_CORPUS, remedy=BEGIN_ANEW)
        if here.at + STANDS <= now:
            raise BadRequest(FORGOTTEN, remedy=LIST_ANEW)
        found: list[Change] = []
        while here.number < sync.feed and len(found) < limit:
            batches = self.index.changes(scope_of(sync), here.number, sync.feed, BATCHES_AT_ONCE)
            for number, batch in batches:
                taken = here.taken if number == here.number + 1 else 0
                some = batch[taken : taken + limit - len(found)]
                found += some
                here = replace(here, at=batch[-1].at)
                if taken + len(some) < len(batch):
                    here = replace(here, number=number - 1, taken=taken + len(some))
                    break
                here = replace(here, number=number, taken=0)
            if not batches:  # forgotten, or never written
                here = replace(here, number=sync.feed, taken=0)
        if here.number >= sync.feed:
            here = replace(here, at=now)
        return found, here, here.number < sync.feed


def scope_of(sync: Sync) -> CorpusScope:
    return CorpusScope(sync.workspace, sync.connection_id, sync.corpus_id)
