"""Request bodies by the documents' own shapes. What the simulator does not do with them is said, not passed over."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from local.simulator.jira import refusals
from local.simulator.jira.call import JiraCall
from local.simulator.wire import JsonObject
from local.simulator.written import Written

NOT_HERE = frozenset({"expand", "history_metadata", "fields_by_keys"})


class Property(Written):
    """A property sent along with an issue."""

    key: Annotated[str, Field(min_length=1, max_length=255)]
    value: Any


class Named(BaseModel):
    """The transition that is meant; a client may send the whole of what it read."""

    id: Annotated[str, Field(strict=True, min_length=1)]


class IssueBody(Written):
    """A create, an edit or a transition."""

    fields: JsonObject = Field(default_factory=dict)
    update: dict[str, list[JsonObject]] = Field(default_factory=dict)
    properties: list[Property] = Field(default_factory=list)
    transition: Named | None = None
    history_metadata: JsonObject | None = None


class LinkBody(Written):
    """A remote link."""

    object: JsonObject
    global_id: Annotated[str, Field(max_length=255)] | None = None
    application: JsonObject | None = None
    relationship: str | None = None


class SearchBody(Written):
    """A search. `reconcile_issues`: ids whose newest state counts, not the indexed one."""

    jql: str = ""
    fields: list[str] = Field(default_factory=list)
    properties: list[str] = Field(default_factory=list, max_length=5)
    reconcile_issues: list[int] = Field(default_factory=list, max_length=50)
    max_results: Annotated[int, Field(ge=1, le=5000)] = 50
    next_page_token: str | None = None
    fields_by_keys: bool = False
    expand: str | None = None


class CountBody(Written):
    """A count."""

    jql: str = ""


class FetchBody(Written):
    """Many issues by id or key."""

    issue_ids_or_keys: Annotated[list[str], Field(min_length=1, max_length=100)]
    fields: list[str] = Field(default_factory=list)
    properties: list[str] = Field(default_factory=list, max_length=5)
    fields_by_keys: bool = False
    expand: list[str] = Field(default_factory=list)


class Wanted(Written):
    """Permissions in places."""

    permissions: Annotated[list[str], Field(min_length=1)]
    projects: list[int] = Field(default_factory=list, max_length=1000)
    issues: list[int] = Field(default_factory=list, max_length=1000)


class CheckBody(Written):
    """A check of permissions."""

    account_id: str | None = None
    global_permissions: list[str] = Field(default_factory=list)
    project_permissions: list[Wanted] = Field(default_factory=list)


def read[T: Written](call: JiraCall, model: type[T]) -> T:
    """The request's body as `model`; 400 for one that does not fit, and a violation for undocumented members."""
    return checked(call, model, call.body)


def checked[T: Written](call: JiraCall, model: type[T], given: object) -> T:
    """What came, in a body or in a query, as `model`."""
    try:
        body = model.model_validate(given)
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            detail = f"{call.operation.endpoint} has no member {place}"
            call.world.manners.record("undocumented_member", call.request.method, call.path, detail)
        raise refusals.jira(400, f"{place or 'The body'}: {first['msg']}") from None
    for name in sorted(body.model_fields_set & NOT_HERE):
        if getattr(body, name):
            raise call.not_simulated(f"{name} in the body of {call.operation.endpoint}")
    return body
