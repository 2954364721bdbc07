"""Handlers of the XHTML elements of storage format."""

from typing import Final

from confluence_connector.content import tokens as t
from confluence_connector.content.concealment import covers, style_covers
from confluence_connector.content.links import target
from confluence_connector.content.storage_page import Attributes, Ender, Starter, StoragePage

_LIST_DIGITS: Final = 8
_SPAN_DIGITS: Final = 5


def _gap_start(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.gap()


def _gap(page: StoragePage) -> None:
    page.emitter.gap()


def _p_start(page: StoragePage, _attributes: Attributes) -> None:
    page.in_paragraph = True
    page.emitter.gap()


def _br(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.append(page.emitter.line_break)


def _hr(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.rule()


# ── marks: the same mark inside itself says nothing new ─────────────────────────────────────────────────────────────


def _mark(kind: str, begin: str, end: str) -> tuple[Starter, Ender]:
    def start(page: StoragePage, _attributes: Attributes) -> None:
        depth = page.marks.get(kind, 0)
        page.marks[kind] = depth + 1
        if not depth:
            page.emitter.mark(begin, end)

    def finish(page: StoragePage) -> None:
        depth = page.marks[kind] - 1
        page.marks[kind] = depth
        if not depth:
            page.emitter.append(end)

    return start, finish


def _tag(name: str) -> tuple[Starter, Ender]:
    return _mark(name, f"{t.TAG}{name}{t.TAG_END}", f"{t.TAG}/{name}{t.TAG_END}")


_STRONG = _mark("strong", t.STRONG, t.STRONG_END)
_EMPHASIS = _mark("em", t.EMPHASIS, t.EMPHASIS_END)
_STRIKE = _mark("strike", t.STRIKE, t.STRIKE_END)
_UNDERLINE, _SUB, _SUP = _tag("u"), _tag("sub"), _tag("sup")


def _code(page: StoragePage, _attributes: Attributes) -> None:
    page.capture(page.emitter.code)


def _pre(page: StoragePage, _attributes: Attributes) -> None:
    page.capture(lambda text: page.emitter.code_block(text.removeprefix("\n")))


def _dt_start(page: StoragePage, attributes: Attributes) -> None:
    _gap_start(page, attributes)
    _STRONG[0](page, attributes)


def _dt_end(page: StoragePage) -> None:
    _STRONG[1](page)
    _gap(page)


def _q(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.append("“")


def _q_end(page: StoragePage) -> None:
    page.emitter.append("”")


def _skipped(name: str) -> Starter:
    def start(page: StoragePage, _attributes: Attributes) -> None:
        page.skip("dropped", f"element {name}")

    return start


# ── headings, quotes, lists ─────────────────────────────────────────────────────────────────────────────────────────


def _heading(level: int) -> Starter:
    def start(page: StoragePage, _attributes: Attributes) -> None:
        page.in_paragraph = True
        page.emitter.open_heading(level)

    return start


def _heading_end(page: StoragePage) -> None:
    page.in_paragraph = False
    page.emitter.close_heading()


def _quote(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.open_quote()


def _quote_end(page: StoragePage) -> None:
    page.emitter.close_quote()


def _ul(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.open_list()


def _ol(page: StoragePage, attributes: Attributes) -> None:
    start = attributes.get("start", "1")
    page.emitter.open_list(int(start) if start.isascii() and start.isdigit() and len(start) <= _LIST_DIGITS else 1)


def _list_end(page: StoragePage) -> None:
    page.emitter.close_list()


def _li(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.open_item()


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _table(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.open_table()


def _table_end(page: StoragePage) -> None:
    page.emitter.close_table()


def _tr(page: StoragePage, _attributes: Attributes) -> None:
    if page.emitter.tables:
        page.emitter.tables[-1].open_row()


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) <= _SPAN_DIGITS else 1


def _cell(page: StoragePage, attributes: Attributes, *, header: bool) -> None:
    if not page.emitter.tables:
        _gap_start(page, attributes)
        return
    columns = rows = 1
    align = ""
    coloured = False
    if attributes:
        columns, rows = _number(attributes.get("colspan")), _number(attributes.get("rowspan"))
        coloured = covers(attributes.get("data-highlight-colour", ""))
        style = attributes.get("style", "")
        if style:
            coloured = coloured or style_covers(style)
            align = style.partition("text-align:")[2].partition(";")[0].strip()
    table = page.emitter.tables[-1]
    table.coloured = coloured
    page.backgrounds += coloured
    table.open_cell(header, columns, rows, align)


def _th(page: StoragePage, attributes: Attributes) -> None:
    _cell(page, attributes, header=True)


def _td(page: StoragePage, attributes: Attributes) -> None:
    _cell(page, attributes, header=False)


def _cell_end(page: StoragePage) -> None:
    tables = page.emitter.tables
    if not tables:
        _gap(page)
        return
    table = tables[-1]
    if table.coloured:
        page.backgrounds -= 1
        table.coloured = False
    table.close_cell()


# ── links, images, time ─────────────────────────────────────────────────────────────────────────────────────────────


def _a(page: StoragePage, attributes: Attributes) -> None:
    page.emitter.held += 1
    page.links.append((len(page.emitter.out), attributes))


def _a_end(page: StoragePage) -> None:
    index, attributes = page.links.pop()
    page.emitter.held -= 1
    page.write_link(page.emitter.taken(index), target(attributes.get("href", ""), page.site))


def _time(page: StoragePage, attributes: Attributes) -> None:
    page.emitter.append(attributes.get("datetime", ""))


# Presentation only; what is inside stays.
_TRANSPARENT: Final = (
    "page", "span", "font", "small", "big", "tbody", "thead", "tfoot", "colgroup", "col", "caption", "abbr", "cite",
    "label", "acronym", "bdi", "bdo", "wbr", "dfn", "mark", "ac:inline-comment-marker", "ac:link-body", "nobr",
    "ac:plain-text-link-body", "ac:task",
)  # fmt: skip
_GAPS: Final = (
    "div", "section", "article", "header", "footer", "center", "address", "figure", "figcaption", "main", "nav",
    "aside", "dl", "dd", "fieldset", "form", "ac:layout", "ac:layout-section", "ac:layout-cell",
)  # fmt: skip
_SKIPPED: Final = (
    "script", "style", "template", "noscript", "iframe", "object", "embed", "applet", "head", "title", "meta", "link",
    "base", "frame", "frameset",
)  # fmt: skip
_MARKS: Final = {
    "strong": _STRONG, "b": _STRONG, "em": _EMPHASIS, "i": _EMPHASIS, "del": _STRIKE, "s": _STRIKE, "strike": _STRIKE,
    "u": _UNDERLINE, "ins": _UNDERLINE, "sub": _SUB, "sup": _SUP,
}  # fmt: skip

STARTS: Final[dict[str, Starter | None]] = {
    **dict.fromkeys(_TRANSPARENT),
    **dict.fromkeys(_GAPS, _gap_start),
    **{name: _skipped(name) for name in _SKIPPED},
    **{name: start for name, (start, _) in _MARKS.items()},
    **dict.fromkeys(("code", "tt", "kbd", "samp", "var"), _code),
    **{f"h{level}": _heading(level) for level in range(1, 7)},
    "p": _p_start, "br": _br, "hr": _hr, "pre": _pre, "dt": _dt_start, "q": _q, "blockquote": _quote,
    "ul": _ul, "ol": _ol, "li": _li, "table": _table, "tr": _tr, "th": _th, "td": _td,
    "a": _a, "time": _time,
}  # fmt: skip
ENDS: Final[dict[str, Ender]] = {
    **dict.fromkeys(_GAPS, _gap),
    **{name: end for name, (_, end) in _MARKS.items()},
    **{f"h{level}": _heading_end for level in range(1, 7)},
    "dt": _dt_end, "q": _q_end, "blockquote": _quote_end, "ul": _list_end, "ol": _list_end,
    "table": _table_end, "th": _cell_end, "td": _cell_end, "a": _a_end,
}  # fmt: skip
