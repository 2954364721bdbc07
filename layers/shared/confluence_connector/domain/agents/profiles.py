"""Four policies to begin with (F3). An agent keeps the policy, not the profile: each can be customised after."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from confluence_connector.domain.agents.policies import READ, GroupPolicy, Policy

type Profile = Literal["read_only", "search_only", "documentation_manager", "full_access"]

_EDITING: Final = GroupPolicy("read_write", allow_delete=False, require_approval=False)
_EVERYTHING: Final = GroupPolicy("read_write", allow_delete=True, require_approval=False)

PROFILES: Final[Mapping[Profile, Policy]] = MappingProxyType({
    "read_only": Policy(pages=READ, spaces=READ, search=READ, attachments=READ, users=READ),
    "search_only": Policy(search=READ),
    "documentation_manager": Policy(pages=_EDITING, spaces=READ, search=READ, attachments=_EDITING, users=READ),
    "full_access": Policy(pages=_EVERYTHING, spaces=_EVERYTHING, search=READ, attachments=_EVERYTHING, users=READ),
})  # fmt: skip
"""What none of them does: ask a person first. Require Approval is switched on by an admin, group by group."""
