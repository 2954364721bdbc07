"""What one turn of a run works with, and how a stage's step answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.corpus import CoveredSpace
from confluence_connector.domain.identifiers import SpaceId
from confluence_connector.domain.runs import Checkpoint, ItemFailure, PageCounts, Run
from confluence_connector.domain.syncs import Sync
from confluence_connector.limits import FAILURES_KEPT, SYNC_ROWS
from confluence_connector.ports.corpus import CorpusIndex, CorpusScope
from confluence_connector.ports.site_reading import ListedSpace, SiteReader


@dataclass(slots=True)
class SpaceBook:
    """The spaces that the corpus knows, read once in a turn; an unknown one is asked for once."""

    index: CorpusIndex
    scope: CorpusScope
    sync: Sync
    site: SiteReader
    _known: dict[SpaceId, CoveredSpace] | None = field(default=None, init=False)

    def all(self) -> Mapping[SpaceId, CoveredSpace]:
        if self._known is None:
            self._known = {space.id: space for space in self.index.spaces(self.scope)}
        return self._known

    def of(self, ids: Iterable[SpaceId]) -> Mapping[SpaceId, CoveredSpace]:
        """Those of them that the account sees."""
        known = dict(self.all())
        unknown = sorted(set(ids) - known.keys(), key=int)
        for start in range(0, len(unknown), SYNC_ROWS):
            met = [self.judged(space) for space in self.site.spaces_by_id(unknown[start : start + SYNC_ROWS])]
            self.note(met)
            known |= {space.id: space for space in met}
        return known

    def note(self, spaces: Iterable[CoveredSpace], gone: Iterable[CoveredSpace] = ()) -> None:
        """Writes differences only."""
        known = dict(self.all())
        changed = [space for space in spaces if known.get(space.id) != space]
        left = list(gone)
        if changed or left:
            self.index.put_spaces(self.scope, changed, left)
        known |= {space.id: space for space in changed}
        self._known = {space_id: space for space_id, space in known.items() if space not in left}

    def judged(self, space: ListedSpace) -> CoveredSpace:
        covered = self.sync.settings.covers(space.key, space.type, space.status)
        return CoveredSpace(space.id, space.key, space.name, space.type, covered)


@dataclass(frozen=True, slots=True)
class Turn:
    """A run as its worker holds it, with everything that a step asks or writes to."""

    run: Run
    sync: Sync
    connection: Connection
    scope: CorpusScope
    site: SiteReader
    spaces: SpaceBook

    @property
    def number(self) -> int:
        """Under which the next batch of changes is announced: the same for a repeat of it after a crash."""
        return self.run.feed + 1

    @property
    def site_url(self) -> str:
        assert self.connection.site is not None  # noqa: S101 — a sync has its connection's site
        return self.connection.site.url


class Stage(Protocol):
    def step(self, turn: Turn) -> Run:
        """The run after one more batch of this stage: what a checkpoint has to hold. May be repeated.

        Everything that it wrote is a repeat's, too: the run that is answered is saved afterwards, or not at all.
        """


def stage_done(run: Run, checkpoint: Checkpoint | None = None) -> Run:
    """On to the next stage."""
    return replace(run, stages=run.stages[1:], checkpoint=checkpoint or Checkpoint())


def counted(run: Run, more: PageCounts, failures: Iterable[ItemFailure] = ()) -> Run:
    sums = {name: getattr(run.pages, name) + getattr(more, name) for name in PageCounts.__dataclass_fields__}
    return replace(run, pages=PageCounts(**sums), failures=(*run.failures, *failures)[:FAILURES_KEPT])
