"""The error shapes of Atlassian Cloud, one function each (api-facts: token errors, gateway, v2 and v1 envelopes)."""

from local.simulator.wire import Refusal, Reply

STATUS_WORDS = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    410: "GONE",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    501: "NOT_IMPLEMENTED",
}


def v2(status: int, title: str) -> Refusal:
    """Confluence v2: a list of errors. A true 404 names the id in `title`."""
    entry = {"status": status, "code": STATUS_WORDS[status], "title": title, "detail": None}
    return Refusal(Reply.json({"errors": [entry]}, status))


def v1(status: int, message: str) -> Refusal:
    """Confluence v1."""
    data = {"authorized": status not in {401, 403}, "valid": False, "errors": [], "successful": False}
    return Refusal(Reply.json({"statusCode": status, "data": data, "message": message}, status))


def gateway(status: int, message: str) -> Refusal:
    """The API gateway in front of the products."""
    return Refusal(Reply.json({"code": status, "message": message}, status))


def token(status: int, error: str, description: str) -> Refusal:
    """The token endpoint (RFC 6749 section 5.2 form)."""
    body = {"error": error, "error_description": description}
    return Refusal(Reply.json(body, status, {"cache-control": "no-store"}))


def product(path: str, status: int, message: str) -> Refusal:
    """The envelope of whichever API version `path` (from `/wiki`) belongs to."""
    return v2(status, message) if path.startswith("/wiki/api/v2") else v1(status, message)
