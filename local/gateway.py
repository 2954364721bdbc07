"""The public front of the one-machine stack: what API Gateway's HTTP API does, on the routes of the template.

A request is matched, authorized, made into an event of payload format 2.0, and answered by the function. Beside that it
serves the console (web/) and the local issuer. Its own refusals have the API's one error shape; API Gateway's own are
`{"message": …}`, which cannot be changed there.
"""

import asyncio
import base64
import binascii
import json
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from confluence_connector.errors import (
    BadRequest,
    ConnectorError,
    Forbidden,
    NotFound,
    ServiceUnavailable,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
)
from confluence_connector.web.entry import SECURITY_HEADERS
from confluence_connector.web.problem import body_of, headers_of
from local.authorizer import JwtAuthorizer, Unauthorized
from local.console import Console
from local.http_api import ApiRoute, HttpApi
from local.http_event import Inbound, event_of
from local.issuer import LocalIssuer, token_request
from local.lambda_worker import Outcome

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Invoke = Callable[[str, bytes], Coroutine[Any, Any, Outcome]]

_MAX_BODY_BYTES = 10 * 1024 * 1024  # API Gateway's payload quota
_INTEGRATION_SECONDS = 30  # API Gateway's integration time-out
ISSUER_PATH = "/local/issuer"


class Answer:
    """Status, headers and body, ready to send."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


class Gateway:
    """An ASGI application. `invoke` runs a function by its logical id."""

    def __init__(
        self,
        api: HttpApi,
        issuer: LocalIssuer,
        invoke: Invoke,
        console: Console,
        *,
        integration_seconds: float = _INTEGRATION_SECONDS,
    ) -> None:
        self._api = api
        self._integration_seconds = integration_seconds
        self._running: set[asyncio.Future[Outcome]] = set()
        self._issuer = issuer
        self._invoke = invoke
        self._console = console
        self._authorizer = JwtAuthorizer(api.issuer, api.audience, issuer.public_keys)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request_id = str(uuid.uuid4())
        try:
            inbound = await _read(scope, receive)
            answer = await self._answer(inbound, request_id)
        except ConnectorError as error:
            answer = _refusal(error, request_id)
        self._allow_origin(answer, scope)
        encoded = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers
        ]
        if answer.status != HTTPStatus.NO_CONTENT:
            encoded.append((b"content-length", str(len(answer.body)).encode()))
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, inbound: Inbound, request_id: str) -> Answer:
        if inbound.host.rpartition(":")[0] not in {"127.0.0.1", "localhost"}:
            raise Forbidden("This stack answers on its own machine only.")  # a rebound DNS name ends here
        if inbound.path.startswith("/local/"):
            return self._local(inbound)
        preflight = self._preflight(inbound)
        if preflight is not None:
            return preflight
        found = self._api.match(inbound.method, inbound.decoded_path)
        if found is None or found[0].path == "$default":
            page = self._console.page(inbound.method, inbound.path)
            if page is not None:
                return Answer(200, page.headers, page.body)
        if found is None:
            raise NotFound
        return await self._call(*found, inbound, request_id)

    async def _call(self, route: ApiRoute, parameters: dict[str, str], inbound: Inbound, request_id: str) -> Answer:
        claims = None
        if not route.public:
            try:
                claims = self._authorizer.claims(inbound.header("authorization"))
            except Unauthorized as reason:
                refused = _refusal(Unauthenticated(), request_id)
                challenge = f'Bearer scope="" error="invalid_token" error_description="{reason}"'
                refused.headers.append(("www-authenticate", challenge))
                return refused
        try:
            event = event_of(inbound, route.key, parameters, claims, request_id)
        except ValueError as error:  # more query fields than any request of ours has
            raise BadRequest from error
        outcome = await self._integrate(route.function, json.dumps(event).encode())
        if outcome.failed:
            raise _failure(outcome)
        return _from_function(json.loads(outcome.payload))

    async def _integrate(self, function: str, event: bytes) -> Outcome:
        """The function's outcome. Raises ServiceUnavailable when time is up; the function then goes on, unheard."""
        running = asyncio.ensure_future(self._invoke(function, event))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        await asyncio.wait({running}, timeout=self._integration_seconds)
        if not running.done():
            raise ServiceUnavailable("The function did not answer in time.", retry_after=5)
        return running.result()

    def _local(self, inbound: Inbound) -> Answer:
        match inbound.method, inbound.path:
            case "POST", "/local/token":
                if (inbound.header("content-type") or "").partition(";")[0].strip() != "application/json":
                    raise BadRequest("A token is asked for with a JSON body.")  # no other site's form can
                try:
                    asked = token_request(inbound.body)
                except ValueError as error:
                    raise BadRequest from error
                return _json({"access_token": self._issuer.token(**asked), "token_type": "Bearer"})
            case "GET", path if path == f"{ISSUER_PATH}/.well-known/openid-configuration":
                return _json(self._issuer.discovery())
            case "GET", path if path == f"{ISSUER_PATH}/jwks.json":
                return _json(self._issuer.jwks())
            case _:
                raise NotFound

    def _preflight(self, inbound: Inbound) -> Answer | None:
        asked = inbound.header("access-control-request-method")
        if inbound.method != "OPTIONS" or asked is None or inbound.header("origin") is None:
            return None
        cors = self._api.cors
        if asked not in cors.methods:
            return Answer(204, [], b"")
        return Answer(
            204,
            [
                ("access-control-allow-methods", ",".join(cors.methods)),
                ("access-control-allow-headers", ",".join(cors.headers)),
                ("access-control-max-age", str(cors.max_age_seconds)),
            ],
            b"",
        )

    def _allow_origin(self, answer: Answer, scope: Message) -> None:
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
        if not origin:
            return
        answer.headers.append(("vary", "origin"))
        if origin in self._api.cors.origins:
            answer.headers.append(("access-control-allow-origin", origin))
            answer.headers.append(("access-control-expose-headers", ",".join(self._api.cors.exposed)))


