"""One table of all routes for the tests that walk them: what a right call looks like, and which right it takes.

A new route belongs in ROWS; `test_every_route_is_in_the_matrix` says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from confluence_connector.domain.connections import Right
from confluence_connector.routes import ROUTES

FEATURE = {
    "name": "Checkout",
    "folder": "shop",
    "default_mode": "link",
    "prd": {"connection_id": "{connection_id}", "page_id": "524419084"},
}
IMPORT = {"connection_id": "{connection_id}", "pages": ["524419084"], "mode": "link"}
PAGE = "https://acme.atlassian.net/wiki/spaces/SHOP/pages/524419084"
SYNCHRONIZER = {
    "connection_id": "{connection_id}",
    "space_key": "SHOP",
    "project_key": "WEB",
    "mode": "selected",
    "issue_type": "per_page",
}
KEY = {"idempotency-key": "matrix-1"}


@dataclass(frozen=True)
class Row:
    """A well-formed call. `right`: what it takes of the connection it names, None where it names none."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    right: Right | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path

    @property
    def names_something(self) -> bool:
        """Whether it names an object by id, in its path or in its body."""
        return "_id}" in self.path or "_id}" in repr(self.body)

    def filled(self, ids: dict[str, str]) -> tuple[str, Any]:
        """Path and body with ids in place."""
        return fill(self.path, ids), fill(self.body, ids)


def fill(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, known in ids.items():
            value = value.replace(f"{{{name}}}", known)
        return value
    return {name: fill(inner, ids) for name, inner in value.items()} if isinstance(value, dict) else value


C = "/connections/{connection_id}"
A = "/agents/{agent_id}"
S = "/synchronizers/{synchronizer_id}"
P = f"{S}/pages/{{page_id}}"
ROWS = (
    Row("GET", "/providers"),
    Row("GET", "/connections"),
    Row("POST", "/connections", {"owner": "user", "purposes": ["link"]}),
    Row("GET", C, right=Right.SEE),
    Row("DELETE", C, right=Right.DISCONNECT),
    Row("POST", f"{C}/confirm", {"code": "x" * 43}, right=Right.MANAGE),
    Row("GET", f"{C}/sites", right=Right.MANAGE),
    Row("PUT", f"{C}/site", {"cloud_id": "1f5d0a3e-6c1b-4a57-9d0e-2b7c41a0acae"}, right=Right.MANAGE),
    Row("POST", f"{C}/reconnect", {}, right=Right.MANAGE),
    Row("DELETE", "/members/{sub}"),
    Row("POST", "/workspace/export"),
    Row("DELETE", "/workspace", {"confirm": "acme"}),
    Row("GET", "/workspace/jobs/{job_id}"),
    Row("GET", "/oauth/authorize"),
    Row("GET", "/oauth/callback"),
    Row("GET", f"{C}/spaces", right=Right.USE),
    Row("GET", f"{C}/spaces/{{space_key}}/pages", right=Right.USE),
    Row("GET", f"{C}/pages", right=Right.USE),
    Row("GET", f"{C}/pages/{{page_id}}/children", right=Right.USE),
    Row("GET", f"{C}/pages/{{page_id}}/suggestion", right=Right.USE),
    Row("POST", f"{C}/resolve", {"url": PAGE}, right=Right.USE),
    Row("GET", "/features"),
    Row("POST", "/features", FEATURE, KEY, right=Right.USE),
    Row("GET", "/features/{feature_id}"),
    Row("PATCH", "/features/{feature_id}", {"name": "Other"}),
    Row("DELETE", "/features/{feature_id}"),
    Row("GET", "/folders"),
    Row("POST", "/imports", IMPORT, KEY, right=Right.USE),
    Row("GET", "/imports/{job_id}"),
    Row("GET", "/documents/{document_id}"),
    Row("PUT", "/documents/{document_id}/content", {"markdown": "# x"}, {"if-match": '"1"'}),
    Row("GET", "/documents/{document_id}/content"),
    Row("POST", "/documents/{document_id}/refresh", {}),
    Row("GET", f"{C}/sync", right=Right.SEE),
    Row("PUT", f"{C}/sync", {"enabled": True}, right=Right.MANAGE),
    Row("GET", f"{C}/sync/runs", right=Right.SEE),
    Row("POST", f"{C}/sync/runs", {}, right=Right.MANAGE),
    Row("GET", f"{C}/sync/runs/{{run_id}}"),
    Row("POST", f"{C}/sync/runs/{{run_id}}/cancel"),
    Row("GET", f"{C}/corpus/pages", right=Right.SEE),
    Row("GET", f"{C}/corpus/pages/{{page_id}}", right=Right.SEE),
    Row("GET", f"{C}/corpus/changes", right=Right.SEE),
    Row("GET", "/profiles"),
    Row("GET", "/agents"),
    Row("POST", "/agents", {"name": "Robot", "connection_id": "{connection_id}", "profile": "read_only"}),
    Row("GET", A),
    Row("PATCH", A, {"name": "Other"}),
    Row("DELETE", A),
    Row("POST", f"{A}/token"),
    Row("GET", f"{A}/calls"),
    Row("GET", "/approvals"),
    Row("GET", "/approvals/{approval_id}"),
    Row("POST", "/approvals/{approval_id}/decision", {"action": "reject"}),
    Row("POST", "/agent/confluence", {"method": "GET", "path": "/wiki/api/v2/spaces"}),
    Row("GET", "/agent/approvals/{approval_id}"),
    Row("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
    Row("GET", f"{C}/jira/projects", right=Right.USE),
    Row("GET", f"{C}/jira/projects/{{project_key}}/issue-types", right=Right.USE),
    Row("GET", "/synchronizers"),
    Row("POST", "/synchronizers", SYNCHRONIZER, KEY),
    Row("GET", S),
    Row("PATCH", S, {"enabled": True}),
    Row("DELETE", S),
    Row("GET", f"{S}/runs"),
    Row("POST", f"{S}/runs", {}),
    Row("GET", f"{S}/runs/{{run_id}}"),
    Row("GET", f"{S}/pages"),
    Row("PUT", P, {}),
    Row("DELETE", P),
    Row("GET", f"{P}/issue"),
    Row("POST", f"{P}/transition", {"transition_id": "21"}),
    Row("PATCH", f"{P}/fields", {"fields": {"summary": "Other"}}),
    Row("GET", f"{S}/acts"),
    Row("POST", "/references", {"urls": [PAGE], "connection_id": "{connection_id}"}, right=Right.USE),
)
PUBLIC = {route.path for route in ROUTES if route.scope is None}


def signed_in_rows() -> Iterator[Row]:
    return (row for row in ROWS if row.path not in PUBLIC)
