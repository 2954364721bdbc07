"""What a conversion could not carry over, as data: nothing is lost silently (C7)."""

from dataclasses import dataclass

from confluence_connector.content.hidden import visible

MOST_ENTRIES = 300
"""Distinct entries in one report; what comes after is counted under "other" so that a hostile page cannot flood it."""
NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Loss:
    """One kind of loss.

    `kind` is one of: `dropped` (not in the Markdown), `degraded` (there, but simpler), `dynamic` (Confluence computes
    it when the page is shown; the stored page holds nothing), `unresolved` (a reference by name only), `hidden`
    (invisible on the page and therefore removed), `rewritten` (a link target was changed).
    `where` names the first place: `top`, or `heading N` for the part below the page's N-th heading.
    """

    kind: str
    name: str
    count: int
    where: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """Markdown with its loss report. `degraded`: the body was malformed and only its text could be kept."""

    markdown: str
    losses: tuple[Loss, ...]
    degraded: bool


class LossLedger:
    """Counts losses by kind and name, in the order in which they first appear."""

    __slots__ = ("_entries", "headings")

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], tuple[int, str]] = {}
        self.headings = 0

    def add(self, kind: str, name: str, count: int = 1) -> None:
        """Count one loss. `name` may come from the page: it is cut here and cleaned in the report."""
        key = (kind, name[:NAME_CHARACTERS])
        if key not in self._entries and len(self._entries) >= MOST_ENTRIES:
            key = (kind, "other")
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = (count, f"heading {self.headings}" if self.headings else "top")
        else:
            self._entries[key] = (entry[0] + count, entry[1])

    def names(self, kind: str) -> list[str]:
        """The names counted under one kind so far."""
        return [visible(name) for entry_kind, name in self._entries if entry_kind == kind]

    def report(self) -> tuple[Loss, ...]:
        return tuple(Loss(kind, visible(name), count, where) for (kind, name), (count, where) in self._entries.items())
