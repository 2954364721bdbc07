"""Where the headings of a storage body stand and how far their sections reach: one pass over expat's events.

Nothing is rewritten: the answer is positions in the original. Only what a reader of the page sees counts as a heading,
so a section can neither be read nor written where the converter would show nothing (F8).
"""

import re
from typing import Final
from xml.parsers import expat

from confluence_connector.content.concealment import concealment, covers, style_covers
from confluence_connector.content.emoji import character
from confluence_connector.content.entities import NAMED_ENTITY, declare_entities
from confluence_connector.content.hidden import without_invisible
from confluence_connector.content.macros import MAY_HIDE
from confluence_connector.errors import StorageMalformed

Attributes = dict[str, str]

_ROOT: Final = b"<page>"
_LEVELS: Final = {f"h{level}": level for level in range(1, 7)}
# A fallback repeats what stands in its node; the others never reach a reader.
_UNSEEN: Final = frozenset(
    {"ac:adf-fallback", "script", "style", "template", "noscript", "iframe", "object", "head", "title"}
)
_TOLD: Final = _UNSEEN | _LEVELS.keys() | {"ac:structured-macro", "ac:parameter", "ac:rich-text-body"}
_PARAMETERS: Final = frozenset({"hidden", "bgColor", "title"})
# One well-formed tag: a `>` inside a quoted attribute does not end it.
_TAG: Final = re.compile(rb"<(?:[^<>\"']+|\"[^\"]*\"|'[^']*')*+>")


class Found:
    """A heading and its section, in bytes of the body: `start` of the heading, its `content`, the section's `end`."""

    __slots__ = ("content", "end", "level", "start", "text")

    def __init__(self, level: int, start: int) -> None:
        self.level = level
        self.start = start
        self.content = start
        self.end = start
        self.text = ""


class _Element:
    """Something open: the sections that end with it at the latest, and what it says about its inside."""

    __slots__ = ("background", "label", "macro", "parameters", "sections", "text_before")

    def __init__(self, *, background: bool, text_before: int) -> None:
        self.sections: list[Found] | None = None
        self.background = background
        self.macro = ""
        self.parameters: dict[str, list[str]] = {}
        self.label = ""  # shown where the element holds no text
        self.text_before = text_before

    def parameter(self, name: str) -> str:
        return "".join(self.parameters.get(name, ())).strip()


