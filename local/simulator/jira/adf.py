"""Whether a value is an Atlassian Document that Jira would take (api-facts, ADF nodes and attributes)."""

from typing import Any

NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
TEXT_AT_MOST = 32_767
DEPTH_AT_MOST = 100

INLINE = frozenset({"text", "hardBreak", "inlineCard", "mention", "emoji", "date", "status", "mediaInline"})
LEAVES = INLINE | {"rule", "blockCard", "embedCard", "media"}
BLOCKS = frozenset(
    {
        "paragraph",
        "heading",
        "bulletList",
        "orderedList",
        "taskList",
        "decisionList",
        "blockquote",
        "codeBlock",
        "rule",
        "panel",
        "expand",
        "nestedExpand",
        "table",
        "mediaSingle",
        "mediaGroup",
        "blockCard",
        "embedCard",
    }
)
INSIDE: dict[str, frozenset[str]] = {
    "doc": BLOCKS,
    "paragraph": INLINE,
    "heading": INLINE,
    "codeBlock": frozenset({"text"}),
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": BLOCKS,
    "taskList": frozenset({"taskItem", "taskList"}),
    "taskItem": INLINE,
    "decisionList": frozenset({"decisionItem"}),
    "decisionItem": INLINE,
    "blockquote": BLOCKS,
    "panel": BLOCKS,
    "expand": BLOCKS,
    "nestedExpand": BLOCKS,
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableHeader", "tableCell"}),
    "tableHeader": BLOCKS,
    "tableCell": BLOCKS,
    "mediaSingle": frozenset({"media", "caption"}),
    "mediaGroup": frozenset({"media"}),
    "caption": INLINE,
}
MARKS = frozenset(
    {
        "strong",
        "em",
        "underline",
        "strike",
        "code",
        "link",
        "subsup",
        "textColor",
        "backgroundColor",
        "border",
        "alignment",
        "indentation",
    }
)
# The attributes a node or mark cannot be without.
NEEDS = {
    "heading": ("level",),
    "panel": ("panelType",),
    "mention": ("id",),
    "date": ("timestamp",),
    "status": ("text", "color"),
    "emoji": ("shortName",),
    "media": ("type",),
    "blockCard": ("url",),
    "inlineCard": ("url",),
    "link": ("href",),
}


class NoDocument(ValueError):
    """Why Jira refuses the value; empty for a document with a fault inside, which Jira calls INVALID_INPUT only."""


def check(value: Any) -> None:
    """Raises NoDocument for what is no Atlassian Document, or one Jira refuses."""
    if not isinstance(value, dict) or value.get("type") != "doc":
        raise NoDocument(NOT_A_DOCUMENT)
    if value.get("version") != 1 or not isinstance(value.get("content"), list):
        raise NoDocument
    if _length(value, 0) > TEXT_AT_MOST:
        raise NoDocument(TOO_LONG)


def _length(node: dict[str, Any], depth: int) -> int:
    """How much text a node holds, having checked it."""
    kind = node.get("type")
    if depth > DEPTH_AT_MOST or not isinstance(kind, str) or (kind not in INSIDE and kind not in LEAVES):
        raise NoDocument
    _check_attributes(kind, node)
    for mark in _objects(node, "marks"):
        name = mark.get("type")
        if not isinstance(name, str) or name not in MARKS:
            raise NoDocument
        _check_attributes(name, mark)
    if kind == "text":
        text = node.get("text")
        if not isinstance(text, str) or not text:
            raise NoDocument
        return len(text)
    children = _objects(node, "content")
    if any(child.get("type") not in list(INSIDE.get(kind, ())) for child in children):
        raise NoDocument
    return sum(_length(child, depth + 1) for child in children)


def _objects(node: dict[str, Any], name: str) -> list[dict[str, Any]]:
    listed = node.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise NoDocument
    return listed


def _check_attributes(kind: str, node: dict[str, Any]) -> None:
    attributes = node.get("attrs", {})
    if not isinstance(attributes, dict) or any(name not in attributes for name in NEEDS.get(kind, ())):
        raise NoDocument
