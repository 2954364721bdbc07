"""The corpus: what space sync keeps of a site (E2, E6). Its text lies in S3; these are the index's nouns.

A page is in the corpus, or it is not: there is no half-removed state. Why it left is in the change feed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confluence_connector.domain.identifiers import PageId, RunId, SpaceId

type ChangeKind = Literal["added", "changed", "removed"]
type Departure = Literal["trashed", "archived", "moved_out", "space_left", "gone"]
"""Why a page left. `space_left`: its space was deleted, archived, excluded or is not visible any more; `gone`: purged
or not visible to the account, which cannot be told apart (api-facts §3.10)."""


@dataclass(frozen=True, slots=True)
class CoveredSpace:
    """A space as the last listing showed it, and whether the sync covers it."""

    id: SpaceId
    key: str
    name: str
    type: str
    covered: bool


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote pages of the corpus, since when we know it, and when that was last reported to Atlassian (A12).

    `name` None: one that may not be kept, or does not exist any more.
    """

    account_id: str
    name: str | None
    fetched_at: datetime
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CorpusAttachment:
    """Metadata only (E2). `size` in bytes."""

    id: str
    name: str
    media_type: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class Ancestor:
    """Top-level first in a page's list; a folder is one too."""

    id: PageId
    title: str


@dataclass(frozen=True, slots=True)
class PageDetails:
    """What Confluence tells in bulk by search, and no version number betrays when it changes (E3)."""

    labels: tuple[str, ...] = ()
    ancestors: tuple[Ancestor, ...] = ()
    attachments: tuple[CorpusAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class CorpusPage:
    """One page of the corpus, without its text.

    `digest`: sha256 of the object in S3, hex: equal bytes are never written twice. `change` is the number in the feed
    under which it was written last, and `kind` as what: a batch repeated after a crash meets its own number, and counts
    and announces the page as it did before (fault case I6).
    """

    id: PageId
    space_id: SpaceId
    space_key: str
    space_name: str
    title: str
    url: str
    version: int
    updated_at: datetime
    parent_id: PageId | None
    author_id: str | None
    author_name: str | None
    details: PageDetails
    digest: str
    change: int
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the change feed. For `removed`, title and URL are those it had."""

    page_id: PageId
    kind: ChangeKind
    at: datetime
    title: str
    url: str
    version: int
    because: Departure | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A page of the corpus that a walk over its space did not meet: a suspicion, no evidence yet (E4).

    With what its removal has to say: a removal repeated after a crash does not find the page in the index any more.
    """

    id: PageId
    run_id: RunId
    space_id: SpaceId
    title: str
    url: str
    version: int
