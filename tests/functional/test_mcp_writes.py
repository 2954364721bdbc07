"""Tools that change pages: what is sent, what stays, what waits, and what a conflict comes to (F6, F9)."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx

from confluence_connector.content.writing import to_storage
from confluence_connector.content.writing.sections import sections
from confluence_connector.runtime import Runtime
from local.simulator import create_simulator
from local.simulator.accounts import ACME
from tests.agents import ASKING, OPEN, page
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.connecting import ADMIN, World
from tests.http import Api
from tests.mcp import Tools, tools

WRITING = {"pages": OPEN, "spaces": OPEN, "attachments": OPEN}
TOC = '<ac:structured-macro ac:name="toc" ac:schema-version="1" ac:macro-id="7f0c1f6e-0000-4000-8000-000000000001"/>'
BODY = f"<p>{TOC}</p><h2>One</h2><p>first<br/>line</p><h2>Two</h2><p>second &ndash; kept</p>"


class Recorder(httpx.BaseTransport):
    """Passes requests on and keeps the bodies of the writes."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.sent: list[Any] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method in {"PUT", "POST"} and "/wiki/" in request.url.path:
            self.sent.append(json.loads(request.read()))
        return self._inner.handle_request(request)


def given(world: World, storage: str = BODY) -> str:
    """The id of a page with that body, at a Confluence that keeps what it is sent letter by letter."""
    seen = page(world)
    world.simulator.behaviour.normalises_storage = False
    world.simulator.editor(ACME).edit(seen.id, world.clock(), storage=storage)
    return seen.id


def stored(world: World) -> str:
    found: str | None = page(world).version.storage
    assert found is not None
    return found


def test_a_section_is_replaced_and_every_byte_around_it_stays(world: World) -> None:
    made = tools(world, policy=WRITING)
    page_id = given(world)
    done = made.ok("update_section", page=page_id, section="Two", markdown="## Two\n\nnew **text**")
    assert (done["status"], done["version"]) == ("done", 3)
    assert stored(world) == BODY[: sections(BODY)[1].content] + "<p>new <strong>text</strong></p>"
    made.ok("append_to_page", page=page_id, section="One", markdown="more")
    assert "<p>first<br/>line</p><p>more</p><h2>Two</h2>" in stored(world)
    made.ok("append_to_page", page=page_id, markdown="end")
    assert stored(world).endswith("</p><p>end</p>")
    assert stored(world).startswith(f"<p>{TOC}</p><h2>One</h2>")
    # The true one respells what it is sent, once; what was respelled goes back as it was read.
    world.simulator.behaviour.normalises_storage = True
    made.ok("append_to_page", page=page_id, markdown="again")
    before = stored(world)
    made.ok("update_section", page=page_id, section="Two", markdown="last")
    assert stored(world)[: sections(before)[1].content] == before[: sections(before)[1].content]


def test_on_every_real_page_the_request_sent_leaves_all_but_the_section(
    aws: Aws, clock: MovableClock, spec: Path
) -> None:
    simulator = create_simulator(clock=clock, sleep=clock.sleep, pages=spec / "pages" / "real")
    recorder = Recorder(simulator.transport())
    runtime = Runtime(aws.settings, transport=recorder, now=clock, sleep=clock.sleep)
    world = World(aws, clock, simulator, runtime, Api(runtime))
    made = tools(world, policy=WRITING)
    simulator.behaviour.normalises_storage = False
    site = simulator.sites[ACME]
    real = next(space.id for space in site.spaces.values() if space.key == "REAL")
    bodies = {file.read_text() for file in (spec / "pages" / "real").glob("*/page.xhtml")}
    changed = 0
    for content in [each for each in site.content.values() if each.space_id == real and each.version.storage in bodies]:
        clock.move(seconds=60)
        before = content.version.storage or ""
        made.ok("append_to_page", page=content.id, markdown="- end")
        added = recorder.sent[-1]["body"]["value"]
        assert "".join(added.split(to_storage("- end"), 1)) == before or added.count(
            "<ac:layout-section"
        ) > before.count("<ac:layout-section")
        for section in sections(added)[-1:]:
            arguments = {"page": content.id, "section": section.heading, "ordinal": section.ordinal}
            made.ok("update_section", **arguments, markdown="Replaced.", discard_macros=True)
            sent = recorder.sent[-1]["body"]["value"]
            assert sent == added[: section.content] + "<p>Replaced.</p>" + added[section.end :]
            assert recorder.sent[-1]["title"] == content.version.title
            changed += 1
    assert changed >= len(bodies) - 2
    assert simulator.violations == []


