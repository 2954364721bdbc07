"""v1: may somebody do something with content? Refusal is an answer, not an error.

Source: api-facts, restrictions; the document of `checkContentPermission`.
"""

from typing import Literal

from local.simulator.call import Call, Handler
from local.simulator.wire import JsonObject, Reply
from local.simulator.written import Written, read


class Subject(Written):
    """Who is asked about."""

    type: Literal["user", "group"]
    identifier: str


class Question(Written):
    """Whether the subject may do this."""

    subject: Subject
    operation: Literal["read", "update", "delete"]


def check(call: Call) -> Reply:
    """Space, restrictions and the account's own state count. Nobody with an unknown id may anything."""
    asked, content = read(call, Question), call.content_v1(call.params["id"])
    if asked.subject.type == "group":
        raise call.not_simulated("groups")
    account, site = call.world.directory.get(asked.subject.identifier), call.site
    licensed = account is not None and account.status == "active" and account.has(site.cloud_id, "confluence")
    allowed = site.sees if asked.operation == "read" else site.may_edit
    permitted = account is not None and licensed and allowed(account, content)
    answer: JsonObject = {"hasPermission": permitted, "errors": [], "_links": {"base": call.base}}
    if not permitted:
        answer["errors"].append({"translation": f"The subject may not {asked.operation} this content", "args": []})
    reply = Reply.json(answer)
    reply.identities = 1
    return reply


HANDLERS: dict[str, Handler] = {"checkContentPermission": check}
