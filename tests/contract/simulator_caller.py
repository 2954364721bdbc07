"""A client as plain as can be for the simulator's own contract tests: it proves the simulator, not our adapters."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from local.simulator import Simulator, create_simulator
from local.simulator.accounts import ACME
from tests.conftest import MovableClock

AUTH, API = "https://auth.atlassian.com", "https://api.atlassian.com"
REDIRECT = "https://app.example.com/oauth/callback"
EVERYTHING = (
    "offline_access read:me read:space:confluence read:page:confluence read:hierarchical-content:confluence "
    "read:content.metadata:confluence read:attachment:confluence readonly:content.attachment:confluence "
    "read:folder:confluence read:user:confluence search:confluence read:confluence-user "
    "read:content-details:confluence"
)
WRITING = EVERYTHING + (
    " write:page:confluence delete:page:confluence read:comment:confluence write:comment:confluence "
    "delete:comment:confluence read:label:confluence write:label:confluence write:attachment:confluence "
    "delete:attachment:confluence read:content.permission:confluence delete:space:confluence "
    "delete:content:confluence write:folder:confluence delete:folder:confluence"
)


@dataclass
class Caller:
    """One account's tokens against one simulator."""

    clock: MovableClock
    simulator: Simulator
    account: str = "alice"
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def http(self) -> httpx.Client:
        return httpx.Client(transport=self.simulator.transport())

    def token_call(self, **fields: str) -> httpx.Response:
        known = {"client_id": self.simulator.client_id, "client_secret": self.simulator.client_secret}
        return self.http.post(f"{AUTH}/oauth/token", json=known | fields)

    def consent(self, scopes: str = EVERYTHING, sites: list[str] | None = None) -> "Caller":
        code = self.simulator.authorize(self.account, scopes, REDIRECT, "state", sites)
        answer = self.token_call(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self

    def refresh(self, token: str | None = None) -> httpx.Response:
        return self.token_call(grant_type="refresh_token", refresh_token=token or self.tokens["refresh_token"])

    def get(self, path: str, /, cloud_id: str = ACME, **query: Any) -> httpx.Response:
        """A Confluence path from `/wiki`; underscores in parameter names stand for hyphens."""
        params = {name.replace("_", "-"): value for name, value in query.items()}
        return self.http.get(f"{API}/ex/confluence/{cloud_id}{path}", params=params, headers=self.headers)

    def post(self, path: str, body: Any, cloud_id: str = ACME) -> httpx.Response:
        return self.http.post(f"{API}/ex/confluence/{cloud_id}{path}", json=body, headers=self.headers)

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """A write to Confluence: a path from `/wiki`, a JSON body if there is one."""
        params = {name.replace("_", "-"): value for name, value in query.items()}
        json = {} if body is None else {"json": body}
        return self.http.request(
            method, f"{API}/ex/confluence/{ACME}{path}", params=params, headers=self.headers, **json
        )

    def api(self, path: str) -> httpx.Response:
        return self.http.get(f"{API}{path}", headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def space_id(self, key: str) -> str:
        return str(self.get("/wiki/api/v2/spaces", keys=key).json()["results"][0]["id"])

    def page(self, title: str) -> dict[str, Any]:
        found = self.get("/wiki/api/v2/pages", title=title).json()["results"]
        assert len(found) == 1, title
        return dict(found[0])

    def walk(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every row of a v2 list, following `next` as the documents say."""
        rows: list[dict[str, Any]] = []
        answer = self.get(path, **query).json()
        while True:
            rows.extend(answer["results"])
            if "next" not in answer["_links"]:
                return rows
            assert answer["_links"]["next"].startswith("/wiki/api/v2/")
            answer = self.api(f"/ex/confluence/{ACME}{answer['_links']['next']}").json()

    def violations(self) -> list[str]:
        return [violation.kind for violation in self.simulator.violations]


def new_caller(clock: MovableClock, account: str = "alice") -> Caller:
    return Caller(clock, create_simulator(clock=clock, seed=7, sleep=clock.sleep), account)
