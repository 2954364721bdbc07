"""Which operations the documents know, which scopes each needs, and what its query may say."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import unquote

from local.simulator.operations_source import TABLE

ACCOUNT_SCOPES = frozenset({"offline_access", "read:me", "read:account", "report:personal-data"})
INTEGER = re.compile(r"-?\d{1,18}")

type Product = Literal["confluence", "jira"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented operation. Any one set of `scopes` suffices; no set means closed to OAuth tokens."""

    id: str
    method: str
    path: str
    scopes: tuple[frozenset[str], ...]
    query: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]
    pattern: re.Pattern[str]

    @property
    def endpoint(self) -> str:
        """The name used in counters and scripts, such as `GET /wiki/api/v2/pages/{id}`."""
        return f"{self.method} {self.path}"

    def allows(self, scopes: frozenset[str]) -> bool:
        """Whether a token with `scopes` may call this."""
        return any(wanted <= scopes for wanted in self.scopes)


class QueryProblem(Exception):
    """The query says something the documents do not allow; `kind` is a violation's kind."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class Query:
    """A query checked against its operation. Lists may be repeated or comma-separated, as both are in use."""

    def __init__(self, operation: Operation, pairs: tuple[tuple[str, str], ...]) -> None:
        self._rules = operation.query
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name not in self._rules:
                raise QueryProblem("undocumented_parameter", f"{operation.endpoint} has no parameter {name}")
            is_list = self._rules[name]["type"] == "array"
            self._values.setdefault(name, []).extend(value.split(",") if is_list else [value])
        for name in operation.required:
            if name not in self._values:
                raise QueryProblem("undocumented_parameter", f"{operation.endpoint} needs {name}")
        for name, values in self._values.items():
            _check(name, values, self._rules[name])

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def one(self, name: str) -> str | None:
        """The value, else the documented default, else nothing."""
        if name in self._values:
            return self._values[name][0]
        default = self._rules[name].get("default")
        return None if default is None else str(default).lower() if isinstance(default, bool) else str(default)

    def many(self, name: str) -> list[str]:
        """All values of a list."""
        return self._values.get(name, [])

    def integer(self, name: str) -> int:
        """A number; the operation documents a default for it."""
        return int(self.one(name) or 0)

    def flag(self, name: str) -> bool:
        """A boolean."""
        return self.one(name) == "true"

    def without(self, *names: str) -> list[tuple[str, str]]:
        """All pairs but those, in order: what a `next` link repeats."""
        return [
            (name, ",".join(values) if self._rules[name]["type"] == "array" else values[0])
            for name, values in self._values.items()
            if name not in names
        ]


def _check(name: str, values: list[str], rule: Mapping[str, Any]) -> None:
    problem = _problem(values, rule)
    if problem:
        raise QueryProblem("parameter_out_of_range", f"{name} {problem}")


def _problem(values: list[str], rule: Mapping[str, Any]) -> str | None:
    if rule["type"] != "array" and len(values) > 1:
        return "given twice"
    if len(values) > rule.get("max_items", len(values)):
        return f"takes at most {rule['max_items']} values"
    if rule["type"] == "integer" or rule.get("integers"):
        low, high = rule.get("min", -(10**18)), rule.get("max", 10**18)
        fits = all(INTEGER.fullmatch(value) and low <= int(value) <= high for value in values)
        return None if fits else f"must be a number between {low} and {high}"
    allowed = ["true", "false"] if rule["type"] == "boolean" else [str(each) for each in rule.get("enum", values)]
    return None if set(values) <= set(allowed) else f"must be one of {', '.join(allowed)}"


def _pattern(path: str) -> re.Pattern[str]:
    segments = [f"(?P<{_name(s)}>[^/]+)" if s.startswith("{") else re.escape(s) for s in path.split("/")]
    return re.compile("/".join(segments))


def _name(segment: str) -> str:
    return segment.strip("{}").replace("-", "_").replace(".", "_")


def product_of(path: str) -> Product:
    """Whose path it is: all of Confluence lies below `/wiki`."""
    return "confluence" if path.startswith("/wiki/") else "jira"


@cache
def operations() -> tuple[Operation, ...]:
    """All documented operations; fixed paths before patterned ones."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    found = (
        Operation(
            row["id"],
            row["method"],
            row["path"],
            tuple(map(frozenset, row["scopes"])),
            row["query"],
            tuple(row["required"]),
            _pattern(row["path"]),
        )
        for row in table["operations"]
    )
    return tuple(sorted(found, key=lambda operation: operation.path.count("{")))


@cache
def _operations_of(product: Product) -> tuple[Operation, ...]:
    return tuple(operation for operation in operations() if product_of(operation.path) == product)


@cache
def known_scopes() -> frozenset[str]:
    """Every scope an app can ask for."""
    return frozenset(json.loads(TABLE.read_text(encoding="utf-8"))["scopes"]) | ACCOUNT_SCOPES


def match(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation behind a path from `/wiki` or `/rest`, with its path parameters decoded."""
    for operation in _operations_of(product_of(path)):
        if operation.method == method and (found := operation.pattern.fullmatch(path)):
            return operation, {name: unquote(value) for name, value in found.groupdict().items()}
    return None


def methods_of(path: str) -> list[str]:
    """The methods documented for a path; empty if the path is unknown."""
    known = _operations_of(product_of(path))
    return sorted({operation.method for operation in known if operation.pattern.fullmatch(path)})
