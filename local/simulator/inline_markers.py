"""Where an inline comment hangs: Confluence puts a marker around the selected text of the stored body."""

import re
from html import escape
from random import Random
from uuid import UUID

# Text is what lies between tags; CDATA, comments and tags themselves are passed over whole.
NOT_TEXT = re.compile(r"""<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(?:[^"'>]|"[^"]*"|'[^']*')*>""", re.DOTALL)


class SelectionNotFound(Exception):
    """The body does not hold the selected text as often as was said."""


def marked(storage: str, selection: str, count: int, index: int, seed: str) -> tuple[str, str]:
    """The body with a marker around occurrence `index` (from 0) of `count`, and the marker's reference."""
    places = list(_occurrences(storage, escape(selection, quote=False))) if selection else []
    if len(places) != count or not 0 <= index < len(places):
        raise SelectionNotFound("The selected text does not occur on the page as often as textSelectionMatchCount says")
    reference = str(UUID(int=Random(seed).getrandbits(128), version=4))  # noqa: S311 - the same in every run of a test
    start, end = places[index]
    opening, closing = f'<ac:inline-comment-marker ac:ref="{reference}">', "</ac:inline-comment-marker>"
    return storage[:start] + opening + storage[start:end] + closing + storage[end:], reference


def _occurrences(storage: str, text: str) -> list[tuple[int, int]]:
    edges = [0, *(edge for found in NOT_TEXT.finditer(storage) for edge in found.span()), len(storage)]
    spans = zip(edges[::2], edges[1::2], strict=True)
    pattern = re.compile(re.escape(text))
    return [found.span() for start, end in spans for found in pattern.finditer(storage, start, end)]
