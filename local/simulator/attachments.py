"""v2 attachment metadata, and v1's download: a redirect to a media host that wants no bearer."""

import hashlib
from collections.abc import Callable, Iterator
from urllib.parse import quote

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.catalogue import Key
from local.simulator.clock import wire_time
from local.simulator.files import age, ordered
from local.simulator.manners import Manners
from local.simulator.sites import Attachment, Content, ContentType, Site
from local.simulator.wire import JsonObject, Reply, Request

DESCRIPTIONS = {"image/png": "PNG Image", "application/pdf": "PDF Document", "text/csv": "CSV File"}


def links(attachment: Attachment) -> JsonObject:
    """Where a person finds the file: relative to the site's `/wiki`, as all links of content."""
    page, name = attachment.content_id, quote(attachment.filename)
    return {
        "webui": f"/pages/viewpageattachments.action?pageId={page}&preview=%2F{page}%2F{attachment.id[3:]}%2F{name}",
        "download": f"/download/attachments/{page}/{name}?version={attachment.number}&modificationDate=0&api=v2",
    }


def _row(attachment: Attachment, call: Call) -> JsonObject:
    content = call.site.content[attachment.content_id]
    addresses = links(attachment)
    container = "blogPostId" if content.type == "blogpost" else "pageId"
    return {
        "id": attachment.id,
        "status": attachment.status,
        "title": attachment.filename,
        "createdAt": wire_time(attachment.created_at),
        container: content.id,
        "mediaType": attachment.media_type,
        "mediaTypeDescription": DESCRIPTIONS.get(attachment.media_type, "File"),
        "comment": attachment.comment,
        "fileId": attachment.file_id,
        "fileSize": len(attachment.body),
        "webuiLink": addresses["webui"],
        "downloadLink": addresses["download"],
        "version": {
            "number": attachment.number,
            "message": attachment.comment,
            "minorEdit": False,
            "authorId": attachment.author_id,
            "createdAt": wire_time(attachment.modified_at),
        },
        "_links": addresses,
    }


def _listing(call: Call, content: Content | None) -> Reply:
    call.only_simulated("cursor", "limit", "sort", "status", "mediaType", "filename")
    query = call.query
    statuses = set(query.many("status")) or {"current", "archived"}
    files = call.site.attachments
    held = files.by_age() if content is None else files.of(content.id)
    sort = query.one("sort") or "created-date"
    newest_first = sort.startswith("-")
    key: Callable[[Attachment], Key] = age
    if sort.endswith("modified-date"):
        key = _modified
        held = sorted(held, key=key)

    def wanted(last: Key | None) -> Iterator[Attachment]:
        for attachment in ordered(held, last, key, newest_first=newest_first):
            if (
                attachment.status in statuses
                and query.one("mediaType") in {None, attachment.media_type}
                and query.one("filename") in {None, attachment.filename}
                and _readable(call, attachment)
            ):
                yield attachment

    page = call.pager.follow(wanted, key)
    return call.listing(page, [_row(attachment, call) for attachment in page.rows])


def _modified(attachment: Attachment) -> tuple[str, int]:
    return attachment.modified_at.isoformat(), int(attachment.id.removeprefix("att"))


def _readable(call: Call, attachment: Attachment) -> bool:
    content = call.site.find(call.account, attachment.content_id, ("page", "blogpost"))
    return content is not None and content.status != "trashed"


def get_attachments(call: Call) -> Reply:
    """All attachments of the site."""
    return _listing(call, None)


def get_content_attachments(call: Call) -> Reply:
    """The attachments of a page or blog post."""
    kind: ContentType = "blogpost" if "/blogposts/" in call.path else "page"
    return _listing(call, call.content(call.params["id"], kind))


def get_attachment(call: Call) -> Reply:
    """One attachment's metadata."""
    call.only_simulated("include-version")
    wanted = "att" + call.params["id"].removeprefix("att")
    attachment = call.site.attachments.get(wanted)
    if attachment is None or not _readable(call, attachment):
        raise refusals.v2(404, f"Cannot find an attachment with id [{wanted}]")
    return call.single(_row(attachment, call))


def download(call: Call) -> Reply:
    """302 to the media host, with a token of its own in the address."""
    attachment = call.site.attachments.get(call.params["attachmentId"])
    if attachment is None or attachment.content_id != call.params["id"] or not _readable(call, attachment):
        raise refusals.v1(404, f"No attachment found with id: {call.params['attachmentId']}")
    ticket = media_ticket(attachment)
    return Reply.redirect(f"{call.world.media_base}/file/{attachment.file_id}/binary?token={ticket}&client=simulator")


def media_ticket(attachment: Attachment) -> str:
    """What the media host wants instead of a bearer."""
    return hashlib.sha256(f"{attachment.file_id}:media".encode()).hexdigest()[:32]


def media_file(request: Request, sites: list[Site], manners: Manners) -> Reply:
    """The media host. A bearer sent here has left the host it was meant for."""
    if "authorization" in request.headers:
        manners.record(
            "bearer_to_other_host", request.method, request.path, "the media host got an Authorization header"
        )
        return Reply.json({"error": {"code": "InvalidAuth", "title": "Authorization is not accepted here"}}, 400)
    file_id = request.path.removeprefix("/file/").removesuffix("/binary")
    for site in sites:
        for attachment in site.attachments.values():
            if attachment.file_id == file_id and request.first("token") == media_ticket(attachment):
                return Reply(200, {"content-type": attachment.media_type}, attachment.body)
    return Reply.json({"error": {"code": "ResourceNotFound"}}, 404)


HANDLERS: dict[str, Handler] = {
    "getAttachments": get_attachments,
    "getPageAttachments": get_content_attachments,
    "getBlogpostAttachments": get_content_attachments,
    "getAttachmentById": get_attachment,
    "downloadAttatchment": download,
}
