"""Synchronizers, their links and runs, and the audit trail of people's acts on issues. The `WorkQueue` is sync's."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.identifiers import ActId, PageId, RunId, SynchronizerId, WorkspaceId
from confluence_connector.domain.page_acts import PageAct
from confluence_connector.domain.page_links import PageLink
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.synchronizers import Synchronizer


class Synchronizers(Protocol):
    """Raises AppMisconfigured, ServiceUnavailable."""

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId) -> Synchronizer | None:
        """A consistent read."""

    def save(self, synchronizer: Synchronizer) -> Synchronizer:
        """Like `Connections.save`: conditional on the revision, 0: it must not exist yet. Raises Stale."""

    def remove(self, synchronizer: Synchronizer) -> None:
        """If the stored revision is still this one, else raises Stale. Missing is success."""

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Synchronizer]:
        """All, in the order of their making, those that are ending too."""

    def claim(self, workspace: WorkspaceId, request: str, synchronizer_id: SynchronizerId) -> SynchronizerId:
        """The id of the synchronizer that this request makes: this one, or the one of an earlier call within a day."""

    def due(self, now: datetime) -> Iterator[Synchronizer]:
        """Those that `domain.synchronizer_times.next_due` puts at or before `now`, each read again consistently."""


class PageLinks(Protocol):
    """At most one per page and synchronizer. Raises AppMisconfigured, ServiceUnavailable."""

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, page_id: PageId) -> PageLink | None:
        """A consistent read."""

    def among(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, pages: Sequence[PageId]
    ) -> dict[PageId, PageLink]:
        """Those of these pages that exist, each read consistently."""

    def after(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, page_id: PageId | None, *, limit: int
    ) -> Sequence[PageLink]:
        """The next ones behind that page, in one fixed order, consistently; an empty answer is the end."""

    def save(self, link: PageLink) -> PageLink:
        """Like `Synchronizers.save`: of two that would make a page's link, one does. Raises Stale."""

    def remove(self, link: PageLink) -> None:
        """If the stored revision is still this one, else raises Stale. Missing is success."""


class SynchronizerRuns(Protocol):
    """Newest first. They are forgotten after RUNS_KEPT_DAYS."""

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, run_id: RunId) -> SynchronizerRun | None:
        """A consistent read."""

    def save(self, run: SynchronizerRun) -> SynchronizerRun:
        """Like `Synchronizers.save`. Raises Stale."""

    def of_synchronizer(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, *, limit: int, before: RunId | None = None
    ) -> Sequence[SynchronizerRun]: ...


class PageActs(Protocol):
    """Newest first. They are forgotten after PAGE_ACTS_KEPT_DAYS."""

    def add(self, act: PageAct) -> None:
        """Again with the same id replaces it."""

    def page(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, *, limit: int, before: ActId | None = None
    ) -> tuple[Sequence[PageAct], ActId | None]: ...
