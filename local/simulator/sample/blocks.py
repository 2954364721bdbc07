"""A small vocabulary for writing pages once and having them in both of Confluence's body formats.

Inline text: `**strong**`, `code in backticks`, and `[text](https://…)`. The full range of macros and elements is not
written this way but by hand, in `elements` and `nodes`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

type Node = dict[str, Any]

INLINE = re.compile(r"\*\*(?P<strong>.+?)\*\*|`(?P<code>.+?)`|\[(?P<text>.+?)\]\((?P<href>.+?)\)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, one level."""

    items: Sequence[str]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Code:
    """A code block."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of one of Confluence's macro kinds: info, note, tip, warning."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Tasks:
    """A task list: (done, text)."""

    items: Sequence[tuple[bool, str]]


type Block = Heading | Para | Bullets | Table | Code | Panel | Tasks

# The words clash between the formats: the macro `note` is ADF's `warning`, the macro `warning` is ADF's `error`.
ADF_PANELS = {"info": "info", "note": "warning", "tip": "success", "warning": "error"}


def _runs(text: str) -> list[tuple[str, str, str]]:
    """(kind, text, href) runs of inline text."""
    found, position = list[tuple[str, str, str]](), 0
    for match in INLINE.finditer(text):
        if match.start() > position:
            found.append(("plain", text[position : match.start()], ""))
        kind = match.lastgroup or "plain"
        if kind == "href":
            found.append(("link", match["text"], match["href"]))
        else:
            found.append((kind, match[kind], ""))
        position = match.end()
    if position < len(text):
        found.append(("plain", text[position:], ""))
    return found


def _storage_inline(text: str) -> str:
    forms = {
        "plain": "{0}",
        "strong": "<strong>{0}</strong>",
        "code": "<code>{0}</code>",
        "link": '<a href="{1}">{0}</a>',
    }
    return "".join(forms[kind].format(escape(run, quote=False), escape(href)) for kind, run, href in _runs(text))


def _adf_inline(text: str) -> list[Node]:
    nodes = list[Node]()
    for kind, run, href in _runs(text):
        node: Node = {"type": "text", "text": run}
        if kind == "link":
            node["marks"] = [{"type": "link", "attrs": {"href": href}}]
        elif kind != "plain":
            node["marks"] = [{"type": kind}]
        nodes.append(node)
    return nodes


def _paragraph(text: str) -> Node:
    return {"type": "paragraph", "content": _adf_inline(text)}


def _storage_block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{_storage_inline(text)}</h{level}>"
        case Para(text):
            return f"<p>{_storage_inline(text)}</p>"
        case Bullets(items, ordered):
            tag = "ol" if ordered else "ul"
            return f"<{tag}>{''.join(f'<li><p>{_storage_inline(item)}</p></li>' for item in items)}</{tag}>"
        case Table(header, rows):
            head = "".join(f"<th><p>{_storage_inline(cell)}</p></th>" for cell in header)
            body = "".join(f"<tr>{''.join(f'<td><p>{_storage_inline(c)}</p></td>' for c in row)}</tr>" for row in rows)
            return f'<table data-layout="default"><tbody><tr>{head}</tr>{body}</tbody></table>'
        case Code() | Panel() | Tasks():
            return _storage_macro(block)


def _storage_macro(block: Code | Panel | Tasks) -> str:
    match block:
        case Code(language, text):
            parameter = f'<ac:parameter ac:name="language">{language}</ac:parameter>'
            cdata = f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>"
            return f'<ac:structured-macro ac:name="code" ac:schema-version="1">{parameter}{cdata}</ac:structured-macro>'
        case Panel(kind, text):
            body = f"<ac:rich-text-body><p>{_storage_inline(text)}</p></ac:rich-text-body>"
            return f'<ac:structured-macro ac:name="{kind}" ac:schema-version="1">{body}</ac:structured-macro>'
        case Tasks(items):
            tasks = "".join(
                f"<ac:task><ac:task-id>{number}</ac:task-id><ac:task-status>{'complete' if done else 'incomplete'}"
                f"</ac:task-status><ac:task-body>{_storage_inline(text)}</ac:task-body></ac:task>"
                for number, (done, text) in enumerate(items, 1)
            )
            return f"<ac:task-list>{tasks}</ac:task-list>"


def _adf_block(block: Block) -> Node:
    match block:
        case Heading(level, text):
            return {"type": "heading", "attrs": {"level": level}, "content": _adf_inline(text)}
        case Para(text):
            return _paragraph(text)
        case Bullets(items, ordered):
            entries = [{"type": "listItem", "content": [_paragraph(item)]} for item in items]
            return {"type": "orderedList" if ordered else "bulletList", "content": entries}
        case Table(header, rows):
            lines = [("tableHeader", header), *(("tableCell", row) for row in rows)]
            content = [
                {
                    "type": "tableRow",
                    "content": [{"type": kind, "attrs": {}, "content": [_paragraph(c)]} for c in cells],
                }
                for kind, cells in lines
            ]
            return {"type": "table", "attrs": {"layout": "default"}, "content": content}
        case Code() | Panel() | Tasks():
            return _adf_special(block)


def _adf_special(block: Code | Panel | Tasks) -> Node:
    match block:
        case Code(language, text):
            return {"type": "codeBlock", "attrs": {"language": language}, "content": [{"type": "text", "text": text}]}
        case Panel(kind, text):
            return {"type": "panel", "attrs": {"panelType": ADF_PANELS[kind]}, "content": [_paragraph(text)]}
        case Tasks(items):
            tasks = [
                {
                    "type": "taskItem",
                    "attrs": {"localId": str(number), "state": "DONE" if done else "TODO"},
                    "content": _adf_inline(text),
                }
                for number, (done, text) in enumerate(items, 1)
            ]
            return {"type": "taskList", "attrs": {"localId": "tasks"}, "content": tasks}


def storage(blocks: Sequence[Block]) -> str:
    """The page in storage format."""
    return "".join(map(_storage_block, blocks))


def adf(blocks: Sequence[Block]) -> str:
    """The page as an ADF document, a JSON string as the API gives it."""
    document = {"version": 1, "type": "doc", "content": list(map(_adf_block, blocks))}
    return json.dumps(document, ensure_ascii=False)
