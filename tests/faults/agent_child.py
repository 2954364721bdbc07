"""An admin's decision in a process of its own, killed at its n-th call to the world: no `finally`, no farewell.

Its AWS calls and its requests to Atlassian are made by the parent, which survives. Reads one job a line from stdin as
JSON, forks a child for each, and prints the signal that ended it (0: it ended by itself).
"""

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Client
from typing import Any

import httpx
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from confluence_connector.domain.identifiers import MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from confluence_connector.runtime import Runtime
from confluence_connector.settings import Settings
from tests.faults.vault_child import HalfAMinute, OverTheLine


class Deathbed:
    """Counts calls and ends the process at the n-th, `before` it is made or `after`."""

    def __init__(self, at: int, when: str) -> None:
        self.left, self.when = at, when

    def around[Made](self, call: Callable[[], Made]) -> Made:
        self.left -= 1
        if self.left == 0 and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        made = call()
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return made


class Counted(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, deathbed: Deathbed) -> None:
        self.inner, self.deathbed = inner, deathbed

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.deathbed.around(lambda: self.inner.handle_request(request))


def run(job: dict[str, Any]) -> None:
    line, deathbed = Client(("127.0.0.1", job["port"]), authkey=b"tests"), Deathbed(job["at"], job["when"])

    def asked(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        line.send(("aws", client.meta.service_model.service_name, operation, parameters))
        worked, answer = line.recv()
        if not worked:
            raise ClientError(answer, operation)
        if isinstance(answer.get("Body"), bytes):
            answer["Body"] = io.BytesIO(answer["Body"])
        return answer

    BaseClient._make_api_call = lambda *call: deathbed.around(lambda: asked(*call))
    now = datetime.fromisoformat(job["now"])
    transport = Counted(OverTheLine(line), deathbed)
    runtime = Runtime(
        Settings.from_environment(os.environ), transport=transport, now=lambda: now, sleep=lambda _seconds: None
    )
    admin = Principal(MemberId("root"), WorkspaceId("acme"), frozenset({"admin"}), frozenset())
    runtime.agents.decider.decide(admin, job["approval"], "approve", None, HalfAMinute())


def main() -> None:
    for text in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # log lines go there; the answer is the parent's to print
            run(json.loads(text))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status), flush=True)


if __name__ == "__main__":
    main()
