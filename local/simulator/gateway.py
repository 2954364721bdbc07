"""The gateway `/ex/confluence/{cloudId}/…`: token, scope, site, licence, query, then the operation, in that order.

The scope check comes before routing, so even an unknown id answers 401 to a token without the scope (api-facts,
gateway and product auth errors).
"""

import json
import re
from typing import Any, cast

from local.simulator import (
    attachments,
    comments,
    label_writes,
    long_tasks,
    page_writes,
    pages,
    permission_check,
    places,
    properties,
    refusals,
    restrictions,
    search,
    spaces,
    tree,
    uploads,
    users,
    versions,
)
from local.simulator.call import Call, Handler
from local.simulator.grants import Grant
from local.simulator.jira.gateway import JiraGateway
from local.simulator.manners import Kind
from local.simulator.operations import Operation, Query, QueryProblem, match, methods_of
from local.simulator.sites import Site
from local.simulator.wire import Refusal, Reply, Request
from local.simulator.world import World

# Writes, and what is read beside them.
WRITING: dict[str, Handler] = {
    **page_writes.HANDLERS,
    **comments.HANDLERS,
    **label_writes.HANDLERS,
    **uploads.HANDLERS,
    **versions.HANDLERS,
    **properties.HANDLERS,
    **permission_check.HANDLERS,
    **long_tasks.HANDLERS,
    **places.HANDLERS,
}
HANDLERS: dict[str, Handler] = {
    **spaces.HANDLERS,
    **pages.HANDLERS,
    **tree.HANDLERS,
    **attachments.HANDLERS,
    **users.HANDLERS,
    **search.HANDLERS,
    **restrictions.HANDLERS,
    **WRITING,
}
PREFIX = re.compile(r"/ex/(?P<product>confluence|jira)/(?P<cloud_id>[^/]+)(?P<path>/.*)")
# Operations that left the documents but not every client: v1's reading and writing of content, its reading of spaces.
REMOVED = re.compile(r"/wiki/rest/api/(content(/\d+)?|space(/[^/]+)?)")
REMOVED_TEXT = "This deprecated endpoint has been removed. Use the v2 API."


def endpoint_of(method: str, path: str) -> str:
    """The counter's name for a gateway path."""
    inner = PREFIX.fullmatch(path)
    if inner is None:
        return f"{method} (unknown)"
    found = match(method, inner["path"])
    return found[0].endpoint if found else f"{method} {inner['path']}"


class Gateway:
    """Confluence of all sites behind the API host, and the way to Jira."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jira = JiraGateway(world)

    def handle(self, request: Request) -> Reply:
        """Any path below `/ex/`."""
        inner = PREFIX.fullmatch(request.path)
        if inner is None:
            raise refusals.gateway(404, "Not Found")
        path = inner["path"]
        grant, scopes = self.caller(request, path)
        if inner["product"] == "jira":
            return self._jira.handle(request, inner["cloud_id"], path, grant, scopes)
        found = match(request.method, path)
        self._check_scope(found[0] if found else None, path, scopes)
        site = self._site(inner["cloud_id"], grant)
        if found is None and REMOVED.fullmatch(path):
            raise refusals.v1(410, REMOVED_TEXT)
        if found is None:
            raise self._undocumented(request, path)
        account = self._world.directory.named(grant.account)
        if not account.has(site.cloud_id, "confluence"):
            raise refusals.product(path, 403, "Current user not permitted to use Confluence")
        operation, params = found
        query, body = self._query(request, operation, path), self._body(request, operation, path)
        handler = HANDLERS.get(operation.id)
        call = Call(self._world, request, operation, params, query, body, account, site)
        if handler is None:
            raise call.not_simulated(operation.endpoint)
        return handler(call)

    def caller(self, request: Request, path: str) -> tuple[Grant, frozenset[str]]:
        """Who is calling, with which scopes. A bad credential may look like a missing page (switch `bare_404`)."""
        token = request.bearer()
        caller = self._world.grants.caller(token, self._world.clock()) if token else None
        if caller is not None:
            return caller
        if token and self._world.behaviour.bare_404 and path.startswith("/wiki/api/v2"):
            entry = {"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}
            raise Refusal(Reply.json({"errors": [entry]}, 404))
        if token and self._world.behaviour.bare_404 and path.startswith("/wiki/rest"):
            raise refusals.v1(403, "caller cannot access Confluence")
        raise refusals.gateway(401, "Unauthorized")

    def _check_scope(self, operation: Operation | None, path: str, scopes: frozenset[str]) -> None:
        allowed = operation.allows(scopes) if operation else any("confluence" in scope for scope in scopes)
        if not allowed and (operation or not REMOVED.fullmatch(path)):
            raise refusals.gateway(401, "Unauthorized; scope does not match")

    def _site(self, cloud_id: str, grant: Grant) -> Site:
        """What the gateway says to a site outside the grant is not confirmed; a plain 404 tells nothing."""
        if cloud_id not in grant.cloud_ids:
            raise refusals.gateway(404, "Not Found")
        return self._world.sites[cloud_id]

    def _query(self, request: Request, operation: Operation, path: str) -> Query:
        try:
            return Query(operation, request.query)
        except QueryProblem as problem:
            self._world.manners.record(cast("Kind", problem.kind), request.method, request.path, str(problem))
            raise refusals.product(path, 400, str(problem)) from None

    def _body(self, request: Request, operation: Operation, path: str) -> Any:
        if request.method not in {"POST", "PUT"} or operation.id in places.BODYLESS:
            return None
        form = operation.id in uploads.MULTIPART
        wanted = "multipart/form-data" if form else "application/json"
        if request.media_type() != wanted:
            self._world.manners.record("bad_media_type", request.method, request.path, f"a body must be {wanted}")
            raise refusals.product(path, 415, f"The body must be {wanted}")
        if form:
            return None
        try:
            return json.loads(request.body)
        except ValueError:
            raise refusals.product(path, 400, "The body is not JSON") from None

    def _undocumented(self, request: Request, path: str) -> Refusal:
        methods = methods_of(path)
        detail = f"documented here: {', '.join(methods)}" if methods else "no such path in the documents"
        self._world.manners.record("undocumented_operation", request.method, request.path, detail)
        return refusals.product(path, 405 if methods else 404, f"Not a documented operation; {detail}")
