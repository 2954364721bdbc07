"""An agent's tools, called over the real endpoint: by hand, and by the official client without a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.agents import Robot, robot
from tests.connecting import World
from tests.http import Answer

ENDPOINT = "https://api.example.com/mcp"
ACCEPT = {"accept": "application/json, text/event-stream"}
REVISION = "2025-11-25"


@dataclass
class Tools:
    """A robot and its tools."""

    robot: Robot

    def post(self, message: Any, **headers: str) -> Answer:
        """Any message; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.robot.send("POST", "/mcp", message, headers=ACCEPT | named)

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a request that must succeed, as a client of the latest revision with a hello sends it."""
        answer = self.post(request(method, **params), mcp_protocol_version=REVISION)
        assert answer.status == 200, answer.text
        assert "error" not in answer.json(), answer.text
        return answer.json()["result"]

    def names(self) -> set[str]:
        return {tool["name"] for tool in self.ask("tools/list")["tools"]}

    def call(self, name: str, **arguments: Any) -> Any:
        """What came of it, as MCP says it."""
        return self.ask("tools/call", name=name, arguments=arguments)

    def ok(self, name: str, **arguments: Any) -> Any:
        """The facts of a call that must succeed."""
        result = self.call(name, **arguments)
        assert not result["isError"], result
        return result["structuredContent"]

    def fails(self, name: str, **arguments: Any) -> Any:
        """The error of a call that must not."""
        result = self.call(name, **arguments)
        assert result["isError"], result
        return result["structuredContent"]["error"]


def request(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def tools(world: World, **rights: Any) -> Tools:
    return Tools(robot(world, **rights))


class _InProcess(httpx2.AsyncBaseTransport):
    """The official client's requests, into the handler."""

    def __init__(self, made: Robot) -> None:
        self._robot = made

    async def handle_async_request(self, asked: httpx2.Request) -> httpx2.Response:
        body = (await asked.aread()).decode() or None
        kept = {name: value for name, value in asked.headers.items() if name not in {"host", "content-length"}}
        # The handler runs a loop of its own, as on Lambda.
        answer = await asyncio.to_thread(
            self._robot.world.api.call, None, asked.method, "/mcp", body=body, headers=kept
        )
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.text.encode())


def with_official_client[Found](made: Robot, mode: str, steps: Callable[[Client], Awaitable[Found]]) -> Found:
    """`steps` with the official SDK's client, connected. `mode`: `legacy`, `auto` or a revision."""

    async def run() -> Found:
        headers = {"authorization": f"Bearer {made.token}"}
        async with (
            httpx2.AsyncClient(transport=_InProcess(made), headers=headers) as http,
            Client(streamable_http_client(ENDPOINT, http_client=http), mode=mode) as client,
        ):
            return await steps(client)

    return asyncio.run(run())
