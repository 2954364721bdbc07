"""E13: random bodies, 10,000 of them. Only `ConnectorError`s may escape, and nothing dangerous may come out.

`python tests/faults/test_e_fuzz.py SEED COUNT` runs it longer, with the layer on PYTHONPATH.
"""

import json
import random
import re
import sys

import pytest
from markdown_it import MarkdownIt

from confluence_connector.content import Conversion, to_html, to_markdown
from confluence_connector.errors import ConnectorError

RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NAMES = [
    "p",
    "h2",
    "ul",
    "ol",
    "li",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "strong",
    "em",
    "u",
    "code",
    "pre",
    "a",
    "br",
    "hr",
    "img",
    "blockquote",
    "span",
    "div",
    "time",
    "script",
    "style",
    "wat",
    "ac:structured-macro",
    "ac:parameter",
    "ac:rich-text-body",
    "ac:plain-text-body",
    "ac:link",
    "ac:link-body",
    "ac:plain-text-link-body",
    "ac:image",
    "ac:caption",
    "ac:emoticon",
    "ac:task-list",
    "ac:task",
    "ac:task-status",
    "ac:task-body",
    "ac:layout",
    "ac:layout-cell",
    "ac:adf-extension",
    "ac:adf-node",
    "ac:adf-attribute",
    "ac:adf-content",
    "ac:adf-fallback",
    "ac:placeholder",
    "ri:page",
    "ri:attachment",
    "ri:user",
    "ri:url",
    "ri:space",
]
ATTRIBUTES = [
    "ac:name",
    "href",
    "style",
    "colspan",
    "rowspan",
    "start",
    "ri:content-title",
    "ri:filename",
    "ri:account-id",
    "ri:value",
    "ac:alt",
    "ac:anchor",
    "type",
    "key",
    "datetime",
    "ac:emoji-id",
    "ac:emoji-fallback",
    "data-highlight-colour",
    "ri:space-key",
    "title",
    "src",
]
VALUES = [
    "code",
    "info",
    "expand",
    "status",
    "jira",
    "toc",
    "drawio",
    "include",
    "excerpt",
    "details",
    "panel",
    "decision-list",
    "decision-item",
    "panel-type",
    "hidden",
    "true",
    "99999999",
    "-1",
    "2",
    "javascript:x",
    "https://e.example/a",
    "http://",
    "//",
    "#",
    "display:none",
    "color:#fff",
    "1f44d",
    "2026-01-31",
    "ü한",
    "\u202e",
    "](",
    "|",
    "`",
    "*",
    "complete",
]
TEXTS = [
    "a",
    " ",
    "\n",
    "&amp;",
    "&nbsp;",
    "&wat;",
    "&#0;",
    "]]>",
    "<![CDATA[x]]>",
    "<!-- c -->",
    "*",
    "`",
    "|",
    "---",
    "1.",
    "한글",
    "\x00",
    "\ud800",
    "<",
    "&",
    "&lt;script&gt;",
]
KINDS = [
    "paragraph",
    "text",
    "heading",
    "bulletList",
    "orderedList",
    "listItem",
    "taskList",
    "taskItem",
    "decisionList",
    "decisionItem",
    "blockquote",
    "codeBlock",
    "rule",
    "panel",
    "expand",
    "table",
    "tableRow",
    "tableCell",
    "tableHeader",
    "mediaSingle",
    "mediaGroup",
    "media",
    "caption",
    "layoutSection",
    "layoutColumn",
    "blockCard",
    "inlineCard",
    "extension",
    "bodiedExtension",
    "hardBreak",
    "mention",
    "emoji",
    "date",
    "status",
    "placeholder",
    "inlineExtension",
    "wat",
]
JUNK = [None, True, 0, -1, 1.5, 10**30, "", "x", [], {}, ["x"], {"type": "text"}, float("1e308")]


