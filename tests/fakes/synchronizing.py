"""Synchronizers, links, runs and the trail of people's acts in memory, with the promises of their ports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock

from confluence_connector.domain.identifiers import ActId, PageId, RunId, SynchronizerId, WorkspaceId
from confluence_connector.domain.page_acts import PageAct
from confluence_connector.domain.page_links import PageLink
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.synchronizer_times import next_due
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.limits import IDEMPOTENCY_SECONDS, PAGE_ACTS_KEPT_DAYS, RUNS_KEPT_DAYS
from confluence_connector.ports import Clock, Stale


class _Revised[Id, Noun: (Synchronizer, PageLink, SynchronizerRun)](dict[Id, Noun]):
    """Nouns with revisions. `saves` counts those that were taken."""

    def __init__(self) -> None:
        super().__init__()
        self.saves = 0
        self._lock = RLock()

    def save(self, key: Id, noun: Noun) -> Noun:
        with self._lock:
            if self._revision(key) != noun.revision:
                raise Stale
            self.saves += 1
            self[key] = replace(noun, revision=noun.revision + 1)
            return self[key]

    def remove(self, key: Id, noun: Noun) -> None:
        with self._lock:
            if self._revision(key) not in {0, noun.revision}:
                raise Stale
            self.pop(key, None)

    def _revision(self, key: Id) -> int:
        there = self.get(key)
        return there.revision if there else 0


@dataclass
class FakeSynchronizers:
    """The `Synchronizers` port."""

    now: Clock
    stored: _Revised[tuple[WorkspaceId, SynchronizerId], Synchronizer] = field(default_factory=_Revised)
    claims: dict[tuple[WorkspaceId, str], tuple[SynchronizerId, datetime]] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId) -> Synchronizer | None:
        return self.stored.get((workspace, synchronizer_id))

    def save(self, synchronizer: Synchronizer) -> Synchronizer:
        return self.stored.save((synchronizer.workspace, synchronizer.id), synchronizer)

    def remove(self, synchronizer: Synchronizer) -> None:
        self.stored.remove((synchronizer.workspace, synchronizer.id), synchronizer)

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Synchronizer]:
        theirs = [each for each in list(self.stored.values()) if each.workspace == workspace]
        yield from sorted(theirs, key=lambda each: each.id)

    def claim(self, workspace: WorkspaceId, request: str, synchronizer_id: SynchronizerId) -> SynchronizerId:
        now = self.now()
        with self.lock:
            claimed, until = self.claims.get((workspace, request), (synchronizer_id, now))
            if until > now:
                return claimed
            self.claims[workspace, request] = synchronizer_id, now + timedelta(seconds=IDEMPOTENCY_SECONDS)
            return synchronizer_id

    def due(self, now: datetime) -> Iterator[Synchronizer]:
        for synchronizer in list(self.stored.values()):
            at = next_due(synchronizer)
            if at is not None and at <= now:
                yield synchronizer


@dataclass
class FakePageLinks:
    """The `PageLinks` port."""

    stored: _Revised[tuple[WorkspaceId, SynchronizerId, PageId], PageLink] = field(default_factory=_Revised)

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, page_id: PageId) -> PageLink | None:
        return self.stored.get((workspace, synchronizer_id, page_id))

    def among(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, pages: Sequence[PageId]
    ) -> dict[PageId, PageLink]:
        found = {page_id: self.get(workspace, synchronizer_id, page_id) for page_id in pages}
        return {page_id: link for page_id, link in found.items() if link is not None}

    def after(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, page_id: PageId | None, *, limit: int
    ) -> Sequence[PageLink]:
        theirs = [
            link
            for (owner, parent, its_page), link in list(self.stored.items())
            if (owner, parent) == (workspace, synchronizer_id) and (page_id is None or int(its_page) > int(page_id))
        ]
        return sorted(theirs, key=lambda link: int(link.page_id))[:limit]

    def save(self, link: PageLink) -> PageLink:
        return self.stored.save((link.workspace, link.synchronizer_id, link.page_id), link)

    def remove(self, link: PageLink) -> None:
        self.stored.remove((link.workspace, link.synchronizer_id, link.page_id), link)


@dataclass
class FakeSynchronizerRuns:
    """The `SynchronizerRuns` port."""

    now: Clock
    stored: _Revised[tuple[WorkspaceId, SynchronizerId, RunId], SynchronizerRun] = field(default_factory=_Revised)

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, run_id: RunId) -> SynchronizerRun | None:
        run = self.stored.get((workspace, synchronizer_id, run_id))
        return run if run is not None and self._is_kept(run) else None

    def save(self, run: SynchronizerRun) -> SynchronizerRun:
        return self.stored.save((run.workspace, run.synchronizer_id, run.id), run)

    def of_synchronizer(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, *, limit: int, before: RunId | None = None
    ) -> Sequence[SynchronizerRun]:
        theirs = [
            run
            for (owner, parent, _), run in list(self.stored.items())
            if (owner, parent) == (workspace, synchronizer_id) and self._is_kept(run)
        ]
        newest_first = sorted(theirs, key=lambda run: run.id, reverse=True)
        return [run for run in newest_first if before is None or run.id < before][:limit]

    def _is_kept(self, run: SynchronizerRun) -> bool:
        return run.created_at + timedelta(days=RUNS_KEPT_DAYS) > self.now()


@dataclass
class FakePageActs:
    """The `PageActs` port."""

    now: Clock
    stored: dict[ActId, PageAct] = field(default_factory=dict)

    def add(self, act: PageAct) -> None:
        self.stored[act.id] = act

    def page(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, *, limit: int, before: ActId | None = None
    ) -> tuple[Sequence[PageAct], ActId | None]:
        kept_since = self.now() - timedelta(days=PAGE_ACTS_KEPT_DAYS)
        theirs = [
            act
            for act in self.stored.values()
            if (act.workspace, act.synchronizer_id) == (workspace, synchronizer_id) and act.at > kept_since
        ]
        newest_first = sorted(theirs, key=lambda act: act.id, reverse=True)
        acts = [act for act in newest_first if before is None or act.id < before]
        return acts[:limit], acts[limit - 1].id if len(acts) > limit else None
