"""The last resort for storage that is not well-formed: its text, in order, in blocks (E8)."""

import re
from html import unescape
from typing import Final

from confluence_connector.content.emitter import Emitter
from confluence_connector.content.hidden import without_forbidden
from confluence_connector.content.losses import Conversion
from confluence_connector.content.page_note import with_note

# One left-to-right scan; every alternative begins with `<` and none can rescan what another one read, nor itself.
_PIECE: Final = re.compile(r"<(/?)([A-Za-z][\w:.-]*+)[^<>]*+>|<!--|<!\[CDATA\[")
_BLOCKS: Final = frozenset(
    {"p", "div", "li", "ul", "ol", "tr", "table", "td", "th", "br", "hr", "pre", "blockquote", "h1", "h2", "h3", "h4"}
    | {"h5", "h6", "ac:structured-macro", "ac:rich-text-body", "ac:plain-text-body", "ac:task", "ac:layout-cell"}
)
_INVISIBLE: Final = frozenset({"script", "style", "ac:parameter", "ac:task-id", "ac:task-uuid", "ac:task-status"})


def text_only(body: str, removed: int) -> Conversion:
    """Every word of a malformed body. Structure is lost and said to be; script and style content is left out."""
    emitter = Emitter()
    emitter.ledger.add("degraded", "malformed body: text only")
    if removed:
        emitter.ledger.add("hidden", "control characters", removed)
    body, _ = without_forbidden(body)
    position, size, invisible = 0, len(body), ""
    while position < size:
        found = _PIECE.search(body, position)
        until = found.start() if found else size
        if until > position and not invisible:
            emitter.append(without_forbidden(unescape(body[position:until]))[0])
        if not found:
            break
        position = found.end()
        name = (found.group(2) or "").lower()
        if not name:
            position = _marked_section(emitter, body, found, visible=not invisible)
            continue
        if name in _BLOCKS:
            emitter.gap()
        if name in _INVISIBLE and body[position - 2] != "/":
            invisible = "" if found.group(1) else name
    return with_note(emitter, degraded=True)


def _marked_section(emitter: Emitter, body: str, found: re.Match[str], *, visible: bool) -> int:
    """A comment (left out, counted) or a CDATA section (text). One without an end reaches to the end of the body."""
    comment = found.group(0) == "<!--"
    close = "-->" if comment else "]]>"
    end = body.find(close, found.end())
    after = len(body) if end < 0 else end + 3
    if comment:
        emitter.ledger.add("hidden", "comments")
    elif visible:
        emitter.append(without_forbidden(body[found.end() : len(body) if end < 0 else end])[0])
    return after
