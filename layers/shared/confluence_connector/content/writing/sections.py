"""The sections of a page's storage body, and changes to one of them that leave every other byte as it was.

A section is what follows a heading: up to the next heading of the same or a higher level beside it, or to the end of
what holds them both (the page, a layout cell, a table cell, a macro's body). Sections of lower headings belong to it.
Work is on positions in the original text; a body that is not well-formed is refused, never guessed at.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from confluence_connector.content import LARGEST_BODY_BYTES
from confluence_connector.content.hidden import without_invisible
from confluence_connector.content.writing import heading_scan
from confluence_connector.errors import ContentUnreadable, SectionAmbiguous, SectionNotFound, StorageMalformed

MOST_CANDIDATES: Final = 20
"""Numbers that an ambiguous heading names."""
_LAYOUT_END: Final = "</ac:layout>"
_CELL: Final = '<ac:layout-section ac:type="fixed-width" ac:breakout-mode="default"><ac:layout-cell>'
_CELL_END: Final = "</ac:layout-cell></ac:layout-section>"


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its section. `ordinal` counts the page's headings from 1; positions are in characters.

    `storage[start:content]` is the heading, `storage[content:end]` what stands under it.
    """

    ordinal: int
    heading: str
    level: int
    start: int
    content: int
    end: int


@dataclass(frozen=True, slots=True)
class Selector:
    """The section meant: its heading's text, and its number where several have that text."""

    heading: str
    ordinal: int | None = None


def sections(storage: str) -> list[Section]:
    """All sections of a page, in order; one inside another comes after it.

    Raises `StorageMalformed`, and `ContentUnreadable` for a body too large.
    """
    body = _encoded(storage)
    found = heading_scan.headings(body)
    positions = {position for each in found for position in (each.start, each.content, each.end)}
    at = _in_characters(body, storage, positions)
    return [
        Section(number, each.text, each.level, at[each.start], at[each.content], at[each.end])
        for number, each in enumerate(found, 1)
    ]


def section_named(storage: str, selector: Selector) -> Section:
    """The one section that `selector` means. White space in headings is folded; letters must match exactly.

    Raises `SectionNotFound`; `SectionAmbiguous` with `candidates`, the numbers to choose from; and as `sections`.
    """
    heading = _folded(selector.heading)
    named = [section for section in sections(storage) if section.heading == heading]
    if selector.ordinal is not None:
        named = [section for section in named if section.ordinal == selector.ordinal]
    if not named:
        raise SectionNotFound
    if len(named) > 1:
        raise SectionAmbiguous(candidates=[section.ordinal for section in named[:MOST_CANDIDATES]])
    return named[0]


def replace_section(storage: str, selector: Selector, new_storage: str) -> str:
    """The body with `new_storage` under that heading. The heading and every byte outside the section stay.

    Raises as `section_named`, and `StorageMalformed` when `new_storage` is not well-formed by itself.
    """
    section = section_named(storage, selector)
    return storage[: section.content] + _checked(new_storage) + storage[section.end :]


def append_to_section(storage: str, selector: Selector, new_storage: str) -> str:
    """The body with `new_storage` at the end of that section, below its lower headings. Raises as `replace_section`."""
    section = section_named(storage, selector)
    return storage[: section.end] + _checked(new_storage) + storage[section.end :]


def append(storage: str, new_storage: str) -> str:
    """The body with `new_storage` at its end. Raises `StorageMalformed`, also for `new_storage`.

    A page that ends with a layout gets it as a new full-width part of that layout: beside a layout nothing may stand.
    """
    _checked(storage)
    _checked(new_storage)
    kept = storage.rstrip(" \t\r\n")
    if kept.endswith(_LAYOUT_END):
        at = len(kept) - len(_LAYOUT_END)
        return storage[:at] + _CELL + new_storage + _CELL_END + storage[at:]
    return storage + new_storage


def _folded(heading: str) -> str:
    return " ".join(without_invisible(heading)[0].split())


def _encoded(storage: str) -> bytes:
    try:
        body = storage.encode()
    except UnicodeEncodeError:
        raise StorageMalformed from None
    if len(body) > LARGEST_BODY_BYTES:
        raise ContentUnreadable("The page is larger than this converter accepts.")
    return body


def _checked(storage: str) -> str:
    heading_scan.check(_encoded(storage))
    return storage


def _in_characters(body: bytes, storage: str, positions: set[int]) -> dict[int, int]:
    """Where byte positions lie in the text: each stretch between two of them is decoded once."""
    if len(body) == len(storage):
        return dict(zip(positions, positions, strict=True))
    at = {0: 0}
    for before, position in pairwise(sorted(positions | {0})):
        at[position] = at[before] + len(body[before:position].decode())
    return at
