"""Markdown to Confluence storage format: one pass over the parser's tokens, iterative.

Macros come out of this only where this module writes them: code, four panels, expand. What an agent writes ends up as
escaped text, as CDATA, or as an attribute; raw HTML and storage format in Markdown are text.
"""

import re
from collections.abc import Callable
from typing import Final

from markdown_it.token import Token

from confluence_connector.content.writing import house_markdown
from confluence_connector.content.writing.escaping import attribute, cdata, clean, text
from confluence_connector.content.writing.inline import write_line
from confluence_connector.content.writing.output import Output
from confluence_connector.content.writing.tag_pairs import well_placed
from confluence_connector.content.writing.task_lists import BOX_LENGTH, BOXES, task_lists
from confluence_connector.errors import TooLarge

MARKDOWN_CHARACTERS: Final = 300_000
"""The parser takes up to 40 µs for a character of the worst text: 12 s."""

_LANGUAGE: Final = re.compile(r"[a-z0-9+#-]{1,32}", re.IGNORECASE)
_MACRO: Final = '<ac:structured-macro ac:name="{}" ac:schema-version="1">'
_MACRO_END: Final = "</ac:structured-macro>"
_BODY_END: Final = f"</ac:rich-text-body>{_MACRO_END}"
_PURPLE: Final = (
    '<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="panel-type">note</ac:adf-attribute>'
    "<ac:adf-content>"
)
_PURPLE_END: Final = "</ac:adf-content></ac:adf-node></ac:adf-extension>"
# The inverse of what the converter reads (macros.ALERTS, panels.PANELS). The purple panel exists as extension only.
_PANELS: Final = {"NOTE": "info", "TIP": "tip", "WARNING": "note", "CAUTION": "warning"}
_ALERTS: Final = {
    alert: (f"{_MACRO.format(name)}<ac:rich-text-body>", _BODY_END) for alert, name in _PANELS.items()
} | {"IMPORTANT": (_PURPLE, _PURPLE_END)}


def convert(markdown: str, attachments_url: str) -> str:
    """See `to_storage` of the package."""
    if len(markdown) > MARKDOWN_CHARACTERS:
        raise TooLarge("This Markdown is longer than one page may be.", remedy="Write less, or several pages.")
    return _Writer(house_markdown.tokens(clean(markdown)), attachments_url).written()


