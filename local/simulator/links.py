"""Addresses of content as the API gives them: relative to the site's `/wiki`."""

import base64
from urllib.parse import quote, quote_plus

from local.simulator.sites import Content, Space
from local.simulator.wire import JsonObject


def tiny_code(content_id: str) -> str:
    """The code of a tiny link: the id as 8 little-endian bytes in Base64, `/` and `+` swapped for `-` and `_`."""
    code = base64.b64encode(int(content_id).to_bytes(8, "little")).decode().rstrip("=")
    return code.rstrip("A").replace("/", "-").replace("+", "_")


def space_path(space: Space) -> str:
    """Where a space lives."""
    return f"/spaces/{quote(space.key, safe='~')}"


def page_links(content: Content, space: Space) -> JsonObject:
    """The links on a page or blog post."""
    title = quote_plus(content.title)
    if content.type == "blogpost":
        place = f"blog/{content.created_at:%Y/%m/%d}/{content.id}/{title}"
        edit_v2 = f"blog/edit-v2/{content.id}"
    else:
        place, edit_v2 = f"pages/{content.id}/{title}", f"pages/edit-v2/{content.id}"
    return {
        "webui": f"{space_path(space)}/{place}",
        "editui": f"/pages/resumedraft.action?draftId={content.id}",
        "edituiv2": f"{space_path(space)}/{edit_v2}",
        "tinyui": f"/x/{tiny_code(content.id)}",
    }
