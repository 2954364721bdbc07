"""The Lambda entry of an HTTP function: checks the event, lets FastAPI answer, and guards what leaves.

Whatever happens, the caller gets an answer in our shape, with the security headers, and no exception text (J13).
"""

from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext
from fastapi import FastAPI
from mangum import Mangum

from confluence_connector.errors import ConnectorError, TooLarge, Unauthenticated, UnsupportedMediaType
from confluence_connector.limits import ANSWER_BYTES, REQUEST_BYTES
from confluence_connector.runtime import Runtime
from confluence_connector.web import problem

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

SECURITY_HEADERS: Final = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
"""On every answer; a route may set its own Content-Security-Policy (the callback page)."""


def serve(app: FastAPI) -> Handler:
    """The `handler` of an HTTP function. Refuses events that did not come through the HTTP API (design §6)."""
    mangum = Mangum(app, lifespan="off")

    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        runtime: Runtime = app.state.runtime()
        with runtime.telemetry.invocation(context.aws_request_id):
            try:
                refuse_oddities(event)
                result = hand_over_if_large(mangum(event, context), runtime)  # type: ignore[arg-type]
            except ConnectorError as error:
                result = failure(error, context.aws_request_id)
            except Exception as error:  # noqa: BLE001 — the last line of defence; its text may hold anything
                runtime.telemetry.unhandled(error)
                result = failure(ConnectorError(), context.aws_request_id)
        result["headers"] = SECURITY_HEADERS | result["headers"]
        return result

    return handler


def refuse_oddities(event: dict[str, Any]) -> None:
    """Raises Unauthenticated for a direct invoke, TooLarge and UnsupportedMediaType for bodies we do not read."""
    if "http" not in event.get("requestContext", {}):
        raise Unauthenticated
    body = event.get("body") or ""
    if len(body) > REQUEST_BYTES:
        raise TooLarge
    kind = event.get("headers", {}).get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/json":
        raise UnsupportedMediaType


def hand_over_if_large(result: dict[str, Any], runtime: Runtime) -> dict[str, Any]:
    """Raises TooLarge with a short-lived download URL for an answer that Lambda could not return."""
    if len(result["body"]) <= ANSWER_BYTES:
        return result
    raise TooLarge(download_url=runtime.handovers.hand_over(result["body"], result["headers"]["content-type"]))


def failure(error: ConnectorError, request_id: str) -> dict[str, Any]:
    return {
        "statusCode": error.status,
        "headers": problem.headers_of(error),
        "body": problem.body_of(error, request_id).decode(),
        "isBase64Encoded": False,
        "cookies": [],
    }
