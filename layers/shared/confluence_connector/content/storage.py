"""Reads Confluence storage format: one pass over expat's events, iterative, into the emitter.

Storage is an XML fragment without root, namespaces or entity declarations (api-facts §6.1). The body is wrapped in a
root of ours and HTML's entities come as an external subset that only this process can supply. expat expands nothing
else: a document type inside the body is a syntax error, so no entity bomb and no external file is ever reached.
"""

import re
from collections.abc import Callable
from typing import Final
from xml.parsers import expat

from confluence_connector.content import storage_elements, storage_extensions, storage_links, storage_macros
from confluence_connector.content.entities import NAMED_ENTITY, declare_entities
from confluence_connector.content.hidden import may_hide, without_forbidden
from confluence_connector.content.losses import Conversion
from confluence_connector.content.malformed import text_only
from confluence_connector.content.names import Names
from confluence_connector.content.storage_page import Attributes, Ender, Starter, StoragePage
from confluence_connector.content.tokens import EMPTY, FIRST
from confluence_connector.errors import ContentUnreadable

STEP_BYTES: Final = 1 << 16
_NO_MARKUP: Final = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARATION: Final = re.compile(r"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)

_MODULES = (storage_elements, storage_links, storage_macros, storage_extensions)
# None: known, and nothing to do.
_STARTS: Final[dict[str, Starter | None]] = {
    name: start for module in _MODULES for name, start in module.STARTS.items()
}
_ENDS: Final[dict[str, Ender]] = {name: end for module in _MODULES for name, end in module.ENDS.items()}


def _start_handler(page: StoragePage) -> Callable[[str, Attributes], None]:
    starts = _STARTS.get
    emitter, out, tables = page.emitter, page.emitter.out, page.emitter.tables
    open_item = emitter.open_item

    def start(name: str, attributes: Attributes) -> None:
        if not attributes:
            # Paragraphs, items and cells are most of a page: they are spared the look-up and the second call.
            if name == "p":
                page.in_paragraph = True
                last = out[-1]
                if last is EMPTY:  # a cell has just begun
                    out.append(emitter.separator)
                elif last is not emitter.separator and last[-1:] != FIRST:
                    emitter.gap()
                return
            if name == "li":
                open_item()
                return
            if name == "td" and tables:
                tables[-1].open_cell(header=False)
                return
        elif "style" in attributes and page.conceals(attributes["style"]):
            return
        handler = starts(name)
        if handler is not None:
            handler(page, attributes)
        else:
            _unhandled(page, name)

    return start


def _unhandled(page: StoragePage, name: str) -> None:
    if name not in _STARTS:
        page.emitter.ledger.add("degraded", f"element {name}")


def _end_handler(page: StoragePage) -> Callable[[str], None]:
    ends = _ENDS.get
    emitter, out, tables = page.emitter, page.emitter.out, page.emitter.tables
    close_item = emitter.close_item

    def end(name: str) -> None:
        if name == "p":
            page.in_paragraph = False
            separator = emitter.separator
            if out[-1] is not separator:
                out.append(separator)
            return
        if name == "li":
            close_item()
            return
        if name == "td" and tables and not tables[-1].coloured:
            tables[-1].close_cell()
            return
        handler = ends(name)
        if handler is not None:
            handler(page)

    return end


def _parsed(body: bytes, page: StoragePage) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.buffer_size = STEP_BYTES
    if NAMED_ENTITY.search(body):
        declare_entities(parser)
        parser.SkippedEntityHandler = page.skipped_entity
    page.emitter.may_hide = may_hide(body)
    page.attach(parser, _start_handler(page), _end_handler(page))
    parser.CommentHandler = page.comment
    if len(body) <= STEP_BYTES:
        parser.Parse(b"<page>%b</page>" % body, True)
    else:
        _parse_in_steps(parser, body, page.emitter.flush)
    # Break the cycle parser → handlers → page → parser: memory goes at once, not with the next collection.
    page.detach()


def _parse_in_steps(parser: expat.XMLParserType, body: bytes, after_each: Callable[[], None]) -> None:
    parser.Parse(b"<page>", False)
    view = memoryview(body)
    for offset in range(0, len(body), STEP_BYTES):
        parser.Parse(view[offset : offset + STEP_BYTES], False)
        after_each()
    parser.Parse(b"</page>", True)


def convert(body: str, names: Names, site: str, *, inert: bool) -> Conversion:
    """Markdown of a storage body. Malformed input degrades to its text; declarations raise `ContentUnreadable`."""
    removed = 0
    try:
        encoded = body.encode()
    except UnicodeEncodeError:
        body, removed = _cleaned(body)
        encoded = body.encode()
    for attempt in range(2):
        page = StoragePage(names, site)
        page.emitter.inert = inert
        if removed:
            page.emitter.ledger.add("hidden", "control characters", removed)
        try:
            _parsed(encoded, page)
        except expat.ExpatError:
            page.detach()
            if _DECLARATION.search(_NO_MARKUP.sub("", body)):
                raise ContentUnreadable from None
            body, more = _cleaned(body)
            removed += more
            if not more or attempt:
                break
            encoded = body.encode()
        else:
            return page.conclude()
    return text_only(body, removed)


_FORBIDDEN_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[1245]|14|1[6-9]|2[0-9]|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.IGNORECASE
)


def _cleaned(body: str) -> tuple[str, int]:
    """Without what XML forbids, written out or as a character reference."""
    body, characters = without_forbidden(body)
    body, references = _FORBIDDEN_REFERENCE.subn("", body)
    return body, characters + references
