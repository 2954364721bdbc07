"""What became of a write whose answer nobody got: read back, never sent again (F6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus, ReadBack
from confluence_connector.domain.agents.frozen import Frozen
from confluence_connector.domain.agents.read_backs import title_hash
from confluence_connector.domain.identifiers import PAGE
from confluence_connector.errors import ConnectorError, WriteOutcomeUnknown
from confluence_connector.limits import APPROVAL_CLOCK_SECONDS, SYNC_OVERLAP_SECONDS
from confluence_connector.ports import Clock, Deadline, NewId, Telemetry
from confluence_connector.ports.agents import AgentCalls, AgentSite, AgentSites, Approvals, FrozenBodies
from confluence_connector.ports.connections import Connections
from confluence_connector.services.agents.agent_trail import Trail

FOUND: Final = 200
GONE: Final = 404
ROWS: Final = 100
NOT_CARRIED_OUT: Final = "not_carried_out"
LONG_BEFORE: Final = timedelta(seconds=SYNC_OVERLAP_SECONDS)
CLOCKS_DIFFER: Final = timedelta(seconds=APPROVAL_CLOCK_SECONDS)


class Undecided(Exception):
    """What is there does not tell; perhaps it will later."""


@dataclass(frozen=True, slots=True)
class Happened:
    """`result_id`: of what was made or changed."""

    happened: bool
    result_id: str | None = None


@dataclass(frozen=True, slots=True)
class ResolveOutcomes:
    approvals: Approvals
    bodies: FrozenBodies
    connections: Connections
    sites: AgentSites
    audit: AgentCalls
    telemetry: Telemetry
    now: Clock
    new_id: NewId

    def look(self, approval: Approval, deadline: Deadline) -> Approval:
        """One that was sent: `executed` or `failed` if Confluence shows which, else `outcome_unknown`. Raises Stale."""
        if approval.status == ApprovalStatus.EXECUTING:  # whoever sent it is gone, and nobody reads its body again
            if approval.body_name:
                self.bodies.remove(approval.body_name)
            unknown = replace(approval, status=ApprovalStatus.OUTCOME_UNKNOWN, code=WriteOutcomeUnknown.code)
            approval = self.approvals.save(unknown)
        if approval.read_back is None:
            return approval
        try:
            seen = self._seen(approval, approval.read_back, deadline)
        except Undecided:
            return self.approvals.save(replace(approval, looked_at=self.now()))
        except ConnectorError as error:
            self.telemetry.refused(error, "outcome_not_read", approval_id=approval.id)
            return self.approvals.save(replace(approval, looked_at=self.now()))
        return self._resolved(approval, seen)

    def _resolved(self, approval: Approval, seen: Happened) -> Approval:
        status = ApprovalStatus.EXECUTED if seen.happened else ApprovalStatus.FAILED
        resolved = self.approvals.save(
            replace(
                approval,
                status=status,
                code=None if seen.happened else NOT_CARRIED_OUT,
                result_id=seen.result_id,
                looked_at=self.now(),
                finished_at=self.now(),
            )
        )
        trail = Trail.of_approval(resolved, self.audit, self.now, self.new_id)
        trail.learned(verdict="allowed", code=resolved.code)
        trail.write()
        return resolved

    def _seen(self, approval: Approval, sought: ReadBack, deadline: Deadline) -> Happened:
        connection = self.connections.get(approval.workspace, approval.connection_id)
        if connection is None or connection.out_of_use_because() or connection.site is None:
            raise Undecided
        if connection.site.cloud_id != approval.cloud_id or connection.account is None or approval.sent_at is None:
            raise Undecided
        look = _Look(self.sites.of(connection, deadline), connection.account.id, approval.path, approval.sent_at)
        match sought.kind:
            case "update":
                return look.for_version(sought)
            case "create":
                return look.for_title(sought)
            case _:
                return look.for_absence()


@dataclass(frozen=True, slots=True)
class _Look:
    """Raises Undecided, and what `AgentSite.call` raises."""

    site: AgentSite
    account_id: str
    path: str
    sent_at: datetime

    def for_version(self, sought: ReadBack) -> Happened:
        """That number may be somebody else's by now: then Confluence refused ours."""
        number = self._get(self.path).get("version", {}).get("number")
        if not isinstance(number, int) or sought.version is None:
            raise Undecided
        if number < sought.version:
            return Happened(happened=False)
        version = self._get(f"{self.path}/versions/{sought.version}")
        return Happened(self._is_ours(version), sought.page_id)

    def for_title(self, sought: ReadBack) -> Happened:
        """Newest first, as far back as it was sent."""
        query = (("space-id", sought.space_id or ""), ("sort", "-created-date"), ("limit", str(ROWS)))
        rows = self._get(self.path, query).get("results")
        if not isinstance(rows, list):
            raise Undecided
        for row in rows:
            if self._after_sending(row) < -LONG_BEFORE:
                return Happened(happened=False)
            if title_hash(str(row.get("title"))) == sought.title_hash and self._is_ours(row):
                found = str(row.get("id"))
                return Happened(happened=True, result_id=found if PAGE.fullmatch(found) else None)
        if len(rows) == ROWS:
            raise Undecided
        return Happened(happened=False)

    def for_absence(self) -> Happened:
        """Trashed, or not there for this account any more."""
        answer = self.site.call(Frozen("GET", self.path), reads=True)
        if answer.status == GONE:
            return Happened(happened=True)
        if answer.status != FOUND or not isinstance(answer.body, dict):
            raise Undecided
        return Happened(answer.body.get("status") == "trashed")

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        """Raises Undecided for what the account made so shortly before that two clocks do not tell the one from the
        other: it has other requests, too.
        """
        after = self._after_sending(row)
        if row.get("authorId") != self.account_id or after < -LONG_BEFORE:
            return False
        if after < -CLOCKS_DIFFER:
            raise Undecided
        return True

    def _after_sending(self, row: Mapping[str, Any]) -> timedelta:
        """By Atlassian's clock. Raises Undecided where it does not say."""
        try:
            return datetime.fromisoformat(str(row.get("createdAt"))) - self.sent_at
        except (ValueError, TypeError):
            raise Undecided from None

    def _get(self, path: str, query: tuple[tuple[str, str], ...] = ()) -> Mapping[str, Any]:
        answer = self.site.call(Frozen("GET", path, query), reads=True)
        if answer.status != FOUND or not isinstance(answer.body, dict):
            raise Undecided
        return answer.body
