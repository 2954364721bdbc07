"""The Markdown that writes understand: GFM, and the few HTML tags that our own converter writes, in that one spelling.

Every other piece of HTML is text to this parser, wherever it stands: it has no rule that reads HTML. So a page that an
agent read as Markdown can come back, and nothing else can come with it.
"""

import re
from functools import cache
from html import unescape
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from confluence_connector.errors import MarkdownTooDeep

MOST_NESTING: Final = 30
"""Levels of tokens: a list costs two, a quote one. Our converter writes at most 20."""
TAG: Final = "house_tag"
ALERT: Final = "house_alert"

_INLINE: Final = re.compile(r"<(/?)(u|sub|sup|strong|em|del)>|<(br) ?/?>")
_BLOCK: Final = re.compile(
    r'<(?:(/)(details|table|tr|td|th)|(table|tr)|(t[dh])(?: colspan="(\d{1,4})")?(?: rowspan="(\d{1,5})")?)>[ \t]*'
)
_ALERT: Final = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*")
_DETAILS: Final = re.compile(r"<details>[ \t]*")
_SUMMARY: Final = re.compile(r"<summary>(.*)</summary>[ \t]*")


def _inline_tag(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    found = _INLINE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push(TAG, found.group(2) or "br", 0)
        token.content = found.group(0)
        token.meta = {"side": _side(closing=bool(found.group(1))) if found.group(2) else 0}
    state.pos = found.end()
    return True


def _side(*, closing: bool) -> int:
    return -1 if closing else 1


def _line(state: StateBlock, line: int) -> tuple[int, int]:
    return state.bMarks[line] + state.tShift[line], state.eMarks[line]


def _block_tag(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    begin, end = _line(state, start_line)
    if begin >= end or state.src[begin] != "<" or state.is_code_block(start_line):
        return False
    found = _BLOCK.fullmatch(state.src, begin, end)
    if found:
        if not silent:
            closing, closed, plain, cell, columns, rows = found.groups()
            token = state.push(TAG, closed or plain or cell, 0)
            token.meta = {"side": _side(closing=bool(closing)), "columns": columns, "rows": rows}
            _placed(state, token, start_line, 1)
        return True
    following = start_line + 1
    if following >= end_line or state.sCount[following] < state.blkIndent:
        return False
    summary = _SUMMARY.fullmatch(state.src, *_line(state, following))
    if summary is None or not _DETAILS.fullmatch(state.src, begin, end):
        return False
    if not silent:
        token = state.push(TAG, "details", 0)
        token.meta = {"side": 1, "title": unescape(summary.group(1))}
        _placed(state, token, start_line, 2)
    return True


def _alert(state: StateBlock, start_line: int, _end_line: int, silent: bool) -> bool:
    """GitHub's mark for a panel, in the first line of a quote: a block of its own, so that any block may follow it."""
    if silent or not state.tokens or state.tokens[-1].type != "blockquote_open" or state.is_code_block(start_line):
        return False
    found = _ALERT.fullmatch(state.src, *_line(state, start_line))
    if found is None:
        return False
    token = state.push(ALERT, "", 0)
    token.meta = {"kind": found.group(1)}
    _placed(state, token, start_line, 1)
    return True


def _placed(state: StateBlock, token: Token, start_line: int, lines: int) -> None:
    token.map = [start_line, start_line + lines]
    token.content = " ".join(state.src[slice(*_line(state, start_line + line))] for line in range(lines))
    state.line = start_line + lines


@cache
def _parser() -> MarkdownIt:
    # The margin lets the parser go on far enough to show that a document is too deep: it drops what lies deeper still.
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MOST_NESTING + 4}).enable(
        ["table", "strikethrough"]
    )
    parser.disable(["html_block", "html_inline"])
    parser.inline.ruler.before("autolink", TAG, _inline_tag)
    parser.block.ruler.before("table", ALERT, _alert)
    parser.block.ruler.before("heading", TAG, _block_tag, {"alt": ["paragraph", "reference", "blockquote"]})
    return parser


def tokens(markdown: str) -> list[Token]:
    """The document's block tokens. Raises `MarkdownTooDeep` rather than leave something out."""
    found = _parser().parse(markdown)
    if any(token.level > MOST_NESTING for token in found):
        raise MarkdownTooDeep
    return found


def side(token: Token) -> int:
    """1 for a tag of ours that opens, -1 for one that closes, else 0."""
    return int(token.meta["side"]) if token.type == TAG else 0
