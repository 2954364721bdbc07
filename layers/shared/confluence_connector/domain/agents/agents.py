"""An agent: an API client with a token of its own and one connection it works through."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from confluence_connector.domain.agents.policies import Policy
from confluence_connector.domain.identifiers import AgentId, CloudId, ConnectionId, MemberId, WorkspaceId

PREFIX = "cca_"  # of every token


@dataclass(frozen=True, slots=True)
class Agent:
    """`token_hash`: sha256 of the token, hex; the token itself is shown once and kept nowhere. None: revoked.

    It belongs to the site it was made for: a connection that moved to another one serves it no more (A4).
    """

    id: AgentId
    workspace: WorkspaceId
    connection_id: ConnectionId
    cloud_id: CloudId
    name: str
    policy: Policy
    created_at: datetime
    created_by: MemberId
    token_hash: str | None
    token_issued_at: datetime
    last_used_at: datetime | None = None
    revision: int = 0


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
