"""The Lambda entry of an HTTP function: checks the event, lets FastAPI answer, and guards what leaves.

Whatever happens, the caller gets an answer in our shape, with the security headers, and no exception text (J13).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

from aws_lambda_powertools.utilities.typing import LambdaContext
from fastapi import FastAPI
from mangum import Mangum

from confluence_connector.errors import ConnectorError, TooLarge, Unauthenticated
from confluence_connector.ports.cache import Origin
from confluence_connector.runtime import Runtime
from confluence_connector.web import problem
from confluence_connector.web.answer_size import fits
from confluence_connector.web.app import note_refusal
from confluence_connector.web.request_body import refuse_bad_body

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

SECURITY_HEADERS: Final = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
"""On every answer; a route may set its own Content-Security-Policy (the callback page)."""
ORIGIN: Final = "x-text-came-through"
JSON_LINES: Final = "application/x-ndjson"
TEXT: Final = ["text/", "application/json", JSON_LINES, problem.CONTENT_TYPE]
_idle_loops: Final[list[asyncio.AbstractEventLoop]] = []


def serve(app: FastAPI) -> Handler:
    """The `handler` of an HTTP function. Refuses events that did not come through the HTTP API (design §6)."""

    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        runtime: Runtime = app.state.runtime()
        with runtime.telemetry.invocation(context.aws_request_id):
            try:
                refuse_oddities(event)
                with _loop():
                    mangum = Mangum(app, lifespan="off", text_mime_types=TEXT)
                    result = mangum(with_encoded_path(event), context)  # type: ignore[arg-type]  # their LambdaContext is a protocol
                result = hand_over_if_large(result, runtime)
            except ConnectorError as error:
                note_refusal(runtime, error)
                result = failure(error, context.aws_request_id)
            except Exception as error:  # noqa: BLE001 — the last line of defence; its text may hold anything
                runtime.telemetry.unhandled(error)
                result = failure(ConnectorError(), context.aws_request_id)
        result["headers"] = SECURITY_HEADERS | result.get("headers", {})
        return result

    return handler


@contextmanager
def _loop() -> Iterator[None]:
    """An event loop for this thread, for Mangum. Loops are kept: making one costs more than most requests."""
    try:
        loop = _idle_loops.pop()
    except IndexError:
        loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        _idle_loops.append(loop)


def refuse_oddities(event: dict[str, Any]) -> None:
    """Raises Unauthenticated for what did not come through the HTTP API, and what `refuse_bad_body` raises."""
    if "http" not in (event.get("requestContext") or {}):
        raise Unauthenticated
    refuse_bad_body(event)


def with_encoded_path(event: dict[str, Any]) -> dict[str, Any]:
    """The event for Mangum, which decodes the path.

    API Gateway has done so already ("API Gateway decodes URL-encoded request parameters before passing them to your
    backend integration", Developer Guide, routes of HTTP APIs). Decoded twice, `a%252Fb` would be somebody else's id.
    """
    request = event["requestContext"]
    http = request["http"]
    return event | {"requestContext": request | {"http": http | {"path": quote(http["path"], errors="replace")}}}


def hand_over_if_large(result: dict[str, Any], runtime: Runtime) -> dict[str, Any]:
    """Raises TooLarge with a short-lived download URL for an answer that Lambda could not return.

    An answer with text of Confluence's says how old that is in the Age header (RFC 9111), and by `ORIGIN`, which does
    not leave this house, which grants it came through. Raises ReconnectRequired where they ended meanwhile.
    """
    headers = result["headers"]
    origin = headers.pop(ORIGIN, "")
    if fits(result["body"]):
        return result
    handed = runtime.hand_over.of(
        result["body"],
        headers["content-type"],
        origin=Origin.parse(origin) if origin else None,
        age_seconds=int(headers.get("age", "0")),
    )
    raise TooLarge(download_url=handed.url, expires_in=handed.expires_in_seconds)


def failure(error: ConnectorError, request_id: str) -> dict[str, Any]:
    return {
        "statusCode": error.status,
        "headers": problem.headers_of(error),
        "body": problem.body_of(error, request_id).decode(),
        "isBase64Encoded": False,
        "cookies": [],
    }
