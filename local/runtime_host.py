"""The Lambda service of the one-machine stack: a pool of workers per function, and invocations over loopback HTTP.

One process per concurrent invocation, reused warm, up to a cap; beyond the cap a call waits, and is throttled when it
has waited as long as the function may run.
"""

import asyncio
import contextlib
from collections.abc import Iterable

from local.lambda_worker import FunctionSpec, LambdaWorker, Outcome, failure
from local.loopback_http import Request, Response, serve

_MAX_EVENT_BYTES = 6 * 1024 * 1024


class FunctionPool:
    def __init__(self, spec: FunctionSpec) -> None:
        self.spec = spec
        self._places = asyncio.Semaphore(spec.concurrency)
        self._idle: list[LambdaWorker] = []
        self._busy: set[LambdaWorker] = set()

    async def invoke(self, event: bytes) -> Outcome:
        if len(event) > _MAX_EVENT_BYTES:
            return failure("RequestEntityTooLargeException", "Request must be smaller than 6291456 bytes")
        try:
            async with asyncio.timeout(self.spec.timeout_seconds):
                await self._places.acquire()
        except TimeoutError:
            return failure("TooManyRequestsException", "Rate Exceeded.")
        try:
            return await self._run(event)
        finally:
            self._places.release()

    async def _run(self, event: bytes) -> Outcome:
        worker = self._take()
        if worker is None:
            worker = LambdaWorker(self.spec)
            await worker.start()
        self._busy.add(worker)
        try:
            return await worker.run(event)
        except asyncio.CancelledError:
            await worker.stop()  # nobody waits for it: its answer must not become somebody else's
            raise
        finally:
            self._busy.discard(worker)
            if worker.alive:
                self._idle.append(worker)
            else:
                await worker.stop()

    def _take(self) -> LambdaWorker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
        return None

    async def stop(self) -> None:
        workers = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(worker.stop() for worker in workers))


class RuntimeHost:
    """Functions by name, as the embedded AWS knows them, and by logical id, as the template does."""

    def __init__(self) -> None:
        self._pools: dict[str, FunctionPool] = {}
        self._installed = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def listen(self) -> str:
        """Starts the address that the embedded AWS sends invocations to, and returns it."""
        self._server = await serve(self._answer)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def install(self, specs: Iterable[FunctionSpec]) -> None:
        for spec in specs:
            self._pools[spec.name] = self._pools[spec.logical_id] = FunctionPool(spec)
        self._installed.set()

    async def invoke(self, function: str, event: bytes) -> Outcome:
        """Raises KeyError for a function that is not installed."""
        return await self._pools[function].invoke(event)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(ProcessLookupError):
            await asyncio.gather(*(pool.stop() for pool in set(self._pools.values())))

    async def _answer(self, request: Request) -> Response:
        """Schedules and queues of an earlier start do not wait for this one: their invocations wait here."""
        await self._installed.wait()
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["functions", name, "invocations"] if name in self._pools:
                outcome = await self.invoke(name, request.body)
                failed = {"X-Amz-Function-Error": "Unhandled"} if outcome.failed else {}
                return Response(200, outcome.payload, {"Content-Type": "application/json", **failed})
            case _:
                return Response(404)
