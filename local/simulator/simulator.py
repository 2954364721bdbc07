"""The whole simulator: composed once, driven over a socket, over an httpx transport, or by its methods."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from local.simulator import attachments, refusals
from local.simulator.accounts import ACME, Account
from local.simulator.asgi import App, asgi_app
from local.simulator.bench import SiteHost
from local.simulator.clock import utc_now
from local.simulator.control import Control
from local.simulator.faults import Fault
from local.simulator.front import Areas, Front, RequestSeen, known_endpoints
from local.simulator.gateway import Gateway
from local.simulator.generated import Plan, fill
from local.simulator.jira.editor import JiraEditor
from local.simulator.manners import Violation
from local.simulator.oauth import OAuth
from local.simulator.personal_data import report_accounts
from local.simulator.real_pages import add_real_pages
from local.simulator.resources import accessible_resources, me
from local.simulator.site_edits import SiteEditor
from local.simulator.state import Snapshot
from local.simulator.transport import SimulatorTransport
from local.simulator.wire import Reply, Request
from local.simulator.world import new_world

CLIENT_ID, CLIENT_SECRET = "simulator-client", "simulator-secret"
MEDIA_BASE = "https://api.media.atlassian.com"


class Simulator:
    """Atlassian Cloud with one registered app, five accounts and two sites. All state is in memory."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 0,
        sleep: Callable[[float], None] = time.sleep,
        client: tuple[str, str] = (CLIENT_ID, CLIENT_SECRET),
        media_base: str = MEDIA_BASE,
        pages: Path | None = None,
        generate: str | None = None,
        state: Path | None = None,
        bench: bool = False,
    ) -> None:
        self.client_id, self.client_secret = client
        self.world = new_world(clock, seed, media_base)
        self.clock, self.behaviour, self.sites = self.world.clock, self.world.behaviour, self.world.sites
        if generate is not None:
            self.world.directory.add(fill(self.sites[ACME], Plan.parse(generate)))
        if pages is not None:
            add_real_pages(self.sites[ACME], pages)
        self._snapshot = None if state is None else Snapshot(state, self.world)
        if self._snapshot is not None:
            self._snapshot.restore()
        self._sleep = sleep
        oauth = OAuth(*client, self.world)
        self._gateway = Gateway(self.world)
        areas = Areas(
            oauth.authorize,
            oauth.decide,
            oauth.token,
            self._resources,
            self._me,
            self._report,
            self._gateway.handle,
            lambda request: attachments.media_file(request, list(self.sites.values()), self.world.manners),
            SiteHost(self.world).handle if bench else self._site_host,
            Control(self).handle,
            bench,
        )
        self._front = Front(areas, self.world)

    # ── ways in ───────────────────────────────────────────────────────────────────────────────────────────────
    def handle(self, request: Request) -> Reply:
        """Answer one request (what the transport and the ASGI app call)."""
        reply = self._front.handle(request)
        # Kept before the answer leaves: a client must never hold a token that a killed simulator has forgotten.
        if self._snapshot is not None and (request.method != "GET" or request.path == "/authorize"):
            self._front.locked(self._snapshot.save)
        return reply

    @property
    def asgi(self) -> App:
        """The ASGI application."""
        return asgi_app(self.handle)

    def transport(self) -> httpx.BaseTransport:
        """An httpx transport serving auth.atlassian.com, api.atlassian.com, the media host and the sites."""
        return SimulatorTransport(self.handle, self._sleep)

    # ── what was seen ─────────────────────────────────────────────────────────────────────────────────────────
    @property
    def requests(self) -> list[RequestSeen]:
        """All requests so far, oldest first."""
        return self._front.locked(lambda: list(self._front.requests))

    @property
    def by_endpoint(self) -> Counter[str]:
        """How often each endpoint was called, such as `POST /oauth/token`."""
        return self._front.locked(lambda: Counter(self._front.by_endpoint))

    @property
    def violations(self) -> list[Violation]:
        """What clients did that the documents do not allow."""
        return list(self.world.manners.violations)

    def reset_requests(self) -> None:
        """Forget the requests and counters."""
        self._front.reset_counters()

    # ── consents and grants ───────────────────────────────────────────────────────────────────────────────────
    def authorize(
        self,
        account: str,
        scopes: str | Iterable[str],
        redirect_uri: str,
        state: str,
        sites: Iterable[str] | None = None,
    ) -> str:
        """Have `account` consent by the real authorize endpoint; the code that came back with `state`."""
        fields = {
            "audience": "api.atlassian.com",
            "client_id": self.client_id,
            "scope": scopes if isinstance(scopes, str) else " ".join(scopes),
            "redirect_uri": redirect_uri,
            "state": state,
            "response_type": "code",
            "prompt": "consent",
            "simulate": "allow",
            "account": account,
        }
        if sites is not None:
            fields["sites"] = ",".join(sites)
        reply = self.handle(Request.build("GET", "auth.atlassian.com", f"/authorize?{urlencode(fields)}", [], b""))
        if reply.status != httpx.codes.FOUND:
            raise ValueError(f"consent refused: {reply.body.decode()}")
        answer = parse_qs(urlsplit(reply.headers["location"]).query)
        return answer["code"][0]

    def revoke(self, account: str) -> bool:
        """The account removes the app in its Atlassian settings."""
        return self._front.locked(lambda: self.world.grants.revoke(account))

    def expire_access_tokens(self, account: str) -> None:
        """The account's access tokens stop working now; its refresh tokens still do."""
        self._front.locked(lambda: self.world.grants.expire_access(account))

    def expire_grant(self, account: str) -> None:
        """The account's grant is as after 90 days without use: nothing of it works any more."""
        self._front.locked(lambda: self.world.grants.expire_refresh(account, self.clock()))

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────
    def close_account(self, name_or_id: str) -> Account:
        """The account is closed for ever, its grant with it; a former user from here on. Raises NoSuchAccount."""

        def close() -> Account:
            account = self.world.directory.close(name_or_id, self.clock())
            self.world.grants.revoke(account.name)
            return account

        return self._front.locked(close)

    def rename_account(self, name_or_id: str, display_name: str) -> Account:
        """The account's person has another name now. Raises NoSuchAccount."""
        return self._front.locked(lambda: self.world.directory.rename(name_or_id, display_name, self.clock()))

    # ── faults ────────────────────────────────────────────────────────────────────────────────────────────────
    def script(self, endpoint: str, **fault: Any) -> Fault:
        """Script the next answers of an endpoint; see `Fault`. Raises ValueError for an endpoint that never answers."""
        return self.schedule(Fault(endpoint, **fault))

    def schedule(self, scripted: Fault) -> Fault:
        """Add a fault made elsewhere."""
        if not any(scripted.matches(endpoint) for endpoint in known_endpoints()):
            raise ValueError(f"no such endpoint: {scripted.endpoint}")
        self._front.locked(lambda: self.world.faults.waiting.append(scripted))
        return scripted

    def clear_scripts(self) -> None:
        """Forget all scripted faults."""
        self._front.locked(self.world.faults.waiting.clear)

    # ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────
    def editor(self, cloud_id: str = ACME) -> SiteEditor:
        """Changes to the pages and spaces of one site."""
        return SiteEditor(self.sites[cloud_id], self._front.lock)

    def jira(self, cloud_id: str = ACME) -> JiraEditor:
        """Changes to Jira on one site."""
        return JiraEditor(self.world.jira[cloud_id], self._front.lock)

    # ── areas ─────────────────────────────────────────────────────────────────────────────────────────────────
    def _resources(self, request: Request) -> Reply:
        grant, scopes = self._gateway.caller(request, "")
        return Reply.json(accessible_resources(grant, scopes, self.sites, self.world.jira))

    def _me(self, request: Request) -> Reply:
        grant, scopes = self._gateway.caller(request, "")
        if "read:me" not in scopes:
            raise refusals.gateway(401, "Unauthorized; scope does not match")
        return Reply.json(me(self.world.directory.named(grant.account)))

    def _report(self, request: Request) -> Reply:
        _, scopes = self._gateway.caller(request, "")
        return report_accounts(request, scopes, self.world.directory, self.world.manners)

    def _site_host(self, request: Request) -> Reply:
        """A site's own host takes no OAuth token; it tells its cloud id to anybody."""
        site = next((each for each in self.sites.values() if each.url == f"https://{request.host}"), None)
        if site is not None and request.path == "/_edge/tenant_info":
            return Reply.json({"cloudId": site.cloud_id})
        if request.bearer():
            detail = "a site's own host does not take these tokens"
            self.world.manners.record("bearer_to_other_host", request.method, request.path, detail)
        return Reply.html("<!doctype html><title>Log in with Atlassian account</title>", 401)


def create_simulator(
    *,
    clock: Callable[[], datetime] = utc_now,
    seed: int = 0,
    sleep: Callable[[float], None] = time.sleep,
    client: tuple[str, str] = (CLIENT_ID, CLIENT_SECRET),
    media_base: str = MEDIA_BASE,
    pages: Path | None = None,
    generate: str | None = None,
    state: Path | None = None,
    bench: bool = False,
) -> Simulator:
    """A simulator with its sample site.

    `clock` gives aware UTC times and may be a test's own; `sleep` waits out scripted delays; `pages` is a folder of
    real page bodies (space REAL); `generate` adds made-up pages to acme, as `pages[:spaces[:seed]]`; `state` keeps
    grants and edits over restarts; `bench` opens the sites' own hosts to Basic auth, for connectors to compare with.
    Raises NoPages, or ValueError for a state file that is not ours or a number of pages that makes no sense.
    """
    return Simulator(
        clock=clock,
        seed=seed,
        sleep=sleep,
        client=client,
        media_base=media_base,
        pages=pages,
        generate=generate,
        state=state,
        bench=bench,
    )
