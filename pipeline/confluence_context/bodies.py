"""Where the pull request's body comes from: a file, standard input, or the event file that GitHub gives a workflow."""

import json
import sys
from pathlib import Path

from confluence_context.failures import Failure


def from_file(name: str) -> str:
    """UTF-8 text; `-` is standard input. Raises Failure."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure("input_unreadable", f"The body cannot be read: {type(error).__name__}.") from None


def from_event(name: str) -> str:
    """The body in a `pull_request` event; a pull request without one has the empty body. Raises Failure."""
    try:
        event = json.loads(from_file(name))
    except ValueError:
        event = None
    request = event.get("pull_request") if isinstance(event, dict) else None
    body = request.get("body", "") if isinstance(request, dict) else None
    if isinstance(request, dict) and body is None:
        return ""
    if not isinstance(body, str):
        raise Failure("input_unreadable", "The event is not of a pull request: it has no pull_request.body.")
    return body
