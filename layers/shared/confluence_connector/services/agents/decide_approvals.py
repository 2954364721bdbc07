"""A person's word on a frozen write: sent as it was frozen, or never (F6)."""

from dataclasses import dataclass, replace
from typing import Literal

from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.domain.identifiers import OURS, ApprovalId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import AlreadyDecided, ConnectorError, Forbidden, NotFound
from confluence_connector.ports import Clock, Deadline, NewId, Stale, Telemetry
from confluence_connector.ports.agents import AgentCalls, Approvals, FrozenBodies
from confluence_connector.services.agents.agent_trail import Trail
from confluence_connector.services.agents.send_approved import SendApproved

type Word = Literal["approve", "reject"]


@dataclass(frozen=True, slots=True)
class DecideApprovals:
    approvals: Approvals
    bodies: FrozenBodies
    sender: SendApproved
    audit: AgentCalls
    telemetry: Telemetry
    now: Clock
    new_id: NewId

    def decide(self, person: Principal, approval_id: str, word: Word, note: str | None, deadline: Deadline) -> Approval:
        """As it stands afterwards; `approved` if it could not be sent yet: the sweeper goes on within minutes.

        Raises NotFound, Forbidden (admins only), AlreadyDecided, also for whoever comes second in the same moment.
        """
        approval = self._waiting(person, approval_id)
        decided = replace(approval, decided_by=person.sub, decided_at=self.now(), note=note)
        if word == "reject":
            return self._rejected(decided)
        saved = self._save(replace(decided, status=ApprovalStatus.APPROVED))
        try:
            return self.sender.send(saved, deadline)
        except ConnectorError as error:
            self.telemetry.refused(error, "approved_not_sent", approval_id=saved.id)
            return self.approvals.get(saved.workspace, saved.id) or saved

    def expire(self, approval: Approval) -> Approval:
        """A pending one whose time is up. Raises AlreadyDecided if somebody was faster."""
        return self._closed(approval, ApprovalStatus.EXPIRED)

    def _waiting(self, person: Principal, approval_id: str) -> Approval:
        known = OURS.fullmatch(approval_id)
        approval = self.approvals.get(person.workspace, ApprovalId(approval_id)) if known else None
        if approval is None:
            raise NotFound
        if not person.is_admin:
            raise Forbidden("Only an admin decides on approvals.")
        if approval.status == ApprovalStatus.PENDING and approval.waits_until <= self.now():
            approval = self.expire(approval)
        if approval.status != ApprovalStatus.PENDING:
            raise AlreadyDecided(approval_status=approval.status)
        return approval

    def _rejected(self, approval: Approval) -> Approval:
        return self._closed(approval, ApprovalStatus.REJECTED)

    def _closed(self, approval: Approval, status: ApprovalStatus) -> Approval:
        """Nothing will be sent, so nothing is kept of what would have been."""
        closed = self._save(replace(approval, status=status, finished_at=self.now(), code=status.value))
        trail = Trail.of_approval(closed, self.audit, self.now, self.new_id)
        trail.learned(code=status.value)
        trail.write()
        if closed.body_name:
            self.bodies.remove(closed.body_name)
        return closed

    def _save(self, approval: Approval) -> Approval:
        try:
            return self.approvals.save(approval)
        except Stale:
            current = self.approvals.get(approval.workspace, approval.id)
            raise AlreadyDecided(approval_status=current.status if current else None) from None
