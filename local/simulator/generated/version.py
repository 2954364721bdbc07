"""A version whose body is written whenever it is asked for, so that 50,000 of them fit into memory."""

from collections.abc import Callable
from datetime import datetime

from local.simulator.sites import Version


class LazyVersion(Version):
    """A version as any other. Its `storage` is left unset, and an unset one is written anew each time."""

    __slots__ = ("_write",)

    def __init__(self, number: int, created_at: datetime, author_id: str, title: str, write: Callable[[], str]) -> None:
        self.number, self.created_at, self.author_id, self.title = number, created_at, author_id, title
        self.adf, self.message = None, ""
        self._write = write

    def __getattr__(self, name: str) -> str:
        if name == "storage":
            return self._write()
        raise AttributeError(name)
