"""The simulator's own plain client, for Jira: one account's tokens against one site."""

from typing import Any

import httpx

from local.simulator import create_simulator
from local.simulator.accounts import ACME
from tests.conftest import MovableClock
from tests.contract.simulator_caller import API, Caller

READ, WRITE, PEOPLE = "read:jira-work", "write:jira-work", "read:jira-user"
SCOPES = f"offline_access {READ} {WRITE} {PEOPLE}"
V3 = "/rest/api/3"


class JiraCaller(Caller):
    """Paths from `/rest/api/3`."""

    def jira(self, method: str, path: str, body: Any = None, cloud_id: str = ACME, **query: Any) -> httpx.Response:
        url = f"{API}/ex/jira/{cloud_id}{V3}{path}"
        sent = {} if body is None else {"json": body}
        return self.http.request(method, url, params=query or None, headers=self.headers, **sent)

    def asked(self, path: str, **query: Any) -> Any:
        answer = self.jira("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def created(self, project: str = "WEB", kind: str = "Task", summary: str = "A page", **more: Any) -> str:
        """A new issue's key."""
        answer = self.jira("POST", "/issue", issue(project, kind, summary, **more))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])

    def found(self, jql: str, **more: Any) -> list[str]:
        """The keys that a search finds, over all its pages."""
        keys: list[str] = []
        body = {"jql": jql, "fields": ["key"], **more}
        while True:
            answer = self.jira("POST", "/search/jql", body)
            assert answer.status_code == 200, answer.text
            keys += [each["key"] for each in answer.json()["issues"]]
            if "nextPageToken" not in answer.json():
                return keys
            body["nextPageToken"] = answer.json()["nextPageToken"]


def issue(project: str, kind: str, summary: str, **more: Any) -> dict[str, Any]:
    """The body of a create; `properties` beside the fields."""
    properties = more.pop("properties", None)
    fields = {"project": {"key": project}, "issuetype": {"name": kind}, "summary": summary, **more}
    return {"fields": fields} | ({} if properties is None else {"properties": properties})


def document(text: str) -> dict[str, Any]:
    """An Atlassian Document of one paragraph."""
    return {
        "version": 1,
        "type": "doc",
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def jira_caller(clock: MovableClock, account: str = "alice", scopes: str = SCOPES) -> JiraCaller:
    simulator = create_simulator(clock=clock, seed=7, sleep=clock.sleep)
    return beside(JiraCaller(clock, simulator), account, scopes)


def beside(caller: Caller, account: str, scopes: str = SCOPES) -> JiraCaller:
    """Another account at the same simulator."""
    other = JiraCaller(caller.clock, caller.simulator, account)
    other.consent(scopes)
    return other
