"""One batch of changes into the corpus: announced first, then done.

    change feed, under the run's next number ─→ objects ─→ index ─→ … ─→ (the caller) checkpoint of the run
                                                └ fifty pages ┘

A crash after any of these is followed by the same batch under the same number, and whoever reads the feed sees numbers
only once their run has moved past them. So the corpus, the feed and the counts end as if nothing had happened (I6).
The repeat writes no object that its index has: a batch that takes longer than an invocation gets done in several. And
it looks at what was announced before, for pages that left the batch in between. What leaves the corpus leaves the index
first and then the bucket: nothing is in the index without its text.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import batched

from confluence_connector.domain.corpus import Change, ChangeKind, CorpusPage, Departure, Missing
from confluence_connector.domain.corpus_objects import markdown_object, metadata_object
from confluence_connector.domain.identifiers import PageId
from confluence_connector.domain.runs import PageCounts, Run
from confluence_connector.limits import CORPUS_PAGES_AT_ONCE, CORPUS_WRITES_AT_ONCE
from confluence_connector.ports import Clock
from confluence_connector.ports.corpus import CorpusIndex, CorpusObjects
from confluence_connector.services.syncing.sync_turn import Turn, counted


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as it is to lie in the corpus, with the text of its object. `was`: as it lies there now.

    What the writing decides is still open in `page`: its digest, its change and its kind.
    """

    page: CorpusPage
    losses: int
    markdown: bytes
    was: CorpusPage | None


@dataclass(frozen=True, slots=True)
class Removal:
    missing: Missing
    because: Departure


@dataclass(frozen=True, slots=True)
class WriteCorpus:
    index: CorpusIndex
    objects: CorpusObjects
    now: Clock

    def apply(self, turn: Turn, entries: Iterable[Entry], removals: Sequence[Removal] = ()) -> Run:
        """The run with its counts and, if there was anything to do, with the next number. What is as it was is left."""
        all_made = [_made(turn, entry) for entry in entries]
        lost = self._lost(turn, [each.page.id for each in all_made if each.is_as_it_was])
        made = [each for each in all_made if not each.is_as_it_was or each.page.id in lost]
        unchanged = PageCounts(unchanged=len(all_made) - len(made))
        if not made and not removals:
            return counted(turn.run, unchanged)
        now = self.now()
        changes = [_change(each.page, now) for each in made] + [_removed(removal, now) for removal in removals]
        changes = [*self._left_over(turn, {change.page_id for change in changes}), *changes]
        self.index.put_changes(turn.scope, turn.number, changes)
        for some in batched(made, CORPUS_PAGES_AT_ONCE, strict=False):
            self._put_objects(turn, some, lost)
            self.index.put(turn.scope, [each.page for each in some])
        self._remove(turn, [removal.missing.id for removal in removals])
        kinds = Counter(change.kind for change in changes)
        counts = replace(unchanged, new=kinds["added"], changed=kinds["changed"], removed=kinds["removed"])
        return counted(replace(turn.run, feed=turn.number), counts)

    def _left_over(self, turn: Turn, again: Set[PageId]) -> Sequence[Change]:
        """Of an attempt at this batch that a crash ended: pages that have left it since, as people go on working.

        What got into the index, or out of it, stays announced. Objects that the index has not, nobody would ever
        remove: they go now, also those of the last batch's removals, whose run may have ended between the two.
        """
        begun = dict(self.index.changes(turn.scope, turn.number - 2, turn.number, 2))
        left = [each for each in begun.get(turn.number, ()) if each.page_id not in again]
        removed = [each for each in begun.get(turn.number - 1, ()) if each.kind == "removed"]
        ids = [each.page_id for each in (*left, *removed) if each.page_id not in again]
        rows = self.index.get(turn.scope, ids) if ids else {}
        _side_by_side(
            lambda page_id: self.objects.remove(turn.scope, page_id), [each for each in ids if each not in rows]
        )
        return [each for each in left if _was_done(each, rows.get(each.page_id), turn)]

    def _lost(self, turn: Turn, ids: Sequence[PageId]) -> Set[PageId]:
        """Pages whose objects somebody deleted from the bucket. Only a full run looks: one listing for a batch."""
        return self.objects.absent(turn.scope, ids) if ids and turn.run.with_bodies else frozenset()

    def _put_objects(self, turn: Turn, made: Iterable["_Made"], lost: Set[PageId]) -> None:
        """Equal bytes are not written again, but where they are gone."""

        def is_due(each: _Made) -> bool:
            return each.was is None or each.was.digest != each.page.digest or each.page.id in lost

        def put(each: _Made) -> None:
            metadata = metadata_object(each.page, turn.sync.cloud_id)
            self.objects.put(turn.scope, each.page.id, each.markdown, metadata)

        _side_by_side(put, [each for each in made if is_due(each)])

    def _remove(self, turn: Turn, ids: Sequence[PageId]) -> None:
        """Index first: a page that comes back before the repeat is new to it, and gets its object again."""
        if ids:
            self.index.remove(turn.scope, ids)
        _side_by_side(lambda page_id: self.objects.remove(turn.scope, page_id), ids)


@dataclass(frozen=True, slots=True)
class _Made:
    """An entry with its object's bytes, which say the page's digest."""

    page: CorpusPage
    markdown: bytes
    was: CorpusPage | None

    @property
    def is_as_it_was(self) -> bool:
        """In the corpus already, and not as this very batch's own work, which is to be announced again."""
        was = self.was
        return was is not None and was.change != self.page.change and _undated(was) == _undated(self.page)


def _made(turn: Turn, entry: Entry) -> _Made:
    was = entry.was
    if was is None:
        kind: ChangeKind = "added"
    else:
        kind = was.kind if was.change == turn.number else "changed"
    page = replace(entry.page, change=turn.number, kind=kind)
    markdown = markdown_object(page, turn.sync.cloud_id, entry.losses, entry.markdown)
    return _Made(replace(page, digest=sha256(markdown).hexdigest()), markdown, was)


def _undated(page: CorpusPage) -> CorpusPage:
    return replace(page, change=0, kind="added")


def _change(page: CorpusPage, at: datetime) -> Change:
    return Change(page.id, page.kind, at, page.title, page.url, page.version)


def _was_done(change: Change, row: CorpusPage | None, turn: Turn) -> bool:
    """Whether the index shows that the change was made. `row`: the page as it lies there."""
    if change.kind == "removed" or row is None:
        return change.kind == "removed" and row is None
    return row.change == turn.number


def _removed(removal: Removal, at: datetime) -> Change:
    gone = removal.missing
    return Change(gone.id, "removed", at, gone.title, gone.url, gone.version, removal.because)


def _side_by_side[Item](act: Callable[[Item], None], items: Sequence[Item]) -> None:
    """Each thread has a share of them, since handing over every single one costs more than a small write. A failure is
    raised when all others are done with theirs."""

    def each_of(share: Sequence[Item]) -> None:
        for item in share:
            act(item)

    shares = [items[start::CORPUS_WRITES_AT_ONCE] for start in range(min(len(items), CORPUS_WRITES_AT_ONCE))]
    if not shares:
        return
    with ThreadPoolExecutor(len(shares)) as pool:
        for done in [pool.submit(each_of, share) for share in shares]:
            done.result()
