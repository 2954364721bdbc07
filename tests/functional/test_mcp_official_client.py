"""The official SDK's client at work with our endpoint, in both eras of the protocol."""

import json
from typing import Any

import pytest
from mcp import Client

from tests.agents import ASKING, OPEN, READING, page, robot
from tests.connecting import ADMIN, World
from tests.mcp import with_official_client

ERAS = pytest.mark.parametrize(
    ("mode", "revision"), [("legacy", "2025-11-25"), ("auto", "2026-07-28"), ("2026-07-28", "2026-07-28")]
)


@ERAS
def test_the_official_client_lists_and_reads(world: World, mode: str, revision: str) -> None:
    made = robot(world, profile="read_only")

    async def steps(client: Client) -> Any:
        listed = await client.list_tools()
        read = await client.call_tool("read_page", {"page": page(world).id})
        return client.protocol_version, listed, read

    spoken, listed, read = with_official_client(made, mode, steps)
    assert spoken == revision
    shown = {tool.name: tool for tool in listed.tools}
    assert {"search", "read_page", "list_spaces"} <= shown.keys()
    assert "update_page" not in shown
    assert shown["read_page"].annotations.read_only_hint
    assert not read.is_error
    assert read.structured_content["page"]["trust"] == "untrusted"
    assert "# Saved carts" in read.structured_content["page"]["markdown"]
    assert "trust: untrusted" in read.content[0].text
    assert world.simulator.violations == []


@ERAS
def test_the_official_client_writes_with_a_persons_word(world: World, mode: str, revision: str) -> None:
    made = robot(world, policy={"pages": ASKING, "spaces": READING})
    seen = page(world)

    async def asks(client: Client) -> Any:
        return await client.call_tool(
            "update_section", {"page": seen.id, "section": "Goals", "markdown": "None.", "version": 1}
        )

    waiting = with_official_client(made, mode, asks).structured_content
    assert waiting["status"] == "waiting_for_approval"
    assert page(world).version.number == 1
    decision = f"/approvals/{waiting['approval_id']}/decision"
    world.api.ok(ADMIN, "POST", decision, {"action": "approve", "note": "fine"})

    async def polls(client: Client) -> Any:
        return await client.call_tool("check_approval", {"approval_id": waiting["approval_id"]})

    checked = with_official_client(made, mode, polls).structured_content
    assert (checked["status"], checked["note"]) == ("done", "fine")
    assert page(world).version.number == 2


@ERAS
def test_the_official_client_is_refused(world: World, mode: str, revision: str) -> None:
    made = robot(world, policy={"pages": OPEN | {"allow_delete": False}})

    async def steps(client: Client) -> Any:
        return await client.call_tool("delete_page", {"page": page(world).id})

    refused = with_official_client(made, mode, steps)
    assert refused.is_error
    assert refused.structured_content["error"]["code"] == "delete_not_allowed"
    assert json.loads(refused.content[0].text) == refused.structured_content
    assert page(world).status == "current"
