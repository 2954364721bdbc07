"""Writers of ADF's inline nodes and marks."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from confluence_connector.content import macros
from confluence_connector.content import tokens as t
from confluence_connector.content.adf_page import AdfPage, Node, attribute, kind_of, marks_of
from confluence_connector.content.concealment import concealment
from confluence_connector.content.hidden import visible
from confluence_connector.content.links import Target, page_named_in, relative_file, target
from confluence_connector.content.references import attachment_target, emoji, image, link, mention

DATE_DIGITS: Final = 14
"""Milliseconds up to the year 5138."""

_WRAPPED: Final = {
    "strong": (t.STRONG, t.STRONG_END),
    "em": (t.EMPHASIS, t.EMPHASIS_END),
    "strike": (t.STRIKE, t.STRIKE_END),
    "underline": (f"{t.TAG}u{t.TAG_END}", f"{t.TAG}/u{t.TAG_END}"),
}
_SILENT_MARKS: Final = frozenset(
    {"textColor", "backgroundColor", "alignment", "indentation", "annotation", "breakout", "border", "fragment"}
    | {"dataConsumer", "fontSize", "confluenceInlineComment"}
)


def text_node(page: AdfPage, node: Node) -> None:
    """Text with its marks. Neighbours with the same mark merge later, where their tokens meet."""
    text = node.get("text")
    if not isinstance(text, str) or not text:
        return
    marks = node.get("marks")
    if not marks:
        page.emitter.append(text)
        return
    _marked(page, text, marks_of(node))


def _marked(page: AdfPage, text: str, marks: list[Node]) -> None:
    emitter = page.emitter
    kinds = {kind_of(mark): mark for mark in marks}
    colour, behind = (attribute(kinds.get(kind, {}), "color") for kind in ("textColor", "backgroundColor"))
    style = f"color:{colour};background:{behind}"
    why = concealment(style, on_background=page.backgrounds > 0) if colour else None
    if why:
        emitter.ledger.add("hidden", why)
        return
    index = len(emitter.out)
    opened: list[str] = []
    for kind, (begin, end) in _WRAPPED.items():
        if kind in kinds:
            emitter.mark(begin, end)
            opened.append(end)
    if "subsup" in kinds:
        tag = "sup" if attribute(kinds["subsup"], "type") == "sup" else "sub"
        emitter.append(f"{t.TAG}{tag}{t.TAG_END}")
        opened.append(f"{t.TAG}/{tag}{t.TAG_END}")
    for kind in kinds.keys() - _WRAPPED.keys() - _SILENT_MARKS - {"subsup", "link", "code"}:
        emitter.ledger.add("degraded", f"mark {kind}")
    if "code" in kinds:
        emitter.code(text)
    else:
        emitter.append(text)
    for end in reversed(opened):
        emitter.append(end)
    if "link" in kinds:
        link(emitter, emitter.taken(index), target(attribute(kinds["link"], "href"), page.site))


def _break(page: AdfPage, _node: Node) -> None:
    page.emitter.append(page.emitter.line_break)


def card_address(node: Node) -> str:
    """The URL of a smart link, from the attribute or from the JSON-LD that it may carry instead."""
    url = attribute(node, "url")
    attributes = node.get("attrs")
    data = attributes.get("data") if isinstance(attributes, dict) else None
    if not url and isinstance(data, dict) and isinstance(data.get("url"), str):
        url = data["url"]
    return url


def card(page: AdfPage, node: Node) -> None:
    """A smart link: ADF keeps no title, so it comes from the port, from the URL itself, or is the URL."""
    url = card_address(node)
    if not url:
        page.emitter.ledger.add("unresolved", "smart link without a URL")
        return
    named = page_named_in(url)
    title = (page.names.page_title(named[0]) or named[1]) if named else None
    if not title:
        page.emitter.ledger.add("unresolved", "smart link title")
    fallback = f"page {named[0]}" if named else url
    link(page.emitter, title or fallback, target(url, page.site))


def _mention(page: AdfPage, node: Node) -> None:
    page.emitter.append(mention(page.emitter, page.names, attribute(node, "id"), attribute(node, "text")))


def _emoji(page: AdfPage, node: Node) -> None:
    emoji(page.emitter, attribute(node, "shortName"), attribute(node, "id"), attribute(node, "text"))


def _date(page: AdfPage, node: Node) -> None:
    """Milliseconds since 1970, as a string; shown as the day in UTC, which is how Confluence stores dates."""
    stamp = attribute(node, "timestamp")
    digits = stamp.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= DATE_DIGITS:
        page.emitter.append(datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat())
    else:
        page.emitter.ledger.add("degraded", "date")
        page.emitter.append(stamp)


def _status(page: AdfPage, node: Node) -> None:
    macros.status(page.emitter, attribute(node, "text"))


def _placeholder(page: AdfPage, node: Node) -> None:
    page.emitter.ledger.add("degraded", "template placeholder shown as text")
    page.emitter.append(attribute(node, "text"))


def _inline_extension(page: AdfPage, node: Node) -> None:
    name, parameters = extension(node)
    macros.without_body(page.emitter, page.names, page.site, name, parameters)


def _media_inline(page: AdfPage, node: Node) -> None:
    media(page, node)


def extension(node: Node) -> tuple[str, dict[str, str]]:
    """Macro name and parameters of an extension node; Confluence's macros keep them under `macroParams`."""
    name = attribute(node, "extensionKey").lower()
    attributes = node.get("attrs")
    given = attributes.get("parameters") if isinstance(attributes, dict) else None
    listed = given.get("macroParams", given) if isinstance(given, dict) else {}
    parameters: dict[str, str] = {}
    for key, value in listed.items() if isinstance(listed, dict) else ():
        plain = value.get("value") if isinstance(value, dict) else value
        if isinstance(plain, str):
            parameters[key] = plain
    return name, parameters


def media(page: AdfPage, node: Node, caption: str = "", *, as_file: bool = False) -> None:
    """An image or a file. ADF names a file by its media id only: the name comes from the port, or from `alt`."""
    emitter = page.emitter
    alt = attribute(node, "alt")
    if attribute(node, "type") == "external" or (attribute(node, "url") and not attribute(node, "id")):
        image(emitter, target(attribute(node, "url"), page.site), alt, caption=caption)
        return
    name = page.names.attachment_name(attribute(node, "id")) or ""
    if not name and alt:
        name = alt
    if not name:
        emitter.ledger.add("unresolved", "attachment name")
        goal = Target(f"attachment/{relative_file(attribute(node, 'id'))}", None, external=False)
    else:
        goal = attachment_target(emitter, page.names, page.site, name, None)._replace(external=False)
    if as_file:
        link(emitter, visible(name) or "attachment", goal)
        emitter.append(" ")
    else:
        image(emitter, goal, alt, filename=visible(name), caption=caption)


INLINES: Final[dict[str, Callable[[AdfPage, Node], None]]] = {
    "hardBreak": _break,
    "inlineCard": card,
    "mention": _mention,
    "emoji": _emoji,
    "date": _date,
    "status": _status,
    "placeholder": _placeholder,
    "inlineExtension": _inline_extension,
    "mediaInline": _media_inline,
    "image": _media_inline,
}
