"""One HTTP function: a FastAPI app behind Mangum, with our sign-in and our error shape."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from confluence_connector.errors import BadRequest, ConnectorError, MethodNotAllowed
from confluence_connector.ports import Deadline
from confluence_connector.runtime import InvocationDeadline, Runtime
from confluence_connector.web import problem
from confluence_connector.web.sign_in import admit


def create_app(title: str, router: APIRouter, runtime: Callable[[], Runtime]) -> FastAPI:
    """The app of one function. `runtime` is called per request and builds once; importing costs no client.

    Documentation routes do not exist (N7); the OpenAPI document is a file of the repository.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.runtime = runtime
    app.include_router(router, dependencies=[Depends(admit)])
    app.add_exception_handler(ConnectorError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unmatched)
    app.add_middleware(_Guard)
    return app


class _Guard:
    """Answers for what nobody caught, before Starlette or Mangum can log its text (J13, N1)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 — the last line of defence; its text may hold anything
            request = Request(scope, receive)
            (await runtime_of(request)).telemetry.unhandled(error)
            await answer(ConnectorError(), request)(scope, receive, send)


def note_refusal(runtime: Runtime, error: ConnectorError) -> None:
    """Into the log, by code; the deployment's own faults also ring the alarm."""
    runtime.telemetry.refused(error)


def answer(error: ConnectorError, request: Request) -> Response:
    request_id: str = request.scope["aws.context"].aws_request_id
    return Response(problem.body_of(error, request_id), error.status, problem.headers_of(error))


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ConnectorError)  # noqa: S101 — registered for this class
    note_refusal(await runtime_of(request), error)
    return answer(error, request)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 — registered for this class
    return answer(problem.from_validation(error), request)


async def _unmatched(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 — registered for this class
    known: dict[int, ConnectorError] = {400: BadRequest()}
    refusal = known.get(error.status_code) or problem.unmatched(request.method, request.url.path)
    if request.method == "OPTIONS" and isinstance(refusal, MethodNotAllowed):
        # A preflight: browsers want a success; who may ask what is in the headers that the gateway adds.
        return Response(status_code=204, headers={"allow": ", ".join(refusal.allow)})
    return answer(refusal, request)


async def runtime_of(request: Request) -> Runtime:
    """FastAPI dependency: the composition root. Async, as all of them: a `def` one costs a thread hop."""
    runtime: Runtime = request.app.state.runtime()
    return runtime


async def deadline_of(request: Request) -> Deadline:
    """FastAPI dependency: when this invocation ends."""
    return InvocationDeadline(request.scope["aws.context"])
