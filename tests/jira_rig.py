"""Jira over the simulator: the real adapter with one account's grant, and what Jira then holds."""

from dataclasses import dataclass, replace
from typing import Any

import httpx

from confluence_connector.adapters.jira import JiraOverHttp, JiraSitesOverHttp
from confluence_connector.domain import scopes
from confluence_connector.domain.connections import Account
from confluence_connector.domain.identifiers import CloudId, IssueId
from confluence_connector.ports.jira import Draft
from local.simulator.accounts import ACCOUNTS, ACME
from local.simulator.jira.nouns import Issue
from tests.atlassian import Rig

V3 = "/rest/api/3"
CREATE = f"POST {V3}/issue"
EDIT = f"PUT {V3}/issue/{{issueIdOrKey}}"
TRANSITION = f"POST {V3}/issue/{{issueIdOrKey}}/transitions"
LINK = f"POST {V3}/issue/{{issueIdOrKey}}/remotelink"
MYSELF = f"GET {V3}/myself"
SEARCH = f"POST {V3}/search/jql"
PERMISSIONS = ("BROWSE_PROJECTS", "CREATE_ISSUES", "TRANSITION_ISSUES", "EDIT_ISSUES")
LINKED = {"global_id": "confluence-connector:x:7", "url": "https://acme.example/wiki/7", "title": "A page"}
TASK, BUG, SUBTASK = "10002", "10003", "10004"
WEB = "10001"


@dataclass
class JiraRig(Rig):
    """`account`: a name of the simulator's."""

    account: str = "alice"
    jira_cloud_id: str = ACME

    def __post_init__(self) -> None:
        super().__post_init__()
        who = ACCOUNTS[self.account]
        self.grant.account, self.grant.scope = self.account, " ".join(sorted(scopes.JIRA))
        self.connection = replace(
            self.connection, account=Account(who.account_id, who.display_name), purposes=frozenset({"jira"})
        )

    @property
    def jira(self) -> JiraOverHttp:
        """A new one each time: it counts what it spends."""
        return self.jira_over(self.watched)

    def jira_over(self, transport: httpx.BaseTransport) -> JiraOverHttp:
        sites = JiraSitesOverHttp(self.http_over(transport), self.grant)
        return sites.of(self.connection, CloudId(self.jira_cloud_id), self.deadline())

    def requests(self) -> int:
        return len(self.watched.paths)

    def kept(self, issue_id: IssueId) -> Issue:
        return self.simulator.jira(self.jira_cloud_id).issue(issue_id)

    def id_of(self, key: str) -> IssueId:
        return IssueId(self.simulator.jira(self.jira_cloud_id).issue(key).id)


def draft(summary: str = "A page", **other: Any) -> Draft:
    wanted = {"project_id": WEB, "issue_type": TASK, "page_url": "https://acme.example/wiki/7", "marker": "m-1"} | other
    return Draft(summary=summary, **wanted)
