"""The whole stack as `make run` starts it, once per session, on ports and with a state of its own."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from playwright.sync_api import Browser

from tests.conftest import REPOSITORY, SPEC
from tests.e2e.browser import Watched, running_browser
from tests.e2e.console_pages import Console

START_SECONDS = 120


@dataclass
class Stack:
    """A running stack. Restarting keeps its ports and its state."""

    state_dir: Path
    port: int
    simulator_port: int
    environment: dict[str, str] = field(default_factory=dict)
    output: str = ""
    started_in_seconds: float = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns once the line with the URLs is printed; fails with all that was printed when it never is."""
        printed = self.state_dir / "printed"
        begun = time.monotonic()
        with printed.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local"], cwd=REPOSITORY, env=self._environment(), stdout=file, stderr=file
            )
        while time.monotonic() - begun < START_SECONDS:
            self.output = printed.read_text()
            if "Ready after" in self.output:
                self.started_in_seconds = time.monotonic() - begun
                return
            if not self.running:
                break
            time.sleep(0.05)
        self.stop()
        pytest.fail(f"the stack did not start:\n{printed.read_text()}")

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ATLASSIAN_"))}
        return {
            **inherited,
            "PYTHONPATH": "layers/shared",
            "PORT": str(self.port),
            "SIMULATOR_PORT": str(self.simulator_port),
            "STATE_DIR": str(self.state_dir),
            "PIPELINE_WORKSPACES": "demo,real,pipeline",
            **self.environment,
        }

    def stop(self, signal_number: int = signal.SIGTERM) -> int | None:
        """Ends it and returns its exit code."""
        if self._process is None:
            return None
        if self.running:
            self._process.send_signal(signal_number)
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self) -> None:
        """What a power cut or kill -9 does: no process gets a word."""
        self.stop(signal.SIGKILL)

    def token(self, *, sub: str, workspace: str, roles: tuple[str, ...] = (), scope: str | None = None) -> str:
        asked: dict[str, Any] = {"sub": sub, "workspace": workspace, "roles": list(roles)}
        answer = httpx.post(f"{self.url}/local/token", json=asked | ({} if scope is None else {"scope": scope}))
        assert answer.is_success, answer.text
        return str(answer.json()["access_token"])

    @property
    def resources(self) -> dict[str, str]:
        """Physical names by the template's logical ids."""
        return dict(self._description()["resources"])

    def aws(self, service: str) -> Any:
        """A client for the embedded AWS, with the rights of its account."""
        return boto3.client(
            service,
            endpoint_url=self._description()["aws_endpoint"],
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(proxies={}),
        )

    def _description(self) -> dict[str, Any]:
        described: dict[str, Any] = json.loads((self.state_dir / "stack.json").read_text())
        return described

    def log(self, function: str) -> str:
        file = self.state_dir / "logs" / f"{function}.log"
        return file.read_text() if file.exists() else ""

    def errors(self) -> str:
        """The last errors of every log, a line each."""
        logs = sorted((self.state_dir / "logs").glob("*.log"))
        said = ((log.stem, [line[:1000] for line in log.read_text().splitlines() if "ERROR" in line]) for log in logs)
        return "\n".join(f"{name}: {line}" for name, lines in said for line in lines[-5:])


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def new_stack(state_dir: Path, **environment: str) -> Stack:
    return Stack(state_dir, *free_ports(2), environment=environment)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed shows what the stack had to say: a console or an HTTP answer tells strangers little."""
    report = yield
    if report.failed:
        stacks = {id(one): one for one in item.funcargs.values() if isinstance(one, Stack)}
        report.sections += [("errors in the stack's logs", one.errors()) for one in stacks.values()]
    return report


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The session's stack. Space REAL is there where the specification is."""
    pages = SPEC / "pages" / "real"
    stack = new_stack(tmp_path_factory.mktemp("stack"), **({"SIMULATOR_PAGES": str(pages)} if pages.is_dir() else {}))
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a module: its driver runs an event loop that other modules must not find."""
    with running_browser() as browser:
        yield browser


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A fresh browser profile that may print refusals, and nothing worse."""
    watched = Watched(browser.new_context())
    yield watched
    watched.context.close()
    assert watched.complaints(refusals_expected=True) == []


@pytest.fixture
def console(stack: Stack, watched: Watched) -> Console:
    return Console(stack, watched.page())


@pytest.fixture
def workspace(request: pytest.FixtureRequest) -> str:
    """A workspace of the test's own."""
    return f"{re.sub(r'[^A-Za-z0-9_-]', '-', request.node.name)[:50]}-{secrets.token_hex(4)}"
