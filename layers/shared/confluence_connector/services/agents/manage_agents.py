"""Agents, made and changed by admins: what each may do, and the one token it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from confluence_connector.domain.agents.agents import PREFIX, Agent, hashed
from confluence_connector.domain.agents.policies import GroupPolicy, Policy
from confluence_connector.domain.connections import Connection, Right
from confluence_connector.domain.identifiers import OURS, AgentId, CloudId
from confluence_connector.domain.people import Principal
from confluence_connector.domain.scopes import BY_PURPOSE
from confluence_connector.errors import (
    Forbidden,
    NotFound,
    ScopesMissing,
    SiteNotChosen,
    TooManyRequests,
    WorkspaceOwnerRequired,
)
from confluence_connector.limits import AGENTS_PER_WORKSPACE
from confluence_connector.ports import Clock, NewId, NewSecret, Stale
from confluence_connector.ports.agents import Agents
from confluence_connector.ports.connections import Connections
from confluence_connector.services.find_connection import find_connection

FOR_AGENTS = frozenset({"agent_read", "agent_write"})


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """An agent and its token, which is shown this once and kept nowhere."""

    agent: Agent
    token: str


@dataclass(frozen=True, slots=True)
class ManageAgents:
    """Every method raises Forbidden for who is no admin, after NotFound for what is not there."""

    agents: Agents
    connections: Connections
    now: Clock
    new_id: NewId
    new_secret: NewSecret

    def create(self, person: Principal, name: str, connection_id: str, groups: Mapping[str, GroupPolicy]) -> Issued:
        """An agent of the connection's present site. `groups` by name (F1); what is not named is disabled. A policy may
        reach further than the grant: then calls say so (F8).

        Raises NotFound, WorkspaceOwnerRequired, ScopesMissing (a connection that is not for agents), TooManyRequests,
        and why the connection cannot be used.
        """
        connection = find_connection(self.connections, person, connection_id, Right.MANAGE)
        _admins_only(person)
        if sum(1 for _ in self.agents.of_workspace(person.workspace)) >= AGENTS_PER_WORKSPACE:
            raise TooManyRequests(
                f"A workspace has at most {AGENTS_PER_WORKSPACE} agents.", remedy="Delete one that nobody uses."
            )
        token, now = self._new_token(), self.now()
        agent = Agent(
            id=AgentId(self.new_id("agt")),
            workspace=person.workspace,
            connection_id=connection.id,
            cloud_id=_site_for_agents(connection),
            name=name,
            policy=Policy(**groups),
            created_at=now,
            created_by=person.sub,
            token_hash=hashed(token),
            token_issued_at=now,
        )
        return Issued(self.agents.save(agent), token)

    def all(self, person: Principal) -> Sequence[Agent]:
        """In order of creation."""
        _admins_only(person)
        return sorted(self.agents.of_workspace(person.workspace), key=lambda agent: agent.id)

    def get(self, person: Principal, agent_id: str) -> Agent:
        """Raises NotFound."""
        agent = self.agents.get(person.workspace, AgentId(agent_id)) if OURS.fullmatch(agent_id) else None
        if agent is None:
            raise NotFound
        _admins_only(person)
        return agent

    def change(self, person: Principal, agent_id: str, *, name: str | None, groups: Mapping[str, GroupPolicy]) -> Agent:
        """Groups that are not named stay. From the next call on; what waits for approval is judged by it, too.

        Raises NotFound.
        """
        while True:
            agent = self.get(person, agent_id)
            try:
                policy = replace(agent.policy, **groups)
                return self.agents.save(replace(agent, name=name or agent.name, policy=policy))
            except Stale:
                continue

    def rotate(self, person: Principal, agent_id: str) -> Issued:
        """A new token; the one before is refused from this moment on. Raises NotFound."""
        token = self._new_token()
        while True:
            agent = self.get(person, agent_id)
            try:
                changed = replace(agent, token_hash=hashed(token), token_issued_at=self.now())
                return Issued(self.agents.save(changed), token)
            except Stale:
                continue

    def delete(self, person: Principal, agent_id: str) -> None:
        """With its token. Its audit trail stays; what waits for approval is not sent any more. Raises NotFound."""
        self.agents.remove(self.get(person, agent_id))

    def _new_token(self) -> str:
        return PREFIX + self.new_secret()


def _site_for_agents(connection: Connection) -> CloudId:
    if connection.owner != "workspace":
        raise WorkspaceOwnerRequired
    if reason := connection.out_of_use_because():
        raise reason.of_search()
    if not FOR_AGENTS & connection.purposes:
        raise ScopesMissing(
            "This connection was not made for agents.",
            remedy='Reconnect it with the purpose "agent_read" or "agent_write".',
            missing_scopes=sorted(BY_PURPOSE["agent_read"] - set(connection.grant.scopes if connection.grant else ())),
        )
    if connection.site is None:
        raise SiteNotChosen
    return connection.site.cloud_id


def _admins_only(person: Principal) -> None:
    if not person.is_admin:
        raise Forbidden("Only an admin manages agents and approvals.")
