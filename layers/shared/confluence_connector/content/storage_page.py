"""What the handlers of storage elements share: the emitter, what is open, and three ways to read a subtree."""

from collections.abc import Callable
from typing import Final
from xml.parsers import expat

from confluence_connector.content.concealment import concealment
from confluence_connector.content.emitter import Emitter
from confluence_connector.content.links import Target
from confluence_connector.content.losses import Conversion
from confluence_connector.content.names import Names
from confluence_connector.content.page_note import with_note
from confluence_connector.content.references import link

Attributes = dict[str, str]
Starter = Callable[["StoragePage", Attributes], None]
Ender = Callable[["StoragePage"], None]

_INLINE_IN_TEXT: Final = frozenset(
    {"b", "strong", "i", "em", "u", "s", "del", "ins", "span", "sub", "sup", "font", "br", "p"}
    | {"ac:inline-comment-marker", "ac:link"}
)


class Frame:
    """Something open whose meaning is known at its end: a link, an image, a macro, an extension."""

    __slots__ = ("attributes", "close", "index", "kind", "parameters", "rendered", "resources")

    def __init__(self, kind: str, attributes: Attributes, index: int) -> None:
        self.kind = kind
        self.attributes = attributes
        self.index = index
        self.resources: list[tuple[str, Attributes]] = []
        self.parameters: dict[str, str] = {}
        self.rendered = False
        self.close: Callable[[], None] | None = None


class StoragePage:
    """One conversion under way."""

    def __init__(self, names: Names, site: str) -> None:
        self.emitter = Emitter()
        self.names = names
        self.site = site
        self.frames: list[Frame] = []
        self.links: list[tuple[int, Attributes]] = []
        self.marks: dict[str, int] = {}
        self.in_paragraph = False
        self.backgrounds = 0
        self.task_status = ""
        self._parser: expat.XMLParserType | None = None
        self._depth = 0
        self._done: Callable[[str], None] | None = None
        self._parts: list[str] = []
        self._start: Callable[[str, Attributes], None] | None = None
        self._end: Callable[[str], None] | None = None

    # ── expat ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def attach(
        self, parser: expat.XMLParserType, start: Callable[[str, Attributes], None], end: Callable[[str], None]
    ) -> None:
        self._parser, self._start, self._end = parser, start, end
        self._listen()

    def _listen(self) -> None:
        if self._parser is not None:
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end
            # Text goes into the stream without any Python code seeing it: this is most of the speed.
            self._parser.CharacterDataHandler = self.emitter.append

    def detach(self) -> None:
        if self._parser is not None:
            self._parser.StartElementHandler = None
            self._parser.EndElementHandler = None
            self._parser.CharacterDataHandler = None
            self._parser.CommentHandler = None
            self._parser.SkippedEntityHandler = None
            self._parser.ExternalEntityRefHandler = None
        self._parser = self._start = self._end = self._done = None

    def capture(self, done: Callable[[str], None]) -> None:
        """Give the text of the element just begun to `done`. Resources in it go to the innermost frame."""
        parser = self._parser
        if parser is None:
            return
        self._depth = 1
        self._done = done
        parts: list[str] = []
        self._parts = parts
        parser.StartElementHandler = self._inner_start
        parser.EndElementHandler = self._inner_end
        parser.CharacterDataHandler = parts.append

    def skip(self, kind: str = "", name: str = "") -> None:
        """Leave out the element just begun, with all in it; counted under `kind` and `name` when they are given."""
        parser = self._parser
        if parser is None:
            return
        if kind:
            self.emitter.ledger.add(kind, name)
        self._depth = 1
        self._done = None
        parser.StartElementHandler = self._inner_start
        parser.EndElementHandler = self._inner_end
        parser.CharacterDataHandler = None

    def _inner_start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._done is None:
            return
        if name == "br":
            self._parts.append("\n")
        elif name.startswith("ri:"):
            self.resource(name, attributes)
        elif name not in _INLINE_IN_TEXT:
            self.emitter.ledger.add("degraded", f"{name} inside plain text")

    def _inner_end(self, _name: str) -> None:
        self._depth -= 1
        if self._depth:
            return
        self._listen()
        if self._done is not None:
            self._done("".join(self._parts))

    def conceals(self, style: str) -> bool:
        """Whether an element with this style is invisible; it is then left out, and counted."""
        why = concealment(style, on_background=self.backgrounds > 0)
        if why:
            self.skip("hidden", why)
        return why is not None

    def comment(self, _text: str) -> None:
        self.emitter.ledger.add("hidden", "comments")

    def skipped_entity(self, name: str, _is_parameter_entity: bool) -> None:
        """An entity that HTML does not know stays as it was written."""
        self.emitter.append(f"&{name};")
        self.emitter.ledger.add("degraded", "unknown entity")

    # ── shared by the element modules ───────────────────────────────────────────────────────────────────────────────

    def resource(self, name: str, attributes: Attributes) -> None:
        if self.frames:
            self.frames[-1].resources.append((name, attributes))
        else:
            self.emitter.ledger.add("dropped", name)

    def open_frame(self, kind: str, attributes: Attributes, *, hold: bool) -> Frame:
        frame = Frame(kind, attributes, len(self.emitter.out))
        self.frames.append(frame)
        if hold:
            self.emitter.held += 1
        return frame

    def write_link(self, text: str, goal: Target) -> None:
        """`text` (fragments of the stream) as a link to `goal`; inside another link it stays text."""
        if self.links:
            self.emitter.ledger.add("degraded", "link inside a link")
            self.emitter.append(text)
        else:
            link(self.emitter, text, goal)

    def block_gap(self) -> None:
        self.emitter.gap()

    def conclude(self) -> Conversion:
        return with_note(self.emitter)
