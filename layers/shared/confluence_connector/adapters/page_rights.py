"""The `PageRights` port over Confluence v1, which knows a page's restrictions, its space's rights and the account's."""

from dataclasses import dataclass

from confluence_connector.adapters.atlassian_calls import Api, SiteCalls
from confluence_connector.adapters.atlassian_http import AtlassianHttp
from confluence_connector.adapters.confluence_wire import Wire, checked
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import PAGE, PageId
from confluence_connector.errors import ReconnectRequired
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import AccessTokens


class _Verdict(Wire):
    hasPermission: bool  # noqa: N815 — Confluence's own


@dataclass(frozen=True, slots=True)
class PageRightsOverHttp:
    http: AtlassianHttp
    tokens: AccessTokens

    def may_edit(self, connection: Connection, page_id: PageId, deadline: Deadline) -> bool:
        """Raises ReconnectRequired for a connection without a site or an account, too."""
        if connection.site is None or connection.account is None:
            raise ReconnectRequired
        if not PAGE.fullmatch(page_id):
            raise ValueError("not an id of Confluence")
        calls = SiteCalls(self.http, self.tokens, connection, deadline)
        asked = {"subject": {"type": "user", "identifier": connection.account.id}, "operation": "update"}
        found = calls.post(f"/content/{page_id}/permission/check", asked, repeatable=True, api=Api.V1)
        if found is None:
            return False
        calls.spent.returned(identities=1)
        return checked(_Verdict, found).hasPermission
