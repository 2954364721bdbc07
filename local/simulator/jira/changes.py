"""What a request wants to set on an issue: `fields` and `update`, read strictly, every mistake named by its field."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from local.simulator.jira import adf, refusals
from local.simulator.jira.bodies import IssueBody
from local.simulator.jira.call import JiraCall
from local.simulator.jira.fields import FIELDS, Field
from local.simulator.jira.nouns import Face, Project
from local.simulator.wire import JsonObject

LINE_AT_MOST = 255
NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
# The members of a face that are not among its `values`.
OWN = {"summary": "summary", "description": "description", "labels": "labels", "parent": "parent_id"}


class Wrong(ValueError):
    """What is wrong with one field's value."""


def read_changes(
    call: JiraCall, project: Project, body: IssueBody, screen: Mapping[str, bool], before: Face | None
) -> dict[str, Any]:
    """The members of the issue's next face. `screen`: the fields that may be set, each with whether it must be filled.

    Refuses with 400 what Jira would refuse, all fields at once.
    """
    fields, update = body.fields, body.update
    found: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in [*fields, *update]:
        if name not in screen or (name == "assignee" and not call.can("ASSIGN_ISSUES", project)):
            errors[name] = NOT_ON_SCREEN.format(name)
            continue
        if name in fields and name in update:
            errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
            continue
        field = FIELDS[name]
        try:
            found[name] = (
                _read(call, project, field, fields[name])
                if name in fields
                else _operated(call, project, field, update[name], before)
            )
        except Wrong as wrong:
            errors[name] = str(wrong)
        except adf.NoDocument as wrong:
            if not str(wrong):
                raise refusals.jira(400, "INVALID_INPUT") from None
            errors[name] = str(wrong)
    for name, required in screen.items():
        missing = name not in found if before is None else name in found and found[name] is None
        if required and missing and name not in errors:
            errors[name] = "You must specify a summary of the issue." if name == "summary" else _required(name)
    if errors:
        raise refusals.jira(400, fields=errors)
    return _face_members(found, before)


def _face_members(found: Mapping[str, Any], before: Face | None) -> dict[str, Any]:
    values = dict(before.values) if before else {}
    values |= {name: value for name, value in found.items() if name not in OWN}
    return {OWN[name]: value for name, value in found.items() if name in OWN} | {"values": values}


def _required(name: str) -> str:
    return f"{FIELDS[name].name} is required."


def _operated(call: JiraCall, project: Project, field: Field, operations: list[JsonObject], before: Face | None) -> Any:
    """`update`: a list of single operations, done in order."""
    if not all(len(each) == 1 for each in operations):
        raise Wrong("Operations are a list of objects with one member each.")
    value: Any = before.labels if before and field.id == "labels" else ()
    for each in operations:
        verb, raw = next(iter(each.items()))
        if verb not in field.operations:
            raise Wrong(f"Field '{field.id}' does not support operation '{verb}'")
        match verb:
            case "set":
                value = _read(call, project, field, raw)
            case "add":
                value = tuple(dict.fromkeys([*value, *_labels([raw])]))
            case "remove":
                value = tuple(label for label in value if label != raw)
    return value


def _read(call: JiraCall, project: Project, field: Field, raw: Any) -> Any:
    if raw is None and field.id != "summary":
        return () if field.id == "labels" else None
    if field.rich:
        adf.check(raw)
        return raw
    if field.allowed:
        return _one_of(field, raw)
    readers: dict[object, Callable[[], Any]] = {
        "array": lambda: _labels(raw),
        "user": lambda: _person(call, project, raw),
        "date": lambda: _date(raw),
        "issuelink": lambda: _parent(call, project, raw),
        "string": lambda: _summary(raw) if field.id == "summary" else _line(raw),
    }
    return readers[field.schema["type"]]()


def _summary(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise Wrong("You must specify a summary of the issue.")
    if "\n" in raw or "\r" in raw:
        raise Wrong("The summary is invalid because it contains newline characters.")
    # Characters as the server's language counts them: one beyond the basic plane is two.
    if len(raw.encode("utf-16-le", "surrogatepass")) // 2 > LINE_AT_MOST:
        raise Wrong("Summary can't exceed 255 characters.")
    return raw


def _line(raw: Any) -> str:
    if not isinstance(raw, str):
        raise Wrong("Operation value must be a string")
    if len(raw) > LINE_AT_MOST:
        raise Wrong("The entered text is too long. It exceeds the allowed limit of 255 characters.")
    return raw


def _labels(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(label, str) and label for label in raw):
        raise Wrong("data was not an array of strings")
    for label in raw:
        if any(character.isspace() for character in label):
            raise Wrong(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > LINE_AT_MOST:
            raise Wrong("A label is at most 255 characters long.")
    return tuple(dict.fromkeys(raw))


def _one_of(field: Field, raw: Any) -> JsonObject:
    """One of the allowed values, named by any one of its members."""
    for value in field.allowed:
        if isinstance(raw, dict) and raw and all(value.get(name) == given for name, given in raw.items()):
            return dict(value)
    raise Wrong(f"Specify a valid value for {field.name}")


def _person(call: JiraCall, project: Project, raw: Any) -> JsonObject:
    account = call.user(raw.get("accountId")) if isinstance(raw, dict) else None
    if account is None or not call.can("ASSIGNABLE_USER", project, account):
        raise Wrong(f"User '{raw.get('accountId') if isinstance(raw, dict) else raw}' cannot be assigned issues.")
    return {"accountId": account.account_id}


def _date(raw: Any) -> str:
    try:
        return date.fromisoformat(raw).isoformat()
    except (TypeError, ValueError):
        raise Wrong("Error parsing date string; the format is yyyy-MM-dd") from None


def _parent(call: JiraCall, project: Project, raw: Any) -> str:
    wanted = (raw.get("key") or raw.get("id")) if isinstance(raw, dict) else None
    parent = call.site.issue(str(wanted)) if wanted else None
    if parent is None or parent.project_id != project.id:
        raise Wrong("Could not find issue by id or key.")
    return parent.id
