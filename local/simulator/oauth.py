"""auth.atlassian.com: the consent page, its decision, and the token endpoint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode, urlsplit

from local.simulator import refusals
from local.simulator.accounts import ACCOUNTS
from local.simulator.consent_page import consent_page, problem_page
from local.simulator.grants import ACCESS_TOKEN_SECONDS, BadCode, Dead, Pair
from local.simulator.operations import known_scopes
from local.simulator.wire import Refusal, Reply, Request
from local.simulator.world import World

REQUIRED = ("audience", "client_id", "scope", "redirect_uri", "state", "response_type", "prompt")
FIXED = {"audience": "api.atlassian.com", "response_type": "code", "prompt": "consent"}
LOOPBACK = frozenset({"127.0.0.1", "localhost"})

DEAD_TOKEN = {
    "documented": (403, "invalid_grant", "Unknown or invalid refresh token."),
    "measured": (403, "unauthorized_client", "refresh_token is invalid"),
    "older": (400, "invalid_grant", "Token has been expired or revoked."),
}


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """A checked authorize request."""

    scopes: frozenset[str]
    redirect_uri: str
    state: str


class OAuth:
    """The authorization server for one registered app."""

    def __init__(self, client_id: str, client_secret: str, world: World) -> None:
        self._client_id, self._client_secret = client_id, client_secret
        self._grants, self._sites, self._clock = world.grants, world.sites, world.clock
        self._behaviour, self._manners, self._directory = world.behaviour, world.manners, world.directory

    # ── authorize ─────────────────────────────────────────────────────────────────────────────────────────────
    def authorize(self, request: Request) -> Reply:
        """The consent page, or with `simulate=allow|deny` its outcome at once."""
        wanted = self._checked(request, request.query)
        match request.first("simulate"):
            case None:
                return consent_page(
                    request.query, wanted.scopes, self._sites.values(), urlsplit(wanted.redirect_uri).netloc
                )
            case "allow" | "deny" as decision:
                sites = request.first("sites")
                chosen = None if sites is None else [part for part in sites.split(",") if part]
                return self._decide(wanted, decision, request.first("account") or "", chosen)
            case _:
                raise self._bad(request, "simulate is allow or deny")

    def decide(self, request: Request) -> Reply:
        """What the consent page's form sends."""
        form = tuple(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        wanted = self._checked(request, form)
        fields = dict(form)
        sites = [value for name, value in form if name == "sites"]
        return self._decide(wanted, fields.get("decision", "deny"), fields.get("account", ""), sites)

    def code_for(self, wanted: AuthorizeRequest, account: str, sites: list[str] | None) -> str:
        """Record the account's consent; the code that the redirect carries."""
        person = ACCOUNTS[account]
        chosen = [cloud_id for cloud_id in person.cloud_ids if sites is None or cloud_id in sites]
        scopes = wanted.scopes - frozenset(self._behaviour.withheld_scopes)
        pile = self._behaviour.grant_kind == "account"
        return self._grants.consent(
            account, scopes, chosen, redirect_uri=wanted.redirect_uri, now=self._clock(), pile=pile
        )

    def _decide(self, wanted: AuthorizeRequest, decision: str, account: str, sites: list[str] | None) -> Reply:
        if decision != "allow":
            answer = {"error": "access_denied", "error_description": "User did not authorize the request"}
        elif account not in ACCOUNTS or self._directory.named(account).status != "active":
            raise Refusal(problem_page(f"There is no account {account!r}: {', '.join(ACCOUNTS)}"))
        else:
            answer = {"code": self.code_for(wanted, account, sites)}
        separator = "&" if urlsplit(wanted.redirect_uri).query else "?"
        return Reply.redirect(f"{wanted.redirect_uri}{separator}{urlencode({'state': wanted.state, **answer})}")

    def _checked(self, request: Request, pairs: tuple[tuple[str, str], ...]) -> AuthorizeRequest:
        """PKCE parameters are accepted and ignored, as at Atlassian; everything documented must be there and right."""
        fields = dict(pairs)
        for name in REQUIRED:
            if not fields.get(name):
                raise self._bad(request, f"{name} is missing")
        for name, value in FIXED.items():
            if fields[name] != value:
                raise self._bad(request, f"{name} must be {value}")
        if fields["client_id"] != self._client_id:
            raise self._bad(request, "client_id is not of a registered app")
        if not _allowed_redirect(fields["redirect_uri"]):
            raise self._bad(request, "redirect_uri is not a callback of this app")
        scopes = frozenset(fields["scope"].split())
        if unknown := scopes - known_scopes():
            raise self._bad(request, f"unknown scopes: {' '.join(sorted(unknown))}")
        return AuthorizeRequest(scopes, fields["redirect_uri"], fields["state"])

    def _bad(self, request: Request, detail: str) -> Refusal:
        """Never a redirect: an error page, since the address to return to cannot be trusted."""
        self._manners.record("bad_authorize_request", request.method, request.path, detail)
        return Refusal(problem_page(detail))

    # ── token ─────────────────────────────────────────────────────────────────────────────────────────────────
    def token(self, request: Request) -> Reply:
        """Code exchange and refresh; JSON as documented, and form-encoded as many clients send."""
        fields = _fields(request)
        given = f"{fields.get('client_id', '')} {fields.get('client_secret', '')}"
        if not compare_digest(given.encode(), f"{self._client_id} {self._client_secret}".encode()):
            raise refusals.token(401, "access_denied", "Unauthorized")
        match fields.get("grant_type"):
            case "authorization_code":
                pair = self._exchange(fields)
            case "refresh_token":
                pair = self._refresh(request, fields)
            case _:
                raise refusals.token(400, "unsupported_grant_type", "authorization_code or refresh_token")
        body = {
            "access_token": pair.access,
            "expires_in": ACCESS_TOKEN_SECONDS,
            "token_type": "Bearer",
            "scope": " ".join(sorted(pair.scopes)),
        }
        if pair.refresh is not None:
            body["refresh_token"] = pair.refresh
        return Reply.json(body, headers={"cache-control": "no-store"})

    def _exchange(self, fields: Mapping[str, str]) -> Pair:
        try:
            return self._grants.exchange(fields.get("code", ""), fields.get("redirect_uri", ""), self._clock())
        except BadCode:
            # The body for a bad code is not confirmed at Atlassian; this is what its identity provider's family says.
            raise refusals.token(403, "invalid_grant", "Invalid authorization code") from None

    def _refresh(self, request: Request, fields: Mapping[str, str]) -> Pair:
        switches = self._behaviour
        try:
            return self._grants.refresh(
                fields.get("refresh_token", ""),
                self._clock(),
                rotate=switches.rotate,
                siblings=switches.siblings_stay_valid,
                absolute=switches.absolute_lifetime,
            )
        except Dead as dead:
            if dead.reuse:
                detail = "a refresh token older than the last one was presented: the whole grant is gone"
                self._manners.record("refresh_token_reuse", request.method, request.path, detail)
            raise refusals.token(*DEAD_TOKEN[switches.error_spelling]) from None


def _allowed_redirect(uri: str) -> bool:
    parts = urlsplit(uri)
    return not parts.fragment and (
        (parts.scheme == "https" and bool(parts.hostname)) or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )


def _fields(request: Request) -> dict[str, str]:
    if request.media_type() == "application/json":
        try:
            body = json.loads(request.body)
        except ValueError:
            raise refusals.token(400, "invalid_request", "the body is not JSON") from None
        if not isinstance(body, dict):
            raise refusals.token(400, "invalid_request", "the body is not an object")
        return {name: value for name, value in body.items() if isinstance(value, str)}
    if request.media_type() == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    raise refusals.token(415, "invalid_request", "JSON or form-encoded")
