"""Reads ADF (Atlassian Document Format): JSON, walked without recursion, into the same emitter as storage format."""

import json
from collections.abc import Callable
from typing import Any, Final

from confluence_connector.content.adf_blocks import BLOCKS
from confluence_connector.content.adf_inline import INLINES, text_node
from confluence_connector.content.adf_page import AdfPage, Node, children, kind_of
from confluence_connector.content.hidden import FORBIDDEN, without_forbidden
from confluence_connector.content.losses import Conversion
from confluence_connector.content.names import Names
from confluence_connector.errors import ContentUnreadable

MOST_DEPTH: Final = 2_000


def convert(body: str, names: Names, site: str, *, inert: bool) -> Conversion:
    """Markdown of an ADF document. Raises `ContentUnreadable` when it is none; unknown nodes keep their text."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise ContentUnreadable("The page's content is not a readable ADF document.") from None
    if not isinstance(document, dict) or kind_of(document) != "doc" or not isinstance(document.get("content"), list):
        raise ContentUnreadable("The page's content is not an ADF document.")
    page = AdfPage(names, site)
    page.emitter.inert = inert
    if "\\u" in body or FORBIDDEN.search(body):
        document = _cleaned(document, page)
    _walk(document["content"], page)
    return page.conclude()


def _walk(content: list[Any], page: AdfPage) -> None:
    """Every node in order. The stack holds iterators over siblings, and what is to be done when they are through."""
    stack: list[tuple[Any, Callable[[], None] | None]] = [(iter(content), None)]
    emitter = page.emitter
    while stack:
        siblings, finish = stack[-1]
        node = next(siblings, None)
        if node is None:
            stack.pop()
            if finish is not None:
                finish()
            emitter.flush()
            continue
        if not isinstance(node, dict):
            continue
        if node.get("type") == "text":
            text_node(page, node)
            continue
        if len(stack) > MOST_DEPTH:
            raise ContentUnreadable("The page nests its content too deeply.")
        inner, done = _entered(page, node)
        if inner or done is not None:
            stack.append((iter(inner), done))


def _entered(page: AdfPage, node: Node) -> tuple[list[Any], Callable[[], None] | None]:
    """Write the beginning of a node; answers its children still to be written, and what ends it."""
    kind = kind_of(node)
    block = BLOCKS.get(kind)
    if block is not None:
        done = block(page, node)  # first: a block may write some of its children itself
        return children(node), done
    inline = INLINES.get(kind)
    if inline is not None:
        inline(page, node)
        return [], None
    return children(node), page.unknown(node)


def _cleaned(document: Node, page: AdfPage) -> Node:
    """The document without control characters and lone surrogates in its texts, counted: JSON can hold them."""
    removed = 0
    pending: list[Any] = [document]
    while pending:
        item = pending.pop()
        pairs = item.items() if isinstance(item, dict) else enumerate(item)
        for key, value in list(pairs):
            if isinstance(value, str):
                item[key], count = without_forbidden(value)
                removed += count
            elif isinstance(value, dict | list):
                pending.append(value)
    if removed:
        page.emitter.ledger.add("hidden", "control characters", removed)
    return document
