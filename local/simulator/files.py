"""The attachments of a site, by id, by page, and in the order they were made."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol


class Filed(Protocol):
    """What the orders read of an attachment."""

    @property
    def id(self) -> str: ...
    @property
    def content_id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


class Files[T: Filed](dict[str, T]):
    """All attachments by id. The orders are made when first asked for, and again after one came or went."""

    def __init__(self) -> None:
        super().__init__()
        self._by_age: list[T] | None = None
        self._by_content: dict[str, list[T]] | None = None

    def __setitem__(self, key: str, attachment: T, /) -> None:
        super().__setitem__(key, attachment)
        self._by_age = self._by_content = None

    def __delitem__(self, key: str, /) -> None:
        super().__delitem__(key)
        self._by_age = self._by_content = None

    def pop(self, key: str, *default: Any) -> Any:
        """As any dict's."""
        self._by_age = self._by_content = None
        return super().pop(key, *default)

    def by_age(self) -> list[T]:
        """Oldest first."""
        if self._by_age is None:
            self._by_age = sorted(self.values(), key=age)
        return self._by_age

    def of(self, content_id: str) -> Sequence[T]:
        """Those of one page or blog post, oldest first."""
        if self._by_content is None:
            self._by_content = {}
            for attachment in self.by_age():
                self._by_content.setdefault(attachment.content_id, []).append(attachment)
        return self._by_content.get(content_id, ())


type Place = tuple[str | int, ...]


def ordered[T: Filed](
    files: Sequence[T], after: Place | None, place: Callable[[T], Place], *, newest_first: bool
) -> Iterator[T]:
    """`files`, which are in the order of their `place`, from after one on; the other way round if newest first."""
    if newest_first:
        last = len(files) if after is None else bisect_left(files, after, key=place)
        return (files[at] for at in range(last - 1, -1, -1))
    first = 0 if after is None else bisect_right(files, after, key=place)
    return (files[at] for at in range(first, len(files)))


def age(attachment: Filed) -> Place:
    """The order by age; the id breaks ties."""
    return attachment.created_at.isoformat(), int(attachment.id.removeprefix("att"))
