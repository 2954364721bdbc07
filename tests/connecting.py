"""A deployment in process: real handlers and adapters over moto and the Atlassian simulator, and people using it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.runtime import Runtime
from local.simulator import Simulator, create_simulator
from tests import canary
from tests.aws import Aws
from tests.http import Answer, Api, Person

ANN = Person("ann")
BOB = Person("bob")
ADMIN = Person("root", roles=("admin",))
STRANGER = Person("ann", workspace="globex", roles=("admin",))
"""The same `sub` as Ann and an admin, of another workspace."""


@dataclass
class Browser:
    """Cookies, and the way to Atlassian and back. Each person has their own; a victim has another."""

    world: "World"
    cookies: dict[str, str] = field(default_factory=dict)

    def leave(self, authorize_url: str) -> str:
        """Opens our authorize URL; the address at Atlassian that it leads to."""
        answer = self.open(authorize_url)
        assert answer.status == 302, answer.text
        canary.current().plant_one_time(*parse_qs(urlsplit(answer.headers["location"]).query)["state"])
        return answer.headers["location"]

    def open(self, url: str) -> Answer:
        """A page of ours, cookies and all."""
        answer = self.world.api.call(None, "GET", self.world.path_of(url), cookies=self.cookies)
        for line in answer.cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            canary.current().plant_one_time(value)
            if "Max-Age=0" in line:
                del self.cookies[name]
        return answer

    def decide(
        self, atlassian_url: str, account: str, *, sites: Iterable[str] | None = None, allow: bool = True
    ) -> str:
        """The person's word on Atlassian's page; the callback URL that it sends the browser to."""
        words = {"simulate": "allow" if allow else "deny", "account": account}
        words |= {"sites": ",".join(sites)} if sites is not None else {}
        with httpx.Client(transport=self.world.simulator.transport()) as client:
            answer = client.get(f"{atlassian_url}&{urlencode(words)}")
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


@dataclass
class World:
    """One deployment. `restarted` gives another warm process over the same AWS and Atlassian."""

    aws: Aws
    clock: Any
    simulator: Simulator
    runtime: Runtime
    api: Api

    @classmethod
    def over(cls, aws: Aws, clock: Any, simulator: Simulator | None = None) -> "World":
        made = simulator or create_simulator(clock=clock, sleep=clock.sleep)
        runtime = Runtime(aws.settings, transport=made.transport(), now=clock, sleep=clock.sleep)
        return cls(aws, clock, made, runtime, Api(runtime))

    def restarted(self) -> "World":
        return World.over(self.aws, self.clock, self.simulator)

    def browser(self) -> Browser:
        return Browser(self)

    def path_of(self, url: str) -> str:
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}"

    # ── steps ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, person: Person, owner: str = "user", purposes: Iterable[str] = ("link",), **more: Any) -> Any:
        """POST /connections: the connection and the URL for the browser."""
        body = {"owner": owner, "purposes": list(purposes)} | more
        started = self.api.ok(person, "POST", "/connections", body)
        canary.current().plant_one_time(*parse_qs(urlsplit(started["authorize_url"]).query)["ticket"])
        return started

    def consented(self, started: Any, account: str, browser: Browser | None = None, **options: Any) -> Answer:
        """From the authorize URL through Atlassian to our callback page."""
        browser = browser or self.browser()
        return browser.open(browser.decide(browser.leave(started["authorize_url"]), account, **options))

    def confirm(self, person: Person, page: Answer, **more: Any) -> Answer:
        path = f"/connections/{page.data['connection']}/confirm"
        return self.api.call(person, "POST", path, json_body={"code": page.data["code"]} | more)

    def connect(
        self,
        person: Person = ANN,
        account: str = "grace",
        owner: str = "user",
        purposes: Iterable[str] = ("link",),
        sites: Iterable[str] | None = None,
    ) -> Any:
        """All of it; the connection as confirmed."""
        page = self.consented(self.begin(person, owner, purposes), account, sites=sites)
        answer = self.confirm(person, page)
        assert answer.status == 200, answer.text
        return answer.json()

    def reconnect(self, person: Person, connection_id: str, **body: Any) -> Any:
        return self.api.ok(person, "POST", f"/connections/{connection_id}/reconnect", body or None)

    def sweep(self) -> int:
        return self.runtime.connecting.sweep_consents.sweep()

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def stored(self, connection_id: str, workspace: str = "acme") -> Connection | None:
        return self.runtime.connections.get(WorkspaceId(workspace), ConnectionId(connection_id))

    def token_calls(self) -> int:
        return self.simulator.by_endpoint["POST /oauth/token"]

    def state_of(self, forget: Callable[[dict[str, Any]], bool] = lambda _: False) -> list[str]:
        """The State table as text, for before-and-after comparisons."""
        return sorted(repr(item) for item in self.aws.items() if not forget(item))
