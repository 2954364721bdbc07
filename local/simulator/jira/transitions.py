"""Transitions: what the workflow allows from here, to whom, and the step itself."""

from local.simulator.jira import refusals, rows
from local.simulator.jira.bodies import IssueBody, read
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.changes import read_changes
from local.simulator.jira.fields import DONE, FIELDS
from local.simulator.jira.nouns import Issue, Status, Transition
from local.simulator.jira.properties import read_properties
from local.simulator.wire import JsonObject, Reply


def _possible(call: JiraCall, issue: Issue) -> list[Transition]:
    """Those from the issue's status whose condition the caller meets; none without the permission to transition."""
    if not call.may("TRANSITION_ISSUES", issue):
        return []
    return [
        each
        for each in call.site.type_of(issue).workflow.transitions
        if (not each.sources or issue.face.status_id in each.sources)
        and (each.needs is None or call.may(each.needs, issue))
    ]


def _row(call: JiraCall, issue: Issue, one: Transition, *, fields: bool) -> JsonObject:
    row: JsonObject = {
        "id": one.id,
        "name": one.name,
        "to": rows.status(call, one.to),
        "hasScreen": bool(one.screen),
        "isGlobal": not one.sources,
        "isInitial": False,
        "isAvailable": True,
        "isConditional": one.needs is not None,
        "looped": one.to.id == issue.face.status_id,
    }
    if fields:
        row["fields"] = {name: FIELDS[name].metadata(required=required) for name, required in one.screen}
    return row


def get(call: JiraCall) -> Reply:
    """What the caller can do with the issue now; an empty list is an answer."""
    call.only_simulated("expand", "transitionId")
    expand = call.expand("transitions.fields")
    issue = call.issue()
    wanted = call.query.one("transitionId")
    found = [each for each in _possible(call, issue) if wanted in {None, each.id}]
    listed = [_row(call, issue, each, fields=bool(expand)) for each in found]
    return Reply.json({"expand": "transitions", "transitions": listed})


def do(call: JiraCall) -> Reply:
    """204. One that is not possible now, or not for this caller, is 400; fields must be on the transition's screen."""
    issue = call.issue()
    body = read(call, IssueBody)
    if body.transition is None:
        raise refusals.jira(400, "Missing 'transition' identifier")
    wanted = body.transition.id
    known = {each.id for each in call.site.type_of(issue).workflow.transitions}
    if wanted not in known:
        raise refusals.jira(400, f"Transition id '{wanted}' is not valid for this issue.")
    chosen = next((each for each in _possible(call, issue) if each.id == wanted), None)
    if chosen is None:
        raise refusals.jira(400, f"The transition is not valid for the current state of {issue.key}, or not for you.")
    project = call.site.projects[issue.project_id]
    members = read_changes(call, project, body, dict(chosen.screen), issue.face)
    for name, required in chosen.screen:
        if required and members["values"].get(name) is None:
            raise refusals.jira(400, fields={name: f"{FIELDS[name].name} is required."})
    issue.properties |= read_properties(body)
    members["values"] = settle(members["values"], chosen.to)
    issue.turn(call.now, **{**members, "status_id": chosen.to.id})
    return call.done()


def settle(values: JsonObject, to: Status) -> JsonObject:
    """The other fields after a step: a done issue has a resolution, one that is not has none."""
    if to.category != "done":
        return {name: value for name, value in values.items() if name != "resolution"}
    return {"resolution": dict(DONE), **values}


HANDLERS: dict[str, Handler] = {"getTransitions": get, "doTransition": do}
