"""Which of the rights that a synchronizer needs, or would like, its technical user lacks in the project (G4)."""

from dataclasses import dataclass

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.synchronizers import NEEDED_PERMISSIONS, WISHED_PERMISSIONS
from confluence_connector.ports import Deadline
from confluence_connector.ports.jira import Jira, JiraSites


@dataclass(frozen=True, slots=True)
class CheckTechnicalUser:
    jira_sites: JiraSites

    def missing(
        self, connection: Connection, jira_cloud_id: CloudId, project_key: str, deadline: Deadline
    ) -> frozenset[str]:
        """Of NEEDED_PERMISSIONS and WISHED_PERMISSIONS; all of them where the project is hidden. Raises as `Jira`."""
        return missing_permissions(self.jira_sites.of(connection, jira_cloud_id, deadline), project_key)


def missing_permissions(jira: Jira, project_key: str) -> frozenset[str]:
    asked = NEEDED_PERMISSIONS | WISHED_PERMISSIONS
    return asked - jira.permissions(project_key, sorted(asked))
