"""From the emitter's token stream to Markdown: a few whole-text passes, each a C loop, in an order that matters.

Text in the stream is still raw page text. The order: drop what nobody sees → plain white space → drop empty blocks →
settle emphasis (it needs the real neighbours) → escape → guard line starts → replace tokens by markup.
"""

import re
import unicodedata
from functools import partial

from confluence_connector.content import tokens as t
from confluence_connector.content.hidden import with_plain_spaces, without_invisible

# A separator that nothing but another separator, the end of a block, or the end of the text follows.
_IDLE_BLOCK = re.compile(f"{t.BLOCK}[^{t.TEXT}]*{t.TEXT} ?(?=[{t.BLOCK}{t.EMPTY}])")
_FIRST_BLOCK = re.compile(f"{t.FIRST} ?{t.BLOCK}[^{t.TEXT}{t.MARKER}]*([{t.TEXT}{t.MARKER}])")
_BREAK = f"{t.BREAK}[^{t.TEXT}]*{t.TEXT} ?"
# A whole run, whatever follows it: to look for one that ends a block would begin anew at each of its breaks.
_BREAKS = re.compile(f"(?:{t.BREAK}[^{t.TEXT}]*+{t.TEXT} ?+)++(?=([{t.BLOCK}{t.EMPTY}])?)")
_LEADING_BREAK = re.compile(
    f"{t.BREAK}(?<=[^{t.MARKER}][{t.TEXT}{t.FIRST}]{t.BREAK})[^{t.TEXT}]*{t.TEXT} ?(?:{_BREAK})*"
)

_MARKS = (
    (t.STRONG, t.STRONG_END, t.STAR * 2, "strong"),
    (t.EMPHASIS, t.EMPHASIS_END, t.STAR, "em"),
    (t.STRIKE, t.STRIKE_END, t.TILDE * 2, "del"),
)
_SPANS = {start: re.compile(f"{start}([^{end}]*){end}") for start, end, _, _ in _MARKS}
# Nearly every span: a letter or digit at both ends, and no neighbour that could join its delimiters.
_SIMPLE_SPANS = {
    start: re.compile(
        f"{start}(?<![{t.STAR}{end}]{start})(?=[^\\W_])([^{start}{end}{t.BLOCK}]*)(?<=[^\\W_]){end}(?![{t.STAR}{start}])"
    )
    for start, end, _, _ in _MARKS
}
_GAP = re.compile(f"(?: |{t.BREAK}[^{t.TEXT}]*+{t.TEXT})++")
_LIKE_SPACE = frozenset({" ", t.TEXT, t.FIRST, t.BLOCK, t.BREAK, t.EMPTY, t.SPACE, t.NEWLINE, ""})

_CLOSING_SEQUENCE = re.compile(f"#(?<=[ {t.FIRST}]#)#* ?{t.EMPTY}")
_SPACES = re.compile("  +")
_LONE_UNDERSCORE = re.compile(r"_(?:(?<![^\W_]_)|(?![^\W_]))")
_ENTITY = re.compile(r"&(?=#?\w)")
_LINE_START = re.compile(
    f"{t.TEXT}({t.FIRST}? ?)"
    f"(?=[>+=|-]|:-|#{{1,6}}(?:[ {t.BLOCK}{t.EMPTY}]|$)|[0-9]{{1,9}}[.)](?:[ {t.BLOCK}{t.EMPTY}]|$))([0-9]*)"
)
_MARKUP = (
    (t.NEWLINE, "\n"),
    (t.SPACE, " "),
    (t.STAR, "*"),
    (t.BACKSLASH, "\\"),
    (t.TAG, "<"),
    (t.TAG_END, ">"),
    (t.LINK, "["),
    (t.LINK_END, "]"),
    (t.TILDE, "~"),
    (t.BREAK, "\\"),
)
_LEFTOVERS = (t.MARKER, *(m for row in _MARKS for m in row[:2]))


def _is_punctuation(character: str) -> bool:
    return (
        character < "\x20"
        or unicodedata.category(character)[0] == "P"
        or (character.isascii() and not character.isalnum())
    )


def _holds(inner: str, outer: str) -> bool:
    """Whether a `*` or `~` run between these two neighbours is read as a delimiter (CommonMark 0.31 §6.2, flanking)."""
    return inner.isalnum() or outer in _LIKE_SPACE or outer.isspace() or _is_punctuation(outer)


def _span(match: re.Match[str], *, delimiter: str, tag: str) -> str:
    """One emphasised span: white space moves out of it, and where `*` would not be read, an HTML tag says the same."""
    body = match.group(1)
    text = match.string
    if t.BLOCK in body:
        return body
    around = {text[match.start() - 1], text[match.end() : match.end() + 1]}
    if body and body[0].isalnum() and body[-1].isalnum() and t.STAR not in around:
        return f"{delimiter}{body}{delimiter}"
    lead, core, trail = _edges(body)
    if not core:
        return lead + trail
    before = lead[-1:] or text[match.start() - 1 : match.start()]
    after = trail[:1] or text[match.end() : match.end() + 1]
    # Next to another run of stars the two would be read as one run.
    alone = t.STAR not in {before, after, core[0], core[-1]} and core[0] not in _OPENERS and core[-1] not in _CLOSERS
    if alone and _holds(core[0], before) and _holds(core[-1], after):
        return f"{lead}{delimiter}{core}{delimiter}{trail}"
    return f"{lead}{t.TAG}{tag}{t.TAG_END}{core}{t.TAG}/{tag}{t.TAG_END}{trail}"