def random_storage(rng: random.Random, size: int) -> str:
    """Mostly balanced elements, so that most bodies get past the parser, with faults sprinkled in."""
    parts: list[str] = []
    opened: list[str] = []
    for _ in range(size):
        choice = rng.random()
        if choice < 0.45:
            name = rng.choice(NAMES)
            attributes = "".join(
                f' {key}="{rng.choice(VALUES)}"' for key in {rng.choice(ATTRIBUTES) for _ in range(rng.randrange(3))}
            )
            closed = rng.random() < 0.2
            parts.append(f"<{name}{attributes}{'/' if closed else ''}>")
            if not closed:
                opened.append(name)
        elif choice < 0.7 and opened:
            parts.append(f"</{opened.pop() if rng.random() < 0.99 else rng.choice(NAMES)}>")
        else:
            parts.append(rng.choice(TEXTS[: rng.choice((6, 9, len(TEXTS)))]))
    if rng.random() < 0.95:
        parts.extend(f"</{name}>" for name in reversed(opened))
    body = "".join(parts)
    if rng.random() < 0.1 and body:
        cut = rng.randrange(len(body))
        body = body[:cut] + rng.choice(TEXTS) + body[cut + rng.randrange(5) :]
    return body


def random_node(rng: random.Random, depth: int) -> object:
    if rng.random() < 0.04:
        return rng.choice(JUNK)
    node: dict[str, object] = {"type": rng.choice(KINDS) if rng.random() < 0.97 else rng.choice(JUNK)}
    if rng.random() < 0.5:
        node["text"] = rng.choice(TEXTS + VALUES) if rng.random() < 0.95 else rng.choice(JUNK)
    if rng.random() < 0.6:
        keys = (
            "url",
            "id",
            "text",
            "level",
            "order",
            "colspan",
            "language",
            "title",
            "timestamp",
            "panelType",
            "extensionKey",
            "parameters",
            "alt",
            "type",
        )
        node["attrs"] = {
            rng.choice(keys): rng.choice(VALUES) if rng.random() < 0.7 else rng.choice(JUNK) for _ in range(3)
        }
    if rng.random() < 0.2:
        node["marks"] = [
            {
                "type": rng.choice(("strong", "em", "code", "link", "subsup", "textColor", "wat")),
                "attrs": rng.choice(({"href": "x"}, {}, None)),
            }
        ]
    if depth and rng.random() < 0.8:
        node["content"] = [random_node(rng, depth - 1) for _ in range(rng.randrange(4))]
    return node


def one_round(rng: random.Random) -> Conversion | None:
    try:
        if rng.random() < 0.6:
            return to_markdown(random_storage(rng, rng.randrange(40)))
        if rng.random() < 0.9:
            document = {"type": "doc", "version": 1, "content": [random_node(rng, 4) for _ in range(rng.randrange(4))]}
            return to_markdown(json.dumps(document), "atlas_doc_format")
        raw = rng.randbytes(rng.randrange(60)).decode("latin-1")
        return to_markdown(raw, rng.choice(("storage", "atlas_doc_format")))
    except ConnectorError:
        return None


def check(result: Conversion) -> None:
    result.markdown.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", result.markdown)
    for token in RENDERER.parse(result.markdown):
        raw = [token.content] if token.type == "html_block" else []
        raw += [child.content for child in token.children or () if child.type == "html_inline"]
        assert not re.search(r"<\s*(?:script|style|iframe|img|svg|a\b)", "".join(raw))
    json.dumps([loss.name for loss in result.losses]).encode()


@pytest.mark.parametrize("seed", range(10))
def test_E13_a_thousand_random_bodies(seed):
    rng = random.Random(seed)
    converted = 0
    for number in range(1_000):
        result = one_round(rng)
        if result is not None:
            check(result)
            converted += 1
            if number % 20 == 0:
                to_html(result.markdown)
    assert converted > 700


if __name__ == "__main__":
    generator = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        outcome = one_round(generator)
        if outcome is not None:
            check(outcome)
