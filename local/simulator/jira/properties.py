"""Issue properties: any JSON under a key. OAuth apps cannot make them searchable."""

import json
from typing import Any

from local.simulator.jira import refusals
from local.simulator.jira.bodies import IssueBody
from local.simulator.jira.call import Handler, JiraCall
from local.simulator.wire import Reply

KEY_AT_MOST = 255
VALUE_AT_MOST = 32_768


def check_property(key: str, value: Any) -> None:
    """Refuse a key or a value that is too long, and a value that is none."""
    if len(key) > KEY_AT_MOST:
        raise refusals.jira(400, "The property key cannot be longer than 255 characters.")
    if value is None or value == "":
        raise refusals.jira(400, "The property value cannot be empty.")
    if len(json.dumps(value, ensure_ascii=False)) > VALUE_AT_MOST:
        raise refusals.jira(400, "The property value cannot be longer than 32768 characters.")


def read_properties(body: IssueBody) -> dict[str, Any]:
    """The properties sent along with an issue, checked."""
    for each in body.properties:
        check_property(each.key, each.value)
    return {each.key: each.value for each in body.properties}


def keys(call: JiraCall) -> Reply:
    """The keys there are."""
    issue = call.issue()
    listed = [{"self": call.address(f"issue/{issue.id}/properties/{key}"), "key": key} for key in issue.properties]
    return Reply.json({"keys": listed})


def get(call: JiraCall) -> Reply:
    """One property."""
    issue, key = call.issue(), call.params["propertyKey"]
    if key not in issue.properties:
        raise _missing(key)
    return Reply.json({"key": key, "value": issue.properties[key]})


def put(call: JiraCall) -> Reply:
    """201 for a new key, 200 for a known one."""
    issue, key = call.issue(), call.params["propertyKey"]
    if not call.may("EDIT_ISSUES", issue):
        raise refusals.jira(403, "You do not have permission to edit issues in this project.")
    # Its own length counts, spaces and all, where it is sent by itself.
    if len(call.request.body.decode("utf-8", "replace")) > VALUE_AT_MOST:
        raise refusals.jira(400, "The property value cannot be longer than 32768 characters.")
    check_property(key, call.body)
    status = 200 if key in issue.properties else 201
    issue.properties[key] = call.body
    return call.done(status)


def delete(call: JiraCall) -> Reply:
    """Gone; 404 too for who may not edit the issue."""
    issue, key = call.issue(), call.params["propertyKey"]
    if key not in issue.properties or not call.may("EDIT_ISSUES", issue):
        raise _missing(key)
    del issue.properties[key]
    return call.done()


def _missing(key: str) -> Exception:
    return refusals.jira(404, f"The property {key} does not exist.")


HANDLERS: dict[str, Handler] = {
    "getIssuePropertyKeys": keys,
    "getIssueProperty": get,
    "setIssueProperty": put,
    "deleteIssueProperty": delete,
}
