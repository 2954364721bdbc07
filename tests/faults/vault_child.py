"""A caller of the vault in a process of its own, killed at a step: no `finally`, no `atexit`, no farewell.

Its AWS calls and its requests to Atlassian are made by the parent, which survives. Reads one job a line from stdin as
JSON, forks a child for each, and prints the signal that ended it (0: it ended by itself).
"""

import json
import os
import signal
import sys
from datetime import datetime
from multiprocessing.connection import Client, Connection
from typing import Any

import httpx
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from confluence_connector.runtime import Runtime
from confluence_connector.services.token_steps import Step
from confluence_connector.settings import Settings


class OverTheLine(httpx.BaseTransport):
    """Atlassian, asked by the parent."""

    def __init__(self, line: Connection) -> None:
        self.line = line

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = list(request.headers.multi_items())
        self.line.send(("http", request.method, str(request.url), headers, request.read()))
        status, answered, body = self.line.recv()
        return httpx.Response(status, headers=answered, stream=httpx.ByteStream(body))


class HalfAMinute:
    def remaining_seconds(self) -> float:
        return 29.0


def run(job: dict[str, Any]) -> None:
    line = Client(("127.0.0.1", job["port"]), authkey=b"tests")

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        line.send(("aws", client.meta.service_model.service_name, operation, parameters))
        worked, answer = line.recv()
        if not worked:
            raise ClientError(answer, operation)
        return answer

    BaseClient._make_api_call = call
    now = datetime.fromisoformat(job["now"])
    settings = Settings.from_environment(os.environ)
    runtime = Runtime(settings, transport=OverTheLine(line), now=lambda: now, sleep=lambda _seconds: None)
    for pause in runtime.tokens.steps(job["workspace"], job["connection"], deadline=HalfAMinute()):
        if pause.step == Step(job["step"]):
            os.kill(os.getpid(), signal.SIGKILL)


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