class _Writer:
    def __init__(self, stream: list[Token], attachments_url: str) -> None:
        self._stream = stream
        self._attachments_url = attachments_url
        placed = well_placed(stream)
        self._placed = {*placed, *placed.values()}
        self._task_lists = task_lists(stream)
        self._out = Output()
        self._position = 0

    def written(self) -> str:
        stream = self._stream
        while self._position < len(stream):
            token = stream[self._position]
            self._position += 1
            if token.nesting < 0:
                self._out.close()
            elif token.type == house_markdown.TAG:
                self._house_tag(token)
            else:
                _WRITERS[token.type](self, token)
        return self._out.written()

    def _line(self, children: list[Token] | None) -> None:
        write_line(self._out, children or (), self._attachments_url)

    # ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def heading(self, token: Token) -> None:
        self._out.open(f"<{token.tag}>", f"</{token.tag}>")

    def paragraph(self, _token: Token) -> None:
        self._out.open("<p>", "</p>")

    def inline(self, token: Token) -> None:
        self._line(token.children)

    def code(self, token: Token) -> None:
        info = token.info.split(maxsplit=1)
        language = ""
        if info and _LANGUAGE.fullmatch(info[0]):
            language = f'<ac:parameter ac:name="language">{text(info[0].lower())}</ac:parameter>'
        body = cdata(token.content.removesuffix("\n"))
        self._out.add(f"{_MACRO.format('code')}{language}<ac:plain-text-body>{body}</ac:plain-text-body>{_MACRO_END}")

    def rule(self, _token: Token) -> None:
        self._out.add("<hr />")

    def quote(self, _token: Token) -> None:
        following = self._stream[self._position]
        if following.type == house_markdown.ALERT:
            self._position += 1
            self._out.open(*_ALERTS[following.meta["kind"]])
        else:
            self._out.open("<blockquote>", "</blockquote>")

    # ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def bullets(self, _token: Token) -> None:
        if self._position - 1 in self._task_lists:
            self._out.open("<ac:task-list>", "</ac:task-list>")
        else:
            self._out.open("<ul>", "</ul>")

    def numbers(self, token: Token) -> None:
        start = int(token.attrs.get("start", 1))
        self._out.open("<ol>" if start == 1 else f'<ol start="{start}">', "</ol>")

    def item(self, _token: Token) -> None:
        if not self._out.within("</ac:task-list>"):
            self._out.open("<li>", "</li>")
            return
        first = self._stream[self._position + 1]
        children = list(first.children or ())
        status = BOXES[children[0].content[:BOX_LENGTH]]
        self._out.open(f"<ac:task><ac:task-status>{status}</ac:task-status><ac:task-body>", "</ac:task-body></ac:task>")
        self._out.add(text(children[0].content[BOX_LENGTH:]))
        self._line(children[1:])
        self._position += 3  # its one paragraph: tasks hold their text directly

    # ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def table(self, _token: Token) -> None:
        self._out.open("<table><tbody>", "</tbody></table>")

    def table_part(self, _token: Token) -> None:
        self._out.open("", "")

    def table_head(self, _token: Token) -> None:
        """The row of header cells; where all are empty it is no more than GFM's way to write a table without one."""
        start = self._position
        end = start
        empty = True
        while self._stream[end].type != "thead_close":
            empty = empty and not self._stream[end].content
            end += 1
        if empty and self._stream[end + 1].type == "tbody_open":
            self._position = end + 1
        else:
            self._out.open("", "")

    def row(self, _token: Token) -> None:
        self._out.open("<tr>", "</tr>")

    def cell(self, token: Token) -> None:
        name = token.tag
        align = str(token.attrs.get("style", "")).removeprefix("text-align:")
        # Confluence's editor keeps the alignment on the paragraph; the converter reads it from the cell.
        style = f' style="text-align: {align};"' if align in {"left", "center", "right"} else ""
        self._out.open(f"<{name}{style}><p{style}>", f"</p></{name}>")

    # ── tags of ours ────────────────────────────────────────────────────────────────────────────────────────────────

    def _house_tag(self, token: Token) -> None:
        if self._position - 1 not in self._placed:
            self._out.add(f"<p>{text(token.content)}</p>")
        elif house_markdown.side(token) < 0:
            self._out.close()
        elif token.tag == "details":
            title = " ".join(clean(token.meta["title"]).split())
            parameter = f'<ac:parameter ac:name="title">{text(title)}</ac:parameter>' if title else ""
            self._out.open(f"{_MACRO.format('expand')}{parameter}<ac:rich-text-body>", _BODY_END)
        elif token.tag == "table":
            self.table(token)
        elif token.tag == "tr":
            self.row(token)
        else:
            spans = "".join(
                f' {name}="{attribute(value)}"'
                for name, value in (("colspan", token.meta["columns"]), ("rowspan", token.meta["rows"]))
                if value
            )
            self._out.open(f"<{token.tag}{spans}>", f"</{token.tag}>")


_WRITERS: Final[dict[str, Callable[[_Writer, Token], None]]] = {
    "heading_open": _Writer.heading,
    "paragraph_open": _Writer.paragraph,
    "inline": _Writer.inline,
    "fence": _Writer.code,
    "code_block": _Writer.code,
    "hr": _Writer.rule,
    "blockquote_open": _Writer.quote,
    "bullet_list_open": _Writer.bullets,
    "ordered_list_open": _Writer.numbers,
    "list_item_open": _Writer.item,
    "table_open": _Writer.table,
    "thead_open": _Writer.table_head,
    "tbody_open": _Writer.table_part,
    "tr_open": _Writer.row,
    "th_open": _Writer.cell,
    "td_open": _Writer.cell,
}
