"""Agents, approvals, frozen bodies and the audit trail; and Confluence as an agent's call reaches it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.approvals import Approval
from confluence_connector.domain.agents.calls import AgentCall
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import AgentId, ApprovalId, CallId, WorkspaceId
from confluence_connector.ports import Deadline


class Agents(Protocol):
    """Raises AppMisconfigured, ServiceUnavailable."""

    def get(self, workspace: WorkspaceId, agent_id: AgentId) -> Agent | None:
        """A consistent read."""

    def save(self, agent: Agent) -> Agent:
        """Like `Connections.save`; the token's lookup is written with it. Raises Stale."""

    def remove(self, agent: Agent) -> None:
        """With its token's lookup. Missing is success."""

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Agent]: ...

    def by_token_hash(self, token_hash: str) -> Agent | None:
        """The agent whose present token that is; a replaced or revoked one finds nobody."""


class Approvals(Protocol):
    def get(self, workspace: WorkspaceId, approval_id: ApprovalId) -> Approval | None:
        """A consistent read."""

    def save(self, approval: Approval) -> Approval:
        """Like `Connections.save`. Raises Stale."""

    def page(
        self, workspace: WorkspaceId, *, status: str | None, limit: int, after: ApprovalId | None
    ) -> tuple[Sequence[Approval], ApprovalId | None]:
        """Newest first."""

    def due(self, now: datetime) -> Iterator[Approval]:
        """Pending ones whose time is up, and sent ones nobody has finished, each read again consistently."""


class FrozenBodies(Protocol):
    """Request bodies in the transient bucket, for as long as their approval may wait."""

    def put(self, approval_id: ApprovalId, body: bytes) -> str:
        """Its name."""

    def get(self, name: str) -> bytes | None: ...

    def remove(self, name: str) -> None: ...


class AgentCalls(Protocol):
    """The audit trail, kept AGENT_CALLS_KEPT_DAYS."""

    def add(self, call: AgentCall) -> None: ...

    def page(
        self, workspace: WorkspaceId, agent_id: AgentId, *, limit: int, before: CallId | None
    ) -> tuple[Sequence[AgentCall], CallId | None]:
        """Newest first."""


@dataclass(frozen=True, slots=True, repr=False)
class Sent:
    """Confluence's answer. `body`: decoded JSON, or None for an empty answer."""

    status: int
    body: object
    request_id: str | None

    def __repr__(self) -> str:
        return f"Sent({self.status})"


class OutcomeUnknown(Exception):
    """A write was sent and no answer came: it may or may not have happened."""


class AgentSite(Protocol):
    """One connection's site, for canonical paths that the gate has let through. Never repeats a write.

    Raises LinkedSourceErrors, ScopesMissing, what the vault says, and OutcomeUnknown for a write.
    """

    def call(self, method: str, path: str, query: Mapping[str, str], body: bytes | None) -> Sent: ...


class AgentSites(Protocol):
    def of(self, connection: Connection, deadline: Deadline) -> AgentSite: ...
