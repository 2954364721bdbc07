"""Freeze: a write that needs a person's word is laid down as it would be sent, and nothing is sent (F6)."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.domain.agents.classify import Classified
from confluence_connector.domain.agents.frozen import Frozen
from confluence_connector.domain.agents.read_backs import read_back_of
from confluence_connector.domain.identifiers import ApprovalId
from confluence_connector.errors import Blocked, ConnectorError, TooLarge, TooManyRequests
from confluence_connector.limits import APPROVAL_HOURS, APPROVAL_QUERY_BYTES, APPROVALS_PENDING
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

        Raises TooLarge, TooManyRequests, AppMisconfigured, ServiceUnavailable.
        """
        if found.effect.group is None:  # blocked, and then nobody asks for an approval
            raise Blocked
        _refuse_long_query(request)
        self._refuse_flood(agent)
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

    def _refuse_flood(self, agent: Agent) -> None:
        waiting = self.approvals.pending(agent.workspace, agent.id)
        if sum(1 for _ in islice(waiting, APPROVALS_PENDING)) == APPROVALS_PENDING:
            raise TooManyRequests(
                f"{APPROVALS_PENDING} changes of this agent wait for a person already.",
                remedy="Stop asking for changes until an admin has decided on some of them; they expire after a day.",
            )

    def _announce(self, approval: Approval) -> None:
        """A bus that is down keeps nobody from finding it in the list."""
        ids = {"workspace": approval.workspace, "approval_id": approval.id, "agent_id": approval.agent_id}
        try:
            self.events.publish(REQUESTED, ids)
        except ConnectorError as error:
            self.telemetry.refused(error, "event_not_published")


def _refuse_long_query(request: Frozen) -> None:
    if sum(len(name.encode()) + len(value.encode()) for name, value in request.query) > APPROVAL_QUERY_BYTES:
        raise TooLarge(
            f"The query of a change that waits for approval has at most {APPROVAL_QUERY_BYTES} bytes.",
            remedy="Send a shorter query, or ask in several calls.",
        )
