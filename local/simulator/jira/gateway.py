"""`/ex/jira/{cloudId}/…`: scope, site, licence, limits, query, then the operation, in that order, as for Confluence."""

import json
import re
from typing import Any, cast

from local.simulator import refusals as shared
from local.simulator.grants import Grant
from local.simulator.jira import (
    field_list,
    issues,
    permissions,
    projects,
    properties,
    refusals,
    remote_links,
    search,
    transitions,
    users,
)
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.limits import WRITES_TO_AN_ISSUE, Windows
from local.simulator.manners import Kind
from local.simulator.operations import Operation, Query, QueryProblem, match, methods_of
from local.simulator.wire import Refusal, Reply, Request
from local.simulator.world import World

HANDLERS: dict[str, Handler] = {
    **projects.HANDLERS,
    **issues.HANDLERS,
    **transitions.HANDLERS,
    **properties.HANDLERS,
    **remote_links.HANDLERS,
    **search.HANDLERS,
    **permissions.HANDLERS,
    **users.HANDLERS,
    **field_list.HANDLERS,
}
REMOVED = re.compile(r"/rest/api/[23]/search")
REMOVED_TEXT = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
# What an account without Jira on the site is told is not confirmed.
NO_LICENCE = "The user does not have access to Jira on this site."


class JiraGateway:
    """Jira of all sites behind the API host."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._windows = Windows()

    def handle(self, request: Request, cloud_id: str, path: str, grant: Grant, scopes: frozenset[str]) -> Reply:
        """Any path below `/ex/jira/{cloudId}`, for a caller whose token is good."""
        found = match(request.method, path)
        jira_scopes = any("jira" in scope for scope in scopes)
        if not jira_scopes or (found and not REMOVED.fullmatch(path) and not found[0].allows(scopes)):
            raise shared.gateway(401, "Unauthorized; scope does not match")
        if cloud_id not in grant.cloud_ids:
            raise shared.gateway(404, "Not Found")
        if REMOVED.fullmatch(path):
            raise refusals.jira(410, REMOVED_TEXT)
        if found is None:
            raise self._undocumented(request, path)
        account, site = self._world.directory.named(grant.account), self._world.jira[cloud_id]
        if account.account_id not in site.members:
            raise refusals.jira(403, NO_LICENCE)
        operation, params = found
        query, body = self._query(request, operation), self._body(request)
        call = JiraCall(self._world, request, path, operation, params, query, body, account, site)
        handler = HANDLERS.get(operation.id)
        if handler is None:
            raise call.not_simulated(operation.endpoint)
        self._limit(call)
        return handler(call)

    def _limit(self, call: JiraCall) -> None:
        """Bursts are a switch; what one issue takes is always limited."""
        site, operation = call.site, call.operation
        if self._world.behaviour.jira_bursts:
            self._windows.burst(site.cloud_id, operation.method, operation.endpoint, call.now)
        issue = site.issue(call.params.get("issueIdOrKey", ""))
        if issue is not None and operation.id in WRITES_TO_AN_ISSUE:
            self._windows.issue_write(site.cloud_id, issue.id, call.now)

    def _query(self, request: Request, operation: Operation) -> Query:
        try:
            return Query(operation, request.query)
        except QueryProblem as problem:
            self._world.manners.record(cast("Kind", problem.kind), request.method, request.path, str(problem))
            raise refusals.jira(400, str(problem)) from None

    def _body(self, request: Request) -> Any:
        if request.method not in {"POST", "PUT"}:
            return None
        if request.media_type() != "application/json":
            self._world.manners.record(
                "bad_media_type", request.method, request.path, "a body must be application/json"
            )
            raise refusals.jira(415, "The body must be application/json")
        try:
            return json.loads(request.body)
        except ValueError:
            raise refusals.jira(400, "The body is not JSON") from None

    def _undocumented(self, request: Request, path: str) -> Refusal:
        methods = methods_of(path)
        detail = f"documented here: {', '.join(methods)}" if methods else "no such path in the documents"
        self._world.manners.record("undocumented_operation", request.method, request.path, detail)
        return refusals.jira(405 if methods else 404, f"Not a documented operation; {detail}")
