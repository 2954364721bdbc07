"""Projects, people, statuses and issues as Jira's answers show them."""

from collections.abc import Iterable

from local.simulator.accounts import Account
from local.simulator.jira.call import JiraCall
from local.simulator.jira.nouns import Face, Issue, IssueType, Project, Status
from local.simulator.wire import JsonObject

SIZES = ("16x16", "24x24", "32x32", "48x48")
CATEGORIES: dict[str, JsonObject] = {
    "new": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "indeterminate": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}
ISSUE_EXPANDABLE = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"


def avatars(call: JiraCall, kind: str, name: str) -> JsonObject:
    """The four sizes."""
    return dict.fromkeys(SIZES, f"{call.site.url}/rest/api/3/universal_avatar/view/type/{kind}/avatar/{name}")


def user(call: JiraCall, account: Account) -> JsonObject:
    """A person. The e-mail is shown to themselves only, as most privacy settings have it."""
    row: JsonObject = {
        "self": call.address(f"user?accountId={account.account_id}"),
        "accountId": account.account_id,
        "accountType": "atlassian",
        "avatarUrls": avatars(call, "user", account.name),
        "displayName": account.display_name,
        "active": account.status == "active",
        "timeZone": account.zone,
    }
    if account.account_id == call.account.account_id:
        row["emailAddress"] = account.email
    return row


def project(call: JiraCall, one: Project) -> JsonObject:
    """A project as lists show it."""
    return {
        "self": call.address(f"project/{one.id}"),
        "id": one.id,
        "key": one.key,
        "name": one.name,
        "avatarUrls": avatars(call, "project", one.id),
        "projectTypeKey": "software",
        "simplified": one.team_managed,
        "style": "next-gen" if one.team_managed else "classic",
        "isPrivate": False,
    }


def issue_type(call: JiraCall, one: IssueType) -> JsonObject:
    """An issue type."""
    return {
        "self": call.address(f"issuetype/{one.id}"),
        "id": one.id,
        "description": one.description,
        "iconUrl": f"{call.site.url}/rest/api/3/universal_avatar/view/type/issuetype/avatar/{one.id}",
        "name": one.name,
        "subtask": one.subtask,
        "hierarchyLevel": one.hierarchy_level,
    }


def status(call: JiraCall, one: Status) -> JsonObject:
    """A status; its category's id is a number, unlike all other ids."""
    category = CATEGORIES[one.category]
    return {
        "self": call.address(f"status/{one.id}"),
        "description": "",
        "iconUrl": f"{call.site.url}/images/icons/statuses/generic.png",
        "name": one.name,
        "id": one.id,
        "statusCategory": {"self": call.address(f"statuscategory/{category['id']}"), **category},
    }


def status_of(call: JiraCall, issue: Issue, face: Face) -> Status:
    """The status a face names."""
    statuses = call.site.type_of(issue).workflow.statuses
    return next(each for each in statuses if each.id == face.status_id)


def issue_fields(call: JiraCall, issue: Issue, face: Face) -> JsonObject:
    """All fields of an issue."""
    one_type = call.site.type_of(issue)
    creator = user(call, call.person(issue.creator_id))
    shown: JsonObject = {name: None for name, _ in one_type.fields} | dict(face.values)
    assignee = shown.get("assignee")
    parent = call.site.issues.get(face.parent_id or "")
    return shown | {
        "project": project(call, call.site.projects[issue.project_id]),
        "issuetype": issue_type(call, one_type),
        "status": status(call, status_of(call, issue, face)),
        "summary": face.summary,
        "description": face.description,
        "labels": list(face.labels),
        "parent": None if parent is None else _parent(call, parent),
        "resolution": face.values.get("resolution"),
        "assignee": None if assignee is None else user(call, call.person(assignee["accountId"])),
        "creator": creator,
        "reporter": creator,
        "created": call.time(issue.created_at),
        "updated": call.time(face.at),
    }


def _parent(call: JiraCall, parent: Issue) -> JsonObject:
    return {
        "id": parent.id,
        "key": parent.key,
        "self": call.address(f"issue/{parent.id}"),
        "fields": {
            "summary": parent.face.summary,
            "status": status(call, status_of(call, parent, parent.face)),
            "issuetype": issue_type(call, call.site.type_of(parent)),
        },
    }


def issue(call: JiraCall, one: Issue, face: Face, fields: Iterable[str], properties: Iterable[str] = ()) -> JsonObject:
    """An issue with the fields and properties asked for. `id` and `key` are such names too; `id` alone is just that."""
    wanted = list(dict.fromkeys(fields))
    row: JsonObject = {"id": one.id}
    if wanted != ["id"]:
        row |= {"expand": ISSUE_EXPANDABLE, "self": call.address(f"issue/{one.id}"), "key": one.key}
    if set(wanted) - {"id", "key"}:
        row["fields"] = _chosen(wanted, issue_fields(call, one, face))
    asked = list(properties)
    if asked:
        row["properties"] = {key: value for key, value in one.properties.items() if key in asked or "*all" in asked}
    return row


def _chosen(wanted: list[str], everything: JsonObject) -> JsonObject:
    """By name, all of them, or all but some. Names nobody knows are passed over, as by Jira."""
    without = {name.removeprefix("-") for name in wanted if name.startswith("-")}
    all_of_them = bool({"*all", "*navigable"} & set(wanted)) or len(without) == len(wanted)
    names = everything if all_of_them else [name for name in wanted if name in everything]
    return {name: everything[name] for name in names if name not in without}
