"""POST /mcp as a protocol: who is let in, which message this is, in which revision, and how faults are told."""

from typing import Any

import mcp_protocol as protocol
import pytest

from tests.agents import robot
from tests.connecting import ANN, World
from tests.mcp import ACCEPT, REVISION, Tools, request, tools

MODERN = "2026-07-28"
META = "io.modelcontextprotocol"


@pytest.fixture
def made(world: World) -> Tools:
    return tools(world, profile="read_only")


def modern(method: str, *, name: str | None = None, **params: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A request of the revision without a hello, and its headers."""
    meta = {f"{META}/protocolVersion": MODERN, f"{META}/clientCapabilities": {}}
    named = {"name": name} if name else {}
    headers = {"mcp_protocol_version": MODERN, "mcp_method": method} | ({"mcp_name": name} if name else {})
    return request(method, **params, **named, _meta=meta), headers


# ── who is let in ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_F4_only_an_agents_present_token_signs_in(made: Tools, world: World) -> None:
    message = request("tools/list")
    for token in ("", "cca_" + "x" * 43, made.robot.token[:-1], "eyJhbGciOiJub25lIn0.e30."):
        assert made.robot.send("POST", "/mcp", message, token=token or "none").code == "unauthenticated"
    assert world.api.call(ANN, "POST", "/mcp", json_body=message).code == "unauthenticated"
    assert world.api.call(None, "POST", "/mcp", json_body=message).code == "unauthenticated"


OTHER_SITES = ["https://evil.example", "null", "https://app.example.com.evil.example", ""]


def test_pages_of_other_sites_are_refused_whoever_they_bring(made: Tools) -> None:
    for origin in OTHER_SITES:
        refused = made.post(request("tools/list"), origin=origin)
        assert (refused.status, refused.code) == (403, "forbidden")


def test_the_console_may_call(made: Tools, world: World) -> None:
    assert made.post(request("tools/list"), origin=world.runtime.settings.console_origin).status == 200


OTHER_METHODS = ["GET", "DELETE", "PUT"]


def test_there_is_no_stream_and_no_session_to_end(made: Tools) -> None:
    for method in OTHER_METHODS:
        refused = made.robot.send(method, "/mcp", headers=ACCEPT)
        assert (refused.status, refused.code, refused.headers["allow"]) == (405, "method_not_allowed", "POST")


# ── which message ───────────────────────────────────────────────────────────────────────────────────────────────────


NO_REQUESTS: list[tuple[Any, int]] = [
    ([request("ping")], protocol.INVALID_REQUEST),
    ("ping", protocol.INVALID_REQUEST),
    ({}, protocol.INVALID_REQUEST),
    (request("ping") | {"jsonrpc": "1.0"}, protocol.INVALID_REQUEST),
    (request("ping") | {"id": None}, protocol.INVALID_REQUEST),
    (request("ping") | {"id": True}, protocol.INVALID_REQUEST),
    (request("ping") | {"id": 1.5}, protocol.INVALID_REQUEST),
    (request("ping") | {"id": "x" * 256}, protocol.INVALID_REQUEST),
    (request("ping") | {"params": [1]}, protocol.INVALID_REQUEST),
    (request("ping") | {"method": 1}, protocol.INVALID_REQUEST),
    ({"jsonrpc": "2.0", "id": 1, "result": {}}, protocol.INVALID_REQUEST),
]


def test_what_is_no_single_request_is_a_fault(made: Tools) -> None:
    for message, code in NO_REQUESTS:
        answer = made.post(message)
        assert answer.status == 400
        assert answer.json()["error"]["code"] == code
        assert "result" not in answer.json()


def test_a_body_that_is_missing_is_a_parse_error(made: Tools) -> None:
    answer = made.robot.send("POST", "/mcp", headers=ACCEPT)
    assert (answer.status, answer.json()["id"], answer.json()["error"]["code"]) == (400, None, protocol.PARSE_ERROR)


def test_notifications_are_taken_without_a_word(made: Tools) -> None:
    for method in ("notifications/initialized", "notifications/cancelled", "notifications/unheard-of"):
        answer = made.post({"jsonrpc": "2.0", "method": method})
        assert (answer.status, answer.text) == (202, "")


IDS: list[Any] = [0, -7, "a", 2**53]


def test_the_id_comes_back_as_it_came(made: Tools) -> None:
    for message_id in IDS:
        assert made.post(request("ping") | {"id": message_id}).json() == {
            "jsonrpc": "2.0",
            "id": message_id,
            "result": {},
        }


def test_nothing_of_a_faulty_message_is_said_back(made: Tools) -> None:
    for message in (request("evil_Words"), request("tools/call", name="evil_Words"), {"evil_Words": 1}):
        assert "evil" not in made.post(message).text
    assert "evil" not in made.post(request("ping"), mcp_protocol_version="evil-Words").text


# ── revisions with a hello ──────────────────────────────────────────────────────────────────────────────────────────


HELLOS: list[tuple[Any, str]] = [
    ("2025-03-26", "2025-03-26"),
    ("2025-06-18", "2025-06-18"),
    ("2025-11-25", "2025-11-25"),
    ("2024-11-05", "2025-11-25"),
    ("2099-01-01", "2025-11-25"),
    (7, "2025-11-25"),
]


def test_a_hello_is_answered_with_a_revision_that_we_speak(made: Tools) -> None:
    for asked, agreed in HELLOS:
        hello = request("initialize", protocolVersion=asked, capabilities={}, clientInfo={"name": "c", "version": "1"})
        said = made.post(hello).json()["result"]
        assert said["protocolVersion"] == agreed
        assert said["capabilities"] == {"tools": {}}
        assert "trust: untrusted" in said["instructions"]


def test_the_header_says_the_revision_afterwards(made: Tools) -> None:
    for version in protocol.HANDSHAKE:
        assert made.post(request("ping"), mcp_protocol_version=version).status == 200
    assert made.post(request("ping")).status == 200
    refused = made.post(request("ping"), mcp_protocol_version="1999-01-01")
    assert refused.status == 400
    error = refused.json()["error"]
    assert error["code"] == protocol.UNSUPPORTED_VERSION
    assert error["data"] == {"supported": [*protocol.HANDSHAKE, MODERN], "requested": "1999-01-01"}


def test_unknown_methods_and_tools_are_faults_and_not_results(made: Tools) -> None:
    for message, code in (
        (request("resources/list"), protocol.METHOD_NOT_FOUND),
        (request("server/discover"), protocol.METHOD_NOT_FOUND),
        (request("tools/call", name="drop_tables"), protocol.INVALID_PARAMS),
        (request("tools/call", name=["read_page"]), protocol.INVALID_PARAMS),
    ):
        answer = made.post(message, mcp_protocol_version=REVISION)
        assert (answer.status, answer.json()["error"]["code"]) == (200, code)


# ── the revision without ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_may_bring_its_revision_along(made: Tools) -> None:
    message, headers = modern("server/discover")
    said = made.post(message, **headers).json()["result"]
    assert said["supportedVersions"] == [*protocol.HANDSHAKE, MODERN]
    assert (said["resultType"], said["cacheScope"], said["ttlMs"]) == ("complete", "private", 0)
    message, headers = modern("tools/list")
    listed = made.post(message, **headers).json()["result"]
    assert {"search", "read_page"} <= {tool["name"] for tool in listed["tools"]}
    assert listed["_meta"][f"{META}/serverInfo"]["name"] == "confluence-connector"


MISMATCHES: list[tuple[dict[str, str | None], int, int]] = [
    ({"mcp_method": "ping"}, protocol.HEADER_MISMATCH, 400),
    ({"mcp_method": None}, protocol.HEADER_MISMATCH, 400),
    ({"mcp_name": "search"}, protocol.HEADER_MISMATCH, 400),
    ({"mcp_name": "=?base64?!?="}, protocol.HEADER_MISMATCH, 400),
    ({"mcp_protocol_version": None}, protocol.HEADER_MISMATCH, 400),
    ({"mcp_protocol_version": "1999-01-01"}, protocol.UNSUPPORTED_VERSION, 400),
]


def test_headers_must_say_what_the_body_says(made: Tools) -> None:
    for changes, code, status in MISMATCHES:
        message, headers = modern("tools/call", name="list_spaces", arguments={})
        told = {name: value for name, value in (headers | changes).items() if value is not None}
        answer = made.post(message, **told)
        assert (answer.status, answer.json()["error"]["code"]) == (status, code)
        assert made.post(message, **headers).json()["result"]["isError"] is False
        encoded = headers | {"mcp_name": "=?base64?bGlzdF9zcGFjZXM=?="}
        assert made.post(message, **encoded).json()["result"]["isError"] is False


def test_an_envelope_without_its_parts_is_refused_and_an_unknown_method_is_a_404(made: Tools) -> None:
    message, headers = modern("tools/list")
    del message["params"]["_meta"][f"{META}/clientCapabilities"]
    assert made.post(message, **headers).json()["error"]["code"] == protocol.INVALID_PARAMS
    message, headers = modern("resources/list")
    answer = made.post(message, **headers)
    assert (answer.status, answer.json()["error"]["code"]) == (404, protocol.METHOD_NOT_FOUND)


def test_a_revoked_agent_is_out_at_once(world: World) -> None:
    made = Tools(robot(world, profile="read_only"))
    assert made.post(request("ping")).status == 200
    world.runtime.agents.agents.remove(world.runtime.agents.sign_in(f"Bearer {made.robot.token}"))
    assert made.post(request("ping")).code == "unauthenticated"
