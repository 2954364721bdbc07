"""auth.atlassian.com's token endpoint and the identity calls (api-facts §1; RFC 6749 §4.1, §5, §6).

Threats it stands against: an answer that is not what it says reaches nobody's grant (A13); no body, code or token gets
into an exception; a wrong client secret is told apart from a dead grant (B18); the bearer goes to the API host only.
It never repeats a request by itself: whether a token request may be repeated is the vault's decision.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from confluence_connector.adapters.atlassian_app import AtlassianApp
from confluence_connector.adapters.atlassian_http import HEADERS, read_body, strict_json
from confluence_connector.adapters.patience import asked_to_wait
from confluence_connector.domain.connections import Account, Site
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectorNotEnabled,
    RateLimited,
    ReconnectRequired,
    UpstreamProtocolError,
)
from confluence_connector.limits import (
    ACCESS_TOKEN_MAX_SECONDS,
    CALLBACK_RESERVED_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    TOKEN_BACKOFF_SECONDS,
    TOKEN_RETRY_AFTER_MAX_SECONDS,
    TOKEN_TIMEOUT_SECONDS,
)
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.atlassian import GrantRefused, OutcomeUnknown, TokenAnswer, TokenEndpointBusy

CALLBACK_PATH: Final = "/oauth/callback"
SITES_PATH: Final = "/oauth/token/accessible-resources"
AUDIENCE: Final = "api.atlassian.com"
DEAD_GRANT: Final = frozenset({"invalid_grant", "unauthorized_client"})
WRONG_SECRET: Final = frozenset({"access_denied", "invalid_client"})

type Word = Annotated[str, StringConstraints(min_length=1, max_length=16_384, pattern=r"^[\x21-\x7e]+$")]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, hide_input_in_errors=True)


class _Tokens(_Wire):
    access_token: Word
    token_type: Annotated[str, StringConstraints(pattern=r"^(?i:bearer)$")]
    expires_in: int = Field(ge=1, le=ACCESS_TOKEN_MAX_SECONDS)
    refresh_token: Word | None = None
    scope: str = ""


class _Resource(_Wire):
    id: str = Field(pattern=r"^[0-9A-Za-z-]{1,64}$")
    name: str
    url: str = Field(pattern=r"^https://[^/?#@\s]+/?$")
    scopes: list[str]


class _Me(_Wire):
    account_id: str = Field(min_length=1, max_length=256)
    name: str = ""
    email: str | None = None


_RESOURCES = TypeAdapter(list[_Resource])


@dataclass(frozen=True, slots=True)
class AtlassianOAuthOverHttp:
    """The `AtlassianOAuth` port. `public_base_url` empty: nobody could come back, so the connector is not enabled."""

    client: httpx.Client
    app: AtlassianApp
    auth_url: str
    api_url: str
    public_base_url: str
    now: Clock

    def enabled(self) -> bool:
        try:
            self.app.credentials()
        except ConnectorNotEnabled:
            return False
        return bool(self.public_base_url)

    def authorize_url(self, *, state: str, scopes: Iterable[str]) -> str:
        """Raises ConnectorNotEnabled. PKCE is left out: Atlassian ignores it (api-facts §1.2)."""
        query = {
            "audience": AUDIENCE,
            "client_id": self.app.credentials().client_id,
            "scope": " ".join(sorted(scopes)),
            "redirect_uri": self._redirect_uri(),
            "state": state,
            "response_type": "code",
            "prompt": "consent",
        }
        return f"{self.auth_url}/authorize?{urlencode(query, quote_via=quote)}"

    def exchange(self, code: str, deadline: Deadline | None = None) -> TokenAnswer:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri()}
        return self._token(fields, deadline)

    def refresh(self, refresh_token: str) -> TokenAnswer:
        return self._token({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def sites(self, access_token: str, deadline: Deadline | None = None) -> Sequence[Site]:
        """Raises ReconnectRequired if the token is not accepted, and what `_identity` raises."""
        merged: dict[str, Site] = {}
        for found in _parsed(_RESOURCES, self._identity(SITES_PATH, access_token, deadline)):
            earlier = merged[found.id].products if found.id in merged else ()
            products = tuple(dict.fromkeys((*earlier, *_products(found.scopes))))
            merged[found.id] = Site(CloudId(found.id), found.name, found.url.rstrip("/"), products)
        return tuple(merged.values())

    def account(self, access_token: str, deadline: Deadline | None = None) -> Account:
        found = _parsed(TypeAdapter(_Me), self._identity("/me", access_token, deadline))
        return Account(found.account_id, found.name, found.email)

    # ── the token endpoint ──────────────────────────────────────────────────────────────────────────────────────────

    def _redirect_uri(self) -> str:
        if not self.public_base_url:
            raise ConnectorNotEnabled
        return self.public_base_url + CALLBACK_PATH

    def _token(self, fields: Mapping[str, str], deadline: Deadline | None = None) -> TokenAnswer:
        """One request; a second one only when the app's secret turns out to have been changed since it was read."""
        credentials = self.app.credentials()
        try:
            return self._post({**credentials.model_dump(), **fields}, deadline)
        except AppMisconfigured:
            self.app.forget()
            fresh = self.app.credentials()
            if fresh == credentials:
                raise
            return self._post({**fresh.model_dump(), **fields}, deadline)

    def _post(self, fields: Mapping[str, str], deadline: Deadline | None) -> TokenAnswer:
        request = self.client.build_request("POST", f"{self.auth_url}/oauth/token", json=dict(fields), headers=HEADERS)
        try:
            status, headers, body = self._exchange(request, deadline)
        except UpstreamProtocolError:  # too large, or packed wrongly
            raise
        except (httpx.TransportError, ConfluenceUnavailable):
            raise OutcomeUnknown from None  # its text may hold the address; the request holds the token
        if status == httpx.codes.OK:
            found = _parsed(TypeAdapter(_Tokens), strict_json(headers.get("content-type", ""), body))
            scopes = tuple(found.scope.split())
            return TokenAnswer(found.access_token, found.refresh_token, found.expires_in, scopes)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            asked = asked_to_wait(headers.get("retry-after"), self.now())
            raise TokenEndpointBusy(_whole_seconds(asked))
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise OutcomeUnknown
        raise _refusal(status, headers, body)

    def _exchange(self, request: httpx.Request, deadline: Deadline | None) -> tuple[int, httpx.Headers, bytes]:
        """One request. Raises ConfluenceUnavailable when the time is up, before sending too."""
        seconds = _patience(deadline)
        connecting = seconds * CONNECT_TIMEOUT_SECONDS / TOKEN_TIMEOUT_SECONDS  # with the reading, they are `seconds`
        request.extensions["timeout"] = httpx.Timeout(seconds - connecting, connect=connecting).as_dict()
        start = self.now()
        response = self.client.send(request, stream=True)
        try:
            body = read_body(response, lambda: (self.now() - start).total_seconds() > seconds)
        finally:
            response.close()
        return response.status_code, response.headers, body

    # ── whose token it is, and for which sites ──────────────────────────────────────────────────────────────────────

    def _identity(
        self, path: Literal["/me", "/oauth/token/accessible-resources"], access_token: str, deadline: Deadline | None
    ) -> Any:
        """Raises ReconnectRequired, RateLimited, ConfluenceUnavailable, UpstreamProtocolError."""
        headers = HEADERS | {"authorization": f"Bearer {access_token}"}
        request = self.client.build_request("GET", self.api_url + path, headers=headers)
        try:
            status, answered, body = self._exchange(request, deadline)
        except httpx.TransportError:
            raise ConfluenceUnavailable(retry_after=TOKEN_BACKOFF_SECONDS) from None
        if status == httpx.codes.OK:
            return strict_json(answered.get("content-type", ""), body)
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise ReconnectRequired
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise RateLimited(retry_after=_whole_seconds(asked_to_wait(answered.get("retry-after"), self.now())))
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ConfluenceUnavailable(retry_after=TOKEN_BACKOFF_SECONDS)
        raise UpstreamProtocolError