def test_macros_and_mentions_are_not_lost_unasked(world: World) -> None:
    made = tools(world, policy=WRITING)
    page_id = given(world)
    version = page(world).version.number
    lost = made.fails("update_page", page=page_id, markdown="new", version=version)
    assert (lost["code"], lost["losses"]["trust"]) == ("content_would_be_lost", "untrusted")
    assert lost["losses"]["items"] == [{"kind": "dynamic", "name": "macro toc", "count": 1}]
    assert page(world).version.number == version
    made.ok("update_page", page=page_id, markdown="new", version=version, discard_macros=True)
    assert stored(world) == "<p>new</p>"
    mention = '<h2>A</h2><p><ac:link><ri:user ri:account-id="1"/></ac:link></p><h2>B</h2>'
    world.simulator.editor(ACME).edit(page_id, world.clock(), storage=mention)
    assert made.fails("update_section", page=page_id, section="A", markdown="x")["code"] == "content_would_be_lost"
    made.ok("update_section", page=page_id, section="B", markdown="x")
    assert stored(world) == f"{mention}<p>x</p>"


def test_what_was_read_can_be_written_back(world: World) -> None:
    """Files by their bare names, and a link off the site as the remedy says."""
    made = tools(world, policy=WRITING)
    page_id = given(world, '<p><ac:image><ri:attachment ri:filename="a plan.png"/></ac:image></p>')
    markdown = made.ok("read_page", page=page_id)["page"]["markdown"]
    made.ok("update_page", page=page_id, markdown=markdown + "\n[x](https://off.example/)", version=2)
    assert '<ri:attachment ri:filename="a plan.png" />' in stored(world)
    assert '<a href="https://off.example/">x</a>' in stored(world)


def test_a_change_that_somebody_else_was_faster_with_is_a_conflict(world: World) -> None:
    made = tools(world, policy=WRITING)
    page_id = given(world)
    error = made.fails("update_section", page=page_id, section="Two", markdown="x", version=1)
    assert (error["code"], error["current_version"]) == ("version_conflict", 2)
    conflict = {"errors": [{"status": 409, "code": "CONFLICT", "title": "Version must be incremented", "detail": None}]}
    world.simulator.script("PUT /wiki/api/v2/pages/{id}", status=409, body=conflict)
    error = made.fails("append_to_page", page=page_id, markdown="x", version=2)
    assert (error["code"], error["current_version"]) == ("version_conflict", 2)
    assert stored(world) == BODY


def test_a_lost_answer_is_told_and_never_repeated(world: World) -> None:
    made = tools(world, policy=WRITING)
    page_id = given(world)
    world.simulator.script("PUT /wiki/api/v2/pages/{id}", reset="after")
    error = made.fails("append_to_page", page=page_id, markdown="once")
    assert error["code"] == "outcome_unknown"
    assert stored(world).count("once") == 1


