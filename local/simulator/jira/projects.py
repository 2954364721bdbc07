"""Projects the caller sees, and what their issues can be created with."""

from collections.abc import Sequence
from urllib.parse import urlencode

from local.simulator.jira import refusals, rows
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.fields import FIELDS
from local.simulator.jira.nouns import Project
from local.simulator.wire import JsonObject, Reply

FILTERS = ("startAt", "maxResults", "orderBy", "id", "keys", "query", "typeKey", "action", "status", "expand")
NEEDED = {"view": "BROWSE_PROJECTS", "browse": "BROWSE_PROJECTS", "edit": "ADMINISTER_PROJECTS"}
LISTED_AT_MOST = 50


def _filtered(call: JiraCall) -> list[Project]:
    """`action`: what the caller must be allowed to do there. A project nobody lets them browse is not there at all."""
    query = call.query
    keys, ids = _repeated(call, "keys"), _repeated(call, "id")
    needed = NEEDED.get(query.one("action") or "view", "CREATE_ISSUES")
    words = (query.one("query") or "").casefold()
    return [
        each
        for each in call.site.projects.values()
        if call.can("BROWSE_PROJECTS", each)
        and call.can(needed, each)
        and (not keys or each.key in keys)
        and (not ids or each.id in ids)
        and (words in each.key.casefold() or words in each.name.casefold())
        and ("typeKey" not in query or "software" in (query.one("typeKey") or "").split(","))
        and (not query.many("status") or "live" in query.many("status"))
    ]


def _repeated(call: JiraCall, name: str) -> set[str]:
    """The values of a parameter that is repeated for each, never joined by commas."""
    values = {value.upper() for each, value in call.request.query if each == name}
    if len(values) > LISTED_AT_MOST:
        raise refusals.jira(400, f"At most 50 values of {name}.")
    return values


def search(call: JiraCall) -> Reply:
    """A page of projects; no match is an empty page."""
    call.only_simulated(*FILTERS)
    expand = call.expand("description", "issueTypes", "lead")
    order = (call.query.one("orderBy") or "key").strip()
    field = order.lstrip("+-")
    if field not in {"key", "name"}:
        raise call.not_simulated(f"orderBy={order}")
    found = sorted(
        _filtered(call),
        key=lambda each: (each.name if field == "name" else each.key).casefold(),
        reverse=order.startswith("-"),
    )
    start, size = call.query.integer("startAt"), call.query.integer("maxResults")
    if call.world.behaviour.short_pages and size > 1:
        size -= 1
    shown = found[start : start + size]
    body: JsonObject = {
        "self": _page(call, start, size),
        "maxResults": size,
        "startAt": start,
        "total": len(found),
        "isLast": start + len(shown) >= len(found),
        "values": [_row(call, each, expand) for each in shown],
    }
    if not body["isLast"]:
        body["nextPage"] = _page(call, start + size, size)
    reply = Reply.json(body)
    reply.objects = len(shown)
    return reply


def _page(call: JiraCall, start: int, size: int) -> str:
    pairs = [*call.query.without("startAt", "maxResults"), ("startAt", str(start)), ("maxResults", str(size))]
    return call.address(f"project/search?{urlencode(pairs)}")


def _row(call: JiraCall, project: Project, expand: frozenset[str]) -> JsonObject:
    row = rows.project(call, project)
    if "description" in expand:
        row["description"] = project.description
    if "lead" in expand:
        row["lead"] = rows.user(call, call.person(project.lead_id))
    if "issueTypes" in expand:
        row["issueTypes"] = [rows.issue_type(call, each) for each in project.types]
    return row


def get(call: JiraCall) -> Reply:
    """One project, with its description, lead and issue types."""
    call.only_simulated("expand")
    call.expand("description", "issueTypes", "lead")
    project = call.project(call.params["projectIdOrKey"])
    reply = Reply.json(_row(call, project, frozenset({"description", "issueTypes", "lead"})))
    reply.objects = 1
    return reply


def _creatable(call: JiraCall) -> Project:
    """What is answered to who sees the project and may not create issues is not confirmed; here it is a 400."""
    project = call.project(call.params["projectIdOrKey"])
    if not call.can("CREATE_ISSUES", project):
        raise refusals.jira(400, "You cannot create issues in this project.")
    return project


def _slice(call: JiraCall, name: str, listed: Sequence[JsonObject]) -> Reply:
    start, size = call.query.integer("startAt"), call.query.integer("maxResults")
    shown = listed[start : start + size]
    reply = Reply.json({"startAt": start, "maxResults": size, "total": len(listed), name: shown})
    reply.objects = len(shown)
    return reply


def issue_types(call: JiraCall) -> Reply:
    """The issue types to choose from."""
    project = _creatable(call)
    return _slice(call, "issueTypes", [rows.issue_type(call, each) for each in project.types])


def create_fields(call: JiraCall) -> Reply:
    """The fields of one issue type's create screen; `project` and `issuetype` are among them."""
    project = _creatable(call)
    one_type = project.type(call.params["issueTypeId"])
    if one_type is None:
        raise refusals.jira(404, "The issue type does not exist in this project.")
    listed = []
    for name, required in (("project", True), ("issuetype", True), *one_type.fields):
        listed.append({"fieldId": name, **FIELDS[name].metadata(required=required)})
    return _slice(call, "fields", listed)


HANDLERS: dict[str, Handler] = {
    "searchProjects": search,
    "getProject": get,
    "getCreateIssueMetaIssueTypes": issue_types,
    "getCreateIssueMetaIssueTypeId": create_fields,
}
