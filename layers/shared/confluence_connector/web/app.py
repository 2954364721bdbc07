"""One HTTP function: a FastAPI app behind Mangum, with our sign-in and our error shape."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from confluence_connector.errors import BadRequest, ConnectorError
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
    return app


def answer(error: ConnectorError, request: Request) -> Response:
    request_id: str = request.scope["aws.context"].aws_request_id
    return Response(problem.body_of(error, request_id), error.status, problem.headers_of(error))


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ConnectorError)  # noqa: S101 — registered for this class
    runtime: Runtime = request.app.state.runtime()
    runtime.telemetry.note("refused", code=error.code, status=error.status)
    return answer(error, request)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 — registered for this class
    return answer(problem.from_validation(error), request)


async def _unmatched(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 — registered for this class
    known: dict[int, ConnectorError] = {400: BadRequest()}
    return answer(known.get(error.status_code) or problem.unmatched(request.method, request.url.path), request)


async def runtime_of(request: Request) -> Runtime:
    """FastAPI dependency: the composition root. Async, as all of them: a `def` one costs a thread hop."""
    runtime: Runtime = request.app.state.runtime()
    return runtime


async def deadline_of(request: Request) -> Deadline:
    """FastAPI dependency: when this invocation ends."""
    return InvocationDeadline(request.scope["aws.context"])
