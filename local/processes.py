"""Child processes of the supervisor: each with its log file, none of which outlives it, even after kill -9."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.options import REPOSITORY, StackError

_STOP_SECONDS = 10
_MAX_LOG_BYTES = 5_000_000


def dying_with_parent(command: Sequence[str]) -> list[str]:
    """The command, to be killed by the kernel when the supervisor is (Linux; elsewhere the command alone)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else list(command)


def fresh_log(file: Path) -> Path:
    """Makes room for a log: a long one of earlier runs is set aside as `<name>.1`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > _MAX_LOG_BYTES:
        file.replace(file.with_name(f"{file.name}.1"))
    return file


@dataclass(slots=True)
class Child:
    """A server that answers `ready_url` with anything below 500 once it is up."""

    name: str
    process: asyncio.subprocess.Process
    log: Path
    ready_url: str

    @classmethod
    async def start(
        cls, name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path, ready_url: str
    ) -> "Child":
        with fresh_log(log).open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *dying_with_parent(command),
                cwd=REPOSITORY,
                env={**os.environ, **environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the supervisor, which ends its children in order
            )
        return cls(name, process, log, ready_url)

    async def ready(self, seconds: float = 60) -> None:
        """Returns once the server answers. Raises StackError when it ends or stays silent."""
        deadline = time.monotonic() + seconds
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while self.process.returncode is None and time.monotonic() < deadline:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(self.ready_url)).status_code < 500:  # noqa: PLR2004
                        return
                await asyncio.sleep(0.05)
        raise StackError(f"{self.name} did not start", f"its log says why: {self.log}")

    async def stop(self) -> None:
        if self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
