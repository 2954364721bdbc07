"""Tools that read, and which tools an agent is shown (F9)."""

from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from confluence_connector.domain.agents.profiles import PROFILES, Profile
from confluence_connector.limits import AGENT_CALLS_PER_MINUTE, AGENT_TEXT_CHARACTERS
from confluence_connector.services.agents.tools.catalogue import TOOLS
from local.simulator.accounts import ACME
from tests.agents import ASKING, OPEN, PAGES, READING, page
from tests.connecting import World
from tests.mcp import Tools, tools

READERS = {"search", "read_page", "list_spaces", "list_children", "list_attachments", "check_approval"}
WRITERS = {"create_page", "update_page", "update_section", "append_to_page", "comment_on_page", "add_labels"}
DELETERS = {"remove_label", "delete_page"}
SITE = "https://acme.atlassian.net/wiki"


@pytest.fixture
def made(world: World) -> Tools:
    return tools(world, profile="read_only")


# ── what is shown ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        ("read_only", READERS),
        ("search_only", {"search", "check_approval"}),
        ("documentation_manager", READERS | WRITERS | {"attach_file"}),
        ("full_access", READERS | WRITERS | DELETERS | {"attach_file"}),
    ],
)
def test_tools_that_the_policy_forbids_are_not_listed(profile: Profile, shown: set[str]) -> None:
    assert {name for name, tool in TOOLS.items() if tool.permitted(PROFILES[profile])} == shown


def test_the_list_follows_the_policy_and_the_gate_refuses_without_it(world: World) -> None:
    made = tools(world, policy={"pages": READING})
    assert made.names() == {"read_page", "list_children", "check_approval"}
    seen = page(world)
    for name, arguments, code in (
        ("search", {"text": "carts"}, "group_disabled"),
        ("list_spaces", {}, "group_disabled"),
        ("list_attachments", {"page": seen.id}, "group_disabled"),
        ("create_page", {"title": "T", "markdown": "x", "parent": seen.id}, "read_only"),
        ("update_page", {"page": seen.id, "markdown": "x", "version": 1}, "read_only"),
        ("update_section", {"page": seen.id, "section": "Goals", "markdown": "x"}, "read_only"),
        ("append_to_page", {"page": seen.id, "markdown": "x"}, "read_only"),
        ("comment_on_page", {"page": seen.id, "markdown": "x"}, "read_only"),
        ("add_labels", {"page": seen.id, "labels": ["x"]}, "read_only"),
        ("remove_label", {"page": seen.id, "label": "x"}, "read_only"),
        ("attach_file", {"page": seen.id, "file_name": "a.txt", "text": "x"}, "group_disabled"),
        ("delete_page", {"page": seen.id}, "read_only"),
    ):
        assert made.fails(name, **arguments)["code"] == code, name
    assert [each.number for each in seen.versions] == [1]
    world.clock.move(seconds=60)
    asking = tools(world, policy={"pages": ASKING | {"allow_delete": False}})
    assert asking.names() >= WRITERS
    assert not DELETERS & asking.names()


def test_annotations_say_what_the_gate_will_be_asked() -> None:
    """What a tool is said to do is what its requests are classified as; nothing that reads may write."""
    for tool in TOOLS.values():
        actions = {each.action for each in tool.asks}
        assert "blocked" not in actions, tool.name
        assert tool.reads == (actions <= {"read"}), tool.name
        assert tool.replaces or "delete" not in actions, tool.name
        assert tool.reads == (tool.name in READERS), tool.name


def test_schemas_are_schemas_that_take_nothing_else(made: Tools) -> None:
    for tool in made.ask("tools/list")["tools"]:
        schema = tool["inputSchema"]
        OAS31Validator.check_schema(schema)
        assert schema["additionalProperties"] is False
        assert "$ref" not in repr(schema)  # several model providers take none
        hints = tool["annotations"]
        assert hints["readOnlyHint"] is True
        assert hints["destructiveHint"] is False


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_read_by_id_and_by_any_url(world: World, made: Tools) -> None:
    seen = page(world)
    names: list[Any] = [
        seen.id,
        int(seen.id),
        f"{SITE}/spaces/SHOP/pages/{seen.id}/Anything#Goals",
        f"{SITE}/pages/viewpage.action?pageId={seen.id}",
        f"{SITE}/display/SHOP/PRD:+Saved+carts",
        f"{SITE}/pages/viewpage.action?spaceKey=SHOP&title=PRD:+Saved+carts",
    ]
    texts = [made.ok("read_page", page=name)["page"] for name in names]
    assert {told["page_id"] for told in texts} == {seen.id}
    told = texts[0]
    assert told["trust"] == "untrusted"
    assert told["source"] == f"{SITE}/pages/viewpage.action?pageId={seen.id}"
    assert (told["version"], told["author_id"]) == (1, seen.version.author_id)
    assert told["retrieved_at"] == world.clock().isoformat()
    assert told["markdown"].startswith("# Saved carts\n")
    home = made.ok("read_page", page=f"{SITE}/spaces/SHOP/overview")["page"]
    assert home["page_id"] == world.simulator.sites[ACME].spaces[seen.space_id].homepage_id


