"""An agent's audit trail, to read and to take along (F7)."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.agents.calls import AgentCall
from confluence_connector.domain.identifiers import OURS, AgentId, CallId
from confluence_connector.domain.people import Principal
from confluence_connector.errors import Forbidden, NotFound
from confluence_connector.ports.agents import AgentCalls, Agents


@dataclass(frozen=True, slots=True)
class ListAgentCalls:
    agents: Agents
    calls: AgentCalls

    def page(
        self, person: Principal, agent_id: str, *, limit: int, after: str | None
    ) -> tuple[Sequence[AgentCall], str | None]:
        """Newest first; a deleted agent's stays. The second answer is the position of the next page.

        Raises NotFound for what never was an agent here, Forbidden for who is no admin.
        """
        if not OURS.fullmatch(agent_id):
            raise NotFound
        known, before = AgentId(agent_id), CallId(after) if after else None
        found, following = self.calls.page(person.workspace, known, limit=limit, before=before)
        if not found and self.agents.get(person.workspace, known) is None:
            raise NotFound
        if not person.is_admin:
            raise Forbidden("Only an admin reads an agent's audit trail.")
        return found, following
