"""Send what was approved: exactly what was frozen, if it is still allowed, and at most once (F6).

    approved ──▶ judged anew ──▶ executing, `sent_at` saved ──▶ sent ──▶ executed | failed | outcome_unknown
        │ ▲         │                                             │
        │ └─────────┼──◀── surely not carried out, may pass ──◀───┤
        └───────────┴──▶ failed: nothing was sent ◀───────────────┘ surely not carried out, will not pass

One conditional write stands before the sending, so of any number of hands one sends. A kill before it leaves
`approved`, which the sweeper sends; a kill after it leaves `executing`, which nobody ever sends again: the sweeper
reads back. Only the hand that sent goes back to `approved`: it alone knows that Confluence did not take the request
(a refused pace, no access token), and after the sweeper has given it up not even that one.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus
from confluence_connector.domain.agents.classify import classify_again
from confluence_connector.domain.agents.frozen import Frozen, frozen, thawed
from confluence_connector.domain.agents.gate import decide
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import PAGE
from confluence_connector.errors import AppMisconfigured, ConnectorError, UpstreamProtocolError, WriteOutcomeUnknown
from confluence_connector.limits import APPROVAL_STALLED_SECONDS
from confluence_connector.ports import Clock, Deadline, NewId, Stale
from confluence_connector.ports.agents import AgentCalls, Agents, AgentSites, Approvals, FrozenBodies, Sent
from confluence_connector.services.agents.agent_connection import AgentConnection
from confluence_connector.services.agents.agent_trail import Trail
from confluence_connector.services.report_security_event import SecurityEvents

FIRST_REFUSAL: Final = 400
UNFINISHED: Final = frozenset({ApprovalStatus.EXECUTING, ApprovalStatus.OUTCOME_UNKNOWN})


class NotSent(Exception):
    """Why an approved request may not be sent, as a code of the approval's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class SendApproved:
    agents: Agents
    connection: AgentConnection
    approvals: Approvals
    bodies: FrozenBodies
    sites: AgentSites
    audit: AgentCalls
    security_events: SecurityEvents
    now: Clock
    new_id: NewId

    def send(self, approval: Approval, deadline: Deadline) -> Approval:
        """`approved` it must be; as it stands afterwards. One that somebody else has in hand is returned as it is.

        Raises AppMisconfigured, and ServiceUnavailable and its like: then it is `approved` still, and the sweeper's.
        """
        trail = Trail.of_approval(approval, self.audit, self.now, self.new_id)
        try:
            request, connection = self._judged(approval)
        except NotSent as refusal:
            return self._over(approval, trail, status=ApprovalStatus.FAILED, code=refusal.code)
        except ConnectorError as error:
            if _may_pass(error):
                raise
            return self._over(approval, trail, status=ApprovalStatus.FAILED, code=error.code)
        trail.learned(verdict="allowed")
        trail.write()
        try:
            sending = self.approvals.save(
                replace(approval, status=ApprovalStatus.EXECUTING, sent_at=self.now(), code=None, try_again_at=None)
            )
        except Stale:
            return self.approvals.get(approval.workspace, approval.id) or approval
        try:
            outcome = self._sent(request, connection, deadline)
        except ConnectorError as error:  # nothing was written
            if _may_pass(error) and (later := self._later(sending, trail, error)):
                return later
            outcome = {"status": ApprovalStatus.FAILED, "code": error.code}
        return self._over(sending, trail, **outcome)

    def _judged(self, approval: Approval) -> tuple[Frozen, Connection]:
        """What to send and through which connection, by the agent's present policy and the present table.

        Raises NotSent, the gate's refusals, and what `AgentConnection.of` raises.
        """
        if approval.waits_until <= self.now():
            raise NotSent("expired")
        agent = self.agents.get(approval.workspace, approval.agent_id)
        if agent is None:
            raise NotSent("agent_gone")
        kept = self._kept(approval)
        found = classify_again(thawed(kept))
        if frozen(found.request).hash != approval.request_hash:
            raise NotSent("request_changed")  # today's table would send it otherwise than it was seen
        decide(found.effect, agent.policy).refuse_if_refused()
        connection = self.connection.of(agent, found.operation)
        return replace(kept, body_kind=found.request.body_kind), connection

    def _kept(self, approval: Approval) -> Frozen:
        body = self.bodies.get(approval.body_name) if approval.body_name else None
        if approval.body_name and body is None:
            raise NotSent("request_lost")
        kept = Frozen(approval.method, approval.path, approval.query, body)
        if kept.hash != approval.request_hash:
            self.security_events.report("frozen_request_changed", approval.workspace, approval.connection_id)
            raise NotSent("request_changed")
        return kept

    def _sent(self, request: Frozen, connection: Connection, deadline: Deadline) -> dict[str, Any]:
        """What came of it, as fields of the approval. Raises ConnectorError where Confluence surely did nothing."""
        try:
            sent = self.sites.of(connection, deadline).call(request, reads=False)
        except WriteOutcomeUnknown as unknown:
            return {"status": ApprovalStatus.OUTCOME_UNKNOWN, "code": unknown.code}
        except UpstreamProtocolError as nonsense:  # a redirect, or no token of ours will do: an answer, and it stays so
            return {"status": ApprovalStatus.FAILED, "code": nonsense.code}
        if sent.status >= FIRST_REFUSAL:
            return {"status": ApprovalStatus.FAILED, "code": "confluence_refused", "upstream_status": sent.status}
        return {"status": ApprovalStatus.EXECUTED, "upstream_status": sent.status, "result_id": _id_in(sent)}

    def _later(self, sending: Approval, trail: Trail, error: ConnectorError) -> Approval | None:
        """`approved` again, for the sweeper, until it runs out. None: the sweeper has taken us for dead meanwhile."""
        wait = timedelta(seconds=max(error.retry_after or 0, APPROVAL_STALLED_SECONDS))
        again = replace(sending, status=ApprovalStatus.APPROVED, sent_at=None, code=error.code)
        try:
            saved = self.approvals.save(replace(again, try_again_at=min(self.now() + wait, sending.waits_until)))
        except Stale:
            return None
        trail.learned(code=error.code)
        trail.finish()
        return saved

    def _over(self, approval: Approval, trail: Trail, **outcome: Any) -> Approval:
        """Recorded first: until then, a kill would leave it unknown."""
        recorded = self._record(approval, outcome)
        trail.learned(code=recorded.code, upstream_status=recorded.upstream_status)
        trail.finish()
        if recorded.body_name:
            self.bodies.remove(recorded.body_name)
        return recorded

    def _record(self, approval: Approval, outcome: dict[str, Any]) -> Approval:
        while True:
            try:
                return self.approvals.save(replace(approval, finished_at=self.now(), **outcome))
            except Stale:
                current = self.approvals.get(approval.workspace, approval.id)
                if current is None or approval.sent_at is None or current.status not in UNFINISHED:
                    return current or approval
                approval = current  # the sweeper gave us up; we know better


def _may_pass(error: ConnectorError) -> bool:
    """It may go well later without anybody's doing, or by an operator's."""
    return error.retry or isinstance(error, AppMisconfigured)


def _id_in(sent: Sent) -> str | None:
    """Of what was made or changed. Nothing else of the answer is kept."""
    found = str(sent.body.get("id", "")) if isinstance(sent.body, dict) else ""
    return found if PAGE.fullmatch(found) else None
