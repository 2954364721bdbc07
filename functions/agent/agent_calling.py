"""What agents call: Confluence through the gate, and how their approvals stand. Public routes of the gateway: the
agent's token is checked here, and a member's is none.
"""

import json
from typing import Annotated

from agent_models import CallAnswer, CallRequest, WaitingAnswer, approval_of
from fastapi import APIRouter, Depends, Path, Request, Response

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.domain.connections import Connection
from confluence_connector.ports import Deadline
from confluence_connector.ports.cache import CacheScope, Origin
from confluence_connector.runtime import Runtime
from confluence_connector.services.agents.call_confluence import Waiting
from confluence_connector.web.app import deadline_of, runtime_of
from confluence_connector.web.entry import ORIGIN

router = APIRouter()

Here = Annotated[Runtime, Depends(runtime_of)]
Until = Annotated[Deadline, Depends(deadline_of)]


async def signed_in(request: Request, runtime: Here) -> Agent:
    """FastAPI dependency: the calling agent. Raises Unauthenticated."""
    return runtime.agents.sign_in(request.headers.get("authorization"))


Caller = Annotated[Agent, Depends(signed_in)]


@router.post("/agent/confluence", response_model=CallAnswer, responses={202: {"model": WaitingAnswer}})
async def call_confluence(
    request: Request, agent: Caller, asked: CallRequest, runtime: Here, deadline: Until
) -> Response:
    """One operation of Confluence's REST API, as far as the agent's policy allows. 202: a person is asked first."""
    came_of_it = runtime.agents.calls.call(agent, asked.wanted(request.headers), via="rest", deadline=deadline)
    request_id: str = request.scope["aws.context"].aws_request_id
    if isinstance(came_of_it, Waiting):
        waiting = WaitingAnswer(approval=approval_of(came_of_it.approval), request_id=request_id)
        return Response(waiting.model_dump_json(), 202, media_type="application/json")
    sent = came_of_it.sent
    answer = CallAnswer(status=sent.status, body=sent.body, request_id=request_id)
    headers = {"age": "0", ORIGIN: str(through(came_of_it.connection) or "")}
    text = json.dumps(answer.model_dump(), ensure_ascii=False, separators=(",", ":"))
    # JSON may hold half a character, as an escape; UTF-8 cannot. It stays the escape that it was.
    return Response(text.encode(errors="backslashreplace"), headers=headers, media_type="application/json")


@router.get("/agent/approvals/{approval_id}")
async def get_own_approval(
    request: Request, agent: Caller, approval_id: Annotated[str, Path(max_length=200)], runtime: Here
) -> WaitingAnswer:
    """How a request of the agent's own stands."""
    approval = runtime.agents.shown.of_agent(agent, approval_id)
    return WaitingAnswer(approval=approval_of(approval), request_id=request.scope["aws.context"].aws_request_id)


def through(connection: Connection) -> Origin | None:
    """The grant that an answer came through: what is too large and handed over goes when it goes."""
    if connection.grant is None:
        return None
    scope = CacheScope(connection.workspace, connection.id, connection.grant.generation)
    return Origin(connection.workspace, frozenset({scope}))
