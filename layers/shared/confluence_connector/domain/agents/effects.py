"""What an operation of Confluence does, in the words of an agent's policy (F1): a group, and an action on it."""

from dataclasses import dataclass
from typing import Final, Literal

type Group = Literal["pages", "spaces", "search", "attachments", "users"]
type Action = Literal["read", "write", "delete", "blocked"]

GROUPS: Final[tuple[Group, ...]] = ("pages", "spaces", "search", "attachments", "users")


@dataclass(frozen=True, slots=True)
class Effect:
    """`blocked`: no policy is asked, and `reason` says why. Only a blocked effect may have no group.

    `also`: a second group in which the same is done, as where a page is copied with its attachments; both must allow.
    """

    group: Group | None
    action: Action
    reason: str | None = None
    also: Group | None = None
