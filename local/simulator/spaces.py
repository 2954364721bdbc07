"""v2 spaces."""

from local.simulator.call import Call, Handler
from local.simulator.catalogue import Key
from local.simulator.clock import wire_time
from local.simulator.links import space_path
from local.simulator.sites import Space
from local.simulator.wire import JsonObject, Reply


def _row(space: Space, call: Call) -> JsonObject:
    row: JsonObject = {
        "id": space.id,
        "key": space.key,
        "name": space.name,
        "type": space.type,
        "status": space.status,
        "authorId": space.author_id,
        "spaceOwnerId": space.author_id,
        "currentActiveAlias": space.key,
        "createdAt": wire_time(space.created_at),
        "homepageId": space.homepage_id,
        "_links": {"webui": space_path(space)},
    }
    wanted = call.query.one("description-format")
    if wanted:
        row["description"] = {wanted: {"representation": wanted, "value": space.description}}
    return row


def get_spaces(call: Call) -> Reply:
    """Spaces the account may view, by id unless sorted otherwise."""
    call.only_simulated("ids", "keys", "type", "status", "labels", "sort", "description-format", "cursor", "limit")
    query = call.query
    keys = {key.casefold() for key in query.many("keys")}
    labels = set(query.many("labels"))
    wanted = [
        space
        for space in call.site.spaces.values()
        if call.site.sees_space(call.account, space)
        and ("ids" not in query or space.id in query.many("ids"))
        and (not keys or space.key.casefold() in keys)
        and (query.one("type") in {None, space.type})
        and (query.one("status") in {None, space.status})
        and (not labels or labels & set(space.labels))
    ]
    sort = query.one("sort") or "id"

    def key(space: Space) -> Key:
        field: dict[str, Key] = {"id": (), "key": (space.key,), "name": (space.name.casefold(),)}
        return (*field[sort.removeprefix("-")], int(space.id))

    page = call.pager.cut(wanted, key, descending=sort.startswith("-"))
    return call.listing(page, [_row(space, call) for space in page.rows])


def get_space(call: Call) -> Reply:
    """One space."""
    call.only_simulated("description-format")
    row = _row(call.space(call.params["id"]), call)
    del row["currentActiveAlias"]
    return call.single(row)


HANDLERS: dict[str, Handler] = {"getSpaces": get_spaces, "getSpaceById": get_space}
