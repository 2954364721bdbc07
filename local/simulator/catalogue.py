"""The orders in which a site's content is listed: a list answer costs what it gives, not what the site holds."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from itertools import chain
from typing import Protocol

type Key = tuple[str | int, ...]
type Shelf = tuple[str, str, str]


class Listed(Protocol):
    """What the catalogue reads of content."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def space_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def readers(self) -> frozenset[str] | None: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def modified_at(self) -> datetime: ...


FIELDS: dict[str, Callable[[Listed], Key]] = {
    "id": lambda _: (),
    "created-date": lambda content: (content.created_at.isoformat(),),
    "modified-date": lambda content: (content.modified_at.isoformat(),),
    "title": lambda content: (content.title.casefold(),),
}


def order_key(content: Listed, field: str) -> Key:
    """Where content stands in the order by `field` (a name of `FIELDS`); the id breaks ties."""
    return (*FIELDS[field](content), int(content.id))


class Changes(set[str]):
    """Ids of changed content. An addition is passed on, so that nobody can change content and leave an order stale."""

    def __init__(self, touch: Callable[[str], None]) -> None:
        super().__init__()
        self._touch = touch

    def add(self, element: str, /) -> None:
        """Remember the id and pass it on."""
        super().add(element)
        self._touch(element)


class Catalogue[T: Listed]:
    """Content by shelf, which is its type, space and status, and within a shelf by any field of `FIELDS`.

    `touch` says that content came, went or changed. The shelves it left and entered are put in order again when
    somebody next asks for them.
    """

    def __init__(self, content: Mapping[str, T]) -> None:
        self._content = content
        self._touched: set[str] = set()
        self._shelf_of: dict[str, Shelf] = {}
        self._shelves: dict[Shelf, set[str]] = {}
        self._orders: dict[Shelf, dict[str, list[Key]]] = {}
        self._by_title: dict[str, set[str]] = {}
        self._restricted: dict[str, set[str]] = {}

    def touch(self, content_id: str) -> None:
        """Content with this id is new, gone or no longer what it was."""
        self._touched.add(content_id)

    def rows(
        self,
        kinds: Iterable[str],
        space_ids: Iterable[str],
        statuses: Iterable[str],
        field: str,
        *,
        descending: bool = False,
        after: Key | None = None,
    ) -> Iterator[T]:
        """Content of these types, spaces and statuses in the order by `field`, from after a key on."""
        self._settle()
        statuses = tuple(statuses)
        shelves = [(kind, space_id, status) for kind in kinds for space_id in space_ids for status in statuses]
        orders = [
            _from(self._order(shelf, field), after, descending=descending)
            for shelf in shelves
            if shelf in self._shelves
        ]
        keys = merge(*orders, reverse=descending) if len(orders) > 1 else chain(*orders)
        return (self._content[str(key[-1])] for key in keys)

    def titled(self, title: str) -> list[T]:
        """Content with exactly this title, whatever its case."""
        self._settle()
        wanted = title.casefold()
        found = (self._content.get(each) for each in self._by_title.get(wanted, ()))
        return [content for content in found if content is not None and content.title.casefold() == wanted]

    def restricts(self, space_id: str) -> bool:
        """Whether any content of the space is closed to anybody."""
        if self._touched:
            self._settle()
        return bool(self._restricted.get(space_id))

    def _settle(self) -> None:
        for content_id in self._touched:
            shelf = self._shelf_of.pop(content_id, None)
            if shelf is not None:
                self._shelves[shelf].discard(content_id)
                self._orders.pop(shelf, None)
                self._restricted.get(shelf[1], set()).discard(content_id)
            content = self._content.get(content_id)
            if content is not None:
                self._file(content)
        self._touched.clear()

    def _file(self, content: T) -> None:
        shelf = (content.type, content.space_id, content.status)
        self._shelf_of[content.id] = shelf
        self._shelves.setdefault(shelf, set()).add(content.id)
        self._orders.pop(shelf, None)
        self._by_title.setdefault(content.title.casefold(), set()).add(content.id)
        if content.readers is not None:
            self._restricted.setdefault(content.space_id, set()).add(content.id)

    def _order(self, shelf: Shelf, field: str) -> list[Key]:
        orders = self._orders.setdefault(shelf, {})
        if field not in orders:
            orders[field] = sorted(order_key(self._content[each], field) for each in self._shelves[shelf])
        return orders[field]


def _from(order: list[Key], after: Key | None, *, descending: bool) -> Iterator[Key]:
    if descending:
        last = len(order) if after is None else bisect_left(order, after)
        return (order[at] for at in range(last - 1, -1, -1))
    first = 0 if after is None else bisect_right(order, after)
    return (order[at] for at in range(first, len(order)))