async def _read(scope: Message, receive: Receive) -> Inbound:
    """The request with its body. Raises TooLarge beyond 10 MB without reading further."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        if len(body) > _MAX_BODY_BYTES:
            raise TooLarge
        if not message.get("more_body"):
            break
    raw_path = scope.get("raw_path") or scope["path"].encode()
    client = scope.get("client") or ("127.0.0.1", 0)
    return Inbound(
        method=scope["method"],
        path=raw_path.partition(b"?")[0].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        body=bytes(body),
        protocol=f"HTTP/{scope['http_version']}",
        source=client[0],
    )


def _from_function(result: Any) -> Answer:
    """What API Gateway makes of a function's answer: a full answer, or 200 with the value as JSON."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return _json(result)
    body = result.get("body") or ""
    try:
        status = int(result["statusCode"])
        data = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else str(body).encode()
    except (ValueError, TypeError, binascii.Error) as error:
        raise ServiceUnavailable from error
    headers = [
        (str(name), _text(value))
        for name, value in (result.get("headers") or {}).items()
        if not str(name).lower().startswith("access-control-") and str(name).lower() != "content-length"
    ]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain; charset=utf-8"))
    headers += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    return Answer(status, headers, data)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _failure(outcome: Outcome) -> ConnectorError:
    """A function that did not answer: too large, throttled, or broken (its own log has the reason)."""
    match json.loads(outcome.payload).get("errorType"):
        case "RequestEntityTooLargeException":
            return TooLarge()
        case "TooManyRequestsException":
            return TooManyRequests("Too many requests at once.", retry_after=1)
        case "Sandbox.Timedout":
            return ServiceUnavailable("The function did not answer in time.", retry_after=5)
        case _:
            return ConnectorError()


def _refusal(error: ConnectorError, request_id: str) -> Answer:
    headers: Mapping[str, str] = SECURITY_HEADERS | headers_of(error)
    return Answer(error.status, list(headers.items()), body_of(error, request_id))


def _json(value: Any) -> Answer:
    return Answer(
        200, [("content-type", "application/json"), ("cache-control", "no-store")], json.dumps(value).encode()
    )


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
