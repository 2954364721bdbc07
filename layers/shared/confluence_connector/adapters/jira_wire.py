"""What Jira v3 sends, as far as we read it, and the nouns it becomes; and what we send it. Source: Atlassian's OpenAPI
document (`jira-v3`), api-facts §7. Private to the Jira adapter.

As in `confluence_wire`, unknown members are ignored, and a missing or misshapen one is an error of Atlassian's. Ids and
keys have the form they have at Jira, because they enter paths and addresses. Values of fields are anybody's: JSON of
any shape, in which only half surrogate pairs are mended and depth is bounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AliasChoices, BaseModel, Field, ValidationError

from confluence_connector.adapters.confluence_wire import Id, Text, Wire, mended
from confluence_connector.adapters.jira_calls import FIELD, NOT_UNDERSTOOD
from confluence_connector.domain.identifiers import IssueId
from confluence_connector.errors import UpstreamProtocolError
from confluence_connector.ports.jira import Draft, EditableField, IssueNow, IssueRef, IssueType, Project, Transition

MARKER: Final = "confluence-connector"
"""The issue property that carries a link's marker; OAuth apps cannot make one searchable."""
ISSUE_FIELDS: Final = ("summary", "status", "project")
GIVEN: Final = frozenset({"project", "issuetype", "summary", "description", "reporter"})
"""What a create needs no word about: we send it, or Jira takes the account that asks."""
DOCUMENT: Final = "document"
RICH: Final = frozenset({"description", "environment"})
RICH_CUSTOM: Final = ":textarea"
DEPTH: Final = 200
"""Levels of a field's value. An editor's documents have a tenth of that."""

type Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,254}$")]
type IssueKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,254}-[0-9]{1,19}$")]


class _Project(Wire):
    id: Id
    key: Key
    name: Text


class Projects(Wire):
    values: list[_Project]
    is_last: Annotated[bool, Field(alias="isLast")]

    def nouns(self) -> list[Project]:
        return [project(each) for each in self.values]


class Page[Row: Wire](Wire):
    """One answer of create metadata; `total`: rows in all of them."""

    rows: Annotated[list[Row], Field(validation_alias=AliasChoices("issueTypes", "fields"))]
    total: int


class Type(Wire):
    id: Id
    name: Text
    subtask: bool


class _Needed(Wire):
    required: bool
    has_default: Annotated[bool | None, Field(alias="hasDefaultValue")] = None

    @property
    def must_be_given(self) -> bool:
        return self.required and not self.has_default


class CreateField(_Needed):
    id: Annotated[Text, Field(alias="fieldId")]


class _Permission(Wire):
    held: Annotated[bool, Field(alias="havePermission")]


class Permissions(Wire):
    permissions: dict[str, _Permission]


class _Ref(Wire):
    id: Id
    key: IssueKey


class _Status(Wire):
    name: Text


class _Home(Wire):
    id: Id


class _Fields(Wire):
    summary: Text
    status: _Status
    project: _Home


class _Issue(_Ref):
    fields: _Fields


class Issues(Wire):
    """`errors`: of issues that Jira could not get read; those missing or hidden are in neither list."""

    issues: list[_Issue]
    errors: Annotated[list[Any], Field(alias="issueErrors", default_factory=list)]


class _Marked(_Ref):
    properties: Annotated[dict[str, Any], Field(default_factory=dict)]


class Found(Wire):
    """One answer of a search. `following`: the token of the next one; absent with the last."""

    issues: list[_Marked]
    following: Annotated[str | None, Field(alias="nextPageToken", min_length=1)] = None

    def marked(self) -> Iterator[tuple[IssueRef, str]]:
        for each in self.issues:
            value = each.properties.get(MARKER)
            marker = value.get("marker") if isinstance(value, dict) else None
            if isinstance(marker, str):  # another shape is not ours
                yield ref(each), marker


class _Schema(Wire):
    type: Text
    system: str | None = None
    custom: str | None = None