def _patience(deadline: Deadline | None) -> float:
    """Seconds for one exchange, from connecting to the last byte of its body; less near the invocation's end.

    Raises ConfluenceUnavailable when there is too little left to ask at all.
    """
    if deadline is None:
        return TOKEN_TIMEOUT_SECONDS
    left = deadline.remaining_seconds() - CALLBACK_RESERVED_SECONDS
    if left <= 0:
        raise ConfluenceUnavailable(retry_after=TOKEN_BACKOFF_SECONDS)
    return min(TOKEN_TIMEOUT_SECONDS, left)


def _refusal(status: int, headers: httpx.Headers, body: bytes) -> Exception:
    """A 4xx of the token endpoint. Only the two documented families of `error` decide anything; the rest is noise."""
    try:
        answer = strict_json(headers.get("content-type", ""), body)
    except UpstreamProtocolError as error:
        return error
    word = str(answer.get("error")) if isinstance(answer, dict) else ""
    if word in DEAD_GRANT and status in {httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return GrantRefused()
    return AppMisconfigured() if word in WRONG_SECRET else UpstreamProtocolError()


def _parsed[Parsed](adapter: TypeAdapter[Parsed], value: Any) -> Parsed:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        raise UpstreamProtocolError from None  # pydantic's text would hold what came


def _products(scopes: Iterable[str]) -> tuple[str, ...]:
    """Which products an entry stands for; the list's only hint is its scopes (api-facts §1.5)."""
    products = dict.fromkeys(product for scope in scopes for product in ("confluence", "jira") if product in scope)
    return tuple(products)


def _whole_seconds(asked: float | None) -> int:
    return min(max(1, int(TOKEN_BACKOFF_SECONDS if asked is None else asked)), TOKEN_RETRY_AFTER_MAX_SECONDS)
