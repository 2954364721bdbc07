"""Lists that are whole in memory, cut into pages with signed positions."""

from collections.abc import Callable, Sequence
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
    return cut_by(lambda item: item.id, items, limit, cursor, cursors, *of_list)


def cut_by[Item](
    id_of: Callable[[Item], str],
    items: Sequence[Item],
    limit: int,
    cursor: str | None,
    cursors: Cursors,
    *of_list: str,
) -> tuple[Sequence[Item], str | None]:
    """`cut` for items that call their id something else."""
    ids = [id_of(item) for item in items]
    start = 0 if cursor is None else _behind(ids, cursors.open(cursor, *of_list))
    end = min(start + limit, len(items))
    following = cursors.seal(f"{end}:{ids[end - 1]}", *of_list) if start < end < len(items) else None
    return items[start:end], following


def _behind(ids: Sequence[str], position: str) -> int:
    index, _, last = position.partition(":")
    if not index.isdecimal():
        raise BadRequest
    end = int(index)
    if end <= len(ids) and ids[end - 1] == last:
        return end
    return next((number + 1 for number, known in enumerate(ids) if known == last), end)
