"""Whether what an admin wants of a synchronizer can work, asked of both products when it is saved (G2–G4)."""

from dataclasses import dataclass

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.cql_fence import fenced
from confluence_connector.domain.pages import Space
from confluence_connector.domain.synchronizers import NEEDED_PERMISSIONS, PER_PAGE, SynchronizerSettings
from confluence_connector.errors import JiraRefused, PermissionsMissing, ProjectGone, SpaceGone, Unprocessable
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import ConfluenceSites
from confluence_connector.ports.jira import Jira, JiraSites, Project
from confluence_connector.ports.site_reading import SiteReaders
from confluence_connector.services.synchronizing.both_sites import BothSites, both_sites, told_to_who_asks
from confluence_connector.services.synchronizing.check_technical_user import missing_permissions


@dataclass(frozen=True, slots=True)
class Checked:
    """`missing_permissions`: wished ones that the technical user lacks; of the needed ones it has all."""

    sites: BothSites
    space: Space
    project: Project
    missing_permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """`readers` at people's pace: somebody waits."""

    confluence: ConfluenceSites
    readers: SiteReaders
    jira: JiraSites

    def check(
        self,
        connection: Connection,
        space_key: str,
        project_key: str,
        settings: SynchronizerSettings,
        deadline: Deadline,
    ) -> Checked:
        """Raises Unprocessable, CqlRefused, SpaceGone, ProjectGone, PermissionsMissing, JiraRefused (an issue type that
        a synchronizer cannot fill), and why the connection cannot be used.
        """
        if settings.issue_type == PER_PAGE and settings.mode != "selected":
            raise Unprocessable('Issue types are chosen per page in the mode "selected" only.')
        sites = both_sites(connection)
        with told_to_who_asks():
            space = self._space(connection, space_key, settings.cql, deadline)
            jira = self.jira.of(connection, sites.jira.cloud_id, deadline)
            missing = missing_permissions(jira, project_key)
            project = _project(jira, project_key, missing)
            if settings.issue_type != PER_PAGE:
                check_issue_type(jira, project.key, settings.issue_type)
        return Checked(sites, space, project, tuple(sorted(missing)))

    def _space(self, connection: Connection, key: str, cql: str | None, deadline: Deadline) -> Space:
        query = fenced(key, cql)  # before anybody is asked anything
        reader = self.readers.of(connection, deadline)
        space = self.confluence.of(connection, deadline).space(key)
        if space is None or [each.status for each in reader.spaces_by_id([space.id])] != ["current"]:
            raise SpaceGone
        if cql is not None:
            reader.matching(query)
        return space


def check_issue_type(jira: Jira, project_key: str, issue_type: str) -> None:
    """Raises Unprocessable for a type that cannot be created there, JiraRefused for one that demands further fields."""
    wanted = next((each for each in jira.issue_types(project_key) if each.id == issue_type), None)
    if wanted is None:
        raise Unprocessable(
            "The technical user cannot create issues of this type in the project.",
            remedy="Pick one of GET /connections/{id}/jira/projects/{key}/issue-types.",
        )
    demanded = ("parent", *wanted.required) if wanted.subtask else wanted.required
    if demanded:
        raise JiraRefused(
            "This issue type demands fields that a synchronizer cannot give.", fields=sorted(set(demanded))
        )


def _project(jira: Jira, key: str, missing: frozenset[str]) -> Project:
    """Who may not browse a project is told that it is not there: the right is named all the same (G4)."""
    project = jira.project(key)
    if project is None:
        raise ProjectGone(missing_permissions=sorted(missing))
    if missing & NEEDED_PERMISSIONS:
        raise PermissionsMissing(missing_permissions=sorted(missing))
    return project
