"""v1 restrictions of one page; those of its ancestors are not merged in."""

import hashlib

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.sites import Content
from local.simulator.wire import JsonObject, Reply

EXPANDABLE = frozenset(
    {"restrictions.user", "restrictions.group", "read.restrictions.user", "update.restrictions.user"}
)


def _operation(call: Call, content: Content, operation: str) -> JsonObject:
    allowed = sorted((content.readers if operation == "read" else content.editors) or ())
    users = [
        {
            "type": "known",
            "accountId": account.account_id,
            "accountType": "atlassian",
            "email": "",
            "publicName": account.name,
            "displayName": account.display_name,
            "isExternalCollaborator": False,
            "isGuest": False,
            "profilePicture": {"path": "/wiki/aa-avatar", "width": 48, "height": 48, "isDefault": False},
            "_expandable": {},
            "_links": {"self": f"{call.base}/rest/api/user?accountId={account.account_id}"},
        }
        for account in map(call.world.directory.get, allowed)
        if account is not None
    ]
    return {
        "operation": operation,
        "restrictions": {
            "user": {"results": users, "start": 0, "limit": 100, "size": len(users)},
            "group": {"results": [], "start": 0, "limit": 100, "size": 0},
        },
        "content": {"id": content.id, "type": content.type, "status": content.status, "title": content.title},
        "_expandable": {},
        "_links": {"self": f"{call.base}/rest/api/content/{content.id}/restriction/byOperation/{operation}"},
    }


def operations_of(call: Call, content: Content) -> JsonObject:
    """The restrictions by operation."""
    return {name: _operation(call, content, name) for name in ("read", "update")}


def get_restrictions(call: Call) -> Reply:
    """Who may read, who may change. Empty lists mean open."""
    if not set(call.query.many("expand")) <= EXPANDABLE:
        raise call.not_simulated(f"expand={','.join(call.query.many('expand'))}")
    content = call.site.find(call.account, call.params["id"], ("page", "blogpost", "folder"))
    if content is None:
        raise refusals.v1(404, f"No content found with id: ContentId{{id={call.params['id']}}}")
    reply = Reply.json(
        {
            "results": list(operations_of(call, content).values()),
            "start": 0,
            "limit": call.query.integer("limit"),
            "size": 2,
            "restrictionsHash": hashlib.sha256(" ".join(sorted(content.readers or ())).encode()).hexdigest()[:16],
            "_links": {"base": call.base, "context": "/wiki", "self": f"{call.base}{call.path.removeprefix('/wiki')}"},
        }
    )
    reply.objects = 1
    return reply


HANDLERS: dict[str, Handler] = {"getRestrictions": get_restrictions}
