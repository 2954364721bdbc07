"""v2 versions of a page or blog post: the list, newest first, and one by number."""

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.pages import version_row
from local.simulator.sites import Content, ContentType, Version
from local.simulator.wire import JsonObject, Reply


def _kind(call: Call) -> ContentType:
    return "blogpost" if "/blogposts/" in call.path else "page"


def listing(call: Call) -> Reply:
    """All versions, with bodies if asked for."""
    call.only_simulated("body-format", "sort", "cursor", "limit")
    kind = _kind(call)
    content = call.content(call.params["id"], kind)
    sort = call.query.one("sort") or "-modified-date"
    page = call.pager.cut(content.versions, lambda each: (each.number,), descending=sort.startswith("-"))
    return call.listing(page, [_row(call, kind, content, each) for each in page.rows])


def _row(call: Call, kind: ContentType, content: Content, version: Version) -> JsonObject:
    wanted = call.query.one("body-format")
    value = {None: None, "storage": version.storage, "atlas_doc_format": version.adf}[wanted]
    body = {} if value is None else {wanted: {"representation": wanted, "value": value}}
    return version_row(version) | {kind: {"title": version.title, "id": content.id, "body": body}}


def one(call: Call) -> Reply:
    """What is known of one version, and its neighbours' numbers."""
    kind = _kind(call)
    content = call.content(call.params["page_id" if kind == "page" else "blogpost_id"], kind)
    wanted = call.params["version_number"]
    version = next((each for each in content.versions if str(each.number) == wanted), None)
    if version is None:
        raise refusals.v2(404, f"Cannot find version {wanted} of {kind} with id [{content.id}]")
    row = version_row(version) | {"contentTypeModified": False, "collaborators": [version.author_id]}
    if version.number > 1:
        row["prevVersion"] = version.number - 1
    if version is not content.version:
        row["nextVersion"] = version.number + 1
    reply = Reply.json(row)
    reply.objects = 1
    return reply


HANDLERS: dict[str, Handler] = {
    "getPageVersions": listing,
    "getBlogPostVersions": listing,
    "getPageVersionDetails": one,
    "getBlogPostVersionDetails": one,
}
