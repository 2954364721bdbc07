"""ADF: one small document per node and mark, and the Markdown that must come out."""

# ruff: noqa: E501  one row of a table is one line, however long its page

import json

import pytest

from confluence_connector.content import NO_NAMES, ContentUnreadable, to_markdown
from confluence_connector.content.names import ListedNames

SITE = "https://acme.atlassian.net"


def convert(*content, names=NO_NAMES):
    body = json.dumps({"version": 1, "type": "doc", "content": list(content)})
    return to_markdown(body, "atlas_doc_format", names=names, base_url=SITE)


def text(value, *marks):
    return {
        "type": "text",
        "text": value,
        "marks": [mark if isinstance(mark, dict) else {"type": mark} for mark in marks],
    }


def node(kind, *content, **attrs):
    return {"type": kind, "attrs": attrs, "content": list(content)}


def p(*content):
    return node("paragraph", *(text(c) if isinstance(c, str) else c for c in content))


def table(*rows, **attrs):
    return node("table", *(node("tableRow", *cells) for cells in rows), **attrs)


MEDIA = {"type": "media", "attrs": {"type": "file", "id": "f-1", "alt": "a.png", "collection": "c"}}
NODES = {
    "marks": (p(text("a", "strong"), " ", text("b", "em"), " ", text("c", "strike"), " ", text("d", "underline")), "**a** *b* ~~c~~ <u>d</u>"),
    "marks on neighbours merge": (p(text("a", "strong"), text("b", "strong", "em")), "<strong>a*b*</strong>"),
    "sub and sup": (p("H", text("2", {"type": "subsup", "attrs": {"type": "sub"}})), "H<sub>2</sub>"),
    "code mark": (p(text("x*y", "code")), "`x*y`"),
    "link mark": (p(text("t", {"type": "link", "attrs": {"href": "https://example.org/"}})), "[t](https://example.org/)"),
    "colour is dropped": (p(text("a", {"type": "textColor", "attrs": {"color": "#ff0000"}})), "a"),
    "heading": (node("heading", text("H"), level=3), "### H"),
    "absurd heading": (node("heading", text("H"), level=99), "###### H"),
    "lists": (node("bulletList", node("listItem", p("a"), node("orderedList", node("listItem", p("b")), order=1))), "- a\n  1. b"),
    "tasks": (node("taskList", node("taskItem", text("a"), state="DONE"), node("taskItem", text("b"), state="TODO")), "- [x] a\n- [ ] b"),
    "decisions": (node("decisionList", node("decisionItem", text("a"), state="DECIDED")), "- ◆ a"),
    "quote": (node("blockquote", p("a")), "> a"),
    "code block": (node("codeBlock", text("x\n```"), language="Python"), "````python\nx\n```\n````"),
    "rule": (node("rule"), "***"),
    "panels": ([node("panel", p(kind), panelType=kind) for kind in ("info", "note", "tip", "warning", "error", "success", "custom")],
               "\n\n".join(f"> [!{alert}]\n> {kind}" for kind, alert in (("info", "NOTE"), ("note", "IMPORTANT"), ("tip", "TIP"), ("warning", "WARNING"), ("error", "CAUTION"), ("success", "TIP"), ("custom", "NOTE")))),
    "expand": (node("expand", p("a"), title="T"), "<details>\n<summary>T</summary>\n\na\n\n</details>"),
    "table": (table([node("tableHeader", p("A"))], [node("tableCell", p("1"))]), "| A |\n| --- |\n| 1 |"),
    "numbered table": (table([node("tableHeader", p("A"))], [node("tableCell", p("x"))], [node("tableCell", p("y"))], isNumberColumnEnabled=True), "| | A |\n| --- | --- |\n| 1 | x |\n| 2 | y |"),
    "spans": (table([node("tableCell", p("1"), colspan=2)]), '<table>\n<tr>\n<td colspan="2">\n\n1\n\n</td>\n</tr>\n</table>'),
    "image": (node("mediaSingle", MEDIA), "![a.png](a.png)"),
    "image with caption": (node("mediaSingle", MEDIA, node("caption", text("C"))), '![a.png](a.png "C")'),
    "external image": (node("mediaSingle", node("media", type="external", url="https://e.example/x.png", alt="e")), "[e](https://e.example/x.png)"),
    "file": (node("mediaGroup", MEDIA), "[a.png](a.png)"),
    "file without a name": (node("mediaGroup", node("media", type="file", id="f-2")), "[attachment](attachment/f-2)"),
    "layout": (node("layoutSection", node("layoutColumn", p("a")), node("layoutColumn", p("b"))), "a\n\nb"),
    "card with a title in its URL": (p(node("inlineCard", url=f"{SITE}/wiki/spaces/K/pages/12/My+Page")), f"[My Page]({SITE}/wiki/spaces/K/pages/12/My+Page)"),
    "card without": (node("blockCard", url=f"{SITE}/wiki/spaces/K/pages/12"), f"[page 12]({SITE}/wiki/spaces/K/pages/12)"),
    "card elsewhere": (node("embedCard", url="https://example.org/x"), "[https://example.org/x](https://example.org/x)"),
    "card with data": (p(node("inlineCard", data={"url": "https://example.org/x"})), "[https://example.org/x](https://example.org/x)"),
    "break": (p("a", node("hardBreak"), "b"), "a\\\nb"),
    "mention": (p(node("mention", id="1", text="@Ada")), "@Ada"),
    "mention without a name": (p(node("mention", id="557058:x")), "@unknown user"),
    "emoji": (p(node("emoji", shortName=":grin:", id="1f600", text="😀")), "😀"),
    "emoji picture": (p(node("emoji", shortName=":cross_mark:", id="atlassian-cross_mark", text=":cross_mark:")), "![❌]()"),
    "date": (p(node("date", timestamp="1769817600000")), "2026-01-31"),
    "broken date": (p(node("date", timestamp="soon")), "soon"),
    "status": (p(node("status", text="DONE", color="green")), "`DONE`"),
    "placeholder": (p(node("placeholder", text="Type")), "Type"),
    "toc": ([node("extension", extensionKey="toc", extensionType="com.atlassian.confluence.macro.core"), p("a")], "a"),
    "jira": (p(node("inlineExtension", extensionKey="jira", parameters={"macroParams": {"key": {"value": "AB-1"}}})), f"[AB-1]({SITE}/browse/AB-1)"),
    "bodied extension": (node("bodiedExtension", p("a"), extensionKey="excerpt"), "a"),
    "unknown node": (node("hologram", p("a")), "a"),
    "unknown inline node": (p("a ", {"type": "hologram", "text": "b"}), "a b"),
}  # fmt: skip


