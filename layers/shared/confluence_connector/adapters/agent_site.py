"""Confluence for an agent's call: the request as it was judged, the answer as it came. The `AgentSites` port.

What Confluence refuses is an answer; that it did not answer a change for sure is WriteOutcomeUnknown, never a repeat.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from confluence_connector.adapters.atlassian_calls import SiteCalls
from confluence_connector.adapters.atlassian_http import Answer, AnswerLost, AtlassianHttp, Request, strict_json
from confluence_connector.adapters.media import File, MediaHost
from confluence_connector.domain.agents.frozen import Frozen
from confluence_connector.domain.connections import Connection
from confluence_connector.errors import (
    ConfluenceUnavailable,
    ReconnectRequired,
    Unprocessable,
    UpstreamProtocolError,
    WriteOutcomeUnknown,
)
from confluence_connector.ports import Deadline
from confluence_connector.ports.agents import Sent
from confluence_connector.ports.atlassian import AccessTokens

NOT_A_FORM: Final = (
    'A file is sent as {"filename", "content": base64} with "media_type", "comment" and "minor_edit" as you like.'
)
DOWNLOAD: Final = "/download"
"""How paths end that Confluence answers with a redirect to the media host (D11)."""
NEVER_DONE: Final = httpx.codes.NOT_IMPLEMENTED
"""The one 5xx that says so much."""


class _File(BaseModel):
    """What a form is made from, and is frozen as: a form's own bytes would differ with each boundary."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    filename: str = Field(min_length=1, max_length=255)
    content: str
    media_type: str = Field("application/octet-stream", pattern=r"^[\w.+-]{1,100}/[\w.+-]{1,100}$")
    comment: str | None = Field(None, max_length=1_000)
    minor_edit: bool = True


@dataclass(frozen=True, slots=True)
class AgentSitesOverHttp:
    http: AtlassianHttp
    tokens: AccessTokens
    media: MediaHost

    def of(self, connection: Connection, deadline: Deadline) -> "AgentSiteOverHttp":
        """Raises ReconnectRequired for a connection that has no site (any more)."""
        if connection.site is None:
            raise ReconnectRequired
        calls = SiteCalls(self.http, self.tokens, connection, deadline)
        return AgentSiteOverHttp(calls, connection.site.cloud_id, self.media)


@dataclass(frozen=True, slots=True)
class AgentSiteOverHttp:
    """The `AgentSite` port."""

    calls: SiteCalls
    cloud_id: str
    media: MediaHost

    def call(self, request: Frozen, *, reads: bool) -> Sent:
        query: dict[str, list[str]] = {}
        for name, value in request.query:
            query.setdefault(name, []).append(value)
        headers, body = _packed(request)
        asked = Request(
            cast('Literal["GET", "POST", "PUT", "DELETE"]', request.method),
            f"/ex/confluence/{self.cloud_id}{request.path}",
            query,
            repeatable=reads,
            body=body,
            headers=headers,
        )
        try:
            answer = self.calls.answer(asked)
        except AnswerLost:
            raise WriteOutcomeUnknown from None
        if reads and answer.status == httpx.codes.FOUND and request.path.endswith(DOWNLOAD):
            return _file(self.media.fetch(answer.location, self.calls.deadline))
        return _read(answer) if reads else _written(answer)


def _packed(request: Frozen) -> tuple[dict[str, str], bytes | None]:
    """Headers and body. Raises Unprocessable."""
    if request.body is None:
        if request.body_kind == "form":
            raise Unprocessable(NOT_A_FORM)
        return {}, None
    if request.body_kind != "form":
        return {"content-type": "application/json"}, request.body
    try:
        file = _File.model_validate_json(request.body)
        content = b64decode(file.content, validate=True)
    except (ValidationError, NotBase64, ValueError):
        raise Unprocessable(NOT_A_FORM) from None
    fields = {"minorEdit": json.dumps(file.minor_edit)} | ({"comment": file.comment} if file.comment else {})
    form = httpx.Request("POST", "https://form", data=fields, files={"file": (file.filename, content, file.media_type)})
    # "no-check": without it Confluence takes a form for a browser's (Confluence REST API v1, "Create attachment").
    return {"content-type": form.headers["content-type"], "x-atlassian-token": "no-check"}, form.read()


def _file(file: File) -> Sent:
    """As a write takes one: JSON holds no bytes."""
    content = b64encode(file.content).decode()
    return Sent(httpx.codes.OK, {"media_type": file.media_type, "bytes": len(file.content), "content": content})


def _read(answer: Answer) -> Sent:
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR and answer.status != NEVER_DONE:
        raise ConfluenceUnavailable
    if httpx.codes.is_redirect(answer.status):
        raise UpstreamProtocolError
    if httpx.codes.is_success(answer.status):
        return Sent(answer.status, strict_json(answer.content_type, answer.body) if answer.body else None)
    return Sent(answer.status, _if_json(answer))


def _written(answer: Answer) -> Sent:
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR and answer.status != NEVER_DONE:
        raise WriteOutcomeUnknown
    if httpx.codes.is_redirect(answer.status):
        raise UpstreamProtocolError
    return Sent(answer.status, _if_json(answer))


def _if_json(answer: Answer) -> Any:
    """None for what is no JSON: a status is an answer by itself."""
    try:
        return strict_json(answer.content_type, answer.body)
    except UpstreamProtocolError:
        return None
