"""The HTTP API without sockets: payload-v2.0 events, routed as the gateway routes them, into the real handlers."""

import base64
import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from confluence_connector.routes import ROUTES, FunctionName
from confluence_connector.runtime import Runtime
from confluence_connector.web.app import create_app
from confluence_connector.web.entry import Handler, serve
from tests import canary

BOTH_SCOPES = "connector/read connector/write"


@dataclass(frozen=True)
class Person:
    """Somebody signed in; `claims` are what the authorizer hands over (strings, lists as `[a b]`)."""

    sub: str
    workspace: str = "acme"
    roles: tuple[str, ...] = ()
    scope: str = BOTH_SCOPES

    @property
    def claims(self) -> dict[str, str]:
        roles = f"[{' '.join(self.roles)}]"
        return {"sub": self.sub, "workspace": self.workspace, "roles": roles, "scope": self.scope}


@dataclass
class LambdaContext:
    """What a function sees of its invocation; `seconds` are left until the time-out."""

    seconds: float = 29
    aws_request_id: str = "req-1"
    function_name: str = "under-test"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:under-test"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass(frozen=True)
class Answer:
    """One answer, its body as text."""

    status: int
    headers: dict[str, str]
    text: str
    cookies: tuple[str, ...] = ()

    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str | None:
        """The problem's code, None for an answer that is no problem."""
        return self.json()["code"] if self.headers["content-type"] == "application/problem+json" else None

    @property
    def data(self) -> dict[str, str]:
        """The data attributes of the callback page's body."""
        body = re.search(r"<body\b([^>]*)>", self.text)
        assert body, self.text
        return dict(re.findall(r'data-([a-z]+)="([^"]*)"', body[1]))


def event(
    method: str,
    url: str,
    *,
    claims: Mapping[str, str] | None = None,
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    route: str | None = None,
) -> dict[str, Any]:
    """An event in payload format 2.0; `url` is path and query, bytes travel as base64, the path decoded as on AWS."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route or f"{method} {parts.path}",
        "rawPath": path,
        "rawQueryString": parts.query,
        "headers": {"host": "api.example.com"} | {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "tests",
            },
            "requestId": "gateway-1",
            "routeKey": route or f"{method} {parts.path}",
            "stage": "$default",
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if query := dict(parse_qsl(parts.query, keep_blank_values=True)):
        made["queryStringParameters"] = query
    if cookies:
        made["cookies"] = [f"{name}={value}" for name, value in cookies.items()]
    if body is not None:
        made["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    if claims is not None:
        made["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    return made


def route_of(method: str, path: str) -> tuple[FunctionName, str]:
    """The function that the gateway would call, and the route key; `$default` goes to oauth."""
    for route in ROUTES:
        if route.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), path):
            return route.function, f"{route.method} {route.path}"
    return "oauth", "$default"


@dataclass
class Api:
    """All HTTP functions over one runtime, each with an app of its own, as one warm process would hold them."""

    runtime: Runtime
    context: LambdaContext = field(default_factory=LambdaContext)
    handlers: dict[FunctionName, Handler] = field(default_factory=dict)

    def handler(self, function: FunctionName) -> Handler:
        """The real handler of a function; its module is named `<function>_handler` and has a `router`."""
        if function not in self.handlers:
            module = importlib.import_module(f"{function}_handler")
            self.handlers[function] = serve(create_app(function, module.router, lambda: self.runtime))
        return self.handlers[function]

    def call(
        self,
        person: Person | None,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        query: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        context: LambdaContext | None = None,
    ) -> Answer:
        """One request. `json_body` is sent as JSON; `body` as it is; `person` None sends no sign-in."""
        if json_body is not None:
            body, headers = json.dumps(json_body), {"content-type": "application/json"} | dict(headers or {})
        url = f"{path}?{urlencode(query)}" if query else path
        function, route = route_of(method, unquote(urlsplit(url).path))
        claims = person.claims if person else None
        made = event(method, url, claims=claims, body=body, headers=headers, cookies=cookies, route=route)
        return answered(self.handler(function)(made, context or self.context))

    def ok(self, person: Person | None, method: str, path: str, json_body: Any = None, **options: Any) -> Any:
        """The JSON of an answer that must be a success."""
        answer = self.call(person, method, path, json_body=json_body, **options)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer.json()


def answered(result: Mapping[str, Any]) -> Answer:
    """A handler's result as an answer; it is noted for the canary."""
    text = result.get("body", "")
    if result.get("isBase64Encoded"):
        text = base64.b64decode(text).decode()
    answer = Answer(result["statusCode"], result["headers"], text, tuple(result.get("cookies", ())))
    canary.current().see_answer(answer.headers, answer.text)
    return answer
