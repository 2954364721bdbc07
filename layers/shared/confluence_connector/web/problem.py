"""The one error shape: application/problem+json (RFC 9457) with `code`, `remedy` and `request_id`."""

import json
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

from confluence_connector.errors import ConnectorError, MethodNotAllowed, NotFound, Unprocessable
from confluence_connector.routes import ROUTES

CONTENT_TYPE: Final = "application/problem+json"


def body_of(error: ConnectorError, request_id: str) -> bytes:
    """The JSON of an error. Holds our own sentences only, nothing of the request."""
    members: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "remedy": error.remedy,
        "request_id": request_id,
    }
    if error.retry_after is not None:
        members["retry_after"] = error.retry_after
    return json.dumps(members | error.members, ensure_ascii=False).encode()


def headers_of(error: ConnectorError) -> dict[str, str]:
    headers = {"content-type": CONTENT_TYPE, "cache-control": "no-store"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed) and error.allow:
        headers["allow"] = ", ".join(error.allow)
    return headers


def from_validation(error: RequestValidationError) -> Unprocessable:
    """Which fields are wrong and how, without the values: FastAPI's own answer would echo them."""
    fields = [
        {"field": ".".join(_name(part) for part in item["loc"]), "problem": str(item["type"])}
        for item in error.errors()[:20]
    ]
    return Unprocessable(fields=fields)


def _name(part: object) -> str:
    """A location part, cut down: the name of an unknown field comes from the request."""
    text = str(part)
    return text if text.isidentifier() and len(text) <= 40 else "?"  # noqa: PLR2004


def unmatched(method: str, path: str) -> ConnectorError:
    """404 for a path that the API does not have, 405 with the methods it does have."""
    allowed = sorted({route.method for route in ROUTES if _matches(route.path, path)})
    return MethodNotAllowed(allow=allowed) if allowed and method not in allowed else NotFound()


def _matches(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        part == value or (part.startswith("{") and value != "") for part, value in zip(wanted, given, strict=True)
    )
