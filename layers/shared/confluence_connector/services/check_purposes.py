"""Which purposes may be asked for, by whose connection, in this release (A2, A3)."""

from collections.abc import Set as AbstractSet
from typing import Final

from confluence_connector.domain.connections import Owner
from confluence_connector.domain.scopes import Purpose
from confluence_connector.errors import ConnectorNotEnabled, WorkspaceOwnerRequired

JIRA_LATER: Final = "Jira synchronizers are not part of this release."
FOR_MEMBERS: Final[frozenset[Purpose]] = frozenset({"link"})
"""What a member's own connection may be for: everything else works for the workspace, and outlives the member."""


def check_purposes(owner: Owner, asked: AbstractSet[Purpose]) -> None:
    """Raises ConnectorNotEnabled for what nothing here does yet, WorkspaceOwnerRequired for what A2 reserves."""
    if "jira" in asked:
        raise ConnectorNotEnabled(JIRA_LATER, remedy="Leave the purpose out.")
    if owner == "user" and not asked <= FOR_MEMBERS:
        raise WorkspaceOwnerRequired
