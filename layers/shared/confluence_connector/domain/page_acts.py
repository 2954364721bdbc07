"""What people did to the issues of pages: the audit trail of G6. Ids and codes, never a field's value or a title."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confluence_connector.domain.identifiers import (
    ActId,
    ConnectionId,
    IssueId,
    MemberId,
    PageId,
    SynchronizerId,
    WorkspaceId,
)

type ActingAs = Literal["self", "technical_user"]
type Deed = Literal["transition", "edit_fields", "select", "deselect"]
type Outcome = Literal["sent", "done", "refused", "unknown"]
"""sent: what stays if nobody got to say more; unknown: Jira's answer was lost."""


@dataclass(frozen=True, slots=True)
class PageAct:
    """Written before the request to Jira is sent, and again with its outcome.

    Both names: `member` with the account whose rights were weighed, and the account that Jira saw.
    """

    id: ActId
    workspace: WorkspaceId
    synchronizer_id: SynchronizerId
    page_id: PageId
    issue_id: IssueId | None
    member: MemberId
    member_account_id: str
    connection_id: ConnectionId  # whose grant was used
    acting_as: ActingAs
    acting_account_id: str
    deed: Deed
    what: tuple[str, ...]  # a transition's id, fields' ids, an issue type's id
    outcome: Outcome
    code: str | None  # of a refusal
    at: datetime
