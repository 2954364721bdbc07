"""Starts the one-machine stack, says what it does while it does it, and ends all of it again.

browser → gateway (JWT, event 2.0) → runtime host (one process per invocation) → handler → boto3 → embedded AWS
Scheduler, SDK Invoke → embedded AWS → runtime host          handler → Atlassian simulator, or the real Atlassian
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn

from local.console import Console
from local.deploy import AUDIENCE, Deployed, deploy, fill_app_secret, function_specs, parameters_of
from local.embedded_aws import start_embedded_aws
from local.gateway import ISSUER_PATH, Gateway
from local.http_api import HttpApi
from local.issuer import LocalIssuer
from local.options import REPOSITORY, Options, StackError
from local.processes import Child
from local.runtime_client import runtime_client
from local.runtime_host import RuntimeHost


class _QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the supervisor decides when things end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Supervisor:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._host = RuntimeHost()
        self._children: list[Child] = []

    async def run(self) -> None:
        """Serves until SIGINT or SIGTERM. Raises StackError when it cannot start, or loses one of its parts."""
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        front = _listening(self._options.port, "PORT")
        working = asyncio.create_task(self._work(front))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            else:
                print("\nstopping …", flush=True)
        finally:
            stopping.cancel()
            working.cancel()
            await asyncio.wait({working})
            await self._end()
            front.close()

    async def _work(self, front: socket.socket) -> None:
        begun = time.monotonic()
        gateway = await self._start()
        server = _QuietServer(
            uvicorn.Config(
                gateway,
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[front]))
        print(self._welcome(time.monotonic() - begun), flush=True)
        lives: dict[asyncio.Future[int], Child] = {
            asyncio.ensure_future(child.process.wait()): child for child in self._children
        }
        try:
            parts: set[asyncio.Future[Any]] = {serving, *lives}
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for child in (child for life, child in lives.items() if life in done):
                raise StackError(f"{child.name} ended by itself", f"its log says why: {child.log}")
        finally:
            server.should_exit = True
            for life in lives:
                life.cancel()
            await asyncio.wait({serving})

    async def _start(self) -> Gateway:
        options = self._options
        simulator = await self._start_simulator() if options.atlassian.simulated else None
        embedded, endpoint = await start_embedded_aws(options.state_dir, await self._host.listen())
        self._children.append(embedded)
        with step("functions and layer") as note:
            note(await _build(options, artefacts := options.state_dir / "artefacts"))
        with step("embedded AWS"):
            await embedded.ready()
        template = json.loads((artefacts / "transformed.json").read_text())
        issuer = LocalIssuer(f"{options.base_url}{ISSUER_PATH}", AUDIENCE, options.state_dir / "issuer-key.json")
        parameters = parameters_of(template, options, issuer.url)
        with step("stack") as note:
            deployed = await asyncio.to_thread(deploy, template, parameters, endpoint, options.state_dir)
            await asyncio.to_thread(fill_app_secret, options, deployed, endpoint)
            note("deployed" if deployed.changed else "unchanged")
        client = runtime_client(REPOSITORY / ".tools" / "runtime-client")
        places = {"build": artefacts, "runtime_client": client, "logs": options.state_dir / "logs"}
        self._host.install(await asyncio.to_thread(function_specs, template, deployed, endpoint, **places))
        if simulator is not None:
            with step("Atlassian simulator"):
                await simulator.ready()
        _describe(options, deployed, endpoint)
        return Gateway(HttpApi(template, parameters), issuer, self._host.invoke, Console(REPOSITORY / "web"))

    async def _start_simulator(self) -> Child:
        options = self._options
        _listening(options.simulator_port, "SIMULATOR_PORT").close()
        simulator = await Child.start(
            "The Atlassian simulator",
            [sys.executable, "-m", "local.simulator", "--host", "127.0.0.1", "--port", str(options.simulator_port),
             "--state", str(options.state_dir / "atlassian.json")],
            environment={},
            log=options.state_dir / "logs" / "simulator.log",
            ready_url=f"{options.atlassian.api_url}/_simulator/requests",
        )  # fmt: skip
        self._children.append(simulator)
        return simulator

    async def _end(self) -> None:
        await self._host.stop()
        await asyncio.gather(*(child.stop() for child in self._children))

    def _welcome(self, seconds: float) -> str:
        options = self._options
        atlassian = (
            f"Atlassian simulator {options.atlassian.api_url}" if options.atlassian.simulated else "the real Atlassian"
        )
        return (
            f"Ready after {seconds:.1f} s: console and API {options.base_url} · {atlassian} · "
            f"state {os.path.relpath(options.state_dir)} · Ctrl-C or make stop ends it"
        )


@contextlib.contextmanager
def step(name: str) -> Iterator[Callable[[str], None]]:
    """Says what is going on and how long it took; the value notes how it came out."""
    notes: list[str] = []
    begun = time.monotonic()
    print(f"• {name} …", end="", flush=True)
    try:
        yield notes.append
    except BaseException:
        print(flush=True)
        raise
    print(f"{' '.join(['', *notes])} {time.monotonic() - begun:.1f} s", flush=True)


def _listening(port: int, variable: str) -> socket.socket:
    front = socket.socket()
    front.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        front.bind(("127.0.0.1", port))
    except OSError as error:
        front.close()
        raise StackError(
            f"Port {port} is taken", f"stop what uses it, or choose another: {variable}={port + 1} make run"
        ) from error
    front.listen(256)
    return front


async def _build(options: Options, artefacts: Path) -> str:
    """Runs tools/build, which leaves a copy in `artefacts`. Its last word, or that nothing had changed."""
    process = await asyncio.create_subprocess_exec(
        REPOSITORY / "tools" / "build",
        artefacts,
        env={**os.environ, "ARCHITECTURE": options.architecture},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, problems = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        raise
    if process.returncode:
        raise StackError(f"The build failed.\n{problems.decode().strip()}", "correct it and run this again")
    return output.decode().strip() or "unchanged"


def _describe(options: Options, deployed: Deployed, endpoint: str) -> None:
    """Leaves addresses and names for tests and for `python -m local invoke`."""
    description = {"url": options.base_url, "aws_endpoint": endpoint, "resources": dict(deployed.resources)}
    (options.state_dir / "stack.json").write_text(json.dumps(description, indent=1))
