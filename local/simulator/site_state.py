"""What the snapshot keeps of a site beside its pages and spaces: comments, files, tasks, and the ids given so far."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from local.simulator.sites import Attachment, Comment, LongTask, Site

COMMENTS = TypeAdapter(dict[str, Comment])
TASKS = TypeAdapter(dict[str, LongTask])
ATTACHMENT = TypeAdapter(Attachment)


def beside_pages(site: Site) -> dict[str, Any]:
    """As JSON allows it, times left to the caller."""
    return {
        "last_id": site.last_id,
        "comments": {key: asdict(comment) for key, comment in site.comments.items()},
        "tasks": {key: asdict(task) for key, task in site.tasks.items()},
        "attachments": {key: _file(site.attachments.get(key)) for key in sorted(site.changed_attachments)},
    }


def take_up_beside_pages(site: Site, saved: Mapping[str, Any]) -> None:
    """Put back what `beside_pages` gave. A file saved as nothing was removed."""
    site.last_id = max(site.last_id, saved["last_id"])
    site.comments = COMMENTS.validate_python(saved["comments"])
    site.tasks = TASKS.validate_python(saved["tasks"])
    for key, fields in saved["attachments"].items():
        site.changed_attachments.add(key)
        if fields is None:
            site.attachments.pop(key, None)
        else:
            site.attachments[key] = ATTACHMENT.validate_python(fields | {"body": b64decode(fields["body"])})


def _file(attachment: Attachment | None) -> dict[str, Any] | None:
    if attachment is None:
        return None
    return asdict(attachment) | {"body": b64encode(attachment.body).decode()}
