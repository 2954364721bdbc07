"""The front door: every request, however it came, is recorded, matched to a scripted fault, routed, charged, answered.

Hosts: `auth.atlassian.com`, `api.atlassian.com`, `api.media.atlassian.com`, the sites' own, and loopback names, which
serve all of them by path (one port for the whole of Atlassian).
"""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from local.simulator import refusals
from local.simulator.gateway import endpoint_of
from local.simulator.operations import operations
from local.simulator.wire import Refusal, Reply, Request
from local.simulator.world import World

AUTH_HOST, API_HOST, MEDIA_HOST = "auth.atlassian.com", "api.atlassian.com", "api.media.atlassian.com"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "simulator"})
KEPT_REQUESTS = 50_000
CONTROL = "/_simulator"
# Some connectors leave out `/wiki` on hosts that are not Atlassian's.
SITE_PATHS = ("/wiki/", "/rest/api/", "/download/attachments/")

type Area = Callable[[Request], Reply]


AUTH_ENDPOINTS = ("GET /authorize", "POST /authorize", "POST /oauth/token")
API_ENDPOINTS = ("GET /oauth/token/accessible-resources", "GET /me", "POST /app/report-accounts/")
MEDIA_ENDPOINT = "GET /file/{id}/binary"


def known_endpoints() -> list[str]:
    """The names that counters use and scripts may use."""
    return [*AUTH_ENDPOINTS, *API_ENDPOINTS, MEDIA_ENDPOINT, *(operation.endpoint for operation in operations())]


@dataclass(slots=True)
class RequestSeen:
    """One request as it arrived. Headers and body hold secrets: in process only, never in a printed form."""

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    endpoint: str
    at: datetime
    account: str | None
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int = 0


@dataclass(slots=True)
class Areas:
    """Who answers for which part. `site_by_path`: loopback names serve a site's own host below `/wiki` as well."""

    authorize: Area
    decide: Area
    token: Area
    resources: Area
    me: Area
    report: Area
    gateway: Area
    media: Area
    site: Area
    control: Area
    site_by_path: bool = False


class Front:
    """One handling path for sockets and for in-process clients. Safe under threads: one request at a time."""

    def __init__(self, areas: Areas, world: World) -> None:
        self._areas, self._world = areas, world
        self.lock = threading.RLock()
        self.requests: deque[RequestSeen] = deque(maxlen=KEPT_REQUESTS)
        self.by_endpoint: Counter[str] = Counter()

    def handle(self, request: Request) -> Reply:
        """The answer. A delay in it is for the caller to wait out, outside the lock."""
        with self.lock:
            if request.path.startswith(CONTROL):
                return _refused(lambda: self._areas.control(request))
            area, endpoint = self._route(request)
            seen = self._record(request, endpoint)
            fault = self._world.faults.take(endpoint, seen.account)
            true = _refused(lambda: self._answer(area, request)) if fault is None or fault.acts else None
            reply = fault.answer(true) if fault else true or Reply.empty()
            reply.delay_seconds += self._world.behaviour.latency_seconds
            seen.status = reply.status
            reply.headers.setdefault("atl-traceid", f"{len(self.requests):032x}")
            return reply

    def reset_counters(self) -> None:
        """Forget the requests seen so far."""
        with self.lock:
            self.requests.clear()
            self.by_endpoint.clear()

    def locked[T](self, work: Callable[[], T]) -> T:
        """Do something to the state while no request is being handled."""
        with self.lock:
            return work()

    def _record(self, request: Request, endpoint: str) -> RequestSeen:
        token = request.bearer()
        caller = self._world.grants.caller(token, self._world.clock()) if token else None
        account = caller[0].account if caller else None
        seen = RequestSeen(
            request.method,
            request.host,
            request.path,
            request.query,
            endpoint,
            self._world.clock(),
            account,
            dict(request.headers),
            request.body,
        )
        self.requests.append(seen)
        self.by_endpoint[endpoint] += 1
        return seen

    def _answer(self, area: Area, request: Request) -> Reply:
        for name, value in request.query:
            if name in {"access_token", "refresh_token", "jwt"} or self._world.grants.knows(value):
                self._world.manners.record(
                    "token_in_query", request.method, request.path, f"a token in the query ({name})"
                )
                raise refusals.gateway(400, "A token must not travel in the query")
        if area is not self._areas.gateway:
            return area(request)
        tenant = "/".join(request.path.split("/", 4)[:4])
        product = "jira" if tenant.startswith("/ex/jira/") else "confluence"
        spent = self._world.ledger.refuse_when_spent(product) or self._world.bursts.refuse(tenant)
        if spent is not None:
            return spent
        # A refused request costs its point as well.
        reply = _refused(lambda: area(request))
        self._world.ledger.charge(reply, write=request.method in {"PUT", "DELETE"})
        return reply

    def _route(self, request: Request) -> tuple[Area, str]:
        name = _without_port(request.host)
        everything = name in LOOPBACK
        path, verb = request.path, f"{request.method} {request.path}"
        areas = self._areas
        auth = dict(zip(AUTH_ENDPOINTS, (areas.authorize, areas.decide, areas.token), strict=True))
        if (everything or name == AUTH_HOST) and verb in auth:
            return auth[verb], verb
        api = dict(zip(API_ENDPOINTS, (areas.resources, areas.me, areas.report), strict=True))
        if everything or name == API_HOST:
            if verb in api:
                return api[verb], verb
            if path.startswith("/ex/"):
                return areas.gateway, endpoint_of(request.method, path)
        if (everything or name == MEDIA_HOST) and path.startswith("/file/"):
            return areas.media, MEDIA_ENDPOINT
        if name.endswith(".atlassian.net") or (everything and areas.site_by_path and path.startswith(SITE_PATHS)):
            return areas.site, f"{request.method} (site)"
        return self._nowhere, f"{request.method} (unknown)"

    def _nowhere(self, request: Request) -> Reply:
        if _without_port(request.host) not in {*LOOPBACK, AUTH_HOST, API_HOST, MEDIA_HOST}:
            self._world.manners.record(
                "unknown_host", request.method, request.path, f"no such host here: {request.host}"
            )
        else:
            self._world.manners.record("undocumented_operation", request.method, request.path, "no such path here")
        raise refusals.gateway(404, "Not Found")


def _without_port(host: str) -> str:
    return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host


def _refused(work: Callable[[], Reply]) -> Reply:
    try:
        return work()
    except Refusal as refusal:
        return refusal.reply
