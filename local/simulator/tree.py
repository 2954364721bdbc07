"""v2 tree: folders, direct children, descendants, ancestors, and what kind of thing an id is."""

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.catalogue import Key
from local.simulator.clock import wire_time
from local.simulator.links import space_path
from local.simulator.pages import version_row
from local.simulator.paging import Page
from local.simulator.sites import Content, ContentType
from local.simulator.wire import JsonObject, Reply

IDS_AT_MOST = 250
SHOWN = frozenset({"current", "archived"})


def _parent(call: Call) -> Content:
    kind: ContentType = "folder" if "/folders/" in call.path else "page"
    return call.content(call.params["id"], kind)


def _children(call: Call, parent: Content) -> list[Content]:
    return [
        child
        for child in call.site.children(parent.id)
        if child.status in SHOWN and call.site.sees(call.account, child)
    ]


def _child_row(child: Content) -> JsonObject:
    return {
        "id": child.id,
        "status": child.status,
        "title": child.title,
        "type": child.type,
        "spaceId": child.space_id,
        "childPosition": child.position,
    }


def _cut(call: Call, children: list[Content]) -> Page[Content]:
    """A page of children in the order asked for; the tree's own order otherwise."""
    sort = call.query.one("sort") or "child-position"

    def key(child: Content) -> Key:
        field: dict[str, Key] = {
            "child-position": (child.position,),
            "id": (),
            "created-date": (child.created_at.isoformat(),),
            "modified-date": (child.version.created_at.isoformat(),),
            "title": (child.title.casefold(),),
        }
        return (*field[sort.removeprefix("-")], int(child.id))

    return call.pager.cut(children, key, descending=sort.startswith("-"))


def direct_children(call: Call) -> Reply:
    """Children of every type, in tree order."""
    call.only_simulated("cursor", "limit", "sort")
    page = _cut(call, _children(call, _parent(call)))
    return call.listing(page, [_child_row(child) for child in page.rows])


def child_pages(call: Call) -> Reply:
    """The deprecated list: pages only. What hangs below a folder is not found this way."""
    call.only_simulated("cursor", "limit", "sort")
    wanted = [child for child in _children(call, _parent(call)) if child.type == "page"]
    page = _cut(call, wanted)
    rows = [{name: value for name, value in _child_row(child).items() if name != "type"} for child in page.rows]
    return call.listing(page, rows)


def descendants(call: Call) -> Reply:
    """Everything below, down to `depth` levels, level by level."""
    call.only_simulated("cursor", "limit", "depth")
    level, found = [_parent(call)], list[tuple[int, Content]]()
    for depth in range(1, call.query.integer("depth") + 1):
        level = [child for parent in level for child in _children(call, parent)]
        found.extend((depth, child) for child in level)
    page = call.pager.cut(found, lambda each: (each[0], each[1].position, int(each[1].id)))
    rows: list[JsonObject] = [
        {
            "id": content.id,
            "status": content.status,
            "title": content.title,
            "type": content.type,
            "parentId": content.parent_id,
            "depth": depth,
            "childPosition": content.position,
        }
        for depth, content in page.rows
    ]
    return call.listing(page, rows)


def ancestors(call: Call) -> Reply:
    """Top-level first, no titles; the nearest `limit` of them."""
    chain = call.site.ancestors(_parent(call))[-call.query.integer("limit") :]
    body: JsonObject = {"results": [{"id": each.id, "type": each.type} for each in chain]}
    if "/pages/" in call.path:
        # The folders' form of this answer has no links in the document.
        body["_links"] = {"base": call.base}
    reply = Reply.json(body)
    reply.objects = len(chain)
    return reply


def folder(call: Call) -> Reply:
    """One folder. On the page routes its id is a 404."""
    call.only_simulated()
    return folder_reply(call, call.content(call.params["id"], "folder"))


def folder_reply(call: Call, content: Content) -> Reply:
    """A folder as an answer."""
    parent = call.site.content.get(content.parent_id or "")
    space = call.site.spaces[content.space_id]
    return call.single(
        {
            "id": content.id,
            "type": "folder",
            "status": content.status,
            "title": content.title,
            "parentId": parent.id if parent else None,
            "parentType": parent.type if parent else None,
            "position": content.position,
            "authorId": content.author_id,
            "ownerId": content.author_id,
            "createdAt": wire_time(content.created_at),
            "spaceId": content.space_id,
            "version": version_row(content.version),
            "_links": {"webui": f"{space_path(space)}/folder/{content.id}"},
        }
    )


def convert_ids(call: Call) -> Reply:
    """Types by id; null for what is missing or hidden, which makes it a cheap visibility check."""
    ids = call.body.get("contentIds") if isinstance(call.body, dict) else None
    if not isinstance(ids, list) or not 0 < len(ids) <= IDS_AT_MOST:
        raise refusals.v2(400, "contentIds takes 1 to 250 ids")
    found: dict[str, str | None] = {}
    for value in map(str, ids):
        content = call.site.find(call.account, value, ("page", "blogpost", "folder"))
        found[value] = content.type if content else None
    return Reply.json({"results": found})


HANDLERS: dict[str, Handler] = {
    "getPageDirectChildren": direct_children,
    "getFolderDirectChildren": direct_children,
    "getChildPages": child_pages,
    "getPageDescendants": descendants,
    "getFolderDescendants": descendants,
    "getPageAncestors": ancestors,
    "getFolderAncestors": ancestors,
    "getFolderById": folder,
    "convertContentIdsToContentTypes": convert_ids,
}
