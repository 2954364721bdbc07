"""One call's line in the audit trail (F7): what is known of it so far, and the writing of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from confluence_connector.domain.agents.agents import Agent
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
    began: datetime

    @classmethod
    def of(cls, agent: Agent, calls: AgentCalls, now: Clock, new_id: NewId, *, via: Via, tool: str | None) -> Self:
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
        return cls(calls, now, line, line.at)

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
        took = self.now() - self.began
        self.learned(duration_ms=int(took.total_seconds() * 1000))
        self.calls.add(self.line)
