"""Writers of ADF's block nodes. Each writes the beginning and answers what ends the node, or None."""

from collections.abc import Callable
from typing import Any, Final

from confluence_connector.content import macros
from confluence_connector.content import tokens as t
from confluence_connector.content.adf_inline import card, card_address, extension, media
from confluence_connector.content.adf_page import (
    AdfPage,
    Node,
    all_text,
    attribute,
    children,
    kind_of,
    marks_of,
    number,
)
from confluence_connector.content.concealment import covers
from confluence_connector.content.panels import PANELS

End = Callable[[], None] | None


def _paragraph(page: AdfPage, _node: Node) -> End:
    page.emitter.gap()
    return page.emitter.gap


def _heading(page: AdfPage, node: Node) -> End:
    page.emitter.open_heading(min(max(number(node, "level", 1), 1), 6))
    return page.emitter.close_heading


def _bullets(page: AdfPage, _node: Node) -> End:
    page.emitter.open_list()
    return page.emitter.close_list


def _numbers(page: AdfPage, node: Node) -> End:
    page.emitter.open_list(number(node, "order", 1))
    return page.emitter.close_list


def _item(page: AdfPage, _node: Node) -> End:
    page.emitter.open_item()
    return page.emitter.close_item


def _task(page: AdfPage, node: Node) -> End:
    done = "x" if attribute(node, "state") == "DONE" else t.SPACE
    page.emitter.open_item(f"{t.LINK}{done}{t.LINK_END}{t.SPACE}")
    return page.emitter.close_item


def _decision(page: AdfPage, _node: Node) -> End:
    page.emitter.open_item()
    page.emitter.append("◆ ")
    return page.emitter.close_item


def _quote(page: AdfPage, _node: Node) -> End:
    page.emitter.open_quote()
    return page.emitter.close_quote


def _panel(page: AdfPage, node: Node) -> End:
    if attribute(node, "panelIcon"):
        page.emitter.ledger.add("dropped", "panel icon")
    page.emitter.open_quote(PANELS.get(attribute(node, "panelType"), "NOTE"))
    coloured = covers(attribute(node, "panelColor"))
    page.backgrounds += coloured

    def end() -> None:
        page.backgrounds -= coloured
        page.emitter.close_quote()

    return end


def _expand(page: AdfPage, node: Node) -> End:
    page.emitter.open_details(attribute(node, "title"))
    return page.emitter.close_details


def _code(page: AdfPage, node: Node) -> End:
    macros.plain_body(page.emitter, "code", {"language": attribute(node, "language")}, all_text(node))
    _take_children(node)
    return None


def _take_children(node: Node) -> None:
    """What has been written whole is not walked again."""
    node["content"] = []


def _rule(page: AdfPage, _node: Node) -> End:
    page.emitter.rule()
    return None


def _gap(page: AdfPage, _node: Node) -> End:
    page.emitter.gap()
    return page.emitter.gap


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _table(page: AdfPage, node: Node) -> End:
    page.emitter.open_table()
    attributes = node.get("attrs")
    numbered = isinstance(attributes, dict) and attributes.get("isNumberColumnEnabled") is True
    page.number_columns.append(0 if numbered else None)

    def end() -> None:
        page.number_columns.pop()
        page.emitter.close_table()

    return end


def _row(page: AdfPage, node: Node) -> End:
    if not page.emitter.tables:
        return _gap(page, node)
    table = page.emitter.tables[-1]
    table.open_row()
    count = page.number_columns[-1]
    if count is not None:
        # The number column is Confluence's own: counted for rows with a plain cell, blank beside a row of headers.
        header = not count and all(isinstance(cell, dict) and kind_of(cell) == "tableHeader" for cell in children(node))
        table.open_cell(header)
        if not header:
            page.number_columns[-1] = count + 1
            page.emitter.append(str(count + 1))
        table.close_cell()
    return None


def _cell(page: AdfPage, node: Node, *, header: bool) -> End:
    if not page.emitter.tables:
        return _gap(page, node)
    table = page.emitter.tables[-1]
    coloured = covers(attribute(node, "background"))
    page.backgrounds += coloured
    table.open_cell(header, number(node, "colspan", 1), number(node, "rowspan", 1))

    def end() -> None:
        page.backgrounds -= coloured
        table.close_cell()

    return end


