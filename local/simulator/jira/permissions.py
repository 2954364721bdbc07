"""Permissions: what the caller may do, and what another account may, for who administers Jira."""

from collections.abc import Iterable

from local.simulator.accounts import Account
from local.simulator.jira import refusals
from local.simulator.jira.bodies import CheckBody, Wanted, read
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.nouns import Project
from local.simulator.wire import JsonObject, Reply

# Permission: its id and name.
OF_A_PROJECT = {
    "BROWSE_PROJECTS": (10, "Browse Projects"),
    "CREATE_ISSUES": (11, "Create Issues"),
    "EDIT_ISSUES": (12, "Edit Issues"),
    "ASSIGN_ISSUES": (13, "Assign Issues"),
    "RESOLVE_ISSUES": (14, "Resolve Issues"),
    "ADD_COMMENTS": (15, "Add Comments"),
    "DELETE_ISSUES": (16, "Delete Issues"),
    "ASSIGNABLE_USER": (17, "Assignable User"),
    "LINK_ISSUES": (21, "Link Issues"),
    "ADMINISTER_PROJECTS": (23, "Administer Projects"),
    "TRANSITION_ISSUES": (46, "Transition Issues"),
}
OF_THE_SITE = {"ADMINISTER": (0, "Administer Jira"), "USER_PICKER": (27, "Browse users and groups")}


def mine(call: JiraCall) -> Reply:
    """The permissions named, in a project, on an issue, or anywhere. Naming none is a mistake."""
    call.only_simulated("permissions", "projectKey", "projectId", "issueKey", "issueId")
    names = [name for name in (call.query.one("permissions") or "").split(",") if name]
    if not names:
        raise refusals.jira(400, "The 'permissions' query parameter is required.")
    if unknown := [name for name in names if name not in OF_A_PROJECT and name not in OF_THE_SITE]:
        raise refusals.jira(400, f"Unrecognized permissions: {', '.join(unknown)}")
    places = _places(call)
    reply = Reply.json({"permissions": {name: _row(call, name, places) for name in names}})
    reply.identities = len(names)
    return reply


def _places(call: JiraCall) -> list[Project]:
    """The project or the issue's project asked about; all of them if none is."""
    query = call.query
    if issue := query.one("issueId") or query.one("issueKey"):
        return [call.site.projects[call.issue(issue).project_id]]
    if project := query.one("projectId") or query.one("projectKey"):
        return [call.project(project)]
    return [each for each in call.site.projects.values() if call.can("BROWSE_PROJECTS", each)]


def _row(call: JiraCall, name: str, places: Iterable[Project]) -> JsonObject:
    number, title = OF_A_PROJECT.get(name) or OF_THE_SITE[name]
    held = any(call.can(name, each) for each in places) if name in OF_A_PROJECT else call.can_globally(name)
    return {
        "id": str(number),
        "key": name,
        "name": title,
        "type": "PROJECT" if name in OF_A_PROJECT else "GLOBAL",
        "description": title,
        "havePermission": held,
    }


def check(call: JiraCall) -> Reply:
    """Many permissions in many places, for the caller; for others too if the caller administers Jira.

    Projects and issues that do not exist are passed over.
    """
    body = read(call, CheckBody)
    who = _subject(call, body.account_id)
    site_wide = body.global_permissions
    if unknown := [name for name in site_wide if name not in OF_THE_SITE]:
        raise refusals.jira(400, f"Unrecognized permissions: {', '.join(unknown)}")
    granted = [row for each in body.project_permissions for row in _granted(call, who, each)]
    reply = Reply.json(
        {
            "globalPermissions": [name for name in site_wide if call.can_globally(name, who)],
            "projectPermissions": granted,
        }
    )
    reply.identities = len(site_wide) + len(granted)
    return reply


def _subject(call: JiraCall, account_id: str | None) -> Account:
    if account_id in {None, call.account.account_id}:
        return call.account
    if not call.can_globally("ADMINISTER"):
        raise refusals.jira(403, "Only administrators can check the permissions of other users.")
    who = call.user(account_id)
    if who is None:
        raise refusals.jira(400, "No user with this account id.")
    return who


def _granted(call: JiraCall, who: Account, wanted: Wanted) -> Iterable[JsonObject]:
    if unknown := [name for name in wanted.permissions if name not in OF_A_PROJECT]:
        raise refusals.jira(400, f"Unrecognized permissions: {', '.join(unknown)}")
    site = call.site
    places = {each: site.projects[str(each)] for each in wanted.projects if str(each) in site.projects}
    issues = {each: site.issues[str(each)] for each in wanted.issues if str(each) in site.issues}
    concerned = {each: site.projects[issue.project_id] for each, issue in issues.items()}
    for name in wanted.permissions:
        yield {
            "permission": name,
            "projects": [each for each, project in places.items() if call.can(name, project, who)],
            "issues": [each for each, project in concerned.items() if call.can(name, project, who)],
        }


HANDLERS: dict[str, Handler] = {"getMyPermissions": mine, "getBulkPermissions": check}
