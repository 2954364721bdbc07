"""What can be looked for where a write was sent and no answer came (F6). A pure reading of the request."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from confluence_connector.domain.agents.approvals import ReadBack
from confluence_connector.domain.agents.classify import Request
from confluence_connector.domain.agents.operations import Operation
from confluence_connector.domain.identifiers import PAGE, PageId

CONTENT: Final = frozenset({"/wiki/api/v2/pages/{id}", "/wiki/api/v2/blogposts/{id}"})
COLLECTIONS: Final = frozenset({"/wiki/api/v2/pages", "/wiki/api/v2/blogposts"})
READ_WHERE_THEY_ARE_DELETED: Final = CONTENT | {
    "/wiki/api/v2/attachments/{id}",
    "/wiki/api/v2/footer-comments/{comment-id}",
    "/wiki/api/v2/inline-comments/{comment-id}",
}


def read_back_of(operation: Operation, request: Request) -> ReadBack | None:
    """None: nothing that Confluence shows would tell whether it happened. Such an outcome stays unknown."""
    body: Mapping[str, Any] = request.body if isinstance(request.body, dict) else {}
    status = body.get("status") or "current"
    match request.method:
        case "DELETE" if operation.path in READ_WHERE_THEY_ARE_DELETED and ("draft", "true") not in request.query:
            return ReadBack("delete")
        case "PUT" if operation.path in CONTENT and status == "trashed":
            return ReadBack("delete")
        case "PUT" if operation.path in CONTENT and status == "current":
            return _update(request.path, body)
        case "POST" if operation.path in COLLECTIONS and status == "current":
            return _create(body)
    return None


def title_hash(title: str) -> str:
    return sha256(title.encode()).hexdigest()


def _update(path: str, body: Mapping[str, Any]) -> ReadBack | None:
    version = body.get("version")
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return ReadBack("update", page_id=PageId(path.rpartition("/")[2]), version=number)


def _create(body: Mapping[str, Any]) -> ReadBack | None:
    space, title = str(body.get("spaceId", "")), body.get("title")
    if not PAGE.fullmatch(space) or not isinstance(title, str):
        return None
    return ReadBack("create", space_id=space, title_hash=title_hash(title))
