"""Connecting over HTTP. Also answers every route that no function has: the gateway's $default (404, 405)."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

import oauth_callback_page as page
import oauth_flow_cookie as cookie
import oauth_models as models
from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from oauth_workspace import router as workspace

from confluence_connector.composition.connecting import Connecting
from confluence_connector.domain.identifiers import MemberId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import BadRequest, ConnectorError
from confluence_connector.ports import Deadline
from confluence_connector.runtime import Runtime, from_environment
from confluence_connector.services.connecting.leave_for_consent import NOT_VALID, START_AGAIN
from confluence_connector.web.app import create_app, deadline_of, note_refusal, runtime_of
from confluence_connector.web.entry import serve
from confluence_connector.web.lists import DEFAULT_LIMIT, Cursor, Limit, cut_by
from confluence_connector.web.sign_in import admin, member

router = APIRouter()
router.include_router(workspace)
CONTACT_ADMIN = "contact your admin"
LONGEST_PARAMETER = 4096


async def connecting_of(runtime: Annotated[Runtime, Depends(runtime_of)]) -> Connecting:
    """FastAPI dependency: the use-cases."""
    return runtime.connecting


Here = Annotated[Runtime, Depends(runtime_of)]
Cases = Annotated[Connecting, Depends(connecting_of)]
Member = Annotated[Principal, Depends(member)]
Admin = Annotated[Principal, Depends(admin)]
Until = Annotated[Deadline, Depends(deadline_of)]
Id = Annotated[str, Path(max_length=200)]


@router.get("/providers")
async def list_providers(
    runtime: Here, person: Member, *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> models.ProvidersAnswer:
    """What can be connected here; nothing, until the operator has set the Atlassian app up (A6)."""
    enabled = runtime.atlassian_oauth.enabled()
    rows = [
        models.ProviderAnswer(provider=name, enabled=enabled, reason=None if enabled else CONTACT_ADMIN)
        for name in ("confluence", "jira")
    ]
    this_list = (person.workspace, "providers")
    page, following = cut_by(lambda row: row.provider, rows, limit, cursor, runtime.cursors, *this_list)
    return models.ProvidersAnswer(items=list(page), next=following)


def _query(*names: str) -> dict[str, Any]:
    """Documents parameters that `parameters_of` reads: FastAPI would take the last of two, we refuse two."""
    return {"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]}


# ── a consent ───────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/connections", status_code=201)
async def connect(asked: models.ConnectRequest, runtime: Here, cases: Cases, person: Member) -> models.StartedAnswer:
    """Begins a consent. Open `authorize_url` in the member's browser within two minutes."""
    started = cases.connect.start(person, asked.owner, frozenset(asked.purposes), asked.return_to)
    connection = models.connection_of(started.connection, runtime.now())
    return models.StartedAnswer(connection=connection, authorize_url=started.authorize_url)


@router.post("/connections/{connection_id}/reconnect", status_code=201)
async def reconnect(
    connection_id: Id, runtime: Here, cases: Cases, person: Member, asked: models.ReconnectRequest | None = None
) -> models.StartedAnswer:
    """A new consent for the same connection; `purposes` widen it. The grant in use stays until it is confirmed."""
    purposes = frozenset(asked.purposes) if asked and asked.purposes else None
    started = cases.reconnect.start(person, connection_id, purposes, asked.return_to if asked else None)
    connection = models.connection_of(started.connection, runtime.now())
    return models.StartedAnswer(connection=connection, authorize_url=started.authorize_url)


@router.get("/oauth/authorize", response_class=RedirectResponse, status_code=302, openapi_extra=_query("ticket"))
async def authorize(request: Request, runtime: Here, cases: Cases) -> Response:
    """The browser's way out: spends the ticket, sets the flow's cookie, goes to Atlassian."""
    try:
        departure = cases.leave_for_consent.leave(parameters_of(request, "ticket")["ticket"])
    except ConnectorError as error:
        note_refusal(runtime, error)
        return page.failed(runtime.settings, runtime.new_secret(), error)
    response = RedirectResponse(departure.url, 302)
    cookie.put(response, runtime.settings, departure.state, departure.cookie)
    return response