@pytest.mark.parametrize("name", NODES)
def test_node(name):
    given, markdown = NODES[name]
    assert convert(*(given if isinstance(given, list) else [given])).markdown == markdown + "\n"


def test_names_come_through_the_port():
    names = ListedNames(
        {"attachments": {"f-2": "real.pdf"}, "pages": {"12": "Real title"}, "users": {"u": {"displayName": "Ada"}}}
    )
    result = convert(
        p(node("mention", id="u"), " ", node("inlineCard", url=f"{SITE}/wiki/spaces/K/pages/12")),
        node("mediaGroup", node("media", type="file", id="f-2")),
        names=names,
    )
    assert result.markdown == f"@Ada [Real title]({SITE}/wiki/spaces/K/pages/12)\n\n[real.pdf](real.pdf)\n"


def test_losses_name_what_is_missing():
    losses = convert(
        node("mediaGroup", node("media", type="file", id="f-2")),
        node("hologram"),
        p(text("a", "sparkle"), node("inlineCard", url="https://example.org/x"), node("inlineCard")),
    ).losses
    assert {(loss.kind, loss.name) for loss in losses} == {
        ("unresolved", "attachment name"),
        ("degraded", "node hologram"),
        ("degraded", "mark sparkle"),
        ("unresolved", "smart link title"),
        ("unresolved", "smart link without a URL"),
    }


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "[]",
        "null",
        "1",
        '"doc"',
        "{}",
        '{"type":"doc"}',
        '{"type":"page","content":[]}',
        '{"type":"doc","content":{}}',
    ],
)
def test_what_is_no_document_is_refused(body):
    with pytest.raises(ContentUnreadable):
        to_markdown(body, "atlas_doc_format")


def test_the_input_is_counted_once_for_hidden_text():
    result = convert(p("a\u200b", text("b\u200b", "code")))
    assert [(loss.kind, loss.name, loss.count) for loss in result.losses] == [("hidden", "invisible characters", 2)]
    assert result.markdown == "a`b`\n"