class _EditField(Wire):
    name: Text
    required: bool
    kind: Annotated[_Schema, Field(alias="schema")]
    operations: list[str]
    allowed: Annotated[list[Any] | None, Field(alias="allowedValues")] = None

    @property
    def type(self) -> str:
        rich = self.kind.system in RICH or (self.kind.custom or "").endswith(RICH_CUSTOM)
        return DOCUMENT if rich else self.kind.type


class EditFields(Wire):
    fields: dict[str, _EditField]

    def settable(self) -> dict[str, _EditField]:
        """Those that take a value as a whole. A name that is no field's cannot be asked about."""
        return {name: each for name, each in self.fields.items() if "set" in each.operations and FIELD.fullmatch(name)}


class Values(Wire):
    fields: dict[str, Any]


class _Transition(Wire):
    id: Id
    name: Text
    to: _Status
    available: Annotated[bool | None, Field(alias="isAvailable")] = None
    fields: Annotated[dict[str, _Needed], Field(default_factory=dict)]


class Transitions(Wire):
    transitions: list[_Transition]

    def nouns(self) -> list[Transition]:
        return [
            Transition(
                each.id, each.name, each.to.name, tuple(name for name, one in each.fields.items() if one.must_be_given)
            )
            for each in self.transitions
            if each.available is not False
        ]


def checked[Row: BaseModel](kind: type[Row], value: object) -> Row:
    """Raises UpstreamProtocolError also for None: what always exists is never absent."""
    try:
        return kind.model_validate(value)
    except ValidationError:
        raise UpstreamProtocolError(NOT_UNDERSTOOD) from None  # the validation error would quote the issue


def project(row: _Project) -> Project:
    return Project(row.id, row.key, row.name)


def one_project(value: Mapping[str, Any]) -> Project:
    return project(checked(_Project, value))


def issue_type(row: Type, fields: Sequence[CreateField]) -> IssueType:
    required = tuple(each.id for each in fields if each.must_be_given and each.id not in GIVEN)
    return IssueType(row.id, row.name, row.subtask, required)


def ref(row: _Ref) -> IssueRef:
    return IssueRef(IssueId(row.id), row.key)


def created(value: Mapping[str, Any]) -> IssueRef:
    return ref(checked(_Ref, value))


def issue_now(row: _Issue) -> IssueNow:
    return IssueNow(ref(row), row.fields.summary, row.fields.status.name, row.fields.project.id)


def one_issue(value: Mapping[str, Any]) -> IssueNow:
    return issue_now(checked(_Issue, value))


def editable(name: str, row: _EditField, value: Any) -> EditableField:
    options = None if row.allowed is None else tuple(_plain(each) for each in row.allowed)
    return EditableField(name, row.name, row.type, row.required, _plain(value), options)


def _plain(value: Any, room: int = DEPTH) -> Any:
    """A value without half surrogate pairs, which no answer of ours could hold."""
    if room == 0:
        raise UpstreamProtocolError(NOT_UNDERSTOOD)
    if isinstance(value, dict):
        return {mended(name): _plain(each, room - 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, room - 1) for each in value]
    return mended(value)


def draft(wanted: Draft) -> dict[str, Any]:
    """A create. Its text is fixed: of the page, only the title goes to Jira, as the summary (G5)."""
    link = {"type": "text", "text": "Confluence page", "marks": [{"type": "link", "attrs": {"href": wanted.page_url}}]}
    description = {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": [link]}]}
    return {
        "fields": {
            "project": {"id": wanted.project_id},
            "issuetype": {"id": wanted.issue_type},
            "summary": wanted.summary,
            **({"description": description} if wanted.described else {}),
        },
        "properties": [{"key": MARKER, "value": {"marker": wanted.marker}}],
    }


def remote_link(global_id: str, url: str, title: str) -> dict[str, Any]:
    """All that we ever write of a remote link: Jira empties what an update leaves out.

    The application's type is our own: for `com.atlassian.confluence` Jira would look the page up itself.
    """
    return {
        "globalId": global_id,
        "application": {"type": MARKER, "name": "Confluence"},
        "relationship": "Confluence page",
        "object": {"url": url, "title": title},
    }
