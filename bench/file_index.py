"""The `CorpusIndex` port over one SQLite file: what it keeps is not in the memory that is measured."""

import pickle
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from confluence_connector.domain.corpus import Change, CorpusPage, CoveredSpace, Missing
from confluence_connector.domain.identifiers import PageId, RunId
from confluence_connector.ports import Deadline
from confluence_connector.ports.corpus import CorpusScope, PageList

TABLES = (
    "pages (id INTEGER PRIMARY KEY, version INTEGER, row BLOB)",
    "missing (run TEXT, id INTEGER, row BLOB, PRIMARY KEY (run, id))",
    "spaces (id INTEGER PRIMARY KEY, row BLOB)",
    "authors (id TEXT PRIMARY KEY, name TEXT)",
    "changes (id INTEGER PRIMARY KEY, row BLOB)",
)
HIGHEST = 2**63 - 1


class FileIndex:
    """Of one corpus, and of one thread. `writes` counts items written or deleted."""

    def __init__(self, file: Path) -> None:
        self.writes = 0
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("PRAGMA synchronous=OFF")
        for table in TABLES:
            self._file.execute(f"CREATE TABLE {table}")

    def close(self) -> None:
        self._file.close()

    def count(self) -> int:
        return int(self._file.execute("SELECT count(*) FROM pages").fetchone()[0])

    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, _scope: CorpusScope, ids: Iterable[PageId]) -> Mapping[PageId, CorpusPage]:
        wanted = [int(page_id) for page_id in ids]
        marks = ",".join("?" * len(wanted))
        return {page.id: page for page in self._rows(f"SELECT row FROM pages WHERE id IN ({marks})", wanted)}

    def between(
        self, _scope: CorpusScope, after: PageId | None, up_to: PageId | None, limit: int
    ) -> Sequence[CorpusPage]:
        span = [int(after or -1), int(up_to or HIGHEST), limit]
        return self._rows("SELECT row FROM pages WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", span)

    def put(self, _scope: CorpusScope, pages: Iterable[CorpusPage]) -> None:
        self._write(
            "INSERT INTO pages VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version, "
            "row = excluded.row WHERE excluded.version >= version",
            [(int(page.id), page.version, pickle.dumps(page)) for page in pages],
        )

    def remove(self, _scope: CorpusScope, ids: Iterable[PageId]) -> None:
        self._write("DELETE FROM pages WHERE id = ?", [(int(page_id),) for page_id in ids])

    def by_title(
        self, scope: CorpusScope, *, space_key: str | None, title_part: str | None, limit: int, after: str | None
    ) -> PageList:
        raise NotImplementedError("no sync asks for titles")

    # ── suspects of a run ───────────────────────────────────────────────────────────────────────────────────────────

    def note_missing(self, _scope: CorpusScope, missing: Iterable[Missing]) -> None:
        rows = [(each.run_id, int(each.id), pickle.dumps(each)) for each in missing]
        self._write("INSERT OR REPLACE INTO missing VALUES (?, ?, ?)", rows)

    def missing(self, _scope: CorpusScope, run_id: RunId, limit: int) -> Sequence[Missing]:
        return self._rows("SELECT row FROM missing WHERE run = ? ORDER BY id LIMIT ?", [run_id, limit])

    def forget_missing(self, _scope: CorpusScope, missing: Iterable[Missing]) -> None:
        self._write("DELETE FROM missing WHERE run = ? AND id = ?", [(each.run_id, int(each.id)) for each in missing])

    # ── spaces and authors ──────────────────────────────────────────────────────────────────────────────────────────

    def spaces(self, _scope: CorpusScope) -> Sequence[CoveredSpace]:
        return self._rows("SELECT row FROM spaces", [])

    def put_spaces(
        self, _scope: CorpusScope, spaces: Iterable[CoveredSpace], gone: Iterable[CoveredSpace] = ()
    ) -> None:
        rows = [(int(space.id), pickle.dumps(space)) for space in spaces]
        self._write("INSERT OR REPLACE INTO spaces VALUES (?, ?)", rows)
        self._write("DELETE FROM spaces WHERE id = ?", [(int(space.id),) for space in gone])

    def authors(self, _scope: CorpusScope, account_ids: Iterable[str]) -> Mapping[str, str | None]:
        wanted = list(account_ids)
        marks = ",".join("?" * len(wanted))
        return dict(self._file.execute(f"SELECT id, name FROM authors WHERE id IN ({marks})", wanted).fetchall())

    def put_authors(self, _scope: CorpusScope, names: Mapping[str, str | None]) -> None:
        self._write("INSERT OR REPLACE INTO authors VALUES (?, ?)", list(names.items()))

    # ── the change feed ─────────────────────────────────────────────────────────────────────────────────────────────

    def put_changes(self, _scope: CorpusScope, number: int, changes: Sequence[Change]) -> None:
        self._write("INSERT OR REPLACE INTO changes VALUES (?, ?)", [(number, pickle.dumps((number, tuple(changes))))])

    def changes(
        self, _scope: CorpusScope, after: int, up_to: int, limit: int
    ) -> Sequence[tuple[int, Sequence[Change]]]:
        return self._rows("SELECT row FROM changes WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", [after, up_to, limit])

    def erase(self, _scope: CorpusScope, _deadline: Deadline) -> bool:
        raise NotImplementedError("nothing is disconnected here")

    def _rows[Row](self, query: str, values: Sequence[object]) -> list[Row]:
        return [pickle.loads(row) for (row,) in self._file.execute(query, values)]

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._file.execute("BEGIN")
        self._file.executemany(statement, rows)
        self._file.execute("COMMIT")
        self.writes += len(rows)
