"""Which Atlassian scopes each purpose asks for, least first (A3; scope names: Atlassian's OpenAPI documents)."""

from collections.abc import Iterable
from typing import Final, Literal

type Purpose = Literal["link", "sync", "agent_read", "agent_write", "jira"]

LINK: Final = frozenset({
    "offline_access",
    "read:me",
    "read:space:confluence",
    "read:page:confluence",
    "read:hierarchical-content:confluence",
})  # fmt: skip
SYNC: Final = LINK | {
    "read:attachment:confluence",
    "read:label:confluence",
    "read:user:confluence",
    "report:personal-data",  # who keeps names and account ids has to (A12)
    "search:confluence",
}
AGENT_READ: Final = SYNC | {
    "read:analytics.content:confluence",
    "read:comment:confluence",
    "read:configuration:confluence",
    "read:content-details:confluence",
    "read:content.metadata:confluence",
    "read:content.permission:confluence",
    "read:content.restriction:confluence",
    "read:content:confluence",
    "read:database:confluence",
    "read:embed:confluence",
    "read:folder:confluence",
    "read:group:confluence",
    "read:space.permission:confluence",
    "read:space.setting:confluence",
    "read:task:confluence",
    "read:template:confluence",
    "read:user.property:confluence",
    "read:watcher:confluence",
    "read:whiteboard:confluence",
}
AGENT_WRITE: Final = AGENT_READ | {
    "write:page:confluence",
    "delete:page:confluence",
    "write:comment:confluence",
    "delete:comment:confluence",
    "write:label:confluence",
    "write:attachment:confluence",
    "delete:attachment:confluence",
    "write:confluence-space",  # classic: what v1's spaces take otherwise would include their permissions
    "write:content:confluence",
    "write:folder:confluence",
    "write:space:confluence",
    "write:task:confluence",
}
"""All that some policy permits: a policy that is widened later needs no new consent."""
JIRA: Final = LINK | {
    "read:content.permission:confluence",  # may this person edit the page? (G6)
    "read:jira-user",
    "read:jira-work",
    "search:confluence",
    "write:jira-work",
}

BY_PURPOSE: Final[dict[Purpose, frozenset[str]]] = {
    "link": LINK,
    "sync": SYNC,
    "agent_read": AGENT_READ,
    "agent_write": AGENT_WRITE,
    "jira": JIRA,
}


def needed_for(purposes: Iterable[Purpose]) -> frozenset[str]:
    """All scopes that these purposes need together."""
    return frozenset().union(*(BY_PURPOSE[purpose] for purpose in purposes))


def missing(purposes: Iterable[Purpose], granted: Iterable[str]) -> tuple[str, ...]:
    """What was needed and not granted, sorted. `offline_access` is no scope of a token: it shows as a refresh token."""
    return tuple(sorted(needed_for(purposes) - {"offline_access"} - set(granted)))
