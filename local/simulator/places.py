"""Where things hang: pages moved in the tree (v1), folders made and thrown away (v2). None of it makes a version.

Source: the documents of `movePage`, `createFolder` and `deleteFolder`.
"""

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.page_writes import last_position, parent_in, title_taken
from local.simulator.sites import Content, Version
from local.simulator.tree import folder_reply
from local.simulator.wire import Reply
from local.simulator.written import Written, read

# Documented with PUT and without a body.
BODYLESS = frozenset({"movePage"})


class NewFolder(Written):
    """A new folder."""

    space_id: str
    title: str = ""
    parent_id: str | None = None


def move(call: Call) -> Reply:
    """A page below the target (`append`), or beside it, with all that is below it; to the target's space, too."""
    page, target = _page(call, "pageId"), _page(call, "targetId")
    position = call.params["position"]
    if position not in {"before", "after", "append"}:
        raise refusals.v1(400, "The position is before, after or append")
    parent = target if position == "append" else call.site.content.get(target.parent_id or "")
    call.may_edit(page)
    if parent is not None and page in (parent, *call.site.ancestors(parent)):
        raise refusals.v1(400, "A page cannot be moved below itself")
    if page.space_id != target.space_id and title_taken(call, "page", target.space_id, page.title):
        raise refusals.v1(400, "A page with this title already exists in the target space")
    key = call.site.spaces[target.space_id].key
    call.editor.move(page.id, parent.id if parent else None, None if parent else key)
    _place(call, page, target, position)
    return Reply.json({"pageId": page.id})


def _page(call: Call, name: str) -> Content:
    page = call.content_v1(call.params[name])
    if page.type != "page" or page.status != "current":
        raise refusals.v1(404, f"No content found with id: ContentId{{id={page.id}}}")
    return page


def _place(call: Call, page: Content, target: Content, position: str) -> None:
    """Number the siblings anew, with the page where it shall be."""
    siblings = [each for each in call.site.siblings(page) if each is not page]
    at = len(siblings) if position == "append" else siblings.index(target) + (position == "after")
    for number, each in enumerate([*siblings[:at], page, *siblings[at:]]):
        each.position = number
        call.site.changed.add(each.id)


def create_folder(call: Call) -> Reply:
    """A folder under the space's homepage unless a parent is given. Its title may be a page's, too."""
    asked = read(call, NewFolder)
    space = call.space(asked.space_id)
    if not asked.title.strip():
        raise refusals.v2(400, "A title must not be empty")
    parent_id = parent_in(call, asked.parent_id, space) or space.homepage_id or None
    author, now = call.account.account_id, call.world.clock()
    versions = [Version(1, now, author, asked.title)]
    position = last_position(call, parent_id) + 1
    folder = Content(call.site.new_id(), "folder", space.id, parent_id, position, author, now, versions)
    call.site.changed.add(call.site.add(folder).id)
    reply = folder_reply(call, folder)
    reply.objects = 0
    return reply


def delete_folder(call: Call) -> Reply:
    """To the trash."""
    folder = call.may_edit(call.content(call.params["id"], "folder"))
    if folder.status == "trashed":
        raise refusals.v2(404, f"Cannot find a folder with id [{folder.id}]")
    call.editor.trash(folder.id)
    return Reply.empty()


HANDLERS: dict[str, Handler] = {"movePage": move, "createFolder": create_folder, "deleteFolder": delete_folder}
