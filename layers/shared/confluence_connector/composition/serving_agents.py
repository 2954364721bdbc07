"""The composition root's part for agents. Apart from `runtime`, so that reading a page does not pay for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.agent_site import AgentSitesOverHttp
from confluence_connector.adapters.dynamodb.agent_calls import DynamoAgentCalls, DynamoCallQuota
from confluence_connector.adapters.dynamodb.agents import DynamoAgents
from confluence_connector.adapters.dynamodb.approvals import DynamoApprovals
from confluence_connector.adapters.frozen_bodies import S3FrozenBodies
from confluence_connector.adapters.media import MediaHost
from confluence_connector.domain.agents.agents import Agent
from confluence_connector.services.agents.agent_connection import AgentConnection
from confluence_connector.services.agents.call_confluence import CallConfluence
from confluence_connector.services.agents.decide_approvals import DecideApprovals
from confluence_connector.services.agents.freeze_request import FreezeRequest
from confluence_connector.services.agents.list_agent_calls import ListAgentCalls
from confluence_connector.services.agents.manage_agents import ManageAgents
from confluence_connector.services.agents.resolve_outcomes import ResolveOutcomes
from confluence_connector.services.agents.send_approved import SendApproved
from confluence_connector.services.agents.show_approvals import ShowApprovals
from confluence_connector.services.agents.sign_in_agent import SignInAgent
from confluence_connector.services.agents.sweep_approvals import SweepApprovals
from confluence_connector.services.report_security_event import SecurityEvents

if TYPE_CHECKING:
    from confluence_connector.runtime import Runtime


class ServingAgents:
    """The use-cases of agents, wired. Each is made when first asked for."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    # ── stores ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def agents(self) -> DynamoAgents:
        runtime = self._runtime
        return DynamoAgents(runtime.dynamodb, runtime.settings.state_table, runtime.new_secret, runtime.telemetry)

    @cached_property
    def approvals(self) -> DynamoApprovals:
        runtime = self._runtime
        return DynamoApprovals(
            runtime.dynamodb, runtime.settings.state_table, runtime.now, runtime.new_secret, runtime.telemetry
        )

    @cached_property
    def audit(self) -> DynamoAgentCalls:
        return DynamoAgentCalls(self._runtime.dynamodb, self._runtime.settings.state_table, self._runtime.now)

    @cached_property
    def bodies(self) -> S3FrozenBodies:
        runtime = self._runtime
        return S3FrozenBodies(runtime.s3, runtime.settings.transient_bucket, runtime.new_secret)

    @cached_property
    def quota(self) -> DynamoCallQuota:
        return DynamoCallQuota(self._runtime.dynamodb, self._runtime.settings.state_table)

    # ── for agents ──────────────────────────────────────────────────────────────────────────────────────────────────

    def sign_in(self, authorization: str | None) -> Agent:
        """Who an Authorization header belongs to. Raises Unauthenticated."""
        return SignInAgent(self.agents).of(authorization)

    @cached_property
    def calls(self) -> CallConfluence:
        runtime = self._runtime
        return CallConfluence(
            agents=self.agents,
            connections=runtime.connections,
            connection=self._connection,
            sites=self._sites,
            freezer=FreezeRequest(
                self.approvals, self.bodies, runtime.events, runtime.telemetry, runtime.now, runtime.new_id
            ),
            audit=self.audit,
            quota=self.quota,
            now=runtime.now,
            new_id=runtime.new_id,
        )

    # ── for admins ──────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def managed(self) -> ManageAgents:
        runtime = self._runtime
        return ManageAgents(self.agents, runtime.connections, runtime.now, runtime.new_id, runtime.new_secret)

    @cached_property
    def trail(self) -> ListAgentCalls:
        return ListAgentCalls(self.agents, self.audit)

    @cached_property
    def shown(self) -> ShowApprovals:
        return ShowApprovals(self.approvals, self.bodies, self.quota, self._runtime.now)

    @cached_property
    def decider(self) -> DecideApprovals:
        runtime = self._runtime
        return DecideApprovals(
            approvals=self.approvals,
            bodies=self.bodies,
            sender=self._sender,
            audit=self.audit,
            telemetry=runtime.telemetry,
            now=runtime.now,
            new_id=runtime.new_id,
        )

    # ── in the background ───────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def sweeper(self) -> SweepApprovals:
        runtime = self._runtime
        resolver = ResolveOutcomes(
            approvals=self.approvals,
            bodies=self.bodies,
            connections=runtime.connections,
            sites=self._sites,
            audit=self.audit,
            telemetry=runtime.telemetry,
            now=runtime.now,
            new_id=runtime.new_id,
        )
        return SweepApprovals(self.approvals, self.decider, self._sender, resolver, runtime.telemetry, runtime.now)

    # ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _connection(self) -> AgentConnection:
        return AgentConnection(self._runtime.connections)

    @cached_property
    def _sites(self) -> AgentSitesOverHttp:
        runtime = self._runtime
        media = MediaHost(runtime.http_client, runtime.settings.atlassian_media_url)
        return AgentSitesOverHttp(runtime.atlassian_http, runtime.tokens, media)

    @cached_property
    def _sender(self) -> SendApproved:
        runtime = self._runtime
        return SendApproved(
            agents=self.agents,
            connection=self._connection,
            approvals=self.approvals,
            bodies=self.bodies,
            sites=self._sites,
            audit=self.audit,
            security_events=SecurityEvents(runtime.events, runtime.telemetry),
            now=runtime.now,
            new_id=runtime.new_id,
        )
