"""Several sites granted: a person picks one, once (A4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from confluence_connector.domain.connections import Connection, Right, Site, Status
from confluence_connector.domain.people import Principal
from confluence_connector.domain.site_choice import settled
from confluence_connector.errors import NotFound, SiteAlreadyChosen
from confluence_connector.ports import Stale
from confluence_connector.ports.connections import Connections
from confluence_connector.services.find_connection import find_connection
from confluence_connector.services.syncing.begin_sync import BeginSync

type Product = Literal["confluence", "jira"]


@dataclass(frozen=True, slots=True)
class ChooseSite:
    connections: Connections
    begin_sync: BeginSync

    def offered(self, person: Principal, connection_id: str) -> Sequence[Site]:
        """What there is to pick from. Raises NotFound, Forbidden, SiteAlreadyChosen, and what makes it unusable."""
        return self._choosing(person, connection_id).offered_sites

    def choose(self, person: Principal, connection_id: str, cloud_id: str, product: Product) -> Connection:
        """The connection, pinned. The Jira site is the same one unless chosen before.

        Raises what `offered` does, and NotFound for a site that was not granted or lacks the product.
        """
        while True:
            connection = self._choosing(person, connection_id)
            offered = {site.cloud_id: site for site in connection.offered_sites if product in site.products}
            site = next((site for known, site in offered.items() if known == cloud_id), None)
            if site is None:
                raise NotFound("That site is none of those granted.", remedy="Pick one of GET /connections/{id}/sites.")
            if (connection.jira_site if product == "jira" else connection.site) is not None:
                raise SiteAlreadyChosen
            chosen = replace(connection, jira_site=site) if product == "jira" else replace(connection, site=site)
            try:
                saved = self.connections.save(settled(chosen))
            except Stale:
                continue
            return self.begin_sync.of(saved)

    def _choosing(self, person: Principal, connection_id: str) -> Connection:
        connection = find_connection(self.connections, person, connection_id, Right.MANAGE)
        if connection.status == Status.CHOOSING_SITE:
            return connection
        reason = connection.unusable_because()
        raise SiteAlreadyChosen if reason is None or connection.site else reason
