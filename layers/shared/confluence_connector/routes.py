"""The HTTP API's table of contents: every route, who answers it and which token scope it asks for.

One table serves three: the functions check scopes by it, the fallback tells an unknown path (404) from a wrong
method (405) with it, and a test holds `template.yaml` against it.
"""

from dataclasses import dataclass
from typing import Final, Literal

type FunctionName = Literal["oauth", "import", "fetch", "sync", "agent", "jira"]
type Scope = Literal["connector/read", "connector/write"]

READ: Final[Scope] = "connector/read"
WRITE: Final[Scope] = "connector/write"


@dataclass(frozen=True, slots=True)
class Route:
    """`scope` None: the route is public; a ticket, a state value or an agent's token is its key."""

    method: str
    path: str
    function: FunctionName
    scope: Scope | None


ROUTES: Final[tuple[Route, ...]] = (
    # connecting
    Route("GET", "/providers", "oauth", READ),
    Route("GET", "/connections", "oauth", READ),
    Route("POST", "/connections", "oauth", WRITE),
    Route("GET", "/connections/{connection_id}", "oauth", READ),
    Route("DELETE", "/connections/{connection_id}", "oauth", WRITE),
    Route("POST", "/connections/{connection_id}/confirm", "oauth", WRITE),
    Route("GET", "/connections/{connection_id}/sites", "oauth", READ),
    Route("PUT", "/connections/{connection_id}/site", "oauth", WRITE),
    Route("POST", "/connections/{connection_id}/reconnect", "oauth", WRITE),
    Route("DELETE", "/members/{sub}", "oauth", WRITE),
    Route("POST", "/workspace/export", "oauth", WRITE),
    Route("DELETE", "/workspace", "oauth", WRITE),
    Route("GET", "/workspace/jobs/{job_id}", "oauth", READ),
    Route("GET", "/oauth/authorize", "oauth", None),
    Route("GET", "/oauth/callback", "oauth", None),
    # finding
    Route("GET", "/connections/{connection_id}/spaces", "import", READ),
    Route("GET", "/connections/{connection_id}/spaces/{space_key}/pages", "import", READ),
    Route("GET", "/connections/{connection_id}/pages", "import", READ),
    Route("GET", "/connections/{connection_id}/pages/{page_id}/children", "import", READ),
    Route("GET", "/connections/{connection_id}/pages/{page_id}/suggestion", "import", READ),
    Route("POST", "/connections/{connection_id}/resolve", "import", READ),
    # importing
    Route("GET", "/features", "import", READ),
    Route("POST", "/features", "import", WRITE),
    Route("GET", "/features/{feature_id}", "import", READ),
    Route("PATCH", "/features/{feature_id}", "import", WRITE),
    Route("DELETE", "/features/{feature_id}", "import", WRITE),
    Route("GET", "/folders", "import", READ),
    Route("POST", "/imports", "import", WRITE),
    Route("GET", "/imports/{job_id}", "import", READ),
    Route("GET", "/documents/{document_id}", "import", READ),
    Route("PUT", "/documents/{document_id}/content", "import", WRITE),
    # reading
    Route("GET", "/documents/{document_id}/content", "fetch", READ),
    Route("POST", "/documents/{document_id}/refresh", "fetch", READ),
    Route("POST", "/references", "fetch", READ),
    # space sync
    Route("GET", "/connections/{connection_id}/sync", "sync", READ),
    Route("PUT", "/connections/{connection_id}/sync", "sync", WRITE),
    Route("GET", "/connections/{connection_id}/sync/runs", "sync", READ),
    Route("POST", "/connections/{connection_id}/sync/runs", "sync", WRITE),
    Route("GET", "/connections/{connection_id}/sync/runs/{run_id}", "sync", READ),
    Route("POST", "/connections/{connection_id}/sync/runs/{run_id}/cancel", "sync", WRITE),
    Route("GET", "/connections/{connection_id}/corpus/pages", "sync", READ),
    Route("GET", "/connections/{connection_id}/corpus/pages/{page_id}", "sync", READ),
    Route("GET", "/connections/{connection_id}/corpus/changes", "sync", READ),
    # agents: managed by admins
    Route("GET", "/profiles", "agent", READ),
    Route("GET", "/agents", "agent", READ),
    Route("POST", "/agents", "agent", WRITE),
    Route("GET", "/agents/{agent_id}", "agent", READ),
    Route("PATCH", "/agents/{agent_id}", "agent", WRITE),
    Route("DELETE", "/agents/{agent_id}", "agent", WRITE),
    Route("POST", "/agents/{agent_id}/token", "agent", WRITE),
    Route("GET", "/agents/{agent_id}/calls", "agent", READ),
    Route("GET", "/approvals", "agent", READ),
    Route("GET", "/approvals/{approval_id}", "agent", READ),
    Route("POST", "/approvals/{approval_id}/decision", "agent", WRITE),
    # agents: calling, with their own tokens
    Route("POST", "/agent/confluence", "agent", None),
    Route("GET", "/agent/approvals/{approval_id}", "agent", None),
    Route("POST", "/mcp", "agent", None),
    # Jira synchronizers
    Route("GET", "/connections/{connection_id}/jira/projects", "jira", READ),
    Route("GET", "/connections/{connection_id}/jira/projects/{project_key}/issue-types", "jira", READ),
    Route("GET", "/synchronizers", "jira", READ),
    Route("POST", "/synchronizers", "jira", WRITE),
    Route("GET", "/synchronizers/{synchronizer_id}", "jira", READ),
    Route("PATCH", "/synchronizers/{synchronizer_id}", "jira", WRITE),
    Route("DELETE", "/synchronizers/{synchronizer_id}", "jira", WRITE),
    Route("GET", "/synchronizers/{synchronizer_id}/runs", "jira", READ),
    Route("POST", "/synchronizers/{synchronizer_id}/runs", "jira", WRITE),
    Route("GET", "/synchronizers/{synchronizer_id}/runs/{run_id}", "jira", READ),
    # pages and their issues
    Route("GET", "/synchronizers/{synchronizer_id}/pages", "jira", READ),
    Route("PUT", "/synchronizers/{synchronizer_id}/pages/{page_id}", "jira", WRITE),
    Route("DELETE", "/synchronizers/{synchronizer_id}/pages/{page_id}", "jira", WRITE),
    Route("GET", "/synchronizers/{synchronizer_id}/pages/{page_id}/issue", "jira", READ),
    Route("POST", "/synchronizers/{synchronizer_id}/pages/{page_id}/transition", "jira", WRITE),
    Route("PATCH", "/synchronizers/{synchronizer_id}/pages/{page_id}/fields", "jira", WRITE),
    Route("GET", "/synchronizers/{synchronizer_id}/acts", "jira", READ),
)
