"""Atlassian's endpoint for reports of account ids ("User privacy developer guide", api-facts §1.9).

It belongs to the app, not to a site, so it takes part in no site's pace. It repeats nothing by itself but for one token
that was refused: the next scheduled round is the repeat.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

import httpx
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from confluence_connector.adapters.atlassian_http import HEADERS, read_body, strict_json
from confluence_connector.adapters.patience import asked_to_wait
from confluence_connector.domain.account_reports import SCOPE, KnownAccount, Verdict
from confluence_connector.domain.connections import Connection
from confluence_connector.errors import (
    ConfluenceUnavailable,
    RateLimited,
    ScopesMissing,
    UpstreamProtocolError,
)
from confluence_connector.limits import (
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    RESERVED_SECONDS,
    RETRY_AFTER_MAX_SECONDS,
)
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.account_reports import ReportAnswer
from confluence_connector.ports.atlassian import AccessTokens

PATH: Final = "/app/report-accounts/"
CYCLE: Final = re.compile(r"P([1-9][0-9]{0,2})D", re.ASCII)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, hide_input_in_errors=True)


class _Changed(_Wire):
    accountId: Annotated[str, StringConstraints(min_length=1, max_length=256)]  # noqa: N815 — the wire's name
    status: Literal["closed", "updated"]


class _Answered(_Wire):
    accounts: list[_Changed]


@dataclass(frozen=True, slots=True)
class AtlassianAccountsOverHttp:
    """The `AccountsAtAtlassian` port. `api_url` is the only origin that is called."""

    client: httpx.Client
    api_url: str
    tokens: AccessTokens
    now: Clock

    def report(self, through: Connection, accounts: Sequence[KnownAccount], deadline: Deadline) -> ReportAnswer:
        told = [{"accountId": each.id, "updatedAt": each.fetched_at.isoformat()} for each in accounts]
        body = json.dumps({"accounts": told}).encode()
        token = self.tokens.access_token(through.workspace, through.id, deadline=deadline)
        response, answered = self._post(body, token, deadline)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            token = self.tokens.access_token(through.workspace, through.id, deadline=deadline, rejected=token)
            response, answered = self._post(body, token, deadline)
        return ReportAnswer(self._verdicts(response, answered), _cycle(response))

    def _verdicts(self, response: httpx.Response, body: bytes) -> dict[str, Verdict]:
        match response.status_code:
            case httpx.codes.OK:
                found = _parsed(strict_json(response.headers.get("content-type", ""), body))
                return {each.accountId: each.status for each in found.accounts}
            case httpx.codes.NO_CONTENT:
                return {}
            case httpx.codes.TOO_MANY_REQUESTS:
                asked = asked_to_wait(response.headers.get("retry-after"), self.now())
                raise RateLimited(retry_after=max(1, int(RETRY_AFTER_MAX_SECONDS if asked is None else asked)))
            case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
                raise ScopesMissing(missing_scopes=(SCOPE,))
            case status if status >= httpx.codes.INTERNAL_SERVER_ERROR:
                raise ConfluenceUnavailable
            case _:
                raise UpstreamProtocolError

    def _post(self, body: bytes, token: str, deadline: Deadline) -> tuple[httpx.Response, bytes]:
        """One exchange. Raises ConfluenceUnavailable when it breaks, or when the time is up."""
        start = deadline.remaining_seconds()
        seconds = min(READ_TIMEOUT_SECONDS, start - RESERVED_SECONDS)
        if seconds <= 0:
            raise ConfluenceUnavailable
        request = self.client.build_request(
            "POST",
            self.api_url + PATH,
            content=body,
            headers=HEADERS | {"content-type": "application/json", "authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(seconds, connect=min(CONNECT_TIMEOUT_SECONDS, seconds)),
        )
        try:
            response = self.client.send(request, stream=True)
            try:
                answered = read_body(response, lambda: start - deadline.remaining_seconds() > seconds)
            finally:
                response.close()
        except httpx.TransportError:
            raise ConfluenceUnavailable from None  # its text may hold the address; the request holds the token
        return response, answered


def _parsed(value: Any) -> _Answered:
    try:
        return _Answered.model_validate(value)
    except ValidationError:
        raise UpstreamProtocolError from None  # pydantic's text would hold what came


def _cycle(response: httpx.Response) -> timedelta | None:
    """Only whole days are documented; anything else leaves our default."""
    found = CYCLE.fullmatch(response.headers.get("cycle-period", ""))
    return timedelta(days=int(found[1])) if found else None
