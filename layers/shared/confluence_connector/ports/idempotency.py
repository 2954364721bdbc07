"""Doing a thing once, however often it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from confluence_connector.domain.identifiers import MemberId, WorkspaceId
from confluence_connector.ports import Deadline


@dataclass(frozen=True, slots=True)
class Request:
    """A call that creates something: whose, on which route, under which Idempotency-Key, with which body."""

    workspace: WorkspaceId
    caller: MemberId
    route: str
    key: str
    body: dict[str, Any]


class Idempotency(Protocol):
    def once(self, request: Request, do: Callable[[str], str], deadline: Deadline) -> str:
        """The id that `do` returned: now, or when the same request was first made, within a day.

        `do` is given the request's own name, a hash, to claim what it creates with. Nothing but the id is kept.
        Raises IdempotencyKeyReused for another body, InProgress while the first call runs; what `do` raises leaves no
        trace.
        """