class _Scan:
    def __init__(self, body: bytes) -> None:
        self.found: list[Found] = []
        self._body = body
        self._open: list[_Element | None] = []  # None: plain, with nothing known about it
        self._backgrounds = 0
        self._heading: Found | None = None
        self._heading_depth = 0
        self._text: list[str] = []
        self._solid = 0  # pieces of the heading's text up to the last that is not blank
        self._unseen = 0
        self._parser = expat.ParserCreate("utf-8")

    def run(self) -> None:
        parser, body = self._parser, self._body
        if NAMED_ENTITY.search(body):
            declare_entities(parser)
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        try:
            parser.Parse(_ROOT, False)
            parser.Parse(body, False)
            parser.Parse(b"</page>", True)
        except expat.ExpatError:
            raise StorageMalformed from None
        finally:
            # Break the cycle parser → handlers → parser: memory goes at once.
            parser.StartElementHandler = parser.EndElementHandler = None
            parser.CharacterDataHandler = parser.ExternalEntityRefHandler = None

    def _position(self) -> int:
        return self._parser.CurrentByteIndex - len(_ROOT)

    # ── elements ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _start(self, name: str, attributes: Attributes) -> None:
        if not attributes and name not in _TOLD and self._heading is None:
            self._open.append(None)  # most of a page
            return
        style = attributes.get("style", "")
        if name in _UNSEEN or (style and concealment(style, on_background=self._backgrounds > 0)):
            self._leave_out()
            return
        coloured = covers(attributes.get("data-highlight-colour", "")) or style_covers(style)
        element = _Element(background=coloured, text_before=len(self._text))
        if name in _LEVELS and self._heading is None:
            self._begin(_LEVELS[name])
        elif name == "ac:structured-macro":
            element.macro = attributes.get("ac:name", "").lower()
        elif name == "ac:parameter":
            self._read_parameter(attributes.get("ac:name", ""))
            return
        elif name == "ac:rich-text-body" and (macro := self._open[-1]) is not None:
            if macro.macro in MAY_HIDE and macro.parameter("hidden") == "true":
                self._leave_out()
                return
            element.background = covers(macro.parameter("bgColor"))
        if self._heading is not None:
            self._say(name, attributes)
        self._backgrounds += element.background
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        if element is None:
            return
        self._backgrounds -= element.background
        if element.sections:
            here = self._position()
            for section in element.sections:
                section.end = here
        if self._heading is None:
            return
        if len(self._open) == self._heading_depth:
            self._conclude(self._heading)
            return
        label = element.label or element.parameter("title")  # a link without a body, a status
        if self._solid <= element.text_before:
            self._hear(label)

    # ── headings ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, level: int) -> None:
        here = self._position()
        container = self._open[-1]
        if container is None:
            container = self._open[-1] = _Element(background=False, text_before=0)
        if container.sections is None:
            container.sections = []
        siblings = container.sections
        while siblings and siblings[-1].level >= level:
            siblings.pop().end = here
        self._heading = Found(level, here)
        siblings.append(self._heading)
        self.found.append(self._heading)
        self._heading_depth = len(self._open)
        self._text = []
        self._solid = 0
        self._parser.CharacterDataHandler = self._hear

    def _hear(self, text: str) -> None:
        self._text.append(text)
        if not text.isspace() and text:
            self._solid = len(self._text)

    def _conclude(self, heading: Found) -> None:
        opening = self._tag_end(heading.start)
        # Of `<h1/>` expat gives the position after it as that of its end.
        empty = self._body.endswith(b"/>", heading.start, opening)
        heading.content = opening if empty else self._tag_end(self._position())
        heading.text = " ".join(without_invisible("".join(self._text))[0].split())
        self._heading = None
        self._parser.CharacterDataHandler = None

    def _tag_end(self, position: int) -> int:
        tag = _TAG.match(self._body, position)
        if tag is None:
            raise StorageMalformed
        return tag.end()

    def _say(self, name: str, attributes: Attributes) -> None:
        """What an element inside a heading shows of itself, as the converter shows it."""
        if name == "br":
            self._hear(" ")
        elif name == "time":
            self._hear(attributes.get("datetime", ""))
        elif name == "ac:emoticon":
            shown, _ = character(
                attributes.get("ac:emoji-shortname", ""),
                attributes.get("ac:emoji-id", ""),
                attributes.get("ac:emoji-fallback", ""),
                attributes.get("ac:name", ""),
            )
            self._hear(shown)
        elif name.startswith("ri:"):
            holder = self._open[-1]
            if holder is not None:
                holder.label = attributes.get("ri:content-title") or attributes.get("ri:filename", "")

    # ── parts that are not walked through ───────────────────────────────────────────────────────────────────────────

    def _leave_out(self) -> None:
        """Pass over the element just begun and all in it."""
        parser = self._parser
        self._unseen = 1
        parser.StartElementHandler, parser.EndElementHandler = self._inner_start, self._inner_end
        parser.CharacterDataHandler = None

    def _read_parameter(self, name: str) -> None:
        """The text of the parameter just begun; the element around it is its macro."""
        macro = self._open[-1]
        self._leave_out()
        if macro is not None and macro.macro and name in _PARAMETERS:
            self._parser.CharacterDataHandler = macro.parameters.setdefault(name, []).append

    def _inner_start(self, _name: str, _attributes: Attributes) -> None:
        self._unseen += 1

    def _inner_end(self, _name: str) -> None:
        self._unseen -= 1
        if not self._unseen:
            parser = self._parser
            parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
            parser.CharacterDataHandler = self._hear if self._heading is not None else None


def headings(body: bytes) -> list[Found]:
    """Every visible heading of a UTF-8 storage body, in order. Raises `StorageMalformed`."""
    scan = _Scan(body)
    scan.run()
    return scan.found


def check(body: bytes) -> None:
    """Raise `StorageMalformed` unless the body is a well-formed fragment of its own, leaving nothing open."""
    _Scan(body).run()
