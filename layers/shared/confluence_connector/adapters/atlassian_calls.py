"""Requests to one connection's site, with its grant: who signs, and what Atlassian's refusals mean.

    token ──► answer ──► fine, or a refusal that is the page's
                └──► 401, or a 404 that names nothing while the site refuses us altogether:
                     the token is bad ──► another token, once ──► answer ──► the same again: upstream error

A bad credential looks like a bare 404 on v2 (api-facts §1.7). Taking it for "deleted" would turn an expired token into
a site full of deleted pages, so such a 404 counts only after the same token has read something else.

What a question may cost at the very worst (L8): with everything failing, ATLASSIAN_TRIES requests, and no other layer
repeats them. With a hostile mixture (each try but the last refused for now, the last one a bare 404, the health probe
likewise, and all of it again with another token) four times that. A queue that hands the work out again multiplies it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import httpx

from confluence_connector.adapters.atlassian_http import Answer, AtlassianHttp, Request
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.rate_limits import Spent
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


class Api(StrEnum):
    """Where a path begins. v1 for what v2 does not have: search, users, labels, restrictions."""

    V2 = "/wiki/api/v2"
    V1 = "/wiki/rest/api"


@dataclass(frozen=True, slots=True)
class SiteCalls:
    """`spent` counts every request; whoever parses an answer's rows adds what they were."""

    http: AtlassianHttp
    tokens: AccessTokens
    connection: Connection
    deadline: Deadline
    spent: Spent = field(default_factory=Spent)

    def get(
        self, path: str, query: Mapping[str, str], *, api: Api = Api.V2, divisible: bool = False
    ) -> dict[str, Any] | None:
        """The JSON object at a path of that API; None: missing, or not visible to the account.

        Raises ScopesMissing, PageForbidden, ConfluenceUnavailable, UpstreamProtocolError, and what the vault and
        `AtlassianHttp.send` raise.
        """
        return self.ask(Request.get(self.address(api, path), query, divisible=divisible))

    def post(
        self, path: str, value: Any, *, repeatable: bool, query: Mapping[str, str] | None = None, api: Api = Api.V2
    ) -> dict[str, Any] | None:
        """The answer to a JSON body, as in `get`. `repeatable`: it reads, or happening twice does no harm."""
        return self.ask(Request.post_json(self.address(api, path), query or {}, value, repeatable=repeatable))

    def ask(self, request: Request) -> dict[str, Any] | None:
        """Any request to this site. An answer without content (204) is an empty object."""
        return meaning(self.answer(request))

    def answer(self, request: Request) -> Answer:
        """The answer as it came, given to a token that Atlassian takes. Raises as `get` does, but for what it says."""
        token = self._token()
        answer = self._send(request, token)
        if self._token_is_bad(answer, request, token):
            token = self._token(rejected=token)
            answer = self._send(request, token)
            if self._token_is_bad(answer, request, token):
                raise _refused_for_good(answer)
        return answer

    def _token_is_bad(self, answer: Answer, request: Request, token: str) -> bool:
        if answer.status == httpx.codes.UNAUTHORIZED:
            if OUT_OF_SCOPE in answer.body:
                raise ScopesMissing(missing_scopes=self.connection.missing_scopes)
            return True
        if answer.status == httpx.codes.NOT_FOUND and not _names_what_is_missing(answer, request.path):
            probe = Request.get(self.address(Api.V2, "/spaces"), {"limit": "1"})
            if self._send(probe, token).status != httpx.codes.OK:
                return True
            self.spent.returned(objects=1)
        return False

    def _send(self, request: Request, token: str) -> Answer:
        return self.http.send(request, token=token, spent=self.spent, deadline=self.deadline)

    def address(self, api: Api, path: str) -> str:
        if self.connection.site is None:
            raise ValueError("a connection without a site cannot be read with")
        return f"/ex/confluence/{self.connection.site.cloud_id}{api}{path}"

    def _token(self, rejected: str | None = None) -> str:
        return self.tokens.access_token(
            self.connection.workspace, self.connection.id, deadline=self.deadline, rejected=rejected
        )


def _names_what_is_missing(answer: Answer, path: str) -> bool:
    """A true 404 carries the id that was asked for."""
    wanted = ID.search(path.rpartition("/api/")[2])
    return wanted is not None and wanted[1].encode() in answer.body


def meaning(answer: Answer) -> dict[str, Any] | None:
    """What an answer tells who asked a question that Confluence understands. Raises as `SiteCalls.get` does."""
    match answer.status:
        case httpx.codes.OK:
            return answer.json()
        case httpx.codes.NO_CONTENT:
            return {}
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