@router.get("/oauth/callback", response_class=HTMLResponse, openapi_extra=_query("state", "code", "error", "iss"))
async def callback(request: Request, runtime: Here, cases: Cases, deadline: Until) -> Response:
    """The browser's way back: a page for people, whatever happened."""
    settings, nonce = runtime.settings, runtime.new_secret()
    try:
        given = parameters_of(request, "state", "code", "error", "iss")
        if (not given["code"]) == (not given["error"]) or given["iss"] not in {"", settings.atlassian_auth_url}:
            raise BadRequest(NOT_VALID, remedy=START_AGAIN)
        finished = cases.finish_consent.finish(
            state=given["state"],
            cookie=cookie.value_in(request, settings, given["state"]),
            code=given["code"] or None,
            error=given["error"] or None,
            deadline=deadline,
        )
    except ConnectorError as error:
        note_refusal(runtime, error)
        return page.failed(settings, nonce, error)
    connection_id, return_to = finished.consent.connection_id, finished.consent.return_to
    if isinstance(finished.outcome, ConnectorError):
        note_refusal(runtime, finished.outcome)
        response = page.failed(settings, nonce, finished.outcome, connection_id, return_to)
    else:
        response = page.finished(settings, nonce, connection_id, return_to, finished.outcome)
    cookie.clear(response, settings, given["state"])
    return response


@router.post("/connections/{connection_id}/confirm")
async def confirm(
    connection_id: Id, asked: models.ConfirmRequest, *, runtime: Here, cases: Cases, person: Member, deadline: Until
) -> models.ConnectionAnswer:
    """The member who began says that the consent is theirs; from here on the grant is usable."""
    connection = cases.confirm.confirm(person, connection_id, asked.code, accept_change=asked.accept_change)
    return models.connection_of(cases.weigh_access.of(connection, deadline), runtime.now())


# ── connections ─────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/connections")
async def list_connections(
    runtime: Here,
    cases: Cases,
    person: Member,
    *,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> models.ConnectionsAnswer:
    """One's own and the workspace's; admins see all."""
    this_list = (person.workspace, "connections", person.sub)
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    found, position = cases.show.page(person, limit=limit, after=after)
    following = runtime.cursors.seal(position, *this_list) if position else None
    return models.ConnectionsAnswer(items=[models.connection_of(each, runtime.now()) for each in found], next=following)


@router.get("/connections/{connection_id}")
async def get_connection(connection_id: Id, runtime: Here, cases: Cases, person: Member) -> models.ConnectionAnswer:
    return models.connection_of(cases.show.one(person, connection_id), runtime.now())


@router.delete("/connections/{connection_id}")
async def disconnect(connection_id: Id, cases: Cases, person: Member) -> models.DisconnectedAnswer:
    """Tokens, cached text and open consents go at once. Atlassian's own record of the grant is removed at Atlassian."""
    cases.disconnect.disconnect(person, connection_id)
    return models.DisconnectedAnswer()


@router.get("/connections/{connection_id}/sites")
async def list_sites(
    connection_id: Id,
    runtime: Here,
    cases: Cases,
    person: Member,
    *,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> models.SitesAnswer:
    offered = cases.choose_site.offered(person, connection_id)
    this_list = (person.workspace, "sites", connection_id)
    page, following = cut_by(lambda site: site.cloud_id, offered, limit, cursor, runtime.cursors, *this_list)
    return models.SitesAnswer(items=[models.site_of(site) for site in page], next=following)


@router.put("/connections/{connection_id}/site")
async def choose_site(
    connection_id: Id, asked: models.SiteRequest, *, runtime: Here, cases: Cases, person: Member, deadline: Until
) -> models.ConnectionAnswer:
    """Once, and for ever."""
    connection = cases.choose_site.choose(person, connection_id, asked.cloud_id, asked.product)
    return models.connection_of(cases.weigh_access.of(connection, deadline), runtime.now())


# A `sub` may hold slashes. API Gateway decodes paths before it matches them, so one with a slash comes by way of
# $default, signed in like any other.
@router.delete("/members/{sub:path}")
async def remove_member(
    sub: Annotated[str, Path(max_length=255)], cases: Cases, person: Admin
) -> models.MemberRemovedAnswer:
    """Somebody left: their connections are disconnected, and nothing is called with them from then on."""
    return models.MemberRemovedAnswer(connections=cases.disconnect.remove_member(person.workspace, MemberId(sub)))


def parameters_of(request: Request, *names: str) -> dict[str, str]:
    """The named query parameters, "" where absent; others are ignored (A10). Raises BadRequest for doubles (A11)."""
    try:
        pairs = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise BadRequest(NOT_VALID, remedy=START_AGAIN) from None
    given = {name: [value for key, value in pairs if key == name] for name in names}
    if any(len(values) > 1 or len("".join(values)) > LONGEST_PARAMETER for values in given.values()):
        raise BadRequest(NOT_VALID, remedy=START_AGAIN)
    return {name: "".join(values) for name, values in given.items()}


handler = serve(create_app("oauth", router, from_environment))
