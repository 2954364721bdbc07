"""What came of a change: done, or waiting for a person. And the one way to give a page a new body."""

from typing import Any, Final

from confluence_connector.domain.agents.approvals import Approval
from confluence_connector.errors import ContentWouldBeLost, Unprocessable, UpstreamProtocolError, VersionConflict
from confluence_connector.services.agents.call_confluence import Waiting
from confluence_connector.services.agents.tools.desk import CONFLICT, Change, Desk, accepted
from confluence_connector.services.agents.tools.pages import Content, as_markdown, content_of
from confluence_connector.services.agents.tools.rows import NewRow, checked
from confluence_connector.services.agents.tools.tool import Result

WAITS: Final = "waiting_for_approval"
NEXT: Final = (
    "Nothing has been changed yet: a person decides. Call check_approval with this approval_id after a while; do not "
    "send the change again, or it will wait twice."
)
LARGEST_STORAGE_BYTES: Final = 5_000_000
"""Confluence takes no larger page (api-facts §3.7)."""


def done(what: str, **facts: Any) -> Result:
    return Result({"status": "done", "what": what, **facts})


def waiting(approval: Approval, what: str) -> Result:
    facts = {
        "status": WAITS,
        "approval_id": approval.id,
        "what": what,
        "waits_until": approval.waits_until.isoformat(),
        "next": NEXT,
    }
    return Result(facts)


def changed(
    desk: Desk, what: str, method: Change, path: str, *, body: Any = None, query: Any = None, **facts: Any
) -> Result:
    """A change of which nothing needs to be known but that it was made. Raises what `accepted` does."""
    sent = desk.send(method, path, body, query)
    if isinstance(sent, Waiting):
        return waiting(sent.approval, what)
    accepted(sent)
    return done(what, **facts)


def storage_body(value: str) -> dict[str, str]:
    return {"representation": "storage", "value": value}


def current(desk: Desk, named: str, version: int | None) -> Content:
    """The page as it is now, to be changed. Raises VersionConflict where it is not `version`; archived pages cannot be
    changed.
    """
    content = content_of(desk, named, body=True)
    if content.row.status == "archived":
        raise Unprocessable("The page is archived.", remedy="Ask a person to restore it in Confluence first.")
    if version is not None and version != content.row.version.number:
        raise VersionConflict(current_version=content.row.version.number)
    return content


def refuse_losses(content: Content, storage: str) -> None:
    """For text that is to be replaced by what a model made of its Markdown. Raises ContentWouldBeLost."""
    going = as_markdown(content, storage).irreplaceable
    if going:
        raise ContentWouldBeLost(losses={"trust": "untrusted", "items": going})


def rewritten(desk: Desk, content: Content, storage: str, what: str, *, title: str | None = None) -> Result:
    """The page's next version with that body, whoever was first: a change in between is a VersionConflict."""
    if len(storage.encode()) > LARGEST_STORAGE_BYTES:
        raise Unprocessable("Confluence takes no page that large.", remedy="Write less, or several pages.")
    row, following = content.row, content.row.version.number + 1
    body = {
        "id": row.id,
        "status": "current",
        "title": title or row.title,
        "body": storage_body(storage),
        "version": {"number": following},
    }
    sent = desk.send("PUT", content.path, body)
    if isinstance(sent, Waiting):
        return waiting(sent.approval, f"{what} It becomes version {following}, if nobody changes the page before.")
    if sent.status == CONFLICT:
        now = content_of(desk, row.id, body=False)
        raise VersionConflict(current_version=now.row.version.number)
    version = checked(NewRow, accepted(sent)).version
    if version is None:
        raise UpstreamProtocolError().of_search()
    return done(what, page_id=row.id, version=version.number, source=content.source)
