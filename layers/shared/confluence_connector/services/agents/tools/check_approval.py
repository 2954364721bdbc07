"""How a change that waits for a person stands: what a model polls."""

from typing import Final

from pydantic import Field

from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.services.agents.tools.changing import NEXT, WAITS
from confluence_connector.services.agents.tools.desk import Desk
from confluence_connector.services.agents.tools.tool import Arguments, Result, Tool

MEANINGS: Final[dict[ApprovalStatus, tuple[str, str]]] = {
    ApprovalStatus.PENDING: (WAITS, NEXT),
    ApprovalStatus.APPROVED: (WAITS, "A person approved it; it is about to be sent."),
    ApprovalStatus.EXECUTING: (WAITS, "A person approved it; it is being sent."),
    ApprovalStatus.EXECUTED: ("done", "A person approved it, and Confluence has done it."),
    ApprovalStatus.FAILED: ("failed", "A person approved it, but it was not done; code says why. Nothing is retried."),
    ApprovalStatus.REJECTED: ("rejected", "A person rejected it; note may say why. Do not send it again unasked."),
    ApprovalStatus.EXPIRED: ("expired", "Nobody decided in time. Send it again only if it is still wanted."),
    ApprovalStatus.OUTCOME_UNKNOWN: (
        "unknown",
        "It was sent and Confluence's answer was lost. Read the page before you do anything; do not send it again.",
    ),
}


class CheckApproval(Arguments):
    approval_id: str = Field(min_length=1, max_length=200)


def check_approval(desk: Desk, wanted: CheckApproval) -> Result:
    """Raises NotFound, also for another agent's."""
    approval = desk.approvals.of_agent(desk.agent, wanted.approval_id)
    status, meaning = MEANINGS[approval.status]
    facts = {
        "status": status,
        "approval_id": approval.id,
        "approval_status": approval.status.value,
        "next": meaning,
        "waits_until": approval.waits_until.isoformat(),
        **_outcome(approval),
    }
    return Result({name: value for name, value in facts.items() if value is not None})


def _outcome(approval: Approval) -> dict[str, object]:
    return {
        "decided_at": approval.decided_at.isoformat() if approval.decided_at else None,
        "note": approval.note,
        "code": approval.code,
        "upstream_status": approval.upstream_status,
        "result_id": approval.result_id,
    }


TOOL = Tool(
    name="check_approval",
    title="Check an approval",
    description="Says how a change of yours that waits for a person's approval stands, and what came of it.",
    arguments=CheckApproval,
    asks=(),
    run=check_approval,
)
