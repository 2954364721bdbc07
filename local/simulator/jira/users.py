"""Users: by id, many at once, the caller, who can be assigned, who can browse. One without Jira is a user too."""

from collections.abc import Callable

from local.simulator.accounts import Account
from local.simulator.jira import refusals, rows
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.wire import JsonObject, Reply

ROLE = {"key": "jira-software", "name": "Jira Software"}
GROUP = {"name": "jira-users", "groupId": "5a17e4c0-77f1-4d39-a0b2-6e51c8d90f42"}


def _row(call: JiraCall, account: Account, expand: frozenset[str]) -> JsonObject:
    """Who has no Jira has no application role in it."""
    row = {**rows.user(call, account), "expand": "groups,applicationRoles"}
    licensed = account.account_id in call.site.members
    if "groups" in expand:
        row["groups"] = {"size": int(licensed), "items": [dict(GROUP)] if licensed else []}
    if "applicationRoles" in expand:
        row["applicationRoles"] = {"size": int(licensed), "items": [dict(ROLE)] if licensed else []}
    return row


def _answer(body: object, people: int) -> Reply:
    reply = Reply.json(body)
    reply.identities = people
    return reply


def myself(call: JiraCall) -> Reply:
    """The account behind the token."""
    call.only_simulated("expand")
    expand = call.expand("groups", "applicationRoles")
    return _answer({**_row(call, call.account, expand), "locale": "en_GB"}, 1)


def get(call: JiraCall) -> Reply:
    """One user of the site."""
    call.only_simulated("accountId", "expand")
    expand = call.expand("groups", "applicationRoles")
    if not call.query.one("accountId"):
        raise refusals.jira(400, "The accountId query parameter needs to be provided.")
    if not call.can_globally("USER_PICKER"):
        raise refusals.jira(403, "You are not authorized to browse users and groups.")
    account = call.user(call.query.one("accountId"))
    if account is None:
        raise refusals.jira(404, "Specified user does not exist or you do not have required permissions.")
    return _answer(_row(call, account, expand), 1)


def get_many(call: JiraCall) -> Reply:
    """A page of the users named, ten unless more are asked for. Ids are repeated, never joined by commas."""
    call.only_simulated("accountId", "startAt", "maxResults")
    named = [value for name, value in call.request.query if name == "accountId"]
    found = [account for each in dict.fromkeys(named) if (account := call.user(each))]
    start, size = call.query.integer("startAt"), min(call.query.integer("maxResults"), 200)
    shown = found[start : start + size]
    body: JsonObject = {
        "self": call.address("user/bulk"),
        "maxResults": size,
        "startAt": start,
        "total": len(found),
        "isLast": start + len(shown) >= len(found),
        "values": [rows.user(call, each) for each in shown],
    }
    return _answer(body, len(shown))


def _holding(call: JiraCall, permission: str, project_parameter: str) -> Reply:
    """Users with a permission in a project or on an issue, all of them or the one asked for."""
    query = call.query
    call.only_simulated("accountId", "query", "issueKey", "startAt", "maxResults", project_parameter)
    if (issue_key := query.one("issueKey")) is not None:
        project = call.site.projects[call.issue(issue_key).project_id]
    elif (key := query.one(project_parameter)) is not None:
        project = call.project(key)
    else:
        raise refusals.jira(400, f"{project_parameter} or issueKey is required.")
    if ("accountId" in query) == ("query" in query):
        raise refusals.jira(400, "Either accountId or query is required.")
    words = (query.one("query") or "").casefold()
    everybody = sorted(map(call.person, call.site.members), key=lambda each: each.account_id)
    wanted: Callable[[Account], bool] = (
        (lambda each: each.account_id == query.one("accountId"))
        if "accountId" in query
        else (lambda each: each.display_name.casefold().startswith(words))
    )
    start, size = query.integer("startAt"), query.integer("maxResults")
    shown = [each for each in everybody if wanted(each) and call.can(permission, project, each)][start : start + size]
    return _answer([rows.user(call, each) for each in shown], len(shown))


def assignable(call: JiraCall) -> Reply:
    """Who issues can be given to."""
    return _holding(call, "ASSIGNABLE_USER", "project")


def browsing(call: JiraCall) -> Reply:
    """Who may see the project."""
    return _holding(call, "BROWSE_PROJECTS", "projectKey")


HANDLERS: dict[str, Handler] = {
    "getCurrentUser": myself,
    "getUser": get,
    "bulkGetUsers": get_many,
    "findAssignableUsers": assignable,
    "findUsersWithBrowsePermission": browsing,
}
