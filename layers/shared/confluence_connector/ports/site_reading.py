"""A site read in bulk, for space sync and bulk imports: hundreds of pages an answer, and what it cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.corpus import PageDetails
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.ports import Deadline

type PageStatus = Literal["current", "archived", "trashed"]


@dataclass(frozen=True, slots=True)
class ListedSpace:
    id: SpaceId
    key: str
    name: str
    type: str
    status: str


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page as a list shows it. `body`: storage format, where bodies were asked for; its version's, in one answer.

    No repr: a body is somebody's page.
    """

    id: PageId
    space_id: SpaceId
    title: str
    url: str
    version: int
    updated_at: datetime
    parent_id: PageId | None
    author_id: str | None  # of this version
    status: PageStatus
    created_at: datetime
    body: str | None = None

    def __repr__(self) -> str:
        return f"ListedPage({self.id})"


@dataclass(frozen=True, slots=True)
class Listing:
    pages: Sequence[ListedPage]
    cursor: str | None  # leads on; None: these were the last


@dataclass(frozen=True, slots=True)
class Branch:
    """Current pages of a tree, one answer's worth. `deeper`: ends of it that have to be asked for on their own."""

    pages: Sequence[PageId]
    deeper: Sequence[PageId]
    cursor: str | None  # leads on; None: these were the last


@dataclass(frozen=True, slots=True)
class Matches:
    """Pages that a CQL query finds, one answer's worth."""

    pages: Sequence[PageId]
    cursor: str | None  # leads on; None: these were the last


@dataclass(frozen=True, slots=True)
class Person:
    """`name` None: the account is closed, or hides its name."""

    account_id: str
    name: str | None


class SiteReader(Protocol):
    """One connection's site. Raises LinkedSourceErrors, ScopesMissing and what the vault says; RateLimited also for a
    quota that is not ours to use up. `spent` grows with every request, failed ones too.
    """

    @property
    def spent(self) -> Spent: ...

    def spaces(self) -> Sequence[ListedSpace]:
        """Every space that the account sees, archived and personal ones too."""

    def spaces_by_id(self, ids: Sequence[SpaceId]) -> Sequence[ListedSpace]:
        """At most 250."""

    def newest(self, limit: int, cursor: str | None = None) -> Listing:
        """Current pages of the whole site with bodies, newest version first."""

    def walk(self, space_ids: Sequence[SpaceId], *, bodies: bool, cursor: str | None = None) -> Listing:
        """Up to 250 current pages of at most 100 spaces, in ascending id order."""

    def pages(self, ids: Sequence[PageId], *, bodies: bool) -> Sequence[ListedPage]:
        """Those of at most 250 pages that the account sees, current, archived or trashed; the others are absent."""

    def below(self, root: PageId, cursor: str | None = None) -> Branch:
        """What lies below a page or a folder, up to ten levels deep. Raises PageGone."""

    def details(self, ids: Sequence[PageId]) -> Mapping[PageId, PageDetails]:
        """Of at most 250 pages; those that the search index does not have (yet) are absent."""

    def matching(self, cql: str, cursor: str | None = None) -> Matches:
        """Up to 250 pages that a CQL query finds, as the search index has them: it is late, and knows no archived page.

        Raises CqlRefused for what is no query; a cursor that Confluence does not take (any more) is
        UpstreamProtocolError.
        """

    def people(self, account_ids: Sequence[str]) -> Sequence[Person]:
        """At most 250; unknown ones are absent."""


class SiteReaders(Protocol):
    def of(self, connection: Connection, deadline: Deadline) -> SiteReader: ...
