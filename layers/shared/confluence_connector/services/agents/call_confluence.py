"""An agent's call to Confluence. Whoever speaks for an agent, over REST or MCP, comes through here and nowhere else.

quota ─► one operation ─► the gate ─► its own connection, with the scopes it takes ─► send, or freeze
  └────────┴─────────────┴────────────┴──────────────────────────────────────────────┴─► a line in the trail
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.agents.approvals import Approval
from confluence_connector.domain.agents.calls import Via
from confluence_connector.domain.agents.classify import Body, Classified, Query, classify, refuse_method_override
from confluence_connector.domain.agents.effects import Effect
from confluence_connector.domain.agents.frozen import Frozen, frozen
from confluence_connector.domain.agents.gate import decide
from confluence_connector.domain.connections import Connection
from confluence_connector.errors import ConnectorError, NotFound, PageNotFound
from confluence_connector.ports import Clock, Deadline, NewId
from confluence_connector.ports.agents import AgentCalls, Agents, AgentSites, CallQuota, Sent
from confluence_connector.ports.connections import Connections
from confluence_connector.services.agents.agent_connection import AgentConnection
from confluence_connector.services.agents.agent_trail import Trail
from confluence_connector.services.agents.freeze_request import FreezeRequest
from confluence_connector.services.agents.spend_call import spend_call

DENIED = frozenset({403, 404})
MISSING = 404


@dataclass(frozen=True, slots=True, repr=False)
class CallWanted:
    """What an agent asks for, as it came. `headers`: their names only; none is passed on."""

    method: str
    path: str
    query: Query | None = None
    body: Body = None
    headers: Iterable[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Answered:
    """`connection`: the one it came through. A refusal of Confluence's is an answer, too: `sent.status` says so."""

    sent: Sent
    connection: Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing was sent; a person decides."""

    approval: Approval


@dataclass(frozen=True, slots=True)
class CallConfluence:
    agents: Agents
    connections: Connections
    connection: AgentConnection
    sites: AgentSites
    freezer: FreezeRequest
    audit: AgentCalls
    quota: CallQuota
    now: Clock
    new_id: NewId

    def call(
        self, agent: Agent, wanted: CallWanted, *, via: Via, deadline: Deadline, tool: str | None = None
    ) -> Answered | Waiting:
        """`tool`: of MCP, for the trail.

        Raises TooManyRequests (the agent's own limit), UnknownOperation and the gate's other refusals (403),
        Unprocessable, what `AgentConnection.of` raises, LinkedSourceErrors, WriteOutcomeUnknown, and what the vault
        says. A refusal speaks of Confluence, not of a linked document.
        """
        trail = Trail.of_call(agent, self.audit, self.now, self.new_id, via=via, tool=tool)
        try:
            return self._call(agent, wanted, trail, deadline)
        except ConnectorError as error:
            trail.learned(code=error.code)
            raise error.of_search() from None
        finally:
            trail.finish()

    def refuse(self, agent: Agent, error: ConnectorError, *, via: Via, tool: str) -> NoReturn:
        """What was asked for so that it never became a request is a call, too: it counts, and has its line.

        Raises `error`, TooManyRequests, AppMisconfigured, ServiceUnavailable.
        """
        trail = Trail.of_call(agent, self.audit, self.now, self.new_id, via=via, tool=tool)
        try:
            spend_call(self.quota, agent, self.now())
            raise error
        except ConnectorError as told:
            trail.learned(code=told.code)
            raise
        finally:
            trail.finish()

    def _call(self, agent: Agent, wanted: CallWanted, trail: Trail, deadline: Deadline) -> Answered | Waiting:
        spend_call(self.quota, agent, self.now())
        refuse_method_override(wanted.headers)
        found = classify(wanted.method, wanted.path, wanted.query, wanted.body)
        trail.classified(found)
        decision = decide(found.effect, agent.policy)
        decision.refuse_if_refused()
        waits = decision.outcome == "needs_approval"
        trail.learned(verdict="needs_approval" if waits else "allowed")
        connection = self.connection.of(agent, found.operation)
        request = frozen(found.request)
        self.agents.touch(agent, self.now())
        if waits:
            approval = self.freezer.freeze(agent, found, request)
            trail.learned(approval_id=approval.id, code=None)
            return Waiting(approval)
        sent = self._send(found, request, connection, trail, deadline)
        self.connections.touch(connection, self.now())
        trail.learned(upstream_status=sent.status, code=None)
        return Answered(as_shown(sent, found.effect), connection)

    def _send(
        self, found: Classified, request: Frozen, connection: Connection, trail: Trail, deadline: Deadline
    ) -> Sent:
        reads = found.effect.action == "read"
        if not reads:
            trail.write()
        return self.sites.of(connection, deadline).call(request, reads=reads)


def as_shown(sent: Sent, effect: Effect) -> Sent:
    """What is missing and what is hidden are told in the same words (fault case F1): Confluence's own name the id, and
    some of its routes say 403 for what the account may not see.
    """
    hidden = sent.status == MISSING or (effect.action == "read" and sent.status in DENIED)
    if not hidden:
        return sent
    refusal = PageNotFound if effect.group == "pages" else NotFound
    said = {"code": refusal.code, "detail": refusal.default_detail, "remedy": refusal.remedy}
    return Sent(MISSING, said)
