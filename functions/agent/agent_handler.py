"""Agents over HTTP: admins manage them, decide on what they ask for, and read what they did; agents call Confluence.

Two sign-ins that never meet: management takes a member's verified token, `/agent/…` an agent's (see agent_calling).
"""

from typing import Annotated, Literal

from agent_calling import router as calling
from agent_models import (
    AgentAnswer,
    AgentCallAnswer,
    AgentCallsAnswer,
    AgentChange,
    AgentRequest,
    AgentsAnswer,
    ApprovalAnswer,
    ApprovalsAnswer,
    DecisionRequest,
    FrozenAnswer,
    IssuedAnswer,
    ProfileAnswer,
    ProfilesAnswer,
    agent_of,
    approval_of,
    frozen_of,
    issued_of,
    policy_of,
)
from fastapi import APIRouter, Depends, Path, Query, Response
from mcp_endpoint import router as tools

from confluence_connector.domain.agents.approvals import ApprovalStatus
from confluence_connector.domain.agents.profiles import PROFILES
from confluence_connector.domain.people import Principal
from confluence_connector.limits import AGENT_CALLS_EXPORTED
from confluence_connector.ports import Deadline
from confluence_connector.runtime import Runtime, from_environment
from confluence_connector.web.app import create_app, deadline_of, runtime_of
from confluence_connector.web.entry import JSON_LINES, serve
from confluence_connector.web.lists import DEFAULT_LIMIT, Cursor, Limit, cut
from confluence_connector.web.sign_in import member

router = APIRouter()
router.include_router(calling)
router.include_router(tools)

Here = Annotated[Runtime, Depends(runtime_of)]
Member = Annotated[Principal, Depends(member)]
Until = Annotated[Deadline, Depends(deadline_of)]
Id = Annotated[str, Path(max_length=200)]


@router.get("/profiles")
async def list_profiles() -> ProfilesAnswer:
    """Policies to begin with; an agent keeps the policy and may be customised after."""
    return ProfilesAnswer(
        items=[ProfileAnswer(profile=name, policy=policy_of(policy)) for name, policy in PROFILES.items()]
    )


@router.post("/agents", status_code=201)
async def create_agent(asked: AgentRequest, runtime: Here, person: Member) -> IssuedAnswer:
    """Admins only. The answer has the agent's token, this once."""
    issued = runtime.agents.managed.create(person, asked.name, asked.connection_id, asked.groups())
    return issued_of(issued)


@router.get("/agents")
async def list_agents(
    runtime: Here, person: Member, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> AgentsAnswer:
    """Admins only; in order of creation."""
    agents = runtime.agents.managed.all(person)
    some, following = cut(agents, limit, cursor, runtime.cursors, person.workspace, "agents")
    return AgentsAnswer(items=[agent_of(agent) for agent in some], next=following)


@router.get("/agents/{agent_id}")
async def get_agent(agent_id: Id, runtime: Here, person: Member) -> AgentAnswer:
    """Admins only. Never with its token."""
    return agent_of(runtime.agents.managed.get(person, agent_id))


@router.patch("/agents/{agent_id}")
async def change_agent(agent_id: Id, asked: AgentChange, runtime: Here, person: Member) -> AgentAnswer:
    """Admins only. Holds from the agent's next call on, and for what waits for approval."""
    return agent_of(runtime.agents.managed.change(person, agent_id, name=asked.name, groups=asked.groups()))


@router.delete("/agents/{agent_id}", status_code=204)
async def delete_agent(agent_id: Id, runtime: Here, person: Member) -> Response:
    """Admins only. Its token is dead at once; its audit trail stays."""
    runtime.agents.managed.delete(person, agent_id)
    return Response(status_code=204)


@router.post("/agents/{agent_id}/token", status_code=201)
async def rotate_token(agent_id: Id, runtime: Here, person: Member) -> IssuedAnswer:
    """Admins only. A new token, shown this once; the one before is dead at once."""
    return issued_of(runtime.agents.managed.rotate(person, agent_id))


@router.get("/agents/{agent_id}/calls", response_model=AgentCallsAnswer)
async def list_calls(
    agent_id: Id,
    runtime: Here,
    person: Member,
    *,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    wanted: Annotated[Literal["json", "jsonl"], Query(alias="format")] = "json",
) -> Response:
    """Admins only: every call, newest first, kept for 90 days. With `format=jsonl` a line each, and `Link` leads on."""
    this_list = (person.workspace, "calls", agent_id)
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    lines = wanted == "jsonl"
    found, position = runtime.agents.trail.page(
        person, agent_id, limit=AGENT_CALLS_EXPORTED if lines else limit, after=after
    )
    following = runtime.cursors.seal(position, *this_list) if position else None
    items = [AgentCallAnswer.model_validate(call) for call in found]
    if not lines:
        body = AgentCallsAnswer(items=items, next=following).model_dump_json()
        return Response(body, media_type="application/json")
    leads_on = f'</agents/{agent_id}/calls?format=jsonl&cursor={following}>; rel="next"'
    text = "".join(f"{item.model_dump_json()}\n" for item in items)
    return Response(text, media_type=JSON_LINES, headers={"link": leads_on} if following else None)


@router.get("/approvals")
async def list_approvals(
    runtime: Here,
    person: Member,
    *,
    status: ApprovalStatus | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ApprovalsAnswer:
    """Admins only; newest first, kept for 90 days."""
    this_list = (person.workspace, "approvals", status or "")
    after = runtime.cursors.open(cursor, *this_list) if cursor is not None else None
    found, position = runtime.agents.shown.page(person, status=status, limit=limit, after=after)
    following = runtime.cursors.seal(position, *this_list) if position else None
    return ApprovalsAnswer(items=[approval_of(approval) for approval in found], next=following)


@router.get("/approvals/{approval_id}")
async def get_approval(approval_id: Id, runtime: Here, person: Member) -> FrozenAnswer:
    """Admins only; while it waits, with the body that would be sent."""
    return frozen_of(*runtime.agents.shown.one(person, approval_id))


@router.post("/approvals/{approval_id}/decision")
async def decide(
    approval_id: Id, asked: DecisionRequest, runtime: Here, person: Member, deadline: Until
) -> ApprovalAnswer:
    """Admins only. Approved, it is judged anew and sent at once, at most once; a second decision is refused."""
    decided = runtime.agents.decider.decide(person, approval_id, asked.action, asked.note, deadline)
    return approval_of(decided)


handler = serve(create_app("agent", router, from_environment))
