"""Requests to one Jira site with a connection's grant: who signs, and what Jira's answers mean.

    token ──► answer ──► 401? another token, once ──► answer ──► 401 again: upstream error
                 │
                 ├─ a question   200 the answer · Jira's own 404 nothing · 403 forbidden · 5xx unavailable
                 └─ a change     2xx done · 400 413 422 refused · 404 gone · 409 conflict
                                 lost, 5xx or unreadable: nobody knows, and nobody sends it again

Only Jira itself can say that something is not there: its refusals are lists of `errorMessages` (api-facts §7). The
gateway answers 404 too, to a site that the grant does not reach, and took for "deleted" that would break every link.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx

from confluence_connector.adapters.atlassian_calls import OUT_OF_SCOPE, SERVER_ERRORS
from confluence_connector.adapters.atlassian_http import Answer, AnswerLost, AtlassianHttp, Request, strict_json
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.errors import (
    ConfluenceUnavailable,
    EditConflict,
    IssueGone,
    JiraForbidden,
    JiraRefused,
    JiraUnavailable,
    RateLimited,
    ScopesMissing,
    UpstreamProtocolError,
    WriteOutcomeUnknown,
)
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import AccessTokens

NOT_UNDERSTOOD: Final = "Jira answered something that we do not understand."
SLOW_DOWN: Final = "Jira asks us to slow down."
REFUSED_FOR_GOOD: Final = "Jira does not accept a token that Atlassian has just issued."
OUT_OF_REACH: Final = "The connected account's grant does not reach Jira on this site."
LOST: Final = "The change was sent and Jira's answer was lost: it may or may not have happened."
LOOK_FIRST: Final = "Look at the issue before you try again; nothing is sent a second time by itself."
REFUSED: Final = frozenset(
    {httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE, httpx.codes.UNPROCESSABLE_ENTITY}
)
FIELD: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
FIELDS_NAMED: Final = 50


class NotAQuestion(UpstreamProtocolError):
    """400 to a question: Jira does not take it for this account, or not at all."""


@dataclass(frozen=True, slots=True)
class JiraCalls:
    """`spent` counts every request; whoever parses an answer's rows adds what they were.

    All methods raise RateLimited, JiraUnavailable, ScopesMissing, UpstreamProtocolError, and what the vault says.
    """

    http: AtlassianHttp
    tokens: AccessTokens
    connection: Connection
    cloud_id: CloudId
    deadline: Deadline
    spent: Spent = field(default_factory=Spent)

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """The JSON object at a path; None: missing, or hidden. Raises JiraForbidden, NotAQuestion."""
        return _told(self.answer(Request.get(self._address(path), query)))

    def ask(self, path: str, value: Any) -> dict[str, Any] | None:
        """A question that takes a body. As `get`."""
        return _told(self.answer(Request.post_json(self._address(path), {}, value, repeatable=True)))

    def change(self, method: Literal["POST", "PUT"], path: str, value: Any, *, repeatable: bool = False) -> Answer:
        """What was done. Raises JiraRefused, JiraForbidden, IssueGone, EditConflict, and WriteOutcomeUnknown.

        `repeatable`: happening twice does no harm, so that it is tried again, and a failure is JiraUnavailable.
        """
        body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        kind = {"content-type": "application/json"}
        answer = self.answer(Request(method, self._address(path), {}, repeatable, body, kind))
        if answer.status >= SERVER_ERRORS:
            raise JiraUnavailable if repeatable else outcome_unknown()
        if not httpx.codes.is_success(answer.status):
            raise _refusal(answer)
        return answer

    def knows_me(self) -> Answer:
        """Jira's answer to who we are, whatever it is."""
        return self.answer(Request.get(self._address("/myself"), {}))

    def confluence_takes_the_token(self) -> bool:
        """Whether the same grant reads the connection's Confluence site, right now."""
        if self.connection.site is None:
            return False
        path = f"/ex/confluence/{self.connection.site.cloud_id}/wiki/api/v2/spaces"
        taken = self.answer(Request.get(path, {"limit": "1"})).status == httpx.codes.OK
        if taken:
            self.spent.returned(objects=1)
        return taken

    def answer(self, request: Request) -> Answer:
        """The answer as it came, given to a token that Atlassian takes."""
        token = self._token()
        answer = self._send(request, token)
        if answer.status == httpx.codes.UNAUTHORIZED:
            self._refuse_if_out_of_scope(answer)
            answer = self._send(request, self._token(rejected=token))
            if answer.status == httpx.codes.UNAUTHORIZED:
                self._refuse_if_out_of_scope(answer)
                raise UpstreamProtocolError(REFUSED_FOR_GOOD)
        return answer

    def _refuse_if_out_of_scope(self, answer: Answer) -> None:
        if OUT_OF_SCOPE in answer.body:
            raise ScopesMissing(missing_scopes=self.connection.missing_scopes)

    def _send(self, request: Request, token: str) -> Answer:
        """In Jira's name what `AtlassianHttp` says in Confluence's."""
        try:
            return self.http.send(request, token=token, spent=self.spent, deadline=self.deadline)
        except AnswerLost:
            raise outcome_unknown() from None
        except UpstreamProtocolError as error:
            raise UpstreamProtocolError(NOT_UNDERSTOOD, retry_after=error.retry_after) from None
        except RateLimited as error:
            raise RateLimited(SLOW_DOWN, retry_after=error.retry_after) from None
        except ConfluenceUnavailable as error:
            raise JiraUnavailable(retry_after=error.retry_after) from None

    def _address(self, path: str) -> str:
        return f"/ex/jira/{self.cloud_id}/rest/api/3{path}"

    def _token(self, rejected: str | None = None) -> str:
        return self.tokens.access_token(
            self.connection.workspace, self.connection.id, deadline=self.deadline, rejected=rejected
        )