def _edges(body: str) -> tuple[str, str, str]:
    """Spaces and line breaks that a span begins and ends with, and what is between; each part may be empty."""
    begin, end = 0, len(body)
    for gap in _GAP.finditer(body):
        if gap.start() == 0:
            begin = gap.end()
        elif gap.end() == len(body):
            end = gap.start()
    return body[:begin], body[begin:end], body[end:]


_OPENERS = frozenset(row[0] for row in _MARKS)
_CLOSERS = frozenset(row[1] for row in _MARKS)


def _plain_space(stream: str) -> str:
    stream = with_plain_spaces(stream)
    if "\n" in stream:
        stream = stream.replace("\n", " ")
    if "\t" in stream:
        stream = stream.replace("\t", " ")
    if "\r" in stream:
        stream = stream.replace("\r", " ")
    return _SPACES.sub(" ", stream) if "  " in stream else stream


def _unless_trailing(match: re.Match[str]) -> str:
    return "" if match.group(1) else match.group(0)


def _structure(stream: str) -> str:
    """Separators where blocks meet, and only there."""
    if t.BREAK in stream:
        stream = stream.replace(f" {t.BREAK}", t.BREAK)
        stream = _BREAKS.sub(_unless_trailing, stream)
        stream = _LEADING_BREAK.sub("", stream)
    stream = _IDLE_BLOCK.sub("", stream)
    if t.FIRST in stream:
        stream = _FIRST_BLOCK.sub(rf"{t.FIRST}\1", stream)
    return stream


def _emphasis(stream: str) -> str:
    for start, _, delimiter, tag in _MARKS:
        if start in stream:
            stream = _SIMPLE_SPANS[start].sub(rf"{delimiter}\1{delimiter}", stream)
        if start in stream:
            stream = _SPANS[start].sub(partial(_span, delimiter=delimiter, tag=tag), stream)
    return stream


def _guard(match: re.Match[str]) -> str:
    return f"{t.TEXT}{match.group(1)}{match.group(2)}{t.BACKSLASH}"


def _escape(stream: str) -> str:
    """Text stays text: every character that Markdown or HTML could read as markup is escaped."""
    for character in "\\`*[]~":
        if character in stream:
            stream = stream.replace(character, "\\" + character)
    if "&" in stream:
        stream = _ENTITY.sub("&amp;", stream)
    if "<" in stream:
        stream = stream.replace("<", "&lt;")
    if "_" in stream:
        stream = _LONE_UNDERSCORE.sub(r"\\_", stream)
    if "#" in stream:  # a heading's trailing # would be taken for its closing sequence
        stream = _CLOSING_SEQUENCE.sub(r"\\\g<0>", stream)
    if "!" in stream:
        stream = stream.replace(f"!{t.LINK}", f"\\!{t.LINK}")
    return _LINE_START.sub(_guard, stream)


def _without_structure(stream: str) -> str:
    """The structure tokens go, and the space at the edges of blocks with them."""
    # Tokens are rare and spaces are not: to split at the token is many times faster than to look for " token".
    stream = "".join([piece.rstrip(" ") for piece in stream.replace(t.EMPTY, t.BLOCK).split(t.BLOCK)])
    stream = "".join([piece.lstrip(" ") for piece in stream.replace(t.FIRST, t.TEXT).split(t.TEXT)])
    for token in _LEFTOVERS:
        if token in stream:
            stream = stream.replace(token, "")
    return stream


def finished(stream: str, literals: list[str], *, may_hide: bool = True) -> tuple[str, int]:
    """Markdown of one run of the token stream, and the number of invisible characters removed from it.

    `literals` are the finished pieces that `LITERAL` stands for, in order; exactly as many as the stream names.
    `may_hide` False: the caller knows that there are no invisible characters.
    """
    hidden = 0
    if may_hide:
        stream, hidden = without_invisible(stream)
    stream = _structure(_plain_space(stream))
    stream = _without_structure(_escape(_emphasis(stream)))
    for token, markup in _MARKUP:
        if token in stream:
            stream = stream.replace(token, markup)
    if not literals:
        return stream, hidden
    texts = stream.split(t.LITERAL)
    pieces = [""] * (2 * len(texts) - 1)
    pieces[::2] = texts
    if may_hide:
        cleaned = [without_invisible(literal) for literal in literals]
        literals = [text for text, _ in cleaned]
        hidden += sum(count for _, count in cleaned)
    pieces[1::2] = literals
    return "".join(pieces), hidden
