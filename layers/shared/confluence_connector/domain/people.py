"""Who is asking: a member of a workspace, as the verified token says."""

from dataclasses import dataclass

from confluence_connector.domain.identifiers import MemberId, WorkspaceId

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """A member, from verified claims only. `roles` and `scopes` are whole words."""

    sub: MemberId
    workspace: WorkspaceId
    roles: frozenset[str]
    scopes: frozenset[str]

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.roles
