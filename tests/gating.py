"""What tests of the gate share: an example of every operation, all policies of one group, an oracle of their own."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

from confluence_connector.domain.agents.effects import GROUPS, Action, Effect, Group
from confluence_connector.domain.agents.operations import Operation
from confluence_connector.domain.agents.policies import GroupPolicy, Level, Policy

EXAMPLES = {"number": "4711", "attachment": "att4711", "space": "DOCS", "word": "abc-1"}
LEVELS: tuple[Level, ...] = ("disabled", "read", "read_write")
EVERYTHING = GroupPolicy("read_write", allow_delete=True, require_approval=False)
NOTHING = GroupPolicy("disabled", allow_delete=False, require_approval=False)
READS_BY_POST = {
    "/wiki/api/v2/content/convert-ids-to-types",
    "/wiki/api/v2/users-bulk",
    "/wiki/rest/api/content/{id}/permission/check",
    "/wiki/rest/api/contentbody/convert/async/bulk/tasks",
    "/wiki/rest/api/contentbody/convert/async/{to}",
}
"""The only operations that read and are no GET."""


def path_of(operation: Operation) -> str:
    """A path of that operation, with an example for each parameter."""
    return re.sub(r"{([^}]+)}", lambda name: example(operation.params[name[1]]), operation.path)


def example(kind: str) -> str:
    return EXAMPLES.get(kind, kind.partition("|")[0])


def body_of(operation: Operation) -> dict[str, Any] | None:
    return None if operation.body == "none" else {}


def template(operation: Operation) -> re.Pattern[str]:
    """The operation's template as a pattern of its own: what the path sent must match, whoever reads it."""
    return re.compile(re.sub(r"\\{[^}]+\\}", "[A-Za-z0-9._~:@-]+", re.escape(operation.path)))


def group_policies() -> Iterator[GroupPolicy]:
    """All twelve: three levels, and both switches both ways at each."""
    for level, allow_delete, require_approval in itertools.product(LEVELS, (False, True), (False, True)):
        yield GroupPolicy(level, allow_delete=allow_delete, require_approval=require_approval)


def policies_about(group: Group) -> Iterator[Policy]:
    """Every policy of that group, once with all others open and once with all others shut."""
    for own, others in itertools.product(group_policies(), (EVERYTHING, NOTHING)):
        yield Policy(**{each: own if each == group else others for each in GROUPS})


def promised_for(effect: Effect, policy: Policy) -> set[str]:
    """What may be answered to an effect. In two groups, the refusal of either, else the wait of either."""
    groups: list[Group] = [each for each in (effect.group, effect.also) if each] or ["pages"]
    answers = {promised(effect.action, group, policy.of(group)) for group in groups}
    return answers - {"allow", "needs_approval"} or answers & {"needs_approval"} or {"allow"}


def promised(action: Action, group: Group, own: GroupPolicy) -> str:
    """F1, F2 and F4 in the promise's own words: the outcome, or the code of the refusal."""
    if action == "blocked":
        return "blocked"
    if own.level == "disabled":
        return "group_disabled"
    if action == "read":
        return "allow"
    if own.level == "read" or group in {"search", "users"}:
        return "read_only"
    if action == "delete" and not own.allow_delete:
        return "delete_not_allowed"
    return "needs_approval" if own.require_approval else "allow"
