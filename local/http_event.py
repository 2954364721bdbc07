"""A request as the function sees it: payload format 2.0 of HTTP APIs ("Working with AWS Lambda proxy integrations")."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

_TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml", "application/problem+json")


@dataclass(frozen=True, slots=True)
class Inbound:
    """One request. `path` and `query` as they came, still encoded. `decoded_path` is what API Gateway goes by."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    protocol: str
    source: str

    def header(self, name: str) -> str | None:
        return next((value for given, value in self.headers if given.lower() == name), None)

    @property
    def decoded_path(self) -> str:
        """HTTP APIs decode the path before they match routes and call the function, and cut it at a decoded `?`.

        "API Gateway decodes URL-encoded request parameters" (Developer Guide, routes of HTTP APIs); captures of live
        APIs show the rest (honojs/hono#2156, middleapi/standard-server#93). The query stays as it came.
        """
        return unquote(self.path).partition("?")[0]

    @property
    def host(self) -> str:
        host = self.header("host") or ""
        return host if ":" in host else f"{host}:"


def event_of(
    inbound: Inbound,
    route_key: str,
    path_parameters: Mapping[str, str],
    claims: Mapping[str, str] | None,
    request_id: str,
) -> dict[str, Any]:
    """The event; `claims` None for a public route. Repeated headers and query values are joined by commas."""
    now = datetime.now(UTC)
    body, encoded = _body(inbound)
    host = (inbound.header("host") or "").partition(":")[0]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": inbound.decoded_path,
        "rawQueryString": inbound.query,
        "headers": _joined((name.lower(), value) for name, value in inbound.headers if name.lower() != "cookie"),
        "requestContext": {
            "accountId": "anonymous" if claims is None else "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": inbound.method,
                "path": inbound.decoded_path,
                "protocol": inbound.protocol,
                "sourceIp": inbound.source,
                "userAgent": inbound.header("user-agent") or "",
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": encoded,
    }
    cookies = [
        part.strip()
        for name, value in inbound.headers
        if name.lower() == "cookie"
        for part in value.split(";")
        if part.strip()
    ]
    query = _joined(parse_qsl(inbound.query, keep_blank_values=True, max_num_fields=1000))
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = query
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    if body:
        event["body"] = body
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    return event


def _joined(pairs: Any) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(inbound: Inbound) -> tuple[str, bool]:
    if not inbound.body:
        return "", False
    kind = (inbound.header("content-type") or "").lower()
    if kind.startswith(_TEXT_TYPES):
        try:
            return inbound.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(inbound.body).decode(), True
