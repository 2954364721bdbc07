"""Where blocks go: the prefix of a container's lines, and the separators made from it."""

from typing import Final

from confluence_connector.content import tokens as t

NESTING_BUDGET: Final = 17
"""CommonMark renderers stop at 20 levels (markdown-it's preset); a list costs two, a quote one, the text inside one."""

MOST_NUMBER: Final = 99_999_999
"""CommonMark reads at most nine digits as a list marker."""


class Place:
    """Where blocks go at one nesting: line prefix, and the fragments made from it once."""

    __slots__ = ("blank", "closing", "cost", "inner", "line_break", "next_line", "prefix", "separator")

    def __init__(self, prefix: str, cost: int) -> None:
        self.prefix = prefix
        self.cost = cost
        self.next_line = f"{t.NEWLINE}{prefix}"
        self.blank = f"{t.NEWLINE}{prefix.rstrip(t.SPACE)}{t.NEWLINE}{prefix}"
        self.separator = f"{t.BLOCK}{self.blank}{t.TEXT}"
        self.closing = t.EMPTY + self.separator
        self.line_break = f"{t.BREAK}{self.next_line}{t.MARKER}{t.TEXT}"
        self.inner: dict[str, Place] = {}

    def within(self, extra: str, cost: int) -> "Place":
        """The place inside a container whose lines begin with `extra`; this one where there is no room for more."""
        found = self.inner.get(extra)
        if found is None:
            roomy = self.cost + cost <= NESTING_BUDGET
            found = self.inner[extra] = Place(self.prefix + extra, self.cost + cost) if roomy else self
        return found


class OpenList:
    """A list being written: its marker, where the markers stand, and the lines before the next item."""

    __slots__ = ("_lead", "_marker", "_number", "bullet", "bullet_again", "place")

    def __init__(self, start: int | None, place: Place, *, after: str, spaced: bool) -> None:
        """`start` None makes bullets. `after`: the marker of a list that ended right before, not to be used again."""
        self._number: int | None = None
        if start is None:
            self.bullet = t.STAR if after == "-" else "-"
        else:
            self.bullet = ")" if after == "." else "."
            self._number = start if 0 <= start <= MOST_NUMBER else 1
        self._marker = self.bullet + t.SPACE
        self.place = place
        self._lead = place.blank if spaced else place.next_line
        self.bullet_again: tuple[str, str] | None = None  # what `next_item("")` would give from now on

    def next_item(self, box: str) -> tuple[str, str]:
        """The next item's marker, and the fragment that begins it; `box` stands right after the marker."""
        marker = self._marker
        if self._number is not None:
            marker = f"{self._number}{marker}"
            self._number += 1
        fragment = f"{t.BLOCK}{self._lead}{t.MARKER}{marker}{box}{t.TEXT}{t.FIRST}"
        lead = self.place.next_line
        if self._number is None and not box and self._lead is lead:
            self.bullet_again = (marker, fragment)
        self._lead = lead
        return marker, fragment
