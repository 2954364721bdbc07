"""What waits for a person, what was decided and what came of it (F6); to an agent, its own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.domain.identifiers import OURS, ApprovalId, WorkspaceId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import Forbidden, NotFound
from confluence_connector.ports import Clock
from confluence_connector.ports.agents import Approvals, CallQuota, FrozenBodies
from confluence_connector.services.agents.spend_call import spend_call


@dataclass(frozen=True, slots=True)
class ShowApprovals:
    approvals: Approvals
    bodies: FrozenBodies
    quota: CallQuota
    now: Clock

    def page(
        self, person: Principal, *, status: ApprovalStatus | None, limit: int, after: str | None
    ) -> tuple[Sequence[Approval], str | None]:
        """Newest first. The second answer is the position of the next page. Raises Forbidden."""
        _admins_only(person)
        return self.approvals.page(
            person.workspace, status=status, limit=limit, after=ApprovalId(after) if after else None
        )

    def one(self, person: Principal, approval_id: str) -> tuple[Approval, Any]:
        """With the body that would be sent, None where there is none any more. Raises NotFound, Forbidden."""
        approval = self._find(person.workspace, approval_id)
        _admins_only(person)
        waits = approval.body_name is not None and approval.status == ApprovalStatus.PENDING
        body = self.bodies.get(approval.body_name) if waits and approval.body_name else None
        return approval, json.loads(body) if body is not None else None

    def of_agent(self, agent: Agent, approval_id: str) -> Approval:
        """Counts as a call. Raises TooManyRequests; NotFound, also for another agent's."""
        spend_call(self.quota, agent, self.now())
        approval = self._find(agent.workspace, approval_id)
        if approval.agent_id != agent.id:
            raise NotFound
        return approval

    def _find(self, workspace: WorkspaceId, approval_id: str) -> Approval:
        known = OURS.fullmatch(approval_id)
        approval = self.approvals.get(workspace, ApprovalId(approval_id)) if known else None
        if approval is None:
            raise NotFound
        return approval


def _admins_only(person: Principal) -> None:
    if not person.is_admin:
        raise Forbidden("Only an admin sees approvals.")
