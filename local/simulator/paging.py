"""Cursor pages. A cursor names the last row given and the question asked; another question with it is refused."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from local.simulator import refusals
from local.simulator.behaviour import Behaviour
from local.simulator.catalogue import Key
from local.simulator.manners import Manners
from local.simulator.operations import Query
from local.simulator.wire import Request


@dataclass(frozen=True, slots=True)
class Page[T]:
    """Some rows and, unless they are the last, the query string that leads on."""

    rows: Sequence[T]
    next_query: str | None


@dataclass(frozen=True, slots=True)
class Pager:
    """Cuts ordered rows into pages. Rows written or removed mid-walk neither repeat nor hide others."""

    request: Request
    query: Query
    behaviour: Behaviour
    manners: Manners

    def cut[T](
        self, rows: Sequence[T], key: Callable[[T], Key], *, descending: bool = False, cap: int | None = None
    ) -> Page[T]:
        """`rows` ordered by `key`, which must be unique; from after the cursor on, `limit` of them (at most `cap`)."""
        ordered = sorted(rows, key=key, reverse=descending)

        def after(last: Key | None) -> Iterator[T]:
            if last is None:
                return iter(ordered)
            return (row for row in ordered if (key(row) < last if descending else key(row) > last))

        return self.follow(after, key, cap=cap)

    def follow[T](
        self, rows_after: Callable[[Key | None], Iterator[T]], key: Callable[[T], Key], *, cap: int | None = None
    ) -> Page[T]:
        """As `cut`, over rows in order already: `rows_after` gives those after a key, read no further than needed."""
        limit = self.query.integer("limit") if cap is None else min(self.query.integer("limit"), cap)
        if self.behaviour.short_pages and limit > 1:
            limit -= 1
        found = list(islice(rows_after(self._last_key()), limit + 1))
        rows = found[:limit]
        more = len(found) > limit or (self.behaviour.empty_last_page and bool(rows))
        return Page(rows, self._next(key(rows[-1])) if more and rows else None)

    def _next(self, last: Key) -> str:
        content = json.dumps({"q": self._question(), "k": last}).encode()
        cursor = base64.urlsafe_b64encode(content).decode()
        pairs = [pair for pair in self.query.without("cursor", "start") if pair[0] != "limit"]
        return urlencode([*pairs, ("limit", str(self.query.integer("limit"))), ("cursor", cursor)])

    def _last_key(self) -> Key | None:
        value = self.query.one("cursor")
        if value is None:
            return None
        try:
            content = json.loads(base64.urlsafe_b64decode(value))
            question, last = content["q"], content["k"]
        except (ValueError, KeyError, TypeError):
            raise self._misuse("the cursor is not one of ours") from None
        if question != self._question():
            raise self._misuse("the filters changed in the middle of a walk")
        return tuple(last)

    def _question(self) -> str:
        """What was asked, but for how much at once. Excerpts are dropped from `next` by Confluence itself."""
        asked = [self.request.path, *sorted(self.query.without("cursor", "limit", "start", "excerpt"))]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]

    def _misuse(self, detail: str) -> Exception:
        self.manners.record("cursor_misuse", self.request.method, self.request.path, detail)
        path = self.request.path.partition("/wiki")[2]
        return refusals.product(f"/wiki{path}", 400, detail)
