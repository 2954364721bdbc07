"""Files put on content (v1, multipart) and taken off it (v2).

Source: api-facts, attachments; the documents of `createAttachment`, `createOrUpdateAttachments`,
`updateAttachmentData` and `deleteAttachment`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesParser
from mimetypes import guess_type

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.sites import Attachment, Content
from local.simulator.v1_content import attachment_row
from local.simulator.wire import JsonObject, Reply, Request

MULTIPART = frozenset({"createAttachment", "createOrUpdateAttachments", "updateAttachmentData"})
FIELDS = frozenset({"file", "comment", "minorEdit"})
UNNAMED = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a form, with the form's comment."""

    filename: str
    media_type: str
    body: bytes
    comment: str


def _parts(request: Request) -> Iterator[tuple[str, Message]]:
    head = f"content-type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    form = BytesParser().parsebytes(head + request.body)
    for part in form.get_payload() if form.is_multipart() else ():
        if isinstance(part, Message) and "content-disposition" in part:
            part.replace_header("content-disposition", _utf8(part))
            yield str(part.get_param("name", "", "content-disposition")), part


def _utf8(part: Message) -> str:
    """The disposition with its names read as UTF-8, which browsers and libraries send raw."""
    raw = next(value for name, value in part.raw_items() if name.lower() == "content-disposition")
    return str(raw).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _uploads(call: Call) -> list[Upload]:
    """The files of the form. Raises a refusal without the header that protects forms, and for unknown fields."""
    if call.request.headers.get("x-atlassian-token") not in {"no-check", "nocheck"}:
        detail = "X-Atlassian-Token: no-check is missing"
        call.world.manners.record("no_xsrf_header", call.request.method, call.path, detail)
        raise refusals.v1(403, "XSRF check failed")
    parts = list(_parts(call.request))
    if unknown := {name for name, _ in parts} - FIELDS:
        detail = f"{call.operation.endpoint} has no field {', '.join(sorted(unknown))}"
        call.world.manners.record("undocumented_member", call.request.method, call.path, detail)
        raise refusals.v1(400, detail)
    comment = next((_text(part) for name, part in parts if name == "comment"), "")
    files = [_upload(part, comment) for name, part in parts if name == "file"]
    if not files or not all(each.filename for each in files):
        raise refusals.v1(400, "The form holds no file")
    return files


def _upload(part: Message, comment: str) -> Upload:
    filename = part.get_filename() or ""
    said = part.get_content_type() if "content-type" in part else UNNAMED
    media_type = said if said != UNNAMED else guess_type(filename)[0] or UNNAMED
    return Upload(filename, media_type, _bytes(part), comment)


def _text(part: Message) -> str:
    """A text field: Latin-1 unless it says otherwise, as measured."""
    return _bytes(part).decode(part.get_content_charset() or "latin-1", "replace")


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def add(call: Call) -> Reply:
    """New files. 400, and none of them kept, if a name is there already."""
    content, uploads = _target(call), _uploads(call)
    names = {each.filename for each in call.site.attachments.of(content.id) if each.status == "current"}
    for upload in uploads:
        if upload.filename in names:
            raise refusals.v1(
                400,
                "Cannot add a new attachment with same file name as an existing attachment: " + upload.filename,
            )
        names.add(upload.filename)
    return _answer(call, [_new(call, content, upload) for upload in uploads])


def add_or_update(call: Call) -> Reply:
    """New files, or new versions of those whose names are there already."""
    content, kept = _target(call), []
    for upload in _uploads(call):
        held = call.site.attachments.of(content.id)
        same = (each for each in held if each.filename == upload.filename and each.status == "current")
        earlier = next(same, None)
        kept.append(_new(call, content, upload) if earlier is None else _again(call, earlier, upload))
    return _answer(call, kept)


def update_data(call: Call) -> Reply:
    """A new version of one attachment. Its name stays."""
    content, attachment = _target(call), call.site.attachments.get(call.params["attachmentId"])
    if attachment is None or attachment.content_id != content.id or attachment.status != "current":
        raise refusals.v1(404, f"No attachment found with id: {call.params['attachmentId']}")
    upload = _uploads(call)[0]
    kept = _again(call, attachment, replace(upload, filename=attachment.filename))
    return Reply.json(attachment_row(call, kept))


def delete(call: Call) -> Reply:
    """To the trash; from there, with `purge`, for ever."""
    wanted, site = "att" + call.params["id"].removeprefix("att"), call.site
    attachment = site.attachments.get(wanted)
    content = attachment and site.find(call.account, attachment.content_id, ("page", "blogpost"))
    if attachment is None or not content:
        raise refusals.v2(404, f"Cannot find an attachment with id [{wanted}]")
    call.may_edit(content)
    purge = call.query.flag("purge")
    if purge != (attachment.status == "trashed"):
        where = "not in the trash" if purge else "in the trash already"
        raise refusals.v2(400 if purge else 404, f"The attachment with id [{wanted}] is {where}")
    if purge:
        del site.attachments[wanted]
    else:
        attachment.status = "trashed"
    site.changed_attachments.add(wanted)
    return Reply.empty()


def _target(call: Call) -> Content:
    if "status" in call.query and call.query.one("status") == "draft":
        raise call.not_simulated("attachments of drafts")
    content = call.content_v1(call.params["id"])
    if content.status == "trashed" or content.type == "folder":
        raise refusals.v1(404, f"No content found with id: ContentId{{id={content.id}}}")
    return call.may_edit(content)


def _new(call: Call, content: Content, upload: Upload) -> Attachment:
    number = call.site.new_id()
    digest = hashlib.sha256(f"{call.world.seed}:{number}".encode()).hexdigest()
    attachment = Attachment(
        f"att{number}",
        content.id,
        f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}",
        upload.filename,
        upload.media_type,
        upload.body,
        call.world.clock(),
        call.account.account_id,
        upload.comment,
    )
    return _keep(call, attachment)


def _again(call: Call, earlier: Attachment, upload: Upload) -> Attachment:
    """A version after `earlier`: the same id and name, everything else new."""
    changed = replace(
        earlier,
        media_type=upload.media_type,
        body=upload.body,
        comment=upload.comment,
        author_id=call.account.account_id,
        number=earlier.number + 1,
        changed_at=call.world.clock(),
    )
    return _keep(call, changed)


def _keep(call: Call, attachment: Attachment) -> Attachment:
    call.site.attachments[attachment.id] = attachment
    call.site.changed_attachments.add(attachment.id)
    return attachment


def _answer(call: Call, kept: list[Attachment]) -> Reply:
    rows: list[JsonObject] = [attachment_row(call, each) for each in kept]
    links = {"base": call.base, "context": "/wiki", "self": f"{call.base}{call.path.removeprefix('/wiki')}"}
    return Reply.json({"results": rows, "start": 0, "limit": len(rows), "size": len(rows), "_links": links})


HANDLERS: dict[str, Handler] = {
    "createAttachment": add,
    "createOrUpdateAttachments": add_or_update,
    "updateAttachmentData": update_data,
    "deleteAttachment": delete,
}
