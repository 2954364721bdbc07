"""A ZIP written in blocks, each on its own: entries by the standard library, and the end of the whole by its format.

    entries │ entries │ … │ directory │ directory │ … │ end record
    block 1   block 2       block 1's   block 2's

What a block's directory says about where its entries are counts from the beginning of the whole. Small enough for the
format without its 64-bit extension: below 65,535 entries and 4 GiB. Source: PKWARE APPNOTE 6.3.10, sections 4.3.6,
4.3.16.
"""

import io
import struct
from collections.abc import Buffer, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

END_BYTES: Final = 22


@dataclass(frozen=True, slots=True)
class Block:
    entries: bytes
    directory: bytes
    count: int


class _Behind(io.RawIOBase):
    """A file that begins in the middle of another, and is written from front to back."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at + len(self.written)

    def write(self, data: Buffer) -> int:
        before = len(self.written)
        self.written += data
        return len(self.written) - before


def block_of(files: Iterable[tuple[str, bytes]], *, at: int, moment: datetime) -> Block:
    """Entries of these names, as of that moment, for a ZIP that is `at` bytes long already."""
    file = _Behind(at)
    archive = ZipFile(file, "w", ZIP_DEFLATED)
    for name, text in files:
        archive.writestr(ZipInfo(name, moment.timetuple()[:6]), text, ZIP_DEFLATED)
    size, count = file.tell() - at, len(archive.filelist)
    archive.close()
    return Block(bytes(file.written[:size]), bytes(file.written[size:-END_BYTES]), count)


def end_of(*, entries: int, directory_bytes: int, at: int) -> bytes:
    """What ends a ZIP whose directory begins `at` bytes from its beginning."""
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, directory_bytes, at, 0)
