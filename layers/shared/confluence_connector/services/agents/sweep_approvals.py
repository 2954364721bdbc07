"""What an approval wants in time: to expire, to be sent after a crash, to have its outcome looked for (F6)."""

from dataclasses import dataclass
from typing import Final

from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.errors import AlreadyDecided, ConnectorError
from confluence_connector.ports import Clock, Deadline, Stale, Telemetry
from confluence_connector.ports.agents import Approvals
from confluence_connector.services.agents.decide_approvals import DecideApprovals
from confluence_connector.services.agents.resolve_outcomes import ResolveOutcomes
from confluence_connector.services.agents.send_approved import SendApproved

ONE_TAKES_SECONDS: Final = 15
"""At the worst: a request that is cut at its time-out, and what is written around it."""


@dataclass(frozen=True, slots=True)
class SweepApprovals:
    approvals: Approvals
    decider: DecideApprovals
    sender: SendApproved
    resolver: ResolveOutcomes
    telemetry: Telemetry
    now: Clock

    def sweep(self, deadline: Deadline) -> int:
        """How many had their turn; the others are due still. One that fails keeps no other waiting."""
        done = 0
        for approval in self.approvals.due(self.now()):
            if deadline.remaining_seconds() < ONE_TAKES_SECONDS:
                break
            try:
                self._turn(approval, deadline)
            except (AlreadyDecided, Stale):  # somebody else has it in hand
                continue
            except ConnectorError as error:
                self.telemetry.refused(error, "approval_not_swept", approval_id=approval.id)
                continue
            done += 1
        return done

    def _turn(self, approval: Approval, deadline: Deadline) -> None:
        match approval.status:
            case ApprovalStatus.PENDING:
                self.decider.expire(approval)
            case ApprovalStatus.APPROVED:
                self.sender.send(approval, deadline)
            case _:
                self.resolver.look(approval, deadline)
