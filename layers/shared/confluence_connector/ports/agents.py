"""Agents, approvals, frozen bodies and the audit trail; and Confluence as an agent's call reaches it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.approvals import Approval
from confluence_connector.domain.agents.calls import AgentCall
from confluence_connector.domain.agents.frozen import Frozen
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import AgentId, ApprovalId, CallId, WorkspaceId
from confluence_connector.ports import Deadline


class Agents(Protocol):
    """Raises AppMisconfigured, ServiceUnavailable."""

    def get(self, workspace: WorkspaceId, agent_id: AgentId) -> Agent | None:
        """A consistent read."""

    def save(self, agent: Agent) -> Agent:
        """Like `Connections.save`; its token finds it from then on, and none that it had before. Raises Stale."""

    def touch(self, agent: Agent, used_at: datetime) -> None:
        """Notes the use, once in ten minutes at most; touches no revision, and never fails a caller."""

    def remove(self, agent: Agent) -> None:
        """With its token's lookup. Missing is success."""

    def of_workspace(self, workspace: WorkspaceId) -> Iterator[Agent]: ...

    def by_token_hash(self, token_hash: str) -> Agent | None:
        """The agent whose present token that is; a replaced or revoked one finds nobody."""


class CallQuota(Protocol):
    """AGENT_CALLS_PER_MINUTE, shared by all functions. Raises AppMisconfigured, ServiceUnavailable."""

    def take(self, agent_id: AgentId, now: datetime) -> int:
        """0: the call may go on. Otherwise the seconds until the next minute, whose calls are not used up."""


class Approvals(Protocol):
    def get(self, workspace: WorkspaceId, approval_id: ApprovalId) -> Approval | None:
        """A consistent read."""

    def save(self, approval: Approval) -> Approval:
        """Like `Connections.save`. Raises Stale."""

    def page(
        self, workspace: WorkspaceId, *, status: str | None, limit: int, after: ApprovalId | None
    ) -> tuple[Sequence[Approval], ApprovalId | None]:
        """Newest first."""

    def pending(self, workspace: WorkspaceId, agent_id: AgentId) -> Iterator[Approval]:
        """Those of an agent that wait for a person and have not run out; newest first."""

    def due(self, now: datetime) -> Iterator[Approval]:
        """Those that `approval_times.next_due` puts at or before `now`, each read again consistently."""


class FrozenBodies(Protocol):
    """Request bodies in the transient bucket, for as long as their approval may wait."""

    def put(self, approval_id: ApprovalId, body: bytes) -> str:
        """Its name."""

    def get(self, name: str) -> bytes | None: ...

    def remove(self, name: str) -> None: ...


class AgentCalls(Protocol):
    """The audit trail, kept AGENT_CALLS_KEPT_DAYS."""

    def add(self, call: AgentCall) -> None:
        """The same id again replaces the line: what was begun and what came of it are one call."""

    def page(
        self, workspace: WorkspaceId, agent_id: AgentId, *, limit: int, before: CallId | None
    ) -> tuple[Sequence[AgentCall], CallId | None]:
        """Newest first."""


@dataclass(frozen=True, slots=True, repr=False)
class Sent:
    """Confluence's answer. `body`: decoded JSON, or None for an empty answer."""

    status: int
    body: object

    def __repr__(self) -> str:
        return f"Sent({self.status})"


class AgentSite(Protocol):
    """One connection's site, for requests that the gate has let through. Never repeats a write.

    Confluence's refusals are answers. Raises LinkedSourceErrors, ScopesMissing, what the vault says, and
    WriteOutcomeUnknown; behind all others nothing was written.
    """

    def call(self, request: Frozen, *, reads: bool) -> Sent:
        """`reads`: that it happens twice does no harm.

        A form's body is JSON: `{"filename", "content": base64, "media_type"?, "comment"?, "minor_edit"?}`. Raises
        Unprocessable for another.
        """


class AgentSites(Protocol):
    def of(self, connection: Connection, deadline: Deadline) -> AgentSite: ...
