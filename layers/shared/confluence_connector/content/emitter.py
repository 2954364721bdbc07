"""Writes Markdown. Both readers (storage format, ADF) speak to this and to nothing else.

Text goes into `out` raw, between one-character tokens; `finishing` escapes it later, a run at a time. Containers (list
items, quotes) are a prefix that every new line of theirs begins with. Nothing here recurses, and nesting deeper than
Markdown renderers follow is flattened and reported.
"""

from html import escape as html_text
from typing import Final

from confluence_connector.content import tokens as t
from confluence_connector.content.code import CodeRun, code_span, fenced
from confluence_connector.content.finishing import finished
from confluence_connector.content.losses import Conversion, LossLedger
from confluence_connector.content.places import NESTING_BUDGET, OpenList, Place
from confluence_connector.content.tables import Table

RUN_FRAGMENTS: Final = 512

_IDLE_FRAGMENTS: Final = 2  # a separator and white space
_INDENTS: Final = [t.SPACE * width for width in range(16)]
_PLAIN: Final = str.maketrans({t.SPACE: " "})


class Emitter:
    """One document being written. `separator` and `line_break` change with the container: read them at each use."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.append = self.out.append
        self.literals: list[str] = []
        self.ledger = LossLedger()
        self.separator = ""
        self.line_break = ""
        self.may_hide = True  # a reader that knows there are no invisible characters says so: it spares a scan
        self.inert = False  # nothing that leads off the site stays a link, and no picture has an address
        self.held = 0  # open constructs that keep an index into `out`
        self.lists: list[OpenList] = []
        self.tables: list[Table] = []
        self._places: list[tuple[Place, bool]] = []
        self._tight = False
        self._runs: list[str] = []
        self._flushed = 0
        self._code = CodeRun(self.literals)
        self._list_ended = (-1, "")
        self._hidden = 0
        self._alert_line = ""  # no blank line needed after it, but for a list that could not interrupt a paragraph
        self._enter(Place("", 0))
        self.append(self.separator)

    # ── containers ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _enter(self, place: Place) -> None:
        self._place = place
        self.separator = place.separator
        self.line_break = place.line_break

    def _pop(self) -> None:
        inner = self.separator
        self._place, self._tight = place, _ = self._places.pop()
        self.separator = place.separator
        self.line_break = place.line_break
        out = self.out
        if out[-1] is inner:
            out[-1] = place.closing
        else:
            out.append(place.closing)

    def gap(self) -> None:
        """A block begins or ends here. Where one just did, nothing is written: fewer fragments, faster finishing."""
        out = self.out
        last = out[-1]
        if last is self.separator or last is self._place.closing:
            return
        if last.isspace() and len(out) > 1:
            before = out[-2]
            if before is self.separator or before is self._place.closing or before[-1:] == t.FIRST:
                out.pop()
                return
        if last[-1:] != t.FIRST:
            out.append(self.separator)

    def _begin(self, fragment: str) -> None:
        """Write a block that brings its own separator, over an idle one."""
        out = self.out
        last = out[-1]
        if last is self.separator:
            out[-1] = fragment
        elif last is self._place.closing:
            out[-1] = t.EMPTY + fragment
        else:
            out.append(fragment)

    def note_block(self) -> None:
        """A block other than a paragraph: a list after it needs a blank line, a table cell around it is not simple."""
        self._tight = False
        if self.tables:
            self.tables[-1].simple = False

    def open_quote(self, alert: str | None = None, title: str = "") -> None:
        """A block quote, or a GitHub alert (NOTE, TIP, IMPORTANT, WARNING, CAUTION) with an optional title line."""
        self.note_block()
        place = self._place
        roomy = place.cost < NESTING_BUDGET
        if roomy:
            self._begin(f"{t.BLOCK}{place.blank}{t.MARKER}>{t.SPACE}{t.TEXT}{t.FIRST}")
        else:
            self.ledger.add("degraded", "nesting deeper than Markdown shows")
            self.gap()
        self._places.append((place, self._tight))
        self._enter(place.within(f">{t.SPACE}", 1))
        if alert:
            line = f"{t.LINK}!{alert}{t.LINK_END}"
            self._alert_line = f"{line}{t.NEWLINE}{self._place.prefix}{t.TEXT}{t.FIRST}"
            self.append(self._alert_line if roomy else line + self.separator)
        if title:
            self.append(f"{t.STRONG}{title}{t.STRONG_END}{self.separator}")

    close_quote = _pop

    def open_details(self, title: str) -> None:
        self.note_block()
        prefix = self._place.prefix
        self.gap()
        self.append(f"{t.TAG}details{t.TAG_END}{t.NEWLINE}{prefix}{t.TAG}summary{t.TAG_END}")
        self.literal(html_text(" ".join(title.split()) or "Details"))
        self.append(f"{t.TAG}/summary{t.TAG_END}")
        self.append(self.separator)

    def close_details(self) -> None:
        self.note_block()
        self.gap()
        self.append(f"{t.TAG}/details{t.TAG_END}")
        self.append(self.separator)

    # ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_list(self, start: int | None = None) -> None:
        """A bullet list, or a numbered one that begins with `start`."""
        spaced = not (self._tight and start in {None, 1})
        if self.tables:
            self.tables[-1].simple = False
        place = self._place
        if start not in {None, 1} and self.out[-1] is self._alert_line:
            self.out[-1] = self._alert_line.partition(t.NEWLINE)[0] + self.separator
        if place.cost + 2 > NESTING_BUDGET and self.lists:
            # No room to indent: the items stand beside the enclosing list's.
            self.ledger.add("degraded", "nesting deeper than Markdown shows")
            place = self.lists[-1].place
        self.lists.append(OpenList(start, place, after=self._list_before(), spaced=spaced))

    def _list_before(self) -> str:
        """The marker of a list that ended right here: two lists in a row need different ones to stay two."""
        ended, bullet = self._list_ended
        gap = self._flushed + len(self.out) - ended
        return bullet if gap <= _IDLE_FRAGMENTS and not "".join(self.out[len(self.out) - gap :]).strip() else ""

    def open_item(self, box: str = "") -> None:
        """An item of the innermost list (of a new one when there is none). `box`: text right after the marker."""
        if not self.lists:
            self.open_list()
        current = self.lists[-1]
        marker, fragment = current.bullet_again if current.bullet_again and not box else current.next_item(box)
        out, place = self.out, self._place
        last = out[-1]
        if last is place.closing:
            out[-1] = t.EMPTY + fragment
        elif last is place.separator:
            out[-1] = fragment
        else:
            out.append(fragment)
        self._places.append((place, self._tight))
        extra = _INDENTS[len(marker)]
        place = place.inner.get(extra) or place.within(extra, 2)
        self._place = place
        self.separator = place.separator
        self.line_break = place.line_break
        self._tight = True

    close_item = _pop

    def close_list(self) -> None:
        closed = self.lists.pop()
        self._list_ended = (self._flushed + len(self.out), closed.bullet)

    # ── blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_heading(self, level: int) -> None:
        self.note_block()
        self.ledger.headings += 1
        self._begin(f"{t.BLOCK}{self._place.blank}{t.MARKER}{'#' * level}{t.SPACE}{t.TEXT}{t.MARKER}{t.FIRST}")
        self.line_break = " "

    def close_heading(self) -> None:
        self.line_break = self._place.line_break
        out = self.out
        while len(out) > 1 and out[-1].isspace():
            out.pop()
        if out[-1][-1:] == t.FIRST:  # nothing came: no heading
            out[-1] = self.separator
        else:
            out.append(self._place.closing)

    def rule(self) -> None:
        self.note_block()
        self.gap()
        self.append(t.STAR * 3)
        self.append(self._place.closing)

    def code_block(self, text: str, language: str = "") -> None:
        self.note_block()
        lines = fenced(text, language)
        prefix = self._place.prefix.translate(_PLAIN)
        self.gap()
        self.literal(lines.replace("\n", f"\n{prefix}") if prefix else lines)
        self.append(self.separator)

    def paragraph(self, text: str) -> None:
        self.gap()
        self.append(text)
        self.append(self.separator)

    def literal(self, markdown: str) -> None:
        """A finished piece: nobody escapes it any more."""
        self.literals.append(markdown)
        self.append(t.LITERAL)

    def code(self, text: str) -> None:
        """A code span. Side by side with another both become one: a renderer would take their edges for text."""
        if self.out[-1] == t.LITERAL and self._code.takes(text):
            return
        span = code_span(text)
        if span.strip():
            self.literal(span)
            self._code.begin(text)
        else:
            self.append(span)

    def mark(self, begin: str, end: str) -> None:
        """Begin a mark; where the same mark has just ended, it goes on."""
        if self.out[-1] is end:
            self.out.pop()
        else:
            self.out.append(begin)

    def taken(self, index: int) -> str:
        """The fragments from `index` on, taken out of the stream; nothing where they hold cells of an open table."""
        if self.tables and self.tables[-1].has_cell_since(index):
            return ""
        text = "".join(self.out[index:])
        del self.out[index:]
        return text

    def open_table(self) -> None:
        self.note_block()
        self.held += 1
        self.gap()
        self.tables.append(Table(self.out, self.literals))

    def close_table(self) -> None:
        table = self.tables.pop()
        self.held -= 1
        self._code.join()
        table.write(self._place.prefix, self.separator)
        self.append(self.separator)

    # ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def flush(self) -> None:
        """Finish what is certainly complete. Keeps runs short: they stay in the processor's cache, and memory flat."""
        if self.held or len(self.out) < RUN_FRAGMENTS:
            return
        out = self.out
        for index in range(len(out) - 1, 0, -1):
            before = out[index - 1]
            if out[index][:1] == t.BLOCK and before[:1] != t.BLOCK and before[-1:] != t.FIRST and not before.isspace():
                self._finish(index)
                return

    def _finish(self, end: int) -> None:
        stream = self.taken(0) if end == len(self.out) else "".join(self.out[:end])
        if self.out:
            del self.out[:end]
        self._flushed += end
        self._code.join()
        count = stream.count(t.LITERAL)
        literals, self.literals[:count] = self.literals[:count], []
        text, hidden = finished(stream + t.EMPTY, literals, may_hide=self.may_hide)
        self._hidden += hidden
        self._runs.append(text)

    def conclude(self, *, degraded: bool = False) -> Conversion:
        """The document. Deterministic: the same calls give the same bytes."""
        self._finish(len(self.out))
        if self._hidden:
            self.ledger.add("hidden", "invisible characters", self._hidden)
        text = "".join(self._runs).strip("\n ")
        return Conversion(f"{text}\n" if text else "", self.ledger.report(), degraded)
