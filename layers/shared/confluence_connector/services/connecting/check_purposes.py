"""Which purposes may be asked for, by whose connection (A2, A3)."""

from collections.abc import Set as AbstractSet
from typing import Final

from confluence_connector.domain.connections import Owner
from confluence_connector.domain.scopes import Purpose
from confluence_connector.errors import WorkspaceOwnerRequired

FOR_MEMBERS: Final[frozenset[Purpose]] = frozenset({"link", "jira"})
"""What a member's own connection may be for: everything else works for the workspace, and outlives the member."""


def check_purposes(owner: Owner, asked: AbstractSet[Purpose]) -> None:
    """Raises WorkspaceOwnerRequired for what A2 reserves."""
    if owner == "user" and not asked <= FOR_MEMBERS:
        raise WorkspaceOwnerRequired
