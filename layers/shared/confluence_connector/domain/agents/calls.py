"""One line of an agent's audit trail (F7): who, what, decision, why, outcome. No body, title or query value."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confluence_connector.domain.agents.effects import Action, Group
from confluence_connector.domain.identifiers import AgentId, ApprovalId, CallId, ConnectionId, MemberId, WorkspaceId

type Via = Literal["rest", "mcp", "approval"]
type Verdict = Literal["allowed", "needs_approval", "refused"]


@dataclass(frozen=True, slots=True)
class AgentCall:
    """`path`: canonical; None where it was refused before it had one. `code`: of the refusal or the failure."""

    id: CallId
    workspace: WorkspaceId
    agent_id: AgentId
    connection_id: ConnectionId
    at: datetime
    via: Via
    verdict: Verdict
    method: str | None
    path: str | None
    operation: str | None
    group: Group | None
    action: Action | None
    code: str | None
    tool: str | None = None
    upstream_status: int | None = None
    duration_ms: int | None = None
    approval_id: ApprovalId | None = None
    decided_by: MemberId | None = None