NO_PAGES = [
    ("https://globex.atlassian.net/wiki/spaces/OPS/pages/1", "other_site"),
    ("https://evil.example/wiki/spaces/SHOP/pages/1", "other_site"),
    ("file:///etc/passwd", "unsupported_page_url"),
    ("../../spaces", "unsupported_page_url"),
    (f"{SITE}/display/SHOP/No+such+page", "page_not_found"),
    ("1", "page_not_found"),
]


def test_what_names_no_page_of_the_site_is_told_so(made: Tools) -> None:
    for name, code in NO_PAGES:
        assert made.fails("read_page", page=name)["code"] == code


def test_F1_missing_hidden_and_trashed_are_told_in_the_same_words(world: World, made: Tools) -> None:
    seen, gone = page(world), page(world, "TRD: Saved carts")
    editor = world.simulator.editor(ACME)
    editor.restrict(seen.id, ["nobody"])
    editor.trash(gone.id)
    said = [made.call("read_page", page=each) for each in ("999999", seen.id, gone.id)]
    assert said[0] == said[1] == said[2]
    assert said[0]["isError"]


def test_a_section_and_the_outline_are_parts_of_the_same(world: World, made: Tools) -> None:
    seen = page(world)
    outline = made.ok("read_page", page=seen.id, outline=True)["page"]["outline"]
    assert [each["heading"] for each in outline][:2] == ["Saved carts", "Goals"]
    section = made.ok("read_page", page=seen.id, section="Goals")["page"]["markdown"]
    assert section.startswith("## Goals\n")
    assert "Requirements" not in section
    assert made.fails("read_page", page=seen.id, section="Nothing")["code"] == "section_not_found"
    world.simulator.editor(ACME).edit(seen.id, world.clock(), storage="<h1>A</h1><p>1</p><h1>A</h1><p>2</p>")
    twice = made.fails("read_page", page=seen.id, section="A")
    assert (twice["code"], twice["candidates"]) == ("section_ambiguous", [1, 2])
    assert made.ok("read_page", page=seen.id, section="A", ordinal=2)["page"]["markdown"] == "# A\n\n2\n"


def test_F5_a_long_page_comes_in_parts(world: World, made: Tools) -> None:
    seen = page(world)
    long = "".join(f"<p>{number:05}</p>" for number in range(20_000))
    world.simulator.editor(ACME).edit(seen.id, world.clock(), storage=long)
    parts, offset = "", 0
    while offset is not None:
        told = made.ok("read_page", page=seen.id, offset=offset)["page"]
        assert len(told["markdown"]) <= AGENT_TEXT_CHARACTERS
        parts, offset = parts + told["markdown"], told["next_offset"]
    assert len(parts) == told["characters"]
    assert parts.split() == [f"{number:05}" for number in range(20_000)]


def test_F5_an_outline_has_an_end(world: World, made: Tools) -> None:
    seen = page(world)
    for heading, number in (("x", 100_000), ("long " * 1_000, 500)):
        world.simulator.editor(ACME).edit(seen.id, world.clock(), storage=f"<h1>{heading}</h1>" * number)
        told = made.ok("read_page", page=seen.id, outline=True)["page"]
        assert (told["headings"], told["headings_shown"]) == (number, len(told["outline"]))
        assert 0 < sum(len(each["heading"]) for each in told["outline"]) <= AGENT_TEXT_CHARACTERS


def test_lists_have_their_pages(made: Tools) -> None:
    first = made.ok("list_spaces", limit=1)
    second = made.ok("list_spaces", limit=1, cursor=first["next_cursor"])
    assert {first["spaces"][0]["key"], second["spaces"][0]["key"]} == {"SHOP", "ENG"}
    assert first["trust"] == "untrusted"
    below = made.ok("list_children", page=first["spaces"][0]["home_page_id"])
    assert "Product requirements" in {each["title"] for each in below["children"]}
    assert made.fails("list_children", page="999999")["code"] == "page_not_found"
    assert made.fails("list_attachments", page="999999")["code"] == "page_not_found"


def test_words_to_search_for_are_words(made: Tools) -> None:
    """Nothing in them is an operator: no page holds all of these, so nothing is found."""
    for words in ('a" or title ~ "PRD', '\\" or type = page or text ~ "', "?*xyzzy"):
        assert made.ok("search", text=words)["results"] == [], words
    for nothing in ("\\", "**", '""', " "):
        assert made.fails("search", title=nothing)["code"] == "validation_failed"


