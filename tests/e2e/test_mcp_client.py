"""The official MCP client over HTTP, through the gateway, the functions and Atlassian's simulator (F9)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.e2e.conftest import Stack
from tests.e2e.journey import Member

pytestmark = pytest.mark.e2e

ASKING = {"level": "read_write", "allow_delete": False, "require_approval": True}
READING = {"level": "read"}


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_an_official_client_lists_reads_writes_with_approval_and_is_refused(stack: Stack, mode: str) -> None:
    workspace = f"mcp-{mode}"
    with Member(stack.url, stack.token(sub="root", workspace=workspace, roles=("admin",))) as admin:
        connection = admin.connect("grace", owner="workspace", purposes=("agent_write",))
        policy = {"pages": ASKING, "spaces": READING, "search": READING}
        made = admin.post("/agents", {"name": "Robot", "connection_id": connection["id"], "policy": policy})

        async def works(client: Client) -> Any:
            names = {tool.name for tool in (await client.list_tools()).tools}
            found = await client.call_tool("search", {"title": "saved carts"})
            page_id = found.structured_content["results"][0]["page_id"]
            read = await client.call_tool("read_page", {"page": page_id})
            version = read.structured_content["page"]["version"]
            heading = (await client.call_tool("read_page", {"page": page_id, "outline": True})).structured_content
            section = heading["page"]["outline"][-1]
            wanted = {"page": page_id, "section": section["heading"], "ordinal": section["ordinal"], "markdown": mode}
            waiting = await client.call_tool("update_section", wanted | {"discard_macros": True})
            refused = await client.call_tool("delete_page", {"page": page_id})
            return names, page_id, version, read, waiting.structured_content, refused

        names, page_id, version, read, waiting, refused = spoken(stack, made["token"], mode, works)
        assert {"search", "read_page", "update_section"} <= names
        assert not names & {"delete_page", "attach_file"}
        assert read.structured_content["page"]["trust"] == "untrusted"
        assert refused.is_error
        assert refused.structured_content["error"]["code"] == "delete_not_allowed"
        assert waiting["status"] == "waiting_for_approval"
        admin.post(f"/approvals/{waiting['approval_id']}/decision", {"action": "approve"})

        async def polls(client: Client) -> Any:
            told = await client.call_tool("check_approval", {"approval_id": waiting["approval_id"]})
            read = await client.call_tool("read_page", {"page": page_id})
            return told.structured_content, read.structured_content["page"]

        told, after = spoken(stack, made["token"], mode, polls)
        assert told["status"] == "done"
        assert (after["version"], after["markdown"].rstrip().endswith(mode)) == (version + 1, True)
        trail = admin.get(f"/agents/{made['id']}/calls")["items"]
        assert {"search", "read_page", "update_section", "delete_page"} <= {each["tool"] for each in trail}


def test_there_is_no_stream_at_the_gateway_either(stack: Stack) -> None:
    for method in ("GET", "DELETE"):
        refused = httpx.request(method, f"{stack.url}/mcp", headers={"accept": "text/event-stream"}, trust_env=False)
        assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    unsigned = httpx.post(f"{stack.url}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, trust_env=False)
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "unauthenticated")


def spoken[Found](stack: Stack, token: str, mode: str, steps: Callable[[Client], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        headers = {"authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as http,
            Client(streamable_http_client(f"{stack.url}/mcp", http_client=http), mode=mode) as client,
        ):
            return await steps(client)

    return asyncio.run(run())