def test_a_change_waits_and_is_sent_as_it_was_frozen(world: World) -> None:
    made = tools(world, policy={"pages": ASKING})
    page_id = given(world)
    waiting = made.ok("update_section", page=page_id, section="Two", markdown="approved")
    assert waiting["status"] == "waiting_for_approval"
    assert "check_approval" in waiting["next"]
    assert "version 3" in waiting["what"]
    assert stored(world) == BODY
    approval = waiting["approval_id"]
    assert made.ok("check_approval", approval_id=approval)["status"] == "waiting_for_approval"
    world.api.ok(ADMIN, "POST", f"/approvals/{approval}/decision", {"action": "approve"})
    assert made.ok("check_approval", approval_id=approval)["status"] == "done"
    assert stored(world).endswith("<p>approved</p>")
    rejected = made.ok("delete_page", page=page_id)["approval_id"]
    world.api.ok(ADMIN, "POST", f"/approvals/{rejected}/decision", {"action": "reject", "note": "no"})
    told = made.ok("check_approval", approval_id=rejected)
    assert (told["status"], told["note"]) == ("rejected", "no")
    assert page(world).status == "current"
    other = Tools(tools(world, policy={"pages": ASKING}).robot)
    assert other.fails("check_approval", approval_id=approval)["code"] == "not_found"


def test_pages_are_made_commented_labelled_and_given_files(world: World) -> None:
    world.simulator.behaviour.normalises_storage = False
    made = tools(world, policy=WRITING)
    parent = page(world)
    child = made.ok("create_page", title="Made by an agent", markdown="# A\n\n> [!NOTE]\n> b", parent=parent.id)
    content = world.simulator.sites[ACME].content[child["page_id"]]
    assert (content.parent_id, content.version.title) == (parent.id, "Made by an agent")
    assert 'ac:name="info"' in (content.version.storage or "")
    again = made.fails("create_page", title="Made by an agent", markdown="x", space_key="SHOP")
    assert (again["code"], again["upstream_status"]) == ("confluence_refused", 400)
    assert made.fails("create_page", title="T", markdown="x", space_key="NOPE")["code"] == "not_found"
    made.ok("comment_on_page", page=child["page_id"], markdown="*fine*")
    comments = world.simulator.sites[ACME].comments.values()
    assert "<p><em>fine</em></p>" in [each.version.storage for each in comments]
    made.ok("add_labels", page=child["page_id"], labels=["one", "two"])
    made.ok("remove_label", page=child["page_id"], label="one")
    assert content.labels == ["two"]
    made.ok("attach_file", page=child["page_id"], file_name="ä.txt", text="grün", media_type="text/plain")
    raw = base64.b64encode(b"\x00\xff").decode()
    made.ok("attach_file", page=child["page_id"], file_name="b.bin", base64=raw, comment="raw")
    assert made.fails("attach_file", page=child["page_id"], file_name="c", base64="%")["code"] == "validation_failed"
    files = made.ok("list_attachments", page=child["page_id"])["attachments"]
    assert {(each["file_name"], each["size_bytes"]) for each in files} == {("ä.txt", 5), ("b.bin", 2)}
    made.ok("delete_page", page=child["page_id"])
    assert content.status == "trashed"
    assert world.simulator.violations == []


def test_what_cannot_be_changed_is_told_before_anything_is_sent(world: World) -> None:
    made = tools(world, policy=WRITING)
    page_id = given(world)
    world.simulator.editor(ACME).archive(page_id)
    assert made.fails("append_to_page", page=page_id, markdown="x")["code"] == "validation_failed"
    world.simulator.editor(ACME).restore(page_id)
    world.simulator.editor(ACME).lock(page_id, ["somebody else"])
    assert made.fails("append_to_page", page=page_id, markdown="x")["code"] == "forbidden"
    world.simulator.editor(ACME).edit(page_id, world.clock(), storage="<p>broken")
    assert made.fails("append_to_page", page=page_id, markdown="x")["code"] == "storage_malformed"
    deep = made.fails("update_page", page=page_id, markdown="> " * 40 + "x", version=page(world).version.number)
    assert deep["code"] in {"markdown_too_deep", "content_would_be_lost"}
    assert stored(world) == "<p>broken"
