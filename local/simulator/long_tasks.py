"""v1 deeds that Confluence does in its own time: archive pages, trash a tree, delete a space, and the tasks' states.

The deed is done at once and its task says so a moment later, so a client that does not poll is caught out. Deleting a
whole space works, as it does at Atlassian: whatever keeps agents from it must stand before this.
Source: api-facts, writes; the documents of `archivePages`, `deletePageTree`, `deleteSpace` and `getTask`.
"""

from datetime import timedelta

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.sites import Content, LongTask
from local.simulator.wire import Reply
from local.simulator.written import Written, read

MOST_PAGES = 300
TAKES = timedelta(seconds=2)


class PageId(Written):
    """One page to be archived, by its number."""

    id: int


class Pages(Written):
    """The pages to be archived."""

    pages: list[PageId]


def archive(call: Call) -> Reply:
    """Up to 300 pages to the archive; all of them or none."""
    asked = read(call, Pages).pages
    if not 0 < len(asked) <= MOST_PAGES:
        raise refusals.v1(400, f"Between 1 and {MOST_PAGES} pages can be archived at once")
    pages = [call.site.find(call.account, str(each.id), ("page",)) for each in asked]
    if not all(page is not None and page.status == "current" for page in pages):
        raise refusals.v1(400, "One of the ids is not that of a current page")
    for page in pages:
        if page is not None:
            call.editor.archive(call.may_edit(page).id)
    return _begun(call, "archive")


def trash_tree(call: Call) -> Reply:
    """A current page and all current pages below it to the trash."""
    root = call.may_edit(call.content_v1(call.params["id"]))
    if root.type != "page" or root.status != "current":
        raise refusals.v1(400, "The id is not that of a current page")
    doomed = [root]
    while doomed:
        page: Content = doomed.pop()
        doomed.extend(each for each in call.site.children(page.id) if each.status == "current")
        call.editor.trash(page.id)
    return _begun(call, "delete-page-tree")


def delete_space(call: Call) -> Reply:
    """The space and all that is in it, for ever and not to the trash."""
    space = call.site.space_by_key(call.params["spaceKey"])
    if space is None or not call.site.sees_space(call.account, space):
        raise refusals.v1(404, f"No space found with key : {call.params['spaceKey']}")
    call.editor.remove_space(space.key)
    return _begun(call, "delete-space")


def _begun(call: Call, name: str) -> Reply:
    task = LongTask(call.site.new_id(), name, call.world.clock())
    call.site.tasks[task.id] = task
    return Reply.json({"id": task.id, "links": {"status": f"/rest/api/longtask/{task.id}"}}, 202)


def get_task(call: Call) -> Reply:
    """How far a task is."""
    task = call.site.tasks.get(call.params["id"])
    if task is None:
        raise refusals.v1(404, f"No task found with id: {call.params['id']}")
    elapsed = call.world.clock() - task.begun_at
    finished = elapsed >= TAKES
    return Reply.json(
        {
            "id": task.id,
            "name": {"key": task.name, "args": []},
            "elapsedTime": int(elapsed / timedelta(milliseconds=1)),
            "percentageComplete": 100 if finished else 0,
            "successful": finished,
            "finished": finished,
            "messages": [],
            "errors": [],
            "_links": {"base": call.base, "context": "/wiki", "self": f"{call.base}/rest/api/longtask/{task.id}"},
        }
    )


HANDLERS: dict[str, Handler] = {
    "archivePages": archive,
    "deletePageTree": trash_tree,
    "deleteSpace": delete_space,
    "getTask": get_task,
}
