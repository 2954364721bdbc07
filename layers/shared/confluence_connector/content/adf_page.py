"""What the writers of ADF nodes share."""

from collections.abc import Callable
from typing import Any

from confluence_connector.content.emitter import Emitter
from confluence_connector.content.losses import Conversion
from confluence_connector.content.names import Names
from confluence_connector.content.page_note import with_note

Node = dict[str, Any]
LARGEST_NUMBER = 10**9


def kind_of(node: Node) -> str:
    """The node's type, or nothing where it has none that could be one."""
    kind = node.get("type")
    return kind if isinstance(kind, str) else ""


def children(node: Node) -> list[Any]:
    content = node.get("content")
    return content if isinstance(content, list) else []


def attribute(node: Node, name: str) -> str:
    """A string attribute; anything else counts as absent."""
    attributes = node.get("attrs")
    value = attributes.get(name) if isinstance(attributes, dict) else None
    return value if isinstance(value, str) else ""


def number(node: Node, name: str, default: int) -> int:
    """A whole-number attribute (ADF also writes 1.0)."""
    attributes = node.get("attrs")
    value = attributes.get(name) if isinstance(attributes, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST_NUMBER:
        return default
    return int(value)


def marks_of(node: Node) -> list[Node]:
    marks = node.get("marks")
    return [mark for mark in marks if isinstance(mark, dict)] if isinstance(marks, list) else []


def all_text(node: Node) -> str:
    """The text of a node and all below it, in order."""
    parts: list[str] = []
    pending: list[Any] = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if item.get("type") == "hardBreak":
                parts.append("\n")
            elif isinstance(item.get("text"), str):
                parts.append(item["text"])
            pending.extend(reversed(children(item)))
    return "".join(parts)


class AdfPage:
    """One conversion under way."""

    def __init__(self, names: Names, site: str) -> None:
        self.emitter = Emitter()
        self.names = names
        self.site = site
        self.in_text = False
        self.backgrounds = 0
        self.task_lists: list[bool] = []
        self.number_columns: list[int | None] = []

    def unknown(self, node: Node) -> Callable[[], None] | None:
        """A node type that is not known yet: its text stays, and the report names it."""
        self.emitter.ledger.add("degraded", f"node {kind_of(node) or 'without type'}")
        text = node.get("text")
        if not isinstance(text, str):
            text = attribute(node, "text") or attribute(node, "title")
        if text:
            self.emitter.append(text)
        if not children(node):
            return None
        self.emitter.gap()
        return self.emitter.gap

    def conclude(self) -> Conversion:
        return with_note(self.emitter)
