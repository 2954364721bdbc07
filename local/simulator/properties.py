"""v2 content properties of pages: any JSON under a key of its own. They make no version of the page."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.clock import wire_time
from local.simulator.sites import Content, Property
from local.simulator.wire import JsonObject, Reply
from local.simulator.written import NextVersion, Written, read

type PropertyKey = Annotated[str, Field(min_length=1, max_length=255)]


class NewProperty(Written):
    """A new property."""

    key: PropertyKey
    value: Any


class ChangedProperty(NewProperty):
    """A property as it shall be."""

    version: NextVersion


def _row(held: Property) -> JsonObject:
    return {
        "id": held.id,
        "key": held.key,
        "value": held.value,
        "version": {
            "number": held.number,
            "message": "",
            "minorEdit": False,
            "authorId": held.author_id,
            "createdAt": wire_time(held.created_at),
        },
    }


def _page(call: Call) -> Content:
    return call.content(call.params["page_id"], "page")


def _find(content: Content, params: Mapping[str, str]) -> Property:
    found = next((each for each in content.properties if each.id == params["property_id"]), None)
    if found is None:
        raise refusals.v2(404, f"Cannot find a property with id [{params['property_id']}]")
    return found


def listing(call: Call) -> Reply:
    """The properties of a page, by key."""
    key = call.query.one("key")
    wanted = [each for each in _page(call).properties if key in {None, each.key}]
    descending = (call.query.one("sort") or "key").startswith("-")
    page = call.pager.cut(wanted, lambda each: (each.key,), descending=descending)
    return call.listing(page, [_row(each) for each in page.rows])


def one(call: Call) -> Reply:
    """One property."""
    reply = Reply.json(_row(_find(_page(call), call.params)))
    reply.objects = 1
    return reply


def create(call: Call) -> Reply:
    """A property under a new key."""
    asked, content = read(call, NewProperty), call.may_edit(_page(call))
    if any(each.key == asked.key for each in content.properties):
        raise refusals.v2(400, "A property with this key already exists")
    author, now = call.account.account_id, call.world.clock()
    held = Property(call.site.new_id(), asked.key, asked.value, 1, now, author)
    content.properties.append(held)
    call.site.changed.add(content.id)
    return Reply.json(_row(held))


def update(call: Call) -> Reply:
    """Another value; the version says the next number, as for pages."""
    asked, content = read(call, ChangedProperty), call.may_edit(_page(call))
    held = _find(content, call.params)
    if asked.key != held.key:
        raise refusals.v2(400, "The key of a property cannot be changed")
    if asked.version.number != held.number + 1:
        current = f"Current Version: [{held.number}]. Provided version: [{asked.version.number}]"
        raise refusals.v2(409, f"Version must be incremented when updating a property. {current}")
    held.value, held.number = asked.value, asked.version.number
    held.created_at, held.author_id = call.world.clock(), call.account.account_id
    call.site.changed.add(content.id)
    return Reply.json(_row(held))


def delete(call: Call) -> Reply:
    """Gone for ever."""
    content = call.may_edit(_page(call))
    content.properties.remove(_find(content, call.params))
    call.site.changed.add(content.id)
    return Reply.empty()


HANDLERS: dict[str, Handler] = {
    "getPageContentProperties": listing,
    "getPageContentPropertiesById": one,
    "createPageProperty": create,
    "updatePagePropertyById": update,
    "deletePagePropertyById": delete,
}
