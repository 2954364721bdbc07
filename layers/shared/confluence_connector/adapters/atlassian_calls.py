"""GETs on one connection's site, with its grant: who signs, and what Atlassian's refusals mean.

    token ──► answer ──► fine, or a refusal that is the page's
                └──► 401, or a 404 that names nothing while the site refuses us altogether:
                     the token is bad ──► another token, once ──► answer ──► the same again: upstream error

A bad credential looks like a bare 404 on v2 (api-facts §1.7). Taking it for "deleted" would turn an expired token into
a site full of deleted pages, so such a 404 counts only after the same token has read something else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from confluence_connector.adapters.atlassian_http import Answer, AtlassianHttp
from confluence_connector.domain.connections import Connection
from confluence_connector.errors import (
    LINKED,
    ConfluenceUnavailable,
    PageForbidden,
    ScopesMissing,
    UpstreamProtocolError,
)
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import AccessTokens

OUT_OF_SCOPE: Final = b"scope does not match"
ID: Final = re.compile(r"/([0-9]+)(?:/|$)", re.ASCII)
SERVER_ERRORS: Final = 500


@dataclass(frozen=True, slots=True)
class SiteCalls:
    http: AtlassianHttp
    tokens: AccessTokens
    connection: Connection
    deadline: Deadline

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """The JSON object at `/wiki/api/v2<path>`; None: missing, or not visible to the account.

        Raises ScopesMissing, PageForbidden, ConfluenceUnavailable, UpstreamProtocolError, and what the vault and
        `AtlassianHttp.get` raise.
        """
        token = self._token()
        answer = self._ask(path, query, token)
        if self._token_is_bad(answer, path, token):
            token = self._token(rejected=token)
            answer = self._ask(path, query, token)
            if self._token_is_bad(answer, path, token):
                raise _refused_for_good(answer)
        return _meaning(answer)

    def _token_is_bad(self, answer: Answer, path: str, token: str) -> bool:
        if answer.status == httpx.codes.UNAUTHORIZED:
            if OUT_OF_SCOPE in answer.body:
                raise ScopesMissing(missing_scopes=self.connection.missing_scopes)
            return True
        if answer.status == httpx.codes.NOT_FOUND and not _names_what_is_missing(answer, path):
            return self._ask("/spaces", {"limit": "1"}, token).status != httpx.codes.OK
        return False

    def _ask(self, path: str, query: Mapping[str, str], token: str) -> Answer:
        if self.connection.site is None:
            raise ValueError("a connection without a site cannot be read with")
        prefix = f"/ex/confluence/{self.connection.site.cloud_id}/wiki/api/v2"
        return self.http.get(prefix + path, query, token=token, deadline=self.deadline)

    def _token(self, rejected: str | None = None) -> str:
        return self.tokens.access_token(
            self.connection.workspace, self.connection.id, deadline=self.deadline, rejected=rejected
        )


def _names_what_is_missing(answer: Answer, path: str) -> bool:
    """A true 404 of v2 carries the id that was asked for."""
    wanted = ID.search(path)
    return wanted is not None and wanted[1].encode() in answer.body


def _meaning(answer: Answer) -> dict[str, Any] | None:
    match answer.status:
        case httpx.codes.OK:
            return answer.json()
        case httpx.codes.NOT_FOUND:
            return None
        case httpx.codes.FORBIDDEN:
            raise PageForbidden
        case status if status >= SERVER_ERRORS:
            raise ConfluenceUnavailable
        case _:  # redirects too: the API has no business sending us elsewhere
            raise UpstreamProtocolError


def _refused_for_good(answer: Answer) -> Exception:
    """Two tokens, one of them fresh, and the site takes neither. The grant itself is the vault's to judge."""
    if answer.status == httpx.codes.NOT_FOUND:
        return PageForbidden(f"{LINKED}: the connected account may not use Confluence on this site.")
    return UpstreamProtocolError(f"{LINKED}: Atlassian does not accept a token that it has just issued.")
