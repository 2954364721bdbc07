"""Jira's side of a synchronizer, as it is chosen: projects as one types, and what can be created in one (G2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.connections import Connection, Right
from confluence_connector.domain.people import Principal
from confluence_connector.errors import NotFound
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.jira import IssueType, Jira, JiraSites, Project
from confluence_connector.services.find_connection import find_connection
from confluence_connector.services.synchronizing.both_sites import both_sites, told_to_who_asks

NO_PROJECT = "Jira has no such project, or the connected account may not see it."
PICK_ONE = "Pick one of GET /connections/{id}/jira/projects."


@dataclass(frozen=True, slots=True)
class PickProjects:
    """Through a connection that the person may use. Raises NotFound, Forbidden, what makes it unusable for `jira`,
    NoSite, and what Jira says.
    """

    connections: Connections
    jira: JiraSites
    now: Clock

    def projects(
        self, person: Principal, connection_id: str, part: str, deadline: Deadline, *, limit: int, start: int
    ) -> tuple[Sequence[Project], int | None]:
        """By name, those whose key or name has `part` in it and where the account may create issues; without the first
        `start`. The second answer is where to go on.
        """
        connection, jira = self._asked(person, connection_id, deadline)
        with told_to_who_asks():
            found = jira.projects(part.strip(), limit=limit + 1, start=start)
        self.connections.touch(connection, self.now())
        return found[:limit], start + limit if len(found) > limit else None

    def issue_types(
        self, person: Principal, connection_id: str, project_key: str, deadline: Deadline
    ) -> Sequence[IssueType]:
        """Raises NotFound for a project in which the account can create nothing."""
        connection, jira = self._asked(person, connection_id, deadline)
        with told_to_who_asks():
            found = jira.issue_types(project_key)
        if not found:
            raise NotFound(NO_PROJECT, remedy=PICK_ONE)
        self.connections.touch(connection, self.now())
        return found

    def _asked(self, person: Principal, connection_id: str, deadline: Deadline) -> tuple[Connection, Jira]:
        connection = find_connection(self.connections, person, connection_id, Right.USE)
        return connection, self.jira.of(connection, both_sites(connection).jira.cloud_id, deadline)
