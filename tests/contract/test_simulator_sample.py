"""The sample site is big and varied enough to stand for a real one; real page bodies can be added."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.simulator import create_simulator
from local.simulator.accounts import ACME
from local.simulator.real_pages import NoPages
from local.simulator.sites import Content
from tests.conftest import MovableClock
from tests.contract.simulator_caller import Caller


def words(text: str) -> list[str]:
    return text.split()


MACROS = words(
    """code noformat info note tip warning panel expand toc excerpt excerpt-include include status jira details
detailssummary children pagetree anchor view-file viewpdf viewdoc viewxls viewppt attachments gallery
contentbylabel recently-updated livesearch widget iframe profile drawio gliffy plantuml mermaid-cloud section
column"""
)
ELEMENTS = words(
    """ac:link ri:page ri:space ri:attachment ri:user ri:blog-post ri:url ac:link-body ac:plain-text-link-body ac:image
ac:caption ac:emoticon time ac:task-list ac:task ac:task-id ac:task-uuid ac:task-status ac:task-body ac:layout
ac:layout-section ac:layout-cell ac:placeholder ac:inline-comment-marker table colgroup col tbody tr th td
ac:adf-extension ac:adf-node ac:adf-attribute ac:adf-content ac:adf-fallback ac:adf-mark ac:adf-fragment-mark
ac:adf-parameter ac:adf-parameter-value ac:rich-text-body ac:plain-text-body ac:parameter blockquote hr pre sub
sup u del"""
)
LAYOUTS = words("""single two_equal two_left_sidebar two_right_sidebar three_equal three_with_sidebars fixed-width""")
NODES = words(
    """paragraph heading bulletList orderedList listItem taskList taskItem decisionList decisionItem blockquote
codeBlock rule panel expand nestedExpand table tableRow tableHeader tableCell mediaSingle mediaGroup media
caption layoutSection layoutColumn blockCard embedCard extension bodiedExtension text hardBreak inlineCard
mention emoji date status mediaInline placeholder inlineExtension"""
)
MARKS = words(
    """strong em underline strike code link subsup textColor backgroundColor alignment indentation annotation breakout
