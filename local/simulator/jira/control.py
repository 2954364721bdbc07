"""`/_simulator/jira/…`: what people do in Jira itself. The same deeds are methods of `JiraEditor`."""

from collections.abc import Callable
from datetime import datetime

from local.simulator.control_order import Order, Unfit
from local.simulator.jira.editor import JiraEditor, NoSuchIssue
from local.simulator.jira.nouns import Holders, Issue, JiraSite, Project, RemoteLink
from local.simulator.wire import JsonObject


def act(order: Order, parts: tuple[str, ...], site: JiraSite, editor: JiraEditor, now: datetime) -> object:
    """The answer of one control request below `jira`. Raises Unfit, and NoSuchIssue for what is not there."""
    method = order.request.method
    match parts:
        case ("projects", key, "permissions") if method == "POST":
            return _permit(order, editor, key)
        case ("issues", key) if method in {"GET", "DELETE"}:
            issue = editor.issue(key)
            if method == "DELETE":
                editor.delete(key)
            return _issue(site, issue)
        case ("issues", key, deed) if method == "POST":
            return _issue(site, _deed(order, editor, key, deed, now))
    routes: dict[str, Callable[[], object]] = {
        "GET projects": lambda: [_project(each) for each in site.projects.values()],
        "POST permissions": lambda: _permit(order, editor, None),
        "POST access": lambda: _access(order, editor),
        "GET issues": lambda: [_issue(site, each) for each in editor.issues(order.request.first("project"))],
        "POST issues": lambda: _issue(site, _create(order, editor, now)),
    }
    name = f"{method} {'/'.join(parts)}"
    if name not in routes:
        raise NoSuchIssue(f"{method} {order.request.path}")
    return routes[name]()


def _permit(order: Order, editor: JiraEditor, project: str | None) -> JsonObject:
    permission = order.text("permission")
    editor.permit(permission, _accounts(order), project)
    return {"project": project, "permission": permission}


def _access(order: Order, editor: JiraEditor) -> JsonObject:
    has = order.body.get("has")
    if not isinstance(has, bool):
        raise Unfit("has is true or false")
    editor.give_access(order.account(), has=has)
    return {"account": order.account(), "has": has}


def _create(order: Order, editor: JiraEditor, now: datetime) -> Issue:
    account = order.body.get("account", "ada")
    order.account_id(account)
    kind = order.body.get("issue_type", "Task")
    return editor.create(order.text("project"), order.text("summary"), now, issue_type=kind, account=account)


def _deed(order: Order, editor: JiraEditor, key: str, deed: str, now: datetime) -> Issue:
    body = order.body
    deeds: dict[str, Callable[[], Issue | RemoteLink]] = {
        "edit": lambda: editor.edit(
            key, now, summary=body.get("summary"), description=body.get("description"), labels=body.get("labels")
        ),
        "transition": lambda: editor.transition(key, now, order.text("status")),
        "link": lambda: editor.link(key, order.text("url"), order.text("title"), body.get("global_id")),
    }
    if deed not in deeds:
        raise Unfit(f"{deed!r}: one of {', '.join(deeds)}")
    deeds[deed]()
    return editor.issue(key)


def _accounts(order: Order) -> list[str] | None:
    """Names of accounts; null is everybody with Jira. A member left out is a mistake, not everybody."""
    names = order.body.get("accounts", "")
    if names is None:
        return None
    if not isinstance(names, list):
        raise Unfit("accounts is a list of names, or null for everybody")
    for name in names:
        order.account_id(name)
    return names


def _holders(holders: Holders) -> list[str] | None:
    return None if holders is None else sorted(holders)


def _project(project: Project) -> JsonObject:
    return {
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "issue_types": [{"id": each.id, "name": each.name} for each in project.types],
        "permissions": {name: _holders(holders) for name, holders in project.holders.items()},
    }


def _issue(site: JiraSite, issue: Issue) -> JsonObject:
    face, one_type = issue.face, site.type_of(issue)
    return {
        "id": issue.id,
        "key": issue.key,
        "project": site.projects[issue.project_id].key,
        "issue_type": one_type.name,
        "status": next(each.name for each in one_type.workflow.statuses if each.id == face.status_id),
        "summary": face.summary,
        "description": face.description,
        "labels": list(face.labels),
        "creator": issue.creator_id,
        "created": issue.created_at.isoformat(),
        "updated": face.at.isoformat(),
        "properties": issue.properties,
        "links": [{"id": link.id, "global_id": link.global_id, "object": link.object} for link in issue.links],
        "changes": len(issue.faces) - 1,
    }
