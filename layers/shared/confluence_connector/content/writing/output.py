"""Storage being written: what is open, how deep, and how large it has grown."""

from typing import Final

from confluence_connector.errors import MarkdownTooDeep, TooLarge

STORAGE_BYTES: Final = 5_000_000
"""Confluence takes no larger page."""
MOST_OPEN: Final = 60
"""Elements inside each other; tables, expands and marks nest without using up the parser's levels."""


class Output:
    """Well-formed by construction: what `open` begins, `close` ends, innermost first."""

    __slots__ = ("_closings", "_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._closings: list[str] = []
        self._size = 0

    def add(self, storage: str) -> None:
        """Raises `TooLarge` at once: a short text can name one long address again and again."""
        self._pieces.append(storage)
        self._size += len(storage)
        if self._size > STORAGE_BYTES:
            raise _too_large()

    def open(self, before: str, after: str) -> None:
        """Raises `MarkdownTooDeep` and `TooLarge`."""
        self.add(before)
        self._closings.append(after)
        if len(self._closings) > MOST_OPEN:
            raise MarkdownTooDeep

    def close(self) -> None:
        self.add(self._closings.pop())

    def within(self, after: str) -> bool:
        """Whether the innermost open element ends with `after`."""
        return bool(self._closings) and self._closings[-1] == after

    def written(self) -> str:
        """All of it. Raises `TooLarge`."""
        storage = "".join(self._pieces)
        if not storage.isascii() and len(storage.encode()) > STORAGE_BYTES:
            raise _too_large()
        return storage


def _too_large() -> TooLarge:
    return TooLarge("This would become a larger page than Confluence takes.", remedy="Write less, or several pages.")
