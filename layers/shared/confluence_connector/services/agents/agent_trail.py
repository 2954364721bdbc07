"""One call's line in the audit trail (F7): what is known of it so far, and the writing of it."""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.approvals import Approval
from confluence_connector.domain.agents.calls import AgentCall, Via
from confluence_connector.domain.agents.classify import Classified
from confluence_connector.domain.identifiers import CallId
from confluence_connector.errors import ConnectorError
from confluence_connector.ports import Clock, NewId
from confluence_connector.ports.agents import AgentCalls

UNFINISHED: Final = ConnectorError.code
"""Of a call that has neither succeeded nor been refused yet: what stays if nobody gets to say more."""


@dataclass(slots=True)
class Trail:
    """The line is written before a change is sent and again when the call ends: no kill hides a change.

    Raises AppMisconfigured, ServiceUnavailable: what cannot be written down is not done, or not answered.
    """

    calls: AgentCalls
    now: Clock
    line: AgentCall
    stands: bool = False  # the line is there already, if unfinished

    @classmethod
    def of_call(cls, agent: Agent, calls: AgentCalls, now: Clock, new_id: NewId, *, via: Via, tool: str | None) -> Self:
        """Of a call that has just come; until the gate says otherwise it is refused."""
        line = AgentCall(
            id=CallId(new_id("acl")),
            workspace=agent.workspace,
            agent_id=agent.id,
            connection_id=agent.connection_id,
            at=now(),
            via=via,
            verdict="refused",
            method=None,
            path=None,
            operation=None,
            group=None,
            action=None,
            code=UNFINISHED,
            tool=tool,
        )
        return cls(calls, now, line)

    @classmethod
    def of_approval(cls, approval: Approval, calls: AgentCalls, now: Clock, new_id: NewId) -> Self:
        """Of what becomes of a frozen request; until it is judged anew it is refused."""
        line = AgentCall(
            id=CallId(new_id("acl")),
            workspace=approval.workspace,
            agent_id=approval.agent_id,
            connection_id=approval.connection_id,
            at=now(),
            via="approval",
            verdict="refused",
            method=approval.method,
            path=approval.path,
            operation=approval.operation,
            group=approval.group,
            action=approval.action,
            code=UNFINISHED,
            approval_id=approval.id,
            decided_by=approval.decided_by,
        )
        return cls(calls, now, line)

    def classified(self, found: Classified) -> None:
        self.learned(
            method=found.request.method,
            path=found.request.path,
            operation=found.operation.operation_id or found.operation.path,
            group=found.effect.group,
            action=found.effect.action,
        )

    def learned(self, **facts: Any) -> None:
        """Fields of the line."""
        self.line = replace(self.line, **facts)

    def write(self) -> None:
        took = self.now() - self.line.at
        self.learned(duration_ms=int(took.total_seconds() * 1000))
        self.calls.add(self.line)
        self.stands = True

    def finish(self) -> None:
        """What came of it. Where the line stands already, as it does for what was sent, a store that is down keeps no
        answer back: told that it failed, an agent would do it again.
        """
        try:
            self.write()
        except ConnectorError:
            if not self.stands:
                raise
