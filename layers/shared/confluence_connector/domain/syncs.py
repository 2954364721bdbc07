"""A connection's space sync: what it covers, when it runs next, and what it knows of the site so far (E1–E4)."""

from dataclasses import dataclass
from datetime import datetime

from confluence_connector.domain.identifiers import CloudId, ConnectionId, CorpusId, PageId, RunId, WorkspaceId

COVERED_TYPES = frozenset({"global", "knowledge_base", "collaboration"})


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """What an admin may set. Keys ignore case; no `include_spaces` means all that are covered by type."""

    enabled: bool = True
    interval_minutes: int = 60
    include_spaces: tuple[str, ...] = ()
    exclude_spaces: tuple[str, ...] = ()

    def wants(self, key: str) -> bool:
        """Whether a person wants the space of that key, whatever it is."""
        included = {each.casefold() for each in self.include_spaces}
        excluded = {each.casefold() for each in self.exclude_spaces}
        named = key.casefold()
        return named not in excluded and (not included or named in included)

    def covers(self, key: str, kind: str, status: str) -> bool:
        return kind in COVERED_TYPES and status == "current" and self.wants(key)


@dataclass(frozen=True, slots=True)
class Sync:
    """One per connection; at most one per workspace and site. `generation`: of the consent it was set up for.

    `watermark`: every version up to then is known; None: nothing is, the next run is a full one. `ending`: the corpus
    is being removed (A8, E6); nothing but that is done for it any more.
    """

    workspace: WorkspaceId
    connection_id: ConnectionId
    cloud_id: CloudId
    corpus_id: CorpusId
    generation: int
    settings: SyncSettings
    created_at: datetime
    next_run_at: datetime | None  # None: switched off, paused or ending
    watermark: datetime | None = None
    walk_due_at: datetime | None = None  # removals, moves, restrictions
    details_due_at: datetime | None = None  # labels, ancestors, attachments, authors' names
    names_due_at: datetime | None = None  # names of authors in the pages, since one changed or was erased (A12)
    reconcile_days: int = 1  # 1–14, stretched while the app's points are short
    active_run: RunId | None = None
    active_until: datetime | None = None  # then the dispatcher sends the message of the run, or of the removal, again
    last_run: RunId | None = None
    paused_because: str | None = None  # a code: after one failed run that only a person can mend (C4)
    owed: tuple[PageId, ...] = ()  # pages whose details the search index did not have yet
    pages: int = 0  # in the corpus, by the runs that are over
    feed: int = 0  # the last change number that is complete
    ending: bool = False
    revision: int = 0
