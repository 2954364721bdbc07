"""Space sync: its settings and state, its runs, and the queue that its turns travel through."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.identifiers import CloudId, ConnectionId, RunId, WorkspaceId
from confluence_connector.domain.runs import Run
from confluence_connector.domain.syncs import Sync
from confluence_connector.domain.work import Work


class Syncs(Protocol):
    """One sync per connection. Raises AppMisconfigured, ServiceUnavailable."""

    def get(self, workspace: WorkspaceId, connection_id: ConnectionId) -> Sync | None:
        """A consistent read."""

    def save(self, sync: Sync) -> Sync:
        """Like `Connections.save`: conditional on the revision, a repeat of the very same save is success.

        Raises Stale.
        """

    def remove(self, sync: Sync) -> None:
        """If the stored revision is still this one, else raises Stale. Missing is success."""

    def claim_site(self, workspace: WorkspaceId, cloud_id: CloudId, connection_id: ConnectionId) -> ConnectionId:
        """Takes the site for this connection's sync, unless another has it; who has it now (E1)."""

    def release_site(self, workspace: WorkspaceId, cloud_id: CloudId, connection_id: ConnectionId) -> None:
        """If it is this connection's. Missing is success."""

    def due(self, now: datetime) -> Iterator[Sync]:
        """Those that `domain.sync_times.next_due` puts at or before `now`, each read again consistently."""


class Runs(Protocol):
    """A connection's runs, newest first. They are forgotten after RUNS_KEPT_DAYS."""

    def get(self, workspace: WorkspaceId, connection_id: ConnectionId, run_id: RunId) -> Run | None:
        """A consistent read."""

    def save(self, run: Run) -> Run:
        """Like `Syncs.save`; revision 0: it must not exist yet (K1). Raises Stale."""

    def of_connection(
        self, workspace: WorkspaceId, connection_id: ConnectionId, *, limit: int, before: RunId | None = None
    ) -> Sequence[Run]: ...

    def ask_to_cancel(self, run: Run) -> None:
        """Marks it beside whoever works on it, without moving its revision; the next step sees it."""

    def is_cancelled(self, run: Run) -> bool:
        """Whether `ask_to_cancel` was called, by a consistent read."""


class WorkQueue(Protocol):
    def send(self, works: Sequence[tuple[Work, int]]) -> None:
        """Messages, each after its delay in seconds (0–900). Raises AppMisconfigured, ServiceUnavailable."""
