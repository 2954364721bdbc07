"""What a connection's own account may do with one page."""

from typing import Protocol

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import PageId
from confluence_connector.ports import Deadline


class PageRights(Protocol):
    """Raises LinkedSourceErrors, ScopesMissing and what the vault says."""

    def may_edit(self, connection: Connection, page_id: PageId, deadline: Deadline) -> bool:
        """False also for a page that is missing or hidden; what might be an outage is raised."""