border fragment dataConsumer"""
)
PANELS = words("""info note tip warning error success custom""")


@pytest.fixture(scope="module")
def pages() -> list[Content]:
    return [content for content in create_simulator().sites[ACME].content.values() if content.type == "page"]


@pytest.fixture(scope="module")
def storage(pages: list[Content]) -> str:
    return "\n".join(page.version.storage or "" for page in pages)


def _kinds(node: Any, member: str) -> set[str]:
    found = {node["type"]} if member == "type" else {mark["type"] for mark in node.get("marks", [])}
    for child in node.get("content", []):
        found |= _kinds(child, member)
    return found


def test_size_and_variety(pages: list[Content]) -> None:
    site = create_simulator().sites[ACME]
    assert len([space for space in site.spaces.values() if space.type != "personal" and space.status == "current"]) == 3
    assert len([page for page in pages if page.status == "current"]) >= 60
    assert {page.status for page in pages} == {"current", "archived", "trashed"}
    assert any(page.readers for page in pages)
    assert max(len((page.version.storage or "").encode()) for page in pages) > 400 * 1024
    assert any(ord(letter) > 0x3000 for page in pages for letter in page.title)
    assert {content.type for content in site.content.values()} == {"page", "blogpost", "folder"}
    assert all(content.id.isdecimal() for content in site.content.values())


@pytest.mark.parametrize("macro", MACROS)
def test_every_macro_is_there(storage: str, macro: str) -> None:
    assert f'<ac:structured-macro ac:name="{macro}"' in storage


@pytest.mark.parametrize("element", ELEMENTS)
def test_every_element_is_there(storage: str, element: str) -> None:
    assert re.search(f"<{element}[ />]", storage)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_there(storage: str, layout: str) -> None:
    assert f'ac:type="{layout}"' in storage


def test_every_node_and_mark_is_there(pages: list[Content]) -> None:
    written = next(page for page in pages if page.title == "All the nodes").version.adf
    assert written is not None
    document = json.loads(written)
    assert set(NODES) <= _kinds(document, "type")
    assert set(MARKS) <= _kinds(document, "marks")
    assert set(PANELS) == {node["attrs"]["panelType"] for node in document["content"] if node["type"] == "panel"}


def test_media_and_files_named_in_bodies_are_attached(pages: list[Content]) -> None:
    site = create_simulator().sites[ACME]
    files = {(each.content_id, each.filename) for each in site.attachments.values()}
    ids = {(each.content_id, each.file_id) for each in site.attachments.values()}
    for page in pages:
        assert "{{" not in (page.version.storage or "") + (page.version.adf or "")
        for name in re.findall(r'<ri:attachment ri:filename="([^"]+)"\s*/>', page.version.storage or ""):
            assert (page.id, name) in files
        for media in re.findall(r'"collection": "contentId-(\d+)"', page.version.adf or ""):
            assert media == page.id
        for media in re.findall(r'"id": "([0-9a-f]{8}-[^"]+)", "collection"', page.version.adf or ""):
            assert (page.id, media) in ids


def test_the_same_at_every_start() -> None:
    first, second = (create_simulator().sites[ACME] for _ in range(2))
    assert first.content == second.content
    assert first.content is not second.content


def _of_the_sample(title: str) -> str:
    return next(each.id for each in create_simulator().sites[ACME].content.values() if each.title == title)


def _folder(tmp_path: Path) -> Path:
    for name, adf in (("123456", True), ("A page by name", False), (_of_the_sample("Product requirements"), False)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.xhtml").write_text(f"<p>{name}</p>", encoding="utf-8")
        if adf:
            (tmp_path / name / "page.adf").write_text('{"version":1,"type":"doc","content":[]}', encoding="utf-8")
    (tmp_path / "no page in here").mkdir()
    (tmp_path / "README.md").touch()
    return tmp_path


def test_real_pages_make_space_real(tmp_path: Path, clock: MovableClock) -> None:
    simulator = create_simulator(clock=clock, pages=_folder(tmp_path))
    caller = Caller(clock, simulator, "grace").consent()
    space, taken = caller.space_id("REAL"), _of_the_sample("Product requirements")
    rows = {row["title"]: row for row in caller.walk(f"/wiki/api/v2/spaces/{space}/pages", body_format="storage")}
    # The third has the id of a page of the sample, and wins.
    assert rows.keys() == {"Page 123456", "A page by name", f"Page {taken}"}
    home = caller.page("Web shop")["id"]
    shown = [row["title"] for row in caller.walk(f"/wiki/api/v2/pages/{home}/direct-children", limit=250)]
    assert f"Page {taken}" not in shown
    assert "PRD: Gift cards" in shown, "what was below moves up"
    assert rows["Page 123456"]["id"] == "123456"
    assert rows["A page by name"]["id"].isdecimal()
    assert rows["A page by name"]["body"]["storage"]["value"] == "<p>A page by name</p>"
    root = caller.walk(f"/wiki/api/v2/spaces/{space}/pages", depth="root")
    assert [row["id"] for row in root] == ["123456"], "the first page is the home page"
    for title, there in (("Page 123456", True), ("A page by name", False)):
        path = f"/wiki/api/v2/pages/{rows[title]['id']}"
        assert bool(caller.get(path, body_format="atlas_doc_format").json()["body"]) is there
    again = create_simulator(clock=clock, pages=tmp_path).sites[ACME]
    assert rows["A page by name"]["id"] in again.content


def test_a_folder_without_pages_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(NoPages):
        create_simulator(pages=tmp_path)


def test_the_specifications_pages_load(spec: Path) -> None:
    site = create_simulator(pages=spec / "pages" / "real").sites[ACME]
    assert len([page for page in site.content.values() if site.spaces[page.space_id].key == "REAL"]) > 5