def _header_cell(page: AdfPage, node: Node) -> End:
    return _cell(page, node, header=True)


def _plain_cell(page: AdfPage, node: Node) -> End:
    return _cell(page, node, header=False)


# ── media, cards, extensions ────────────────────────────────────────────────────────────────────────────────────────


def _media_single(page: AdfPage, node: Node) -> End:
    """An image with its caption. The caption is written first and taken back, so that its marks come out right."""
    found = [child for child in children(node) if isinstance(child, dict)]
    captions = [child for child in found if kind_of(child) == "caption"]
    images = [child for child in found if kind_of(child) in {"media", "image"}]
    others: list[Any] = [child for child in found if child not in captions and child not in images]
    plain = " ".join(all_text(child) for child in captions)
    simple = all(_is_plain(child) for child in captions)
    page.emitter.gap()
    for position, child in enumerate(images):
        media(page, child, plain if simple and not position else "")
        _linked(page, child)
    page.emitter.gap()
    node["content"] = others if simple and images else [*others, *captions]
    return page.emitter.gap


def _is_plain(caption: Node) -> bool:
    return all(
        isinstance(child, dict) and kind_of(child) in {"text", "hardBreak"} and not child.get("marks")
        for child in children(caption)
    )


def _linked(page: AdfPage, node: Node) -> None:
    if any(kind_of(mark) == "link" for mark in marks_of(node)):
        page.emitter.ledger.add("degraded", "link on an image")


def _media_group(page: AdfPage, node: Node) -> End:
    page.emitter.gap()
    for child in children(node):
        if isinstance(child, dict) and kind_of(child) == "media":
            media(page, child, as_file=True)
    node["content"] = [c for c in children(node) if not (isinstance(c, dict) and kind_of(c) == "media")]
    return page.emitter.gap


def _media(page: AdfPage, node: Node) -> End:
    media(page, node)
    return None


def _card(page: AdfPage, node: Node) -> End:
    page.emitter.gap()
    card(page, node)
    page.emitter.gap()
    if not card_address(node) and isinstance(node.get("attrs"), dict) and "datasource" in node["attrs"]:
        page.emitter.ledger.add("dynamic", "datasource")
    return None


def _extension(page: AdfPage, node: Node) -> End:
    name, parameters = extension(node)
    page.emitter.gap()
    text = attribute(node, "text")
    if name in {"code", "noformat", "plantuml", "mermaid", "mermaid-cloud", "html", "markdown"} and text:
        macros.plain_body(page.emitter, name, parameters, text)
    else:
        macros.without_body(page.emitter, page.names, page.site, name, parameters)
    return page.emitter.gap


def _bodied(page: AdfPage, node: Node) -> End:
    name, parameters = extension(node)
    if parameters.get("hidden") == "true" and name in macros.MAY_HIDE:
        page.emitter.ledger.add("hidden", f"macro {name}")
        _take_children(node)
        return None
    return macros.open_body(page.emitter, name, parameters)


BLOCKS: Final[dict[str, Callable[[AdfPage, Node], End]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "bulletList": _bullets,
    "orderedList": _numbers,
    "listItem": _item,
    "taskList": _bullets,
    "taskItem": _task,
    "blockTaskItem": _task,
    "decisionList": _bullets,
    "decisionItem": _decision,
    "blockquote": _quote,
    "codeBlock": _code,
    "rule": _rule,
    "panel": _panel,
    "expand": _expand,
    "nestedExpand": _expand,
    "table": _table,
    "tableRow": _row,
    "tableHeader": _header_cell,
    "tableCell": _plain_cell,
    "mediaSingle": _media_single,
    "mediaGroup": _media_group,
    "media": _media,
    "caption": _gap,
    "layoutSection": _gap,
    "layoutColumn": _gap,
    "blockCard": _card,
    "embedCard": _card,
    "extension": _extension,
    "bodiedExtension": _bodied,
    "multiBodiedExtension": _bodied,
    "extensionFrame": _gap,
}
