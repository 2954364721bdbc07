"""An agent's rights: five groups, each with a level and two explicit switches (F1). Values only, stored elsewhere.

`dataclasses.asdict(policy)` is the policy as the API shows it.
"""

from dataclasses import dataclass
from typing import Final, Literal

from confluence_connector.domain.agents.effects import Group

type Level = Literal["disabled", "read", "read_write"]


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """The switches count only at `read_write`. They have no default: whoever grants writing says both."""

    level: Level
    allow_delete: bool
    require_approval: bool


DISABLED: Final = GroupPolicy("disabled", allow_delete=False, require_approval=False)
READ: Final = GroupPolicy("read", allow_delete=False, require_approval=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is not granted is disabled. Search and Users are read-only whatever is asked for (F2): a policy cannot hold,
    and so never shows, more.
    """

    pages: GroupPolicy = DISABLED
    spaces: GroupPolicy = DISABLED
    search: GroupPolicy = DISABLED
    attachments: GroupPolicy = DISABLED
    users: GroupPolicy = DISABLED

    def __post_init__(self) -> None:
        object.__setattr__(self, "search", _read_at_most(self.search))
        object.__setattr__(self, "users", _read_at_most(self.users))

    def of(self, group: Group) -> GroupPolicy:
        match group:
            case "pages":
                return self.pages
            case "spaces":
                return self.spaces
            case "search":
                return self.search
            case "attachments":
                return self.attachments
            case "users":
                return self.users


def _read_at_most(asked: GroupPolicy) -> GroupPolicy:
    return DISABLED if asked.level == "disabled" else READ
