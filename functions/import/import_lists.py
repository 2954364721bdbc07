"""Lists that are whole in memory, cut into pages with signed positions."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import Query

from confluence_connector.errors import BadRequest
from confluence_connector.web.cursors import Cursors

type Limit = Annotated[int, Query(ge=1, le=200)]
type Cursor = Annotated[str | None, Query(max_length=1000)]
DEFAULT_LIMIT = 50


class Identified(Protocol):
    @property
    def id(self) -> str: ...


def cut[Item: Identified](
    items: Sequence[Item], limit: int, cursor: str | None, cursors: Cursors, *of_list: str
) -> tuple[Sequence[Item], str | None]:
    """One page of `items`, and the cursor of the next. Raises BadRequest for a cursor of another list (G6).

    A position is the index and id of the last item given: an item that came or went in between shifts nothing, as long
    as that one is still there.
    """
    start = 0 if cursor is None else _behind(items, cursors.open(cursor, *of_list))
    page = items[start : start + limit]
    end = start + len(page)
    following = cursors.seal(f"{end}:{page[-1].id}", *of_list) if page and end < len(items) else None
    return page, following


def _behind(items: Sequence[Identified], position: str) -> int:
    index, _, last = position.partition(":")
    if not index.isdecimal():
        raise BadRequest
    end = int(index)
    if end <= len(items) and items[end - 1].id == last:
        return end
    return next((number + 1 for number, item in enumerate(items) if item.id == last), end)
