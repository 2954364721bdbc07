"""Routes, authorizer and CORS of the HTTP API, read from the transformed template, matched as API Gateway matches.

API Gateway prefers a full match, then path variables, then a greedy `{proxy+}`, then `$default` ("Create routes for
HTTP APIs"); a route of the exact method is preferred to ANY.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """`function` is a logical id of the template; `public` routes have no authorizer."""

    method: str  # "ANY" for every method
    path: str
    function: str
    public: bool

    @property
    def key(self) -> str:
        return "$default" if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Cors:
    origins: Sequence[str]
    methods: Sequence[str]
    headers: Sequence[str]
    exposed: Sequence[str]
    max_age_seconds: int


class HttpApi:
    """The one `AWS::ApiGatewayV2::Api` of a transformed template, with its parameters' values put in."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        body = next(
            resource["Properties"]["Body"]
            for resource in template["Resources"].values()
            if resource["Type"] == "AWS::ApiGatewayV2::Api"
        )
        self.routes = tuple(_routes(body))
        self.default = next((route for route in self.routes if route.path == "$default"), None)
        scheme = next(iter(body["components"]["securitySchemes"].values()))
        configuration = _resolve(scheme["x-amazon-apigateway-authorizer"]["jwtConfiguration"], parameters)
        self.issuer: str = configuration["issuer"]
        self.audience: list[str] = configuration["audience"]
        cors = _resolve(body["x-amazon-apigateway-cors"], parameters)
        self.cors = Cors(
            cors["allowOrigins"], cors["allowMethods"], cors["allowHeaders"], cors["exposeHeaders"], cors["maxAge"]
        )

    def match(self, method: str, path: str) -> tuple[ApiRoute, dict[str, str]] | None:
        """The route that answers a decoded path, and its parameters; `$default` last, None when there is none."""
        segments = path.removeprefix("/").split("/")
        best: tuple[tuple[int, ...], ApiRoute, dict[str, str]] | None = None
        for route in self.routes:
            if route.path == "$default" or route.method not in {method, "ANY"}:
                continue
            found = _match(route.path.removeprefix("/").split("/"), segments)
            if found is not None:
                rank = (*found[0], route.method == "ANY")
                if best is None or rank < best[0]:
                    best = (rank, route, found[1])
        if best is not None:
            return best[1], best[2]
        return None if self.default is None else (self.default, {})


def _match(pattern: Sequence[str], segments: Sequence[str]) -> tuple[tuple[int, ...], dict[str, str]] | None:
    rank: list[int] = []
    values: dict[str, str] = {}
    for position, part in enumerate(pattern):
        if part.startswith("{") and part.endswith("+}"):
            values[part[1:-2]] = "/".join(segments[position:])
            return ((2, *rank), values)
        if position >= len(segments):
            return None
        if part.startswith("{"):
            if not segments[position]:
                return None
            values[part[1:-1]] = segments[position]
            rank.append(1)
        elif part == segments[position]:
            rank.append(0)
        else:
            return None
    return (((1 if any(rank) else 0), *rank), values) if len(pattern) == len(segments) else None


def _routes(body: Mapping[str, Any]) -> list[ApiRoute]:
    routes = []
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            if method not in _METHODS:
                continue
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            function = re.search(r"\$\{(\w+)\.Arn\}", uri)
            if function is None:
                raise ValueError(f"{method} {path} is not integrated with a function")
            security = operation.get("security", [])
            routes.append(
                ApiRoute(
                    "ANY" if method.startswith("x-") else method.upper(),
                    "$default" if path == "/$default" else path,
                    function[1],
                    public=not security or all("NONE" in scheme for scheme in security),
                )
            )
    return routes


def _resolve(value: Any, parameters: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"Ref"}:
            return parameters[value["Ref"]]
        return {name: _resolve(item, parameters) for name, item in value.items()}
    return [_resolve(item, parameters) for item in value] if isinstance(value, list) else value
