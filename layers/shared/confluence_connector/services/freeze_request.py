"""Freeze: a write that needs a person's word is laid down as it would be sent, and nothing is sent (F6)."""

from dataclasses import dataclass
from datetime import timedelta

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.domain.agents.classify import Classified
from confluence_connector.domain.agents.frozen import Frozen
from confluence_connector.domain.agents.read_backs import read_back_of
from confluence_connector.domain.identifiers import ApprovalId
from confluence_connector.errors import Blocked, ConnectorError
from confluence_connector.limits import APPROVAL_HOURS
from confluence_connector.ports import Clock, Events, NewId, Telemetry
from confluence_connector.ports.agents import Approvals, FrozenBodies

REQUESTED = "ApprovalRequested"


@dataclass(frozen=True, slots=True)
class FreezeRequest:
    approvals: Approvals
    bodies: FrozenBodies
    events: Events
    telemetry: Telemetry
    now: Clock
    new_id: NewId

    def freeze(self, agent: Agent, found: Classified, request: Frozen) -> Approval:
        """The pending approval, announced on the stack's bus. The body comes first: a crash leaves nothing to approve.

        Raises AppMisconfigured, ServiceUnavailable.
        """
        if found.effect.group is None:  # blocked, and then nobody asks for an approval
            raise Blocked
        approval_id, now = ApprovalId(self.new_id("apr")), self.now()
        name = self.bodies.put(approval_id, request.body) if request.body is not None else None
        approval = Approval(
            id=approval_id,
            workspace=agent.workspace,
            agent_id=agent.id,
            connection_id=agent.connection_id,
            cloud_id=agent.cloud_id,
            status=ApprovalStatus.PENDING,
            method=request.method,
            path=request.path,
            query=request.query,
            operation=found.operation.operation_id or found.operation.path,
            group=found.effect.group,
            action=found.effect.action,
            request_hash=request.hash,
            body_name=name,
            created_at=now,
            waits_until=now + timedelta(hours=APPROVAL_HOURS),
            read_back=read_back_of(found.operation, found.request),
        )
        saved = self.approvals.save(approval)
        self._announce(saved)
        return saved

    def _announce(self, approval: Approval) -> None:
        """A bus that is down keeps nobody from finding it in the list."""
        ids = {"workspace": approval.workspace, "approval_id": approval.id, "agent_id": approval.agent_id}
        try:
            self.events.publish(REQUESTED, ids)
        except ConnectorError as error:
            self.telemetry.refused(error, "event_not_published")
