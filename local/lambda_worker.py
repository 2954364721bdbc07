"""One Lambda execution environment: a child process of AWS's own runtime client, and the Runtime API it talks to.

Wire format: "Using the Lambda runtime API" (AWS Lambda developer guide). Each worker has a port of its own, because the
client does not say who it is. It runs one invocation at a time and is reused warm, as on AWS.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.loopback_http import Request, Response, serve
from local.processes import dying_with_parent

_INIT_SECONDS = 60  # AWS gives 10; a busy development machine needs more
_MAX_ANSWER_BYTES = 6 * 1024 * 1024
_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
_API = "/2018-06-01/runtime"


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """What the host needs to know of one function; `environment` as CloudFormation resolved it."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout_seconds: float
    memory_mb: int
    concurrency: int
    environment: Mapping[str, str]
    code: Path
    python_path: tuple[Path, ...]
    log: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """A function's answer as JSON bytes; `failed` when it is an error object (errorType, errorMessage)."""

    payload: bytes
    failed: bool = False


def failure(error_type: str, message: str) -> Outcome:
    return Outcome(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), failed=True)


class LambdaWorker:
    def __init__(self, spec: FunctionSpec) -> None:
        self._spec = spec
        self._events: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._taken = asyncio.Event()
        self._outcome: asyncio.Future[Outcome] | None = None
        self._request_id = ""
        self._server: asyncio.Server | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        self._server = await serve(self._runtime_api)
        port = self._server.sockets[0].getsockname()[1]
        with self._spec.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                # The interpreter itself, without any site-packages: what is not in the artefact is not there.
                *dying_with_parent([_PYTHON, "-S", "-s", "-m", "awslambdaric", self._spec.handler]),
                cwd=self._spec.code,
                env=self._environment(port),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self, port: int) -> dict[str, str]:
        spec = self._spec
        path = os.pathsep.join(map(str, (spec.code, *spec.python_path)))
        return {
            **spec.environment,
            "_HANDLER": spec.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python3.{sys.version_info.minor}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": spec.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            "LAMBDA_TASK_ROOT": str(spec.code),
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",  # the task root is read-only on Lambda
            "PYTHONPATH": path,
            "TZ": ":UTC",
        }

    async def run(self, event: bytes) -> Outcome:
        """Runs one invocation. Never raises for what the function does: time-outs, crashes and errors are outcomes."""
        assert self._process is not None  # noqa: S101 - start() comes first
        begun = time.monotonic()
        self._request_id = str(uuid.uuid4())
        self._taken.clear()
        self._outcome = asyncio.get_running_loop().create_future()
        self._events.put_nowait((self._request_id, event))
        ended: asyncio.Future[Any] = asyncio.ensure_future(self._process.wait())
        taken: asyncio.Future[Any] = asyncio.ensure_future(self._taken.wait())
        outcome: asyncio.Future[Any] = self._outcome
        try:
            await asyncio.wait({ended, taken, outcome}, timeout=_INIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if taken.done():
                await asyncio.wait(
                    {ended, outcome},
                    timeout=self._spec.timeout_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            if self._outcome.done():
                settled = self._outcome.result()
                self._report("error" if settled.failed else "success", begun)
                return settled
            return await self._lost(in_time=ended.done(), begun=begun)
        finally:
            ended.cancel()
            taken.cancel()
            self._outcome = None

    async def _lost(self, *, in_time: bool, begun: float) -> Outcome:
        assert self._process is not None  # noqa: S101
        if in_time:
            status = self._process.returncode or 0
            reason = f"signal: {-status}" if status < 0 else f"exit status {status}"
            outcome = failure(
                "Runtime.ExitError", f"RequestId: {self._request_id} Error: Runtime exited with error: {reason}"
            )
        else:
            seconds = self._spec.timeout_seconds if self._taken.is_set() else _INIT_SECONDS
            outcome = failure(
                "Sandbox.Timedout", f"RequestId: {self._request_id} Error: Task timed out after {seconds:.2f} seconds"
            )
        await self.stop()
        self._report("failure" if in_time else "timeout", begun)
        return outcome

    def _report(self, status: str, begun: float) -> None:
        """The line that Lambda writes after each invocation (platform.report of its Telemetry API)."""
        record = {
            "requestId": self._request_id,
            "status": status,
            "metrics": {"durationMs": round((time.monotonic() - begun) * 1000, 1)},
        }
        line = {"time": datetime.now(UTC).isoformat(), "type": "platform.report", "record": record}
        with self._spec.log.open("ab") as log:
            log.write(json.dumps(line).encode() + b"\n")

    async def stop(self) -> None:
        """Ends the process as Lambda does: at once, without a word to the function."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        if self._server is not None:
            self._server.close()

    async def _runtime_api(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(_API).strip("/").split("/"):
            case "GET", ["invocation", "next"]:
                return await self._next()
            case "POST", ["invocation", request_id, ("response" | "error") as kind]:
                self._settle(request_id, request.body, failed=kind == "error")
            case "POST", ["init", "error"]:
                self._settle(self._request_id, request.body, failed=True)
            case _:
                return Response(404)
        return Response()

    async def _next(self) -> Response:
        request_id, event = await self._events.get()
        self._taken.set()
        deadline = time.time() + self._spec.timeout_seconds
        return Response(
            200,
            event,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": self._spec.arn,
                "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
            },
        )

    def _settle(self, request_id: str, payload: bytes, *, failed: bool) -> None:
        if self._outcome is None or self._outcome.done() or request_id != self._request_id:
            return
        if len(payload) > _MAX_ANSWER_BYTES:
            self._outcome.set_result(
                failure("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size")
            )
        else:
            self._outcome.set_result(Outcome(payload, failed))
