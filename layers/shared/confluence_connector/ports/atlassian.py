"""Atlassian: its token endpoint, who a token belongs to, and Confluence."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from confluence_connector.domain.connections import Account, Connection, Site
from confluence_connector.domain.identifiers import ConnectionId, PageId, WorkspaceId
from confluence_connector.domain.pages import Page, PageRef, Space, TreeNode
from confluence_connector.ports import Deadline


@dataclass(frozen=True, slots=True, repr=False)
class TokenAnswer:
    """A checked answer of Atlassian's token endpoint (RFC 6749 §5.1). `refresh_token` None: keep the old one."""

    access_token: str
    refresh_token: str | None
    expires_in_seconds: int
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return "TokenAnswer(…)"


class OutcomeUnknown(Exception):
    """No answer, or a 5xx: the token endpoint may have rotated the token (vault step 4)."""


class GrantRefused(Exception):
    """The refresh token, or the code, is not accepted any more (vault step 7)."""


class TokenEndpointBusy(Exception):
    """429: nothing was rotated; wait `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__("token endpoint busy")


class AtlassianOAuth(Protocol):
    """auth.atlassian.com and the identity calls. Raises the three above, AppMisconfigured, UpstreamProtocolError.

    What takes a deadline answers, or gives up, with enough of the invocation left to store a grant and to say so.
    """

    def enabled(self) -> bool:
        """Whether this deployment holds app credentials and knows its own public address (A6)."""

    def authorize_url(self, *, state: str, scopes: Iterable[str]) -> str: ...

    def exchange(self, code: str, deadline: Deadline) -> TokenAnswer: ...

    def refresh(self, refresh_token: str) -> TokenAnswer: ...

    def sites(self, access_token: str, deadline: Deadline) -> Sequence[Site]:
        """accessible-resources, merged by cloud id, in the order given."""

    def account(self, access_token: str, deadline: Deadline) -> Account: ...


class AccessTokens(Protocol):
    """The vault's face for its callers: access tokens only."""

    def access_token(
        self,
        workspace: WorkspaceId,
        connection_id: ConnectionId,
        *,
        deadline: Deadline,
        rejected: str | None = None,
    ) -> str:
        """A token good beyond the margin. `rejected`: the one Atlassian just answered 401 to; another is had (B1).

        Raises ConnectionNotFound, ReconnectRequired, TokenRefreshInProgress, RateLimited, ConfluenceUnavailable,
        AppMisconfigured.
        """


@dataclass(frozen=True, slots=True)
class PageBatch:
    """Some pages of a list; `cursor` leads on, None: these were the last."""

    pages: Sequence[PageRef]
    cursor: str | None


class Confluence(Protocol):
    """One connection's site, read with its grant. Raises LinkedSourceErrors, and PageGone for missing or hidden."""

    def spaces(self) -> Iterator[Space]: ...

    def space(self, key: str) -> Space | None: ...

    def page(self, page_id: PageId) -> Page:
        """Current or archived, with its storage body. Trashed, purged and invisible are PageGone (api-facts §3.3)."""

    def page_ref(self, page_id: PageId) -> PageRef:
        """The same without its body."""

    def pages_of(self, space: Space, after: str | None = None) -> Iterator[PageBatch]:
        """All current pages of a space, without bodies, each batch asked for when it is wanted.

        `after` is an earlier batch's cursor: the walk goes on behind it.
        """

    def children(self, page_id: PageId) -> Iterator[TreeNode]:
        """Direct children of a page or a folder."""

    def find(self, space_key: str, title: str) -> PageId | None:
        """The page with that very title, for legacy display URLs."""


class ConfluenceSites(Protocol):
    def of(self, connection: Connection, deadline: Deadline) -> Confluence: ...
