"""The fields issues have here: their names, schemas and allowed values, as create metadata and screens list them."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.simulator.wire import JsonObject

SET = ("set",)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `rich`: it holds an Atlassian Document only. `allowed`: the only values, if any are listed."""

    id: str
    name: str
    schema: Mapping[str, object]
    operations: tuple[str, ...] = SET
    rich: bool = False
    allowed: tuple[JsonObject, ...] = ()

    @property
    def custom(self) -> bool:
        """Whether an administrator made it."""
        return self.id.startswith("customfield_")

    def metadata(self, *, required: bool) -> JsonObject:
        """As create metadata, edit metadata and transition screens show it."""
        row: JsonObject = {
            "required": required,
            "schema": dict(self.schema),
            "name": self.name,
            "key": self.id,
            "hasDefaultValue": self.id == "priority",
            "operations": list(self.operations),
        }
        if self.allowed:
            row["allowedValues"] = [dict(value) for value in self.allowed]
        return row


def _system(field_id: str, name: str, kind: str, **more: object) -> Field:
    items = more.pop("items", None)
    schema = {"type": kind, "system": field_id} | ({"items": items} if items else {})
    return Field(field_id, name, schema, **more)  # type: ignore[arg-type]


def _custom(number: int, name: str, kind: str, made_as: str, **more: object) -> Field:
    custom = f"com.atlassian.jira.plugin.system.customfieldtypes:{made_as}"
    schema = {"type": kind, "custom": custom, "customId": number}
    return Field(f"customfield_{number}", name, schema, **more)  # type: ignore[arg-type]


def _values(first_id: int, *names: str) -> tuple[JsonObject, ...]:
    return tuple({"id": str(first_id + number), "name": name} for number, name in enumerate(names))


PRIORITIES = _values(1, "Highest", "High", "Medium", "Low", "Lowest")
RESOLUTIONS = _values(10_000, "Done", "Won't do", "Duplicate")
SEVERITIES: tuple[JsonObject, ...] = tuple(
    {"id": str(10_020 + number), "value": value} for number, value in enumerate(("Minor", "Major", "Critical"))
)
DEFAULT_PRIORITY = PRIORITIES[2]
DONE = RESOLUTIONS[0]

FIELDS = {
    field.id: field
    for field in (
        _system("project", "Project", "project"),
        _system("issuetype", "Issue Type", "issuetype", operations=()),
        _system("summary", "Summary", "string"),
        _system("description", "Description", "string", rich=True),
        _system("labels", "Labels", "array", items="string", operations=("add", "set", "remove")),
        _system("parent", "Parent", "issuelink"),
        _system("priority", "Priority", "priority", allowed=PRIORITIES),
        _system("assignee", "Assignee", "user"),
        _system("duedate", "Due date", "date"),
        _system("resolution", "Resolution", "resolution", allowed=RESOLUTIONS),
        _custom(10_050, "Severity", "option", "select", allowed=SEVERITIES),
        _custom(10_051, "Steps to reproduce", "string", "textarea", rich=True),
        _custom(10_052, "Reference", "string", "textfield"),
    )
}
# What everybody reads and nobody sets.
READ_ONLY = {
    "status": ("Status", "status"),
    "creator": ("Creator", "user"),
    "reporter": ("Reporter", "user"),
    "created": ("Created", "datetime"),
    "updated": ("Updated", "datetime"),
}
