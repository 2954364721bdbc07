"""Users by id (v2) and the current user (v1)."""

from local.simulator import refusals
from local.simulator.accounts import Account
from local.simulator.call import Call, Handler
from local.simulator.wire import JsonObject, Reply

AT_MOST = 250


def _picture(account: Account) -> JsonObject:
    return {"path": f"/wiki/aa-avatar/{account.name}", "isDefault": False}


def users_bulk(call: Call) -> Reply:
    """Unknown ids are simply absent; e-mail is empty, as most privacy settings make it."""
    ids = call.body.get("accountIds") if isinstance(call.body, dict) else None
    if not isinstance(ids, list) or not 0 < len(ids) <= AT_MOST or not all(isinstance(each, str) for each in ids):
        raise refusals.v2(400, "accountIds takes 1 to 250 account ids")
    found = [account for each in dict.fromkeys(ids) if (account := call.world.directory.get(each))]
    rows: list[JsonObject] = [
        {
            "accountId": account.account_id,
            "accountType": "atlassian",
            "accountStatus": account.status,
            "displayName": account.display_name,
            "publicName": account.name,
            "email": "",
            "isExternalCollaborator": False,
            "profilePicture": _picture(account),
        }
        for account in found
    ]
    reply = Reply.json({"results": rows, "_links": {"base": call.base}})
    reply.identities = len(rows)
    return reply


def current_user(call: Call) -> Reply:
    """The account behind the token."""
    account = call.account
    reply = Reply.json(
        {
            "type": "known",
            "accountId": account.account_id,
            "accountType": "atlassian",
            "email": account.email,
            "publicName": account.name,
            "displayName": account.display_name,
            "timeZone": account.zone,
            "profilePicture": {**_picture(account), "width": 48, "height": 48},
            "isExternalCollaborator": False,
            "isGuest": False,
            "_expandable": {"operations": "", "personalSpace": ""},
            "_links": {
                "self": f"{call.base}/rest/api/user?accountId={account.account_id}",
                "base": call.base,
                "context": "/wiki",
            },
        }
    )
    reply.identities = 1
    return reply


HANDLERS: dict[str, Handler] = {"createBulkUserLookup": users_bulk, "getCurrentUser": current_user}
