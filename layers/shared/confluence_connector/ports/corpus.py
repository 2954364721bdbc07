"""Where the corpus lies: an index in DynamoDB, objects in S3, and a change feed beside the index.

Every effect is idempotent: the same write twice leaves the same bytes. Raises AppMisconfigured, ServiceUnavailable.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.corpus import Author, Change, CorpusPage, CoveredSpace, Missing
from confluence_connector.domain.identifiers import ConnectionId, CorpusId, PageId, RunId, WorkspaceId
from confluence_connector.ports import Deadline


@dataclass(frozen=True, slots=True)
class CorpusScope:
    """Whose corpus. A site change or a new beginning is another corpus id: nothing of an older one can be met."""

    workspace: WorkspaceId
    connection_id: ConnectionId
    corpus_id: CorpusId


@dataclass(frozen=True, slots=True)
class PageList:
    pages: Sequence[CorpusPage]
    after: str | None  # an opaque position; None: these were the last


class CorpusIndex(Protocol):
    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def get(self, scope: CorpusScope, ids: Iterable[PageId]) -> Mapping[PageId, CorpusPage]:
        """Those of them that are in the corpus; consistent."""

    def between(
        self, scope: CorpusScope, after: PageId | None, up_to: PageId | None, limit: int
    ) -> Sequence[CorpusPage]:
        """At most `limit` pages with ids above `after` and not above `up_to`, in numeric id order; consistent."""

    def put(self, scope: CorpusScope, pages: Iterable[CorpusPage]) -> None:
        """Each unless a newer version is there already (fault case I8)."""

    def remove(self, scope: CorpusScope, ids: Iterable[PageId]) -> None: ...

    def by_title(
        self, scope: CorpusScope, *, space_key: str | None, title_part: str | None, limit: int, after: str | None
    ) -> PageList:
        """In title order, of one space and with that part in the title (case-folded) where given; eventually
        consistent. Fewer than `limit` with an `after` means: go on."""

    # ── suspects of a run ───────────────────────────────────────────────────────────────────────────────────────────
    def note_missing(self, scope: CorpusScope, missing: Iterable[Missing]) -> None: ...

    def missing(self, scope: CorpusScope, run_id: RunId, limit: int) -> Sequence[Missing]:
        """In id order."""

    def forget_missing(self, scope: CorpusScope, missing: Iterable[Missing]) -> None: ...

    # ── spaces and authors ──────────────────────────────────────────────────────────────────────────────────────────
    def spaces(self, scope: CorpusScope) -> Sequence[CoveredSpace]: ...

    def put_spaces(self, scope: CorpusScope, spaces: Iterable[CoveredSpace], gone: Iterable[CoveredSpace] = ()) -> None:
        """Writes those given and drops those that are gone; the caller passes differences only."""

    def authors(self, scope: CorpusScope, account_ids: Iterable[str]) -> Mapping[str, str | None]:
        """Names by account id; None: a name that may not be kept or does not exist any more (A12)."""

    def put_authors(self, scope: CorpusScope, names: Mapping[str, str | None]) -> None:
        """As fetched just now."""

    def authors_to_report(self, scope: CorpusScope, before: datetime, limit: int) -> Sequence[Author]:
        """Those neither fetched nor reported since `before`, in the order of their ids; consistent."""

    def note_authors(self, scope: CorpusScope, authors: Iterable[Author]) -> None:
        """As a report left them."""

    # ── the change feed ─────────────────────────────────────────────────────────────────────────────────────────────
    def put_changes(self, scope: CorpusScope, number: int, changes: Sequence[Change]) -> None:
        """One batch of changes under its number; again replaces it. Forgotten after CHANGES_KEPT_DAYS."""

    def changes(self, scope: CorpusScope, after: int, up_to: int, limit: int) -> Sequence[tuple[int, Sequence[Change]]]:
        """Batches with numbers above `after` and not above `up_to`, in order; at most `limit` batches."""

    # ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def erase(self, scope: CorpusScope, deadline: Deadline) -> bool:
        """Deletes everything of the corpus as far as there is time, but some of it each time; True: nothing is left."""


class CorpusObjects(Protocol):
    """One Markdown object per page and its metadata sidecar."""

    def put(self, scope: CorpusScope, page_id: PageId, markdown: bytes, metadata: bytes) -> None: ...

    def get(self, scope: CorpusScope, page_id: PageId) -> bytes | None:
        """The Markdown object."""

    def absent(self, scope: CorpusScope, ids: Iterable[PageId]) -> Set[PageId]:
        """Those of them of which an object is not there. Cheapest for ids that lie close together."""

    def remove(self, scope: CorpusScope, page_id: PageId) -> None: ...

    def erase(self, scope: CorpusScope, deadline: Deadline) -> bool:
        """As the index's."""
