"""Confluence over the simulator: the real adapter, its grant, and a watch on where the bearer goes."""

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from confluence_connector.adapters.atlassian_http import AtlassianHttp, new_client
from confluence_connector.adapters.confluence import ConfluenceOverHttp, ConnectedConfluence
from confluence_connector.adapters.site_reader import SiteReaderOverHttp, SiteReadersOverHttp
from confluence_connector.domain import scopes
from confluence_connector.domain.connections import Connection, Grant, Pointer, Site, Status
from confluence_connector.domain.identifiers import CloudId, ConnectionId, MemberId, PageId, WorkspaceId
from confluence_connector.errors import ReconnectRequired
from confluence_connector.ports import Deadline
from confluence_connector.ports.pace import Pace
from local.simulator import Simulator
from local.simulator.accounts import ACME
from local.simulator.simulator import CLIENT_ID, CLIENT_SECRET
from tests.conftest import MovableClock
from tests.fakes.pace import FreePace
from tests.reading_rig import TimeLeft
from tests.telling import Told

API_HOST = "api.atlassian.com"
TOKEN_URL = "https://auth.atlassian.com/oauth/token"
REDIRECT = "https://app.example.com/oauth/callback"


class WatchedTransport(httpx.BaseTransport):
    """Passes requests on and fails where a bearer token would leave the API host, or a site be asked at all (D8)."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        assert host == API_HOST, f"a request went to {host}"
        assert request.url.scheme == "https"
        assert "cookie" not in request.headers
        self.paths.append(request.url.raw_path.decode())
        return self.inner.handle_request(request)


@dataclass
class SimulatedGrant:
    """The `AccessTokens` port over the simulator's own token endpoint, without a vault."""

    simulator: Simulator
    account: str = "alice"
    scope: str = " ".join(sorted(scopes.LINK))
    access: str = ""
    refresh: str = ""
    renewed: int = 0

    def access_token(
        self, workspace: WorkspaceId, connection_id: ConnectionId, *, deadline: Deadline, rejected: str | None = None
    ) -> str:
        if not self.access:
            code = self.simulator.authorize(self.account, self.scope, REDIRECT, "state-of-the-test")
            self._ask({"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT})
        elif rejected == self.access:
            self.renewed += 1
            self._ask({"grant_type": "refresh_token", "refresh_token": self.refresh})
        return self.access

    def _ask(self, fields: dict[str, str]) -> None:
        body = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | fields
        with httpx.Client(transport=self.simulator.transport()) as client:
            answer = client.post(TOKEN_URL, json=body)
        if answer.status_code != 200:
            raise ReconnectRequired
        self.access, self.refresh = answer.json()["access_token"], answer.json()["refresh_token"]


def site(simulator: Simulator, cloud_id: str = ACME) -> Site:
    found = simulator.sites[cloud_id]
    return Site(CloudId(cloud_id), found.name, found.url)


def connection(simulator: Simulator, clock: MovableClock, cloud_id: str = ACME) -> Connection:
    """A connected connection of alice's, as the store would give it."""
    now = clock()
    return Connection(
        id=ConnectionId("con_" + "0" * 36),
        workspace=WorkspaceId("acme"),
        owner="user",
        owner_id="alice",
        started_by=MemberId("alice"),
        purposes=frozenset({"link"}),
        status=Status.CONNECTED,
        created_at=now,
        site=site(simulator, cloud_id),
        grant=Grant(Pointer("secret", "version"), 1, tuple(sorted(scopes.LINK)), now, now, now),
        generation=1,
    )


@dataclass
class Rig:
    """The adapter under test and everything around it."""

    simulator: Simulator
    clock: MovableClock
    seconds: float = 25
    cloud_id: str = ACME
    waits: list[float] = field(default_factory=list)
    telemetry: Told = field(default_factory=Told)
    pace: Pace = field(default_factory=FreePace)

    def __post_init__(self) -> None:
        self.grant = SimulatedGrant(self.simulator)
        self.watched = WatchedTransport(self.simulator.transport())
        self.http = self.http_over(self.watched)
        self.connection = connection(self.simulator, self.clock, self.cloud_id)

    def http_over(self, transport: httpx.BaseTransport) -> AtlassianHttp:
        url = f"https://{API_HOST}"
        return AtlassianHttp(
            new_client(transport), url, self.clock, self._sleep, lambda: 0.5, self.telemetry, self.pace
        )

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.sleep(seconds)

    def deadline(self) -> TimeLeft:
        return TimeLeft(self.clock, self.clock() + timedelta(seconds=self.seconds))

    @property
    def confluence(self) -> ConnectedConfluence:
        return ConfluenceOverHttp(self.http, self.grant).of(self.connection, self.deadline())

    @property
    def site_reader(self) -> SiteReaderOverHttp:
        """A new one each time: it counts what it spends."""
        return SiteReadersOverHttp(self.http, self.grant).of(self.connection, self.deadline())

    def page_of(self, title: str) -> PageId:
        return page_titled(self.simulator, title, self.cloud_id)

    def asked(self, ending: str) -> int:
        """How many requests went to a path that ends so, queries left out."""
        return sum(urlsplit(path).path.endswith(ending) for path in self.watched.paths)


def page_titled(simulator: Simulator, title: str, cloud_id: str = ACME) -> PageId:
    """The id of a page of the sample site."""
    found = (each for each in simulator.sites[cloud_id].content.values() if each.title == title)
    return PageId(next(found).id)
