"""A frozen write that waits for a person (F6).

    pending ──▶ approved ──▶ executing ──▶ executed | failed | outcome_unknown ──▶ executed | failed (read back)
       │           ▲             │
       │           └─────────────┘ it surely was not sent, and may be later
       ├──────▶ rejected
       └──────▶ expired

Who moves `pending` on wins by a conditional write; the second is told 409. What is sent is what was frozen: its hash is
checked, and the gate is asked again. A request that was sent, or may have been, is never sent again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from confluence_connector.domain.agents.effects import Action, Group
from confluence_connector.domain.identifiers import (
    AgentId,
    ApprovalId,
    CloudId,
    ConnectionId,
    MemberId,
    PageId,
    WorkspaceId,
)


class ApprovalStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    EXECUTING = "executing"
    EXECUTED = "executed"
    FAILED = "failed"
    OUTCOME_UNKNOWN = "outcome_unknown"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What to look for where the outcome of a sent write is unknown.

    An update: `version` of that page, made by the connection's account after it was sent. A create: a page of that
    title in that space, likewise. A delete: what lies at the approval's path is trashed or gone.
    """

    kind: str  # "update" | "create" | "delete"
    page_id: PageId | None = None
    version: int | None = None
    space_id: str | None = None
    title_hash: str | None = None  # sha256 of the title, hex: titles are page text


@dataclass(frozen=True, slots=True)
class Approval:
    """`request_hash`: sha256 over method, canonical path, sorted query and body, hex. The body lies in the transient
    bucket under `body_name` (None: there is none); nothing of it is here.
    """

    id: ApprovalId
    workspace: WorkspaceId
    agent_id: AgentId
    connection_id: ConnectionId
    cloud_id: CloudId
    status: ApprovalStatus
    method: str
    path: str  # canonical, of digits and our own words
    query: tuple[tuple[str, str], ...]
    operation: str
    group: Group
    action: Action
    request_hash: str
    body_name: str | None
    created_at: datetime
    waits_until: datetime
    read_back: ReadBack | None = None
    decided_by: MemberId | None = None
    decided_at: datetime | None = None
    note: str | None = None
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    upstream_status: int | None = None
    code: str | None = None  # why it failed, or why it is not sent yet
    result_id: str | None = None  # of what was made or changed, Confluence's
    looked_at: datetime | None = None  # for an unknown outcome
    try_again_at: datetime | None = None  # an approved one that could not be sent
    revision: int = 0
