"""A table: GFM where its cells are simple, an HTML table with Markdown in its cells where they are not.

GFM has neither spans nor blocks in a cell; the HTML form keeps both, so no row, cell or span is lost.
"""

import re
from typing import Final

from confluence_connector.content import tokens as t
from confluence_connector.errors import ContentUnreadable

MOST_CELLS: Final = 250_000
MOST_COLUMNS: Final = 1_000  # HTML's own bounds of colspan and rowspan
MOST_ROWS: Final = 65_534
_ALIGNMENTS: Final = {"left": ":---", "center": ":---:", "right": "---:"}
_SEPARATORS = re.compile(f" ?(?:{t.BLOCK}[^{t.TEXT}]*{t.TEXT} ?)+")
_BREAKS = re.compile(f" ?{t.BREAK}[^{t.TEXT}]*{t.TEXT} ?")
_LINE = f"{t.TAG}br{t.TAG_END}"
_EDGE_SPACE = " \n\t\r\xa0"


class _Cell:
    # What few cells have is said once, here: a table of plain cells is most of what there is.
    columns = 1
    rows = 1
    align = ""

    def __init__(self, start: int, header: bool) -> None:
        self.open = start
        self.close = start
        self.header = header


class Table:
    """Cells as positions in the emitter's stream, until the end of the table tells which form it takes."""

    __slots__ = (
        "_cells",
        "_depth",
        "_first_literal",
        "_last",
        "_literals",
        "_out",
        "_rows",
        "_start",
        "coloured",
        "simple",
    )

    def __init__(self, out: list[str], literals: list[str]) -> None:
        self._out = out
        self._literals = literals
        self._start = len(out)
        self._first_literal = len(literals)
        self._rows: list[list[_Cell]] = []
        self._cells = 0
        self._depth = 0
        self.simple = True
        self.coloured = False  # whether the open cell has a background

    def open_row(self) -> None:
        if not self._depth:
            self._rows.append([])

    def open_cell(self, header: bool, columns: int = 1, rows: int = 1, align: str = "") -> None:
        """Spans are taken as they are, within what HTML allows; anything absurd counts as 1.

        A cell directly inside a cell is no cell: its content belongs to the one around it.
        """
        self._depth += 1
        out = self._out
        if self._depth > 1:
            out.append(t.EMPTY)
            return
        if not self._rows:
            self._rows.append([])
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise ContentUnreadable("The page holds a table too large to convert.")
        cell = _Cell(len(out), header)
        if columns != 1 or rows != 1:
            cell.columns = columns if 1 <= columns <= MOST_COLUMNS else 1
            cell.rows = rows if 1 <= rows <= MOST_ROWS else 1
            self.simple = self.simple and cell.columns == cell.rows == 1
        if align:
            cell.align = align
        self._rows[-1].append(cell)
        self._last = cell
        out.append(t.EMPTY)

    def close_cell(self) -> None:
        self._depth -= 1
        out = self._out
        if not self._depth:
            self._last.close = len(out)
        out.append(t.EMPTY)

    def has_cell_since(self, index: int) -> bool:
        """Whether a cell began at or after this position of the stream."""
        return any(row and row[-1].open >= index for row in self._rows[-2:])

    def write(self, prefix: str, separator: str) -> None:
        """Replace the cells' tokens in the stream by the table's own markup."""
        self._rows = [row for row in self._rows if row]
        if not self._rows:
            return
        stray = self._stray()
        if self.simple:
            text = self._as_gfm(prefix, separator)
            del self._out[self._start :]
            self._out.append(f"{stray}{separator}{t.MARKER}{text}{t.EMPTY}")
        else:
            if stray:
                self._out[self._start - 1] += stray + separator
            self._as_html(prefix, separator)

    def _stray(self) -> str:
        """Text between cells: a caption, or text that does not belong there. It is kept, before the table."""
        out = self._out
        pieces: list[str] = []
        position = self._start
        for row in self._rows:
            for cell in row:
                if cell.open > position:
                    pieces.extend(out[position : cell.open])
                    out[position : cell.open] = [""] * (cell.open - position)
                position = cell.close + 1
        pieces.extend(out[position:])
        out[position:] = [""] * (len(out) - position)
        return "".join(pieces).strip(_EDGE_SPACE)

    def _as_gfm(self, prefix: str, separator: str) -> str:
        literals = self._literals
        for index in range(self._first_literal, len(literals)):
            if "|" in literals[index]:
                literals[index] = literals[index].replace("|", "\\|")
        width = max(len(row) for row in self._rows)
        headed = all(cell.header for cell in self._rows[0])
        rows = [[self._simple(cell, separator) for cell in row] + [""] * (width - len(row)) for row in self._rows]
        if not headed:
            rows.insert(0, [""] * width)
        aligned = [_ALIGNMENTS.get(cell.align, "---") for cell in self._rows[0]]
        rows.insert(1, aligned + ["---"] * (width - len(aligned)))
        return f"{t.NEWLINE}{prefix}".join(f"| {' | '.join(row)} |" for row in rows)

    def _simple(self, cell: _Cell, separator: str) -> str:
        out, first, last = self._out, cell.open + 1, cell.close
        if last - first > 1 and out[first] is separator is out[last - 1]:  # paragraphs: nearly every cell
            first, last = first + 1, last - 1
        text = out[first] if last - first == 1 else "".join(out[first:last])
        if t.BLOCK in text:
            text = _SEPARATORS.sub(t.BLOCK, text).strip(t.BLOCK + t.EMPTY + _EDGE_SPACE).replace(t.BLOCK, _LINE)
        if t.BREAK in text:
            text = _BREAKS.sub(_LINE, text)
            while text.endswith(_LINE):
                text = text.removesuffix(_LINE)
        if "|" in text:
            text = text.replace("|", f"{t.BACKSLASH}|")
        return text.strip(_EDGE_SPACE)

    def _as_html(self, prefix: str, separator: str) -> None:
        out = self._out
        line = f"{t.NEWLINE}{prefix}"
        before = f"{separator}{t.TAG}table{t.TAG_END}"
        for row in self._rows:
            before += f"{line}{t.TAG}tr{t.TAG_END}"
            for cell in row:
                name = "th" if cell.header else "td"
                spans = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
                spans += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
                out[cell.open] = f"{before}{line}{t.TAG}{name}{spans}{t.TAG_END}{separator}"
                before = f"{separator}{t.TAG}/{name}{t.TAG_END}"
                out[cell.close], before = before, ""
            last = row[-1].close
            out[last] += f"{line}{t.TAG}/tr{t.TAG_END}"
        out[self._rows[-1][-1].close] += f"{line}{t.TAG}/table{t.TAG_END}{t.EMPTY}"
