"""What `make run` may be told, by environment variables."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

REPOSITORY = Path(__file__).resolve().parents[1]


class StackError(Exception):
    """Something that a person has to put right; `remedy` says how."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Atlassian:
    """The app's credentials and the addresses it uses: the simulator's, or the real ones."""

    client_id: str
    client_secret: str
    auth_url: str
    api_url: str
    media_url: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Options:
    port: int
    simulator_port: int
    state_dir: Path
    atlassian: Atlassian
    pipeline_workspaces: str
    log_level: str
    worker_timeout_seconds: str | None
    work_visibility_seconds: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises StackError, which names the variable that is wrong."""
        simulator_port = _port(environment, "SIMULATOR_PORT", 8090)
        return cls(
            port=_port(environment, "PORT", 8080),
            simulator_port=simulator_port,
            state_dir=REPOSITORY / environment.get("STATE_DIR", ".state"),
            atlassian=_atlassian(environment, simulator_port),
            pipeline_workspaces=environment.get("PIPELINE_WORKSPACES", "acme"),
            log_level=environment.get("LOG_LEVEL", "INFO"),
            worker_timeout_seconds=environment.get("WORKER_TIMEOUT_SECONDS"),
            work_visibility_seconds=environment.get("WORK_VISIBILITY_SECONDS"),
        )

    @property
    def base_url(self) -> str:
        # Atlassian's app settings take http for the name localhost only; cookies want one name throughout.
        host = "127.0.0.1" if self.atlassian.simulated else "localhost"
        return f"http://{host}:{self.port}"

    @property
    def architecture(self) -> str:
        return "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise StackError(f"{name} is not a port number", f"{name}={default} make run")
    return int(text)


def _atlassian(environment: Mapping[str, str], simulator_port: int) -> Atlassian:
    client_id, secret = environment.get("ATLASSIAN_CLIENT_ID"), environment.get("ATLASSIAN_CLIENT_SECRET")
    if bool(client_id) != bool(secret):
        raise StackError(
            "Only one of ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET is set",
            "set both for the real Atlassian, or none for the simulator",
        )
    if client_id and secret:
        auth, api, media = (f"https://{name}.atlassian.com" for name in ("auth", "api", "api.media"))
        return Atlassian(client_id, secret, auth, api, media, simulated=False)
    simulator = f"http://127.0.0.1:{simulator_port}"
    return Atlassian(
        environment.get("SIMULATOR_CLIENT_ID", "simulator-client"),
        environment.get("SIMULATOR_CLIENT_SECRET", "simulator-secret"),
        simulator,
        simulator,
        f"http://localhost:{simulator_port}",  # another host than the API's, as at Atlassian
        simulated=True,
    )