def outcome_unknown() -> WriteOutcomeUnknown:
    return WriteOutcomeUnknown(LOST, remedy=LOOK_FIRST)


def says_itself(answer: Answer) -> bool:
    """Whether a refusal is Jira's own, and not the gateway's or anybody's before it."""
    return isinstance(_refusal_of(answer).get("errorMessages"), list)


def _told(answer: Answer) -> dict[str, Any] | None:
    match answer.status:
        case httpx.codes.OK:
            try:
                return answer.json()
            except UpstreamProtocolError:
                raise UpstreamProtocolError(NOT_UNDERSTOOD) from None
        case httpx.codes.NOT_FOUND if says_itself(answer):
            return None
        case httpx.codes.BAD_REQUEST:
            raise NotAQuestion(NOT_UNDERSTOOD)
        case status if status >= SERVER_ERRORS:
            raise JiraUnavailable
        case _:
            raise _elsewise(answer)


def _refusal(answer: Answer) -> Exception:
    """Why a change was not made."""
    if answer.status in REFUSED:
        return JiraRefused(fields=_fields_named(answer))
    if answer.status == httpx.codes.CONFLICT:
        return EditConflict()
    if answer.status == httpx.codes.NOT_FOUND and says_itself(answer):
        return IssueGone()
    return _elsewise(answer)


def _elsewise(answer: Answer) -> Exception:
    """What a refusal means in question and change alike; redirects too: the API has no business sending us off."""
    if answer.status == httpx.codes.FORBIDDEN:
        return JiraForbidden()
    if answer.status == httpx.codes.NOT_FOUND and _refusal_of(answer):
        return JiraForbidden(OUT_OF_REACH, remedy="Reconnect, and allow access to the site.")
    return UpstreamProtocolError(NOT_UNDERSTOOD)


def _fields_named(answer: Answer) -> list[str]:
    """Names only: Jira's words about them may quote what was sent."""
    errors = _refusal_of(answer).get("errors")
    named = errors if isinstance(errors, dict) else {}
    return sorted(name for name in named if FIELD.fullmatch(name))[:FIELDS_NAMED]


def _refusal_of(answer: Answer) -> dict[str, Any]:
    """Empty for what is no JSON object: a status is an answer by itself."""
    try:
        value = strict_json(answer.content_type, answer.body)
    except UpstreamProtocolError:
        return {}
    return value if isinstance(value, dict) else {}