def test_F6_search_finds_what_the_account_may_see_and_tells_no_more(world: World, made: Tools) -> None:
    found = made.ok("search", title="saved carts")
    titles = {each["title"] for each in found["results"]}
    assert {"PRD: Saved carts", "TRD: Saved carts"} <= titles
    world.simulator.editor(ACME).restrict(page(world).id, ["nobody"])
    fewer = made.ok("search", title="saved carts")
    assert {each["title"] for each in fewer["results"]} == titles - {"PRD: Saved carts"}
    assert fewer.keys() == {"trust", "source", "retrieved_at", "results", "next_cursor"}
    assert made.ok("search", cql='space = "ENG" and type = page')["results"]
    wrong = made.fails("search", cql="space = = x")
    assert (wrong["code"], wrong["upstream_status"]) == ("confluence_refused", 400)
    assert wrong["confluence_said"]["trust"] == "untrusted"


MISFITS: list[tuple[str, dict[str, Any], str]] = [
    ("read_page", {}, "page"),
    ("read_page", {"page": "1", "bogus": 1}, "bogus"),
    ("read_page", {"page": "1", "ordinal": 1}, ""),
    ("read_page", {"page": "1", "<script>": 1}, "?"),
    ("search", {}, ""),
    ("search", {"cql": "type=page", "text": "x"}, ""),
    ("search", {"text": "x", "space_key": ""}, "space_key"),
    ("list_spaces", {"limit": 251}, "limit"),
    ("create_page", {"title": "x", "markdown": "y"}, ""),
    ("attach_file", {"page": "1", "file_name": "../x", "text": ""}, "file_name"),
    ("check_approval", {"approval_id": 7}, "approval_id"),
]


def test_arguments_that_do_not_fit_are_a_result_that_helps(made: Tools) -> None:
    for name, arguments, field in MISFITS:
        error = made.fails(name, **arguments)
        assert error["code"] == "validation_failed"
        assert [each["field"] for each in error["fields"]] == [field]


def test_F5_a_model_in_a_loop_is_told_to_wait(made: Tools) -> None:
    for _ in range(AGENT_CALLS_PER_MINUTE):
        last = made.call("list_spaces", limit=1)
    assert not last["isError"]
    error = made.fails("list_spaces", limit=1)
    assert (error["code"], 0 < error["retry_after"] <= 60) == ("too_many_requests", True)


def test_every_call_is_in_the_trail_with_its_tool(world: World, made: Tools) -> None:
    seen = page(world)
    made.ok("read_page", page=seen.id)
    world.clock.move(seconds=1)
    made.fails("add_labels", page=seen.id, labels=["secret-plan"])
    refused, read = made.robot.calls()
    assert (read["via"], read["tool"], read["path"], read["verdict"]) == (
        "mcp", "read_page", f"{PAGES}/{seen.id}", "allowed",
    )  # fmt: skip
    assert (refused["tool"], refused["verdict"], refused["code"]) == ("add_labels", "refused", "read_only")
    assert "secret-plan" not in repr(refused)


def test_what_never_became_a_request_is_a_call_too(world: World, made: Tools) -> None:
    for name, arguments, code in (
        ("delete_page", {"page": "1", "force": True}, "validation_failed"),
        ("read_page", {"page": "https://globex.atlassian.net/wiki/spaces/secret/pages/1"}, "other_site"),
        ("read_page", {"page": "file:///secret"}, "unsupported_page_url"),
    ):
        assert made.fails(name, **arguments)["code"] == code
        line = made.robot.calls()[0]
        assert (line["tool"], line["verdict"], line["code"], line["path"]) == (name, "refused", code, None)
        assert "secret" not in repr(line)
        world.clock.move(seconds=1)
    for _ in range(AGENT_CALLS_PER_MINUTE - 3):
        made.call("read_page")
    assert made.fails("read_page")["code"] == "too_many_requests"


def test_a_grant_that_does_not_reach_is_told_before_the_call(world: World) -> None:
    made = tools(world, policy={"pages": OPEN}, purposes=("agent_read",))
    error = made.fails("append_to_page", page=page(world).id, markdown="x")
    assert error["code"] == "scopes_missing"
    assert "reconnect to grant write access" in error["remedy"]
    assert "write:page:confluence" in error["missing_scopes"]


def test_what_a_tool_asks_is_what_its_listing_was_judged_by() -> None:
    """A tool is listed by stand-ins; the same gate judges the true requests, so neither can be laxer."""
    for tool in TOOLS.values():
        for name, policy in PROFILES.items():
            refused = [each for each in tool.asks if each.refused_by(policy)]
            assert tool.permitted(policy) == (not refused), (tool.name, name)
