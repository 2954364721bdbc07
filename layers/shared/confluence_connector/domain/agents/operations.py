"""Every operation of Confluence's REST API: where it lies, what it does, which scopes it needs.

`operations.json` is written by `tools/operations` from Atlassian's OpenAPI documents (their SHA-256 is in it); group,
action, reason and rules of each row were reviewed by hand, and docs/agent-operations.md prints what follows from them.
Routes that Atlassian has retired or never documented are rows, too, so that they are refused knowingly. What is in no
row is no operation.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from confluence_connector.domain.agents.effects import GROUPS, Action, Effect, Group

type Place = Literal["path", "query", "body"]
type BodyKind = Literal["none", "json", "form"]

TABLE: Final = Path(__file__).with_name("operations.json")
KINDS: Final = MappingProxyType({
    "number": re.compile(r"[0-9]{1,19}"),
    "attachment": re.compile(r"(?:att)?[0-9]{1,19}"),
    "space": re.compile(r"~?[A-Za-z0-9][A-Za-z0-9._:@-]{0,254}"),
    "word": re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~:@-]{0,254}"),
})  # fmt: skip
"""What a path parameter may be; any other kind lists its values. None of these characters needs an escape in a path."""

WHOLE_SPACE: Final = re.compile(r"DELETE /wiki/(?:rest/api/space|api/v2/spaces)/{[^}]+}")


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule makes of an operation's effect; None leaves that part as it is."""

    group: Group | None = None
    action: Action | None = None
    reason: str | None = None
    also: Group | None = None

    def of(self, effect: Effect) -> Effect:
        """Nothing lifts a block."""
        if effect.action == "blocked":
            return effect
        return Effect(self.group or effect.group, self.action or effect.action, self.reason, self.also or effect.also)


@dataclass(frozen=True, slots=True)
class Rule:
    """A parameter, or a member at the top of the body, that changes what the operation does.

    `words` says what each word of the value makes of the effect, `otherwise` what any other value does. A parameter
    that is not there changes nothing.
    """

    place: Place
    name: str
    words: Mapping[str, Change]
    otherwise: Change


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `scopes`: alternatives, each needed in full; `query`: name → may it be repeated?"""

    method: str
    path: str
    operation_id: str | None
    params: Mapping[str, str]
    query: Mapping[str, bool]
    body: BodyKind
    scopes: tuple[tuple[str, ...], ...]
    effect: Effect
    rules: tuple[Rule, ...]


@dataclass(slots=True)
class _Place:
    """One place in the tree of paths: what may follow, and what can be done there."""

    literals: "dict[str, _Place]" = field(default_factory=dict)
    parameter: "_Place | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


@cache
def operations() -> tuple[Operation, ...]:
    """The whole table, read once a process."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(_operation(row, table["reasons"]) for row in table["operations"])


def find(method: str, segments: Sequence[str]) -> tuple[Operation, Mapping[str, str]] | None:
    """The operation at a path of decoded segments, with its parameters by name.

    A literal goes before a parameter, and whoever took it does not turn back: where Atlassian's router and this one
    could read a path differently, there is no operation.
    """
    place, taken = _tree(), []
    for segment in segments:
        if segment in place.literals:
            place = place.literals[segment]
        elif place.parameter is not None:
            place = place.parameter
            taken.append(segment)
        else:
            return None
    operation = place.operations.get(method)
    if operation is None:
        return None
    values = dict(zip(operation.params, taken, strict=True))
    fitting = all(_fits(kind, values[name]) for name, kind in operation.params.items())
    return (operation, values) if fitting else None


def missing_scopes(operation: Operation, granted: Iterable[str]) -> tuple[str, ...]:
    """What a grant lacks for this operation, sorted (F8).

    Empty if one of the operation's alternatives, classic or granular, is granted whole; otherwise what completes the
    nearest of them, the granular one where both are equally near.
    """
    held = frozenset(granted)
    lacking = [tuple(sorted(set(alternative) - held)) for alternative in reversed(operation.scopes)]
    fewest = min(map(len, lacking), default=0)
    return next((scopes for scopes in lacking if len(scopes) == fewest), ())


def _fits(kind: str, value: str) -> bool:
    return KINDS[kind].fullmatch(value) is not None if kind in KINDS else value in kind.split("|")


@cache
def _tree() -> _Place:
    root = _Place()
    for operation in operations():
        place = root
        for segment in operation.path.split("/")[1:]:
            if segment.startswith("{"):
                place.parameter = place.parameter or _Place()
                place = place.parameter
            else:
                place = place.literals.setdefault(segment, _Place())
        place.operations[operation.method] = operation
    return root


def _operation(row: dict[str, Any], reasons: dict[str, str]) -> Operation:
    if WHOLE_SPACE.fullmatch(f"{row['method']} {row['path']}") and row["action"] != "blocked":
        raise ValueError("no table may let an agent delete a whole space (F2)")
    names = re.findall(r"{([^}]+)}", row["path"])
    return Operation(
        method=row["method"],
        path=row["path"],
        operation_id=row["id"],
        params={name: row["params"][name] for name in names},
        query={name.removesuffix("[]"): name.endswith("[]") for name in row["query"]},
        body=row["body"],
        scopes=tuple(tuple(alternative) for alternative in row["scopes"]),
        effect=Effect(row.get("group"), row["action"], reasons[row["reason"]] if "reason" in row else None),
        rules=tuple(
            Rule(
                rule["in"],
                rule["name"],
                {word: _change(outcome, reasons) for word, outcome in rule["words"].items()},
                _change(rule["otherwise"], reasons),
            )
            for rule in row.get("rules", ())
        ),
    )


def _change(outcome: str, reasons: dict[str, str]) -> Change:
    """`keep`, `delete`, the name of the group instead, `also:` and that of a second one, or why it is blocked."""
    if outcome == "keep":
        return Change()
    if outcome == "delete":
        return Change(action="delete")
    if outcome in GROUPS:
        return Change(group=outcome)
    if outcome.startswith("also:"):
        return Change(also=next(group for group in GROUPS if group == outcome.removeprefix("also:")))
    return Change(action="blocked", reason=reasons[outcome])
