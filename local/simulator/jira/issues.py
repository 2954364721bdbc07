"""Issues: create, read one or many, edit, delete."""

from collections.abc import Mapping
from typing import Any

from local.simulator.jira import refusals, rows
from local.simulator.jira.bodies import FetchBody, IssueBody, read
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.changes import read_changes
from local.simulator.jira.fields import DEFAULT_PRIORITY, FIELDS
from local.simulator.jira.nouns import Face, Issue, IssueType, Project
from local.simulator.jira.properties import read_properties
from local.simulator.wire import JsonObject, Reply


def create(call: JiraCall) -> Reply:
    """A new issue, with the properties sent along, in the first status of its type's workflow."""
    call.only_simulated("updateHistory")
    body = read(call, IssueBody)
    if body.transition is not None:
        raise call.not_simulated("a transition within a create")
    project, one_type = _where(call, body.fields)
    rest = {name: value for name, value in body.fields.items() if name not in {"project", "issuetype"}}
    members = read_changes(call, project, body.model_copy(update={"fields": rest}), dict(one_type.fields), None)
    _check_parent(call, one_type, members)
    properties = read_properties(body)
    members["values"].setdefault("priority", dict(DEFAULT_PRIORITY))
    face = Face(call.now, one_type.workflow.statuses[0].id, **members)
    issue = call.site.add(project, one_type.id, call.account.account_id, face)
    issue.properties = properties
    return Reply.json({"id": issue.id, "key": issue.key, "self": call.address(f"issue/{issue.id}")}, 201)


def _where(call: JiraCall, fields: JsonObject) -> tuple[Project, IssueType]:
    """The project and issue type a new issue names; the type is looked for in the project."""
    named = _name(fields.get("project"), "id", "key")
    project = call.site.project(named) if named else None
    if project is None or not call.can("BROWSE_PROJECTS", project):
        raise refusals.jira(400, fields={"project": "Specify a valid project ID or key"})
    if not call.can("CREATE_ISSUES", project):
        raise refusals.jira(400, fields={"project": "You cannot create issues in this project."})
    wanted = _name(fields.get("issuetype"), "id", "name")
    one_type = next((each for each in project.types if wanted in {each.id, each.name}), None)
    if one_type is None:
        raise refusals.jira(400, fields={"issuetype": "Specify a valid issue type"})
    return project, one_type


def _check_parent(call: JiraCall, one_type: IssueType, members: Mapping[str, Any]) -> None:
    """A parent is one level up, and a sub-task is not without one."""
    parent = call.site.issues.get(members.get("parent_id") or "")
    if parent is None and one_type.subtask:
        text = "Issue type is a sub-task but parent issue key or id not specified."
        raise refusals.jira(400, fields={"issuetype": text})
    if parent is not None and call.site.type_of(parent).hierarchy_level != one_type.hierarchy_level + 1:
        raise refusals.jira(400, fields={"parent": "Given parent issue does not belong to the appropriate hierarchy."})


def _name(value: Any, *members: str) -> str | None:
    if not isinstance(value, dict):
        return None
    return next((str(value[name]) for name in members if value.get(name)), None)


def get(call: JiraCall) -> Reply:
    """One issue, all its fields unless `fields` says otherwise."""
    call.only_simulated("fields", "properties", "expand", "fieldsByKeys", "failFast", "updateHistory")
    call.expand("names")
    return _single(call, call.issue(), call.query.many("fields") or ["*all"], call.query.many("properties"))


def _single(call: JiraCall, issue: Issue, fields: list[str], properties: list[str]) -> Reply:
    row = rows.issue(call, issue, issue.face, fields, properties)
    if "names" in call.expand("names"):
        row["names"] = {name: FIELDS[name].name for name in row.get("fields", {}) if name in FIELDS}
    reply = Reply.json(row)
    reply.objects = 1
    return reply


def edit(call: JiraCall) -> Reply:
    """Fields and properties of an issue: 204, or the issue with `returnIssue`. A transition in the body is ignored."""
    if call.query.one("notifyUsers") == "false":
        # Administrators only; what others get is not confirmed.
        raise call.not_simulated("notifyUsers=false")
    call.only_simulated("notifyUsers", "returnIssue", "expand")
    issue = call.issue()
    body = read(call, IssueBody)
    if not call.may("EDIT_ISSUES", issue):
        raise refusals.jira(400, "You do not have permission to edit issues in this project.")
    if not body.model_fields_set & {"fields", "update", "properties"}:
        raise refusals.jira(400, "one of 'fields' or 'update' required")
    one_type = call.site.type_of(issue)
    members = read_changes(call, call.site.projects[issue.project_id], body, dict(one_type.fields), issue.face)
    _check_parent(call, one_type, {"parent_id": issue.face.parent_id, **members})
    properties = read_properties(body)
    issue.turn(call.now, **members)
    issue.properties |= properties
    return _single(call, issue, ["*all"], []) if call.query.flag("returnIssue") else call.done()


def edit_metadata(call: JiraCall) -> Reply:
    """The fields this account may set on the issue: none without the permission to edit."""
    call.only_simulated()
    issue = call.issue()
    fields = call.site.type_of(issue).fields if call.may("EDIT_ISSUES", issue) else ()
    return Reply.json({"fields": {name: FIELDS[name].metadata(required=required) for name, required in fields}})


def delete(call: JiraCall) -> Reply:
    """Gone for ever; its number does not come again."""
    call.only_simulated("deleteSubtasks")
    issue = call.issue()
    if not call.may("DELETE_ISSUES", issue):
        raise refusals.jira(403, "You do not have permission to delete issues in this project.")
    children = (each for each in call.site.issues.values() if each.face.parent_id == issue.id)
    below = [each for each in children if call.site.type_of(each).subtask]
    if below and call.query.one("deleteSubtasks") != "true":
        raise refusals.jira(400, f"The issue '{issue.key}' has subtasks. Set 'deleteSubtasks' to delete them as well.")
    for each in [issue, *below]:
        del call.site.issues[each.id]
    return call.done()


def bulk_fetch(call: JiraCall) -> Reply:
    """Up to 100 issues in the order of their ids. Those missing or hidden are absent, and not among the errors: these
    are for what Jira could not get read."""
    body = read(call, FetchBody)
    found: dict[int, Issue] = {}
    for each in body.issue_ids_or_keys:
        issue = call.site.issue(each)
        if issue is not None and call.may("BROWSE_PROJECTS", issue):
            found[int(issue.id)] = issue
    fields = body.fields or ["*all"]
    ordered = [found[number] for number in sorted(found)]
    reply = Reply.json(
        {
            "issues": [rows.issue(call, each, each.face, fields, body.properties) for each in ordered],
            "issueErrors": [],
        }
    )
    reply.objects = len(ordered)
    return reply


HANDLERS: dict[str, Handler] = {
    "createIssue": create,
    "getIssue": get,
    "editIssue": edit,
    "getEditIssueMeta": edit_metadata,
    "deleteIssue": delete,
    "bulkFetchIssues": bulk_fetch,
}
