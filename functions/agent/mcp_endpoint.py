"""`POST /mcp`: the Model Context Protocol for agents, over streamable HTTP.

Stateless, and answered with JSON only: no session, no stream, so GET and DELETE are 405. The agent's token signs in
each request by itself; what a tool may do is the gate's word, never this file's.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import mcp_protocol as protocol
import mcp_tools
from fastapi import APIRouter, Depends, Request, Response

from confluence_connector.domain.agents.agents import Agent
from confluence_connector.errors import Forbidden
from confluence_connector.ports import Deadline
from confluence_connector.runtime import Runtime
from confluence_connector.services.agents.tools.catalogue import TOOLS
from confluence_connector.web.app import deadline_of, runtime_of

router = APIRouter()

SERVER: Final = {"name": "confluence-connector", "title": "Confluence connector", "version": "1"}
CAPABILITIES: Final[Mapping[str, Any]] = {"tools": {}}
JSON: Final = "application/json"
MESSAGE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"type": "object", "description": "One JSON-RPC 2.0 message of MCP."}}},
    }
}


@router.post("/mcp", response_class=Response, openapi_extra=MESSAGE)
async def mcp(
    request: Request,
    runtime: Annotated[Runtime, Depends(runtime_of)],
    deadline: Annotated[Deadline, Depends(deadline_of)],
) -> Response:
    """Tools for agents, by the Model Context Protocol. Signs in with an agent's token."""
    _refuse_other_origins(request, runtime)
    agent = runtime.agents.sign_in(request.headers.get("authorization"))
    try:
        message = protocol.message_of(await request.body(), request.headers)
        if not message.wants_answer:
            return Response(status_code=202)
        result = _result(message, agent, request, runtime, deadline)
    except protocol.Fault as fault:
        return Response(fault.body, fault.status, media_type=JSON)
    return Response(protocol.answer_of(message, result, server=SERVER), media_type=JSON)


def _refuse_other_origins(request: Request, runtime: Runtime) -> None:
    """A page of another site that a browser was led to must not speak for anybody here (DNS rebinding)."""
    origin = request.headers.get("origin")
    if origin is not None and origin != runtime.settings.console_origin:
        raise Forbidden("Pages of other sites may not call this address.", remedy="Call it from a program.")


def _result(
    message: protocol.Message, agent: Agent, request: Request, runtime: Runtime, deadline: Deadline
) -> Mapping[str, Any]:
    """Raises Fault for what is no method here, and for a tool that there is not."""
    match message.method, message.modern:
        case "initialize", False:
            return {
                "protocolVersion": message.version,
                "capabilities": CAPABILITIES,
                "serverInfo": SERVER,
                "instructions": mcp_tools.INSTRUCTIONS,
            }
        case "server/discover", True:
            versions = [*protocol.HANDSHAKE, *protocol.MODERN]
            told = {"supportedVersions": versions, "capabilities": CAPABILITIES}
            return told | {"instructions": mcp_tools.INSTRUCTIONS} | _not_to_be_kept(message)
        case "ping", _:
            return {}
        case "tools/list", _:
            return {"tools": mcp_tools.shown_to(agent)} | _not_to_be_kept(message)
        case "tools/call", _:
            tool = TOOLS.get(str(message.params.get("name")))
            if tool is None:
                raise protocol.fault_in(message, protocol.INVALID_PARAMS, "There is no tool of that name.")
            given = message.params.get("arguments") or {}
            request_id: str = request.scope["aws.context"].aws_request_id
            return mcp_tools.called(runtime, agent, tool, given, deadline=deadline, request_id=request_id)
        case _:
            raise protocol.fault_in(message, protocol.METHOD_NOT_FOUND, "There is no method of that name.")


def _not_to_be_kept(message: protocol.Message) -> dict[str, Any]:
    """An admin may change the policy at any moment, and each agent has its own."""
    return {"ttlMs": 0, "cacheScope": "private"} if message.modern else {}
