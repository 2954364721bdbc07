"""Remote links. A second one with the same `globalId` changes the first, and what it leaves out becomes null."""

from typing import Any

from local.simulator.jira import refusals
from local.simulator.jira.bodies import LinkBody, read
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.nouns import Issue, RemoteLink
from local.simulator.wire import JsonObject, Reply

TEXT_AT_MOST = 255


def _row(call: JiraCall, issue: Issue, link: RemoteLink) -> JsonObject:
    """A link as read. What was never given, or left out later, is not there."""
    row: JsonObject = {
        "id": link.id,
        "self": call.address(f"issue/{issue.id}/remotelink/{link.id}"),
        "globalId": link.global_id,
        "application": link.application or {},
        "relationship": link.relationship,
        "object": {"icon": {}, "status": {"icon": {}}, **link.object},
    }
    return {name: value for name, value in row.items() if value is not None}


def _members(call: JiraCall) -> dict[str, Any]:
    """The members of a link, every one of them: those left out are None."""
    body = read(call, LinkBody)
    errors = {
        name: f"'{name}' is required."
        for name in ("url", "title")
        if not isinstance(body.object.get(name), str) or not body.object[name]
    }
    if len(str(body.object.get("title"))) > TEXT_AT_MOST:
        errors["title"] = "title cannot be longer than 255 characters."
    if errors:
        raise refusals.jira(400, fields=errors)
    return {
        "global_id": body.global_id,
        "application": body.application,
        "relationship": body.relationship,
        "object": {name: value for name, value in body.object.items() if value is not None},
    }


def _linkable(call: JiraCall) -> Issue:
    issue = call.issue()
    if not call.may("LINK_ISSUES", issue):
        raise refusals.jira(403, "You do not have permission to link issues in this project.")
    return issue


def _by_global_id(issue: Issue, global_id: str | None) -> RemoteLink | None:
    return next((link for link in issue.links if global_id and link.global_id == global_id), None)


def _by_id(call: JiraCall, issue: Issue) -> RemoteLink:
    wanted = call.params["linkId"]
    if not wanted.isdecimal():
        raise refusals.jira(400, "The link id is not a number.")
    link = next((link for link in issue.links if link.id == int(wanted)), None)
    if link is None:
        raise refusals.jira(404, "No remote issue link with this id.")
    return link


def _set(link: RemoteLink, members: dict[str, Any]) -> None:
    for name, value in members.items():
        setattr(link, name, value)


def get_all(call: JiraCall) -> Reply:
    """All links; with `globalId`, that one alone."""
    issue = call.issue()
    if "globalId" not in call.query:
        return Reply.json([_row(call, issue, link) for link in issue.links])
    link = _by_global_id(issue, call.query.one("globalId"))
    if link is None:
        raise refusals.jira(404, "No remote issue link with this global id.")
    return Reply.json(_row(call, issue, link))


def upsert(call: JiraCall) -> Reply:
    """201 for a new link, 200 for one whose `globalId` the issue has."""
    issue, members = _linkable(call), _members(call)
    link = _by_global_id(issue, members["global_id"])
    status = 201 if link is None else 200
    if link is None:
        link = RemoteLink(int(call.site.new_id()), None, {})
        issue.links.append(link)
    _set(link, members)
    return Reply.json({"id": link.id, "self": call.address(f"issue/{issue.id}/remotelink/{link.id}")}, status)


def get(call: JiraCall) -> Reply:
    """One link."""
    issue = call.issue()
    return Reply.json(_row(call, issue, _by_id(call, issue)))


def put(call: JiraCall) -> Reply:
    """A link by id; what is left out becomes null here too."""
    issue = _linkable(call)
    _set(_by_id(call, issue), _members(call))
    return call.done()


def delete_by_global_id(call: JiraCall) -> Reply:
    """The link with that `globalId`."""
    issue = _linkable(call)
    link = _by_global_id(issue, call.query.one("globalId"))
    if link is None:
        raise refusals.jira(404, "No remote issue link with this global id.")
    issue.links.remove(link)
    return call.done()


def delete(call: JiraCall) -> Reply:
    """A link by id; this asks for the permission to edit as well."""
    issue = _linkable(call)
    if not call.may("EDIT_ISSUES", issue):
        raise refusals.jira(403, "You do not have permission to edit issues in this project.")
    issue.links.remove(_by_id(call, issue))
    return call.done()


HANDLERS: dict[str, Handler] = {
    "getRemoteIssueLinks": get_all,
    "createOrUpdateRemoteIssueLink": upsert,
    "deleteRemoteIssueLinkByGlobalId": delete_by_global_id,
    "getRemoteIssueLinkById": get,
    "updateRemoteIssueLink": put,
    "deleteRemoteIssueLinkById": delete,
}
