"""What every test stands on: a clock that tests move, AWS in process, no network but loopback, and the spec folder."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import canary
from tests.aws import Aws, started

if TYPE_CHECKING:
    from tests.connecting import World

REPOSITORY = Path(__file__).parents[1]
SPEC = REPOSITORY.parent / "shared"
SUITES = {"functional", "faults", "abuse"}


class MovableClock:
    """A clock that stands still until a test moves it. `sleep` moves it too, so that waiting costs nothing."""

    def __init__(self, at: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, *, seconds: float = 0, days: float = 0) -> None:
        self.at += timedelta(seconds=seconds, days=days)

    def sleep(self, seconds: float) -> None:
        self.move(seconds=seconds)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def aws() -> Iterator[Aws]:
    """AWS in process: our tables, buckets, key, bus and secrets, empty; every call logged, faults on demand."""
    with started() as running:
        yield running


@pytest.fixture
def world(aws: Aws, clock: MovableClock) -> "World":
    """The real handlers and adapters over `aws` and the Atlassian simulator."""
    from tests.connecting import World

    return World.over(aws, clock)


@pytest.fixture(autouse=True)
def _canary(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test: no token, code, secret or linked sentence in any sink (N1). Browser tests search their own."""
    if "e2e" in request.keywords or not SUITES & set(request.path.parts):
        yield
        return
    running = request.getfixturevalue("aws") if "aws" in request.fixturenames else None
    with canary.watching() as watch:
        yield
        assert watch.hits(running) == []


@pytest.fixture(scope="session")
def spec() -> Path:
    """The specification beside the repository; in CI it must be there."""
    if not SPEC.is_dir():
        message = f"the specification folder {SPEC.name}/ does not lie beside the repository"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return SPEC


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """A connection to anywhere but this machine is a failure, not a slow test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test reached for {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
