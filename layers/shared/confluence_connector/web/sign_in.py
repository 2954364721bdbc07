"""Who is calling, from the authorizer's verified claims, and whether their token's scope reaches this route.

Runs before every route of every HTTP function. Fails closed: no authorizer context, no route in the table or no
workspace means no (fault cases G2–G4). Nothing of the request but the claims decides the workspace.
"""

from typing import Any

from fastapi import Request

from confluence_connector.domain.identifiers import WORKSPACE, MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import Forbidden, NotFound, NoWorkspace, ScopeMissing, Unauthenticated
from confluence_connector.routes import ROUTES
from confluence_connector.settings import Settings

LONGEST_SUB = 255  # OpenID Connect Core, section 2
SCOPES = {(route.method, route.path): route.scope for route in ROUTES}


async def admit(request: Request) -> None:
    """Leaves the caller at `request.state.principal`, None on a public route.

    Raises Unauthenticated, NoWorkspace, ScopeMissing, NotFound.
    """
    key = (request.method, request.scope["route"].path_format)
    if key not in SCOPES:
        raise NotFound
    request.state.principal = None
    needed = SCOPES[key]
    if needed is None:
        return
    principal = principal_of(request.scope["aws.event"], request.app.state.runtime().settings)
    if needed not in principal.scopes:
        raise ScopeMissing
    request.state.principal = principal


def principal_of(event: dict[str, Any], settings: Settings) -> Principal:
    """The member named by the authorizer's claims (payload format 2.0: claims are strings)."""
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    sub = claims.get("sub")
    if not isinstance(sub, str) or not sub.strip() or not sub.isprintable() or len(sub) > LONGEST_SUB:
        raise Unauthenticated
    workspace = claims.get(settings.workspace_claim)
    if not isinstance(workspace, str) or not WORKSPACE.fullmatch(workspace):
        raise NoWorkspace
    return Principal(
        sub=MemberId(sub),
        workspace=WorkspaceId(workspace),
        roles=words(claims.get(settings.roles_claim, "")),
        scopes=words(claims.get("scope", claims.get("scp", ""))),  # RFC 9068 section 2.2.3; Okta and Entra say `scp`
    )


def words(claim: object) -> frozenset[str]:
    """The whole words of a claim. HTTP APIs render an array as `[a b]`; a plain string is split at blanks."""
    text = str(claim).strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return frozenset(text.split())


async def member(request: Request) -> Principal:
    """FastAPI dependency: the caller. Raises Unauthenticated where a public route asks for one."""
    principal: Principal | None = request.state.principal
    if principal is None:
        raise Unauthenticated
    return principal


async def admin(request: Request) -> Principal:
    """FastAPI dependency: the caller, who must be an admin. Raises Forbidden."""
    principal = await member(request)
    if not principal.is_admin:
        raise Forbidden
    return principal
