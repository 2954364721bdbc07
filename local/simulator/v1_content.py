"""v1's content object: what `/content/search` answers, with the expansions it knows."""

from collections.abc import Set as AbstractSet

from local.simulator.attachments import links
from local.simulator.call import Call
from local.simulator.clock import wire_time
from local.simulator.links import page_links, space_path
from local.simulator.sites import Attachment, Content, Version
from local.simulator.wire import JsonObject

BODIES = {"body.storage": "storage", "body.atlas_doc_format": "atlas_doc_format"}
EXPANDABLE = frozenset({"space", "version", "ancestors", "metadata.labels", "children.attachment", *BODIES})
FILES_LIMIT = 25


def content_row(call: Call, content: Content, version: Version, expand: AbstractSet[str]) -> JsonObject:
    """One page, blog post or folder, as of `version`."""
    shown = page_links(content, call.site.spaces[content.space_id])
    row: JsonObject = {
        "id": content.id,
        "type": content.type,
        "status": content.status,
        "title": version.title,
        "childTypes": {},
        "_expandable": {},
        "_links": {
            "self": f"{call.base}/rest/api/content/{content.id}",
            "webui": shown["webui"],
            "tinyui": shown["tinyui"],
        },
    }
    if "space" in expand:
        row["space"] = _space(call, content)
    if "version" in expand:
        row["version"] = _version(version)
    if "ancestors" in expand:
        row["ancestors"] = [
            {"id": each.id, "type": each.type, "status": each.status, "title": each.title}
            for each in call.site.ancestors(content)
        ]
    if "metadata.labels" in expand:
        delay = call.world.behaviour.index_delay_seconds
        labels = label_rows(content.indexed_labels(call.world.clock(), delay))
        row["metadata"] = {"labels": {"results": labels, "size": len(labels)}}
    if "children.attachment" in expand:
        row["children"] = {"attachment": attachment_rows(call, content)}
    for name in expand & BODIES.keys():
        value = version.storage if BODIES[name] == "storage" else version.adf
        if value is not None:
            row.setdefault("body", {})[BODIES[name]] = {"value": value, "representation": BODIES[name]}
    return row


def label_rows(names: list[str]) -> list[JsonObject]:
    """Labels in v1's shape."""
    return [{"prefix": "global", "name": name, "id": name, "label": name} for name in names]


def attachment_rows(call: Call, content: Content) -> JsonObject:
    """All files of a page as a list within its object. It names a limit and keeps to none: every file is there."""
    rows = [attachment_row(call, each) for each in call.site.attachments.of(content.id) if each.status == "current"]
    path = f"/rest/api/content/{content.id}/child/attachment"
    return {
        "results": rows,
        "start": 0,
        "limit": max(FILES_LIMIT, len(rows)),
        "size": len(rows),
        "_links": {"self": f"{call.base}{path}"},
    }


def attachment_row(call: Call, attachment: Attachment) -> JsonObject:
    """One file."""
    addresses = links(attachment)
    return {
        "id": attachment.id,
        "type": "attachment",
        "status": attachment.status,
        "title": attachment.filename,
        "version": {
            "number": attachment.number,
            "when": wire_time(attachment.modified_at),
            "minorEdit": False,
            "message": attachment.comment,
        },
        "metadata": {"mediaType": attachment.media_type, "comment": attachment.comment},
        "extensions": {
            "mediaType": attachment.media_type,
            "fileSize": len(attachment.body),
            "comment": attachment.comment,
            "fileId": attachment.file_id,
        },
        "_expandable": {},
        "_links": {"self": f"{call.base}/rest/api/content/{attachment.id}", **addresses},
    }


def _space(call: Call, content: Content) -> JsonObject:
    space = call.site.spaces[content.space_id]
    return {
        "id": int(space.id),
        "key": space.key,
        "name": space.name,
        "type": space.type,
        "status": space.status,
        "_expandable": {},
        "_links": {"webui": space_path(space)},
    }


def _version(version: Version) -> JsonObject:
    return {
        "number": version.number,
        "when": wire_time(version.created_at),
        "minorEdit": False,
        "message": version.message,
    }
