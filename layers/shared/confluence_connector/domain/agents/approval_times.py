"""When an approval next needs a scheduled hand. The `due` index is written from this, and read with it again."""

from datetime import datetime, timedelta

from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.limits import APPROVAL_LOOK_SECONDS, APPROVAL_LOOKED_FOR_HOURS, APPROVAL_STALLED_SECONDS


def next_due(approval: Approval) -> datetime | None:
    """None: it is over, or nothing but a person could tell what became of it."""
    stalled = timedelta(seconds=APPROVAL_STALLED_SECONDS)
    match approval.status:
        case ApprovalStatus.PENDING:
            return approval.waits_until
        case ApprovalStatus.APPROVED if approval.decided_at:
            return approval.try_again_at or approval.decided_at + stalled
        case ApprovalStatus.EXECUTING if approval.sent_at:
            return approval.sent_at + stalled
        case ApprovalStatus.OUTCOME_UNKNOWN if approval.sent_at and approval.read_back:
            look = approval.sent_at + stalled
            if approval.looked_at:
                look = max(look, approval.looked_at + timedelta(seconds=APPROVAL_LOOK_SECONDS))
            return look if look <= approval.sent_at + timedelta(hours=APPROVAL_LOOKED_FOR_HOURS) else None
    return None
