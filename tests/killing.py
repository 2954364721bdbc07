"""Processes that are killed in the middle of their work: no `finally`, no `atexit`, no farewell.

A zygote reads one job a line from stdin, as JSON, and forks a child for each; it prints the signal that ended it (0: it
ended by itself). The child's calls to AWS and its requests to Atlassian are made by the test's process, which survives.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from confluence_connector.runtime import Runtime
from confluence_connector.settings import Settings

if TYPE_CHECKING:
    from tests.aws import Aws

ROOT = Path(__file__).parents[1]
LOOPBACK = "127.0.0.1"
KEY = b"tests"

# ── in the process that is killed ───────────────────────────────────────────────────────────────────────────────────

type Around = Callable[[Callable[[], Any]], Any]
"""What happens at a call to the world, which it is given to make."""


class HalfAMinute:
    """The `Deadline` port of an invocation that has just begun."""

    def remaining_seconds(self) -> float:
        return 29.0


class OverTheLine(httpx.BaseTransport):
    """Atlassian, asked by the parent."""

    def __init__(self, line: Connection, around: Around) -> None:
        self.line, self.around = line, around

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        def ask() -> httpx.Response:
            headers = list(request.headers.multi_items())
            self.line.send(("http", request.method, str(request.url), headers, request.read()))
            status, answered, body = self.line.recv()
            return httpx.Response(status, headers=answered, stream=httpx.ByteStream(body))

        answer: httpx.Response = self.around(ask)
        return answer


def runtime_of(job: dict[str, Any], around: Around = lambda call: call()) -> Runtime:
    """A cold process's, at the job's moment, with the world over the line."""
    line, now = Client((LOOPBACK, job["port"]), authkey=KEY), datetime.fromisoformat(job["now"])

    def asked(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        line.send(("aws", client.meta.service_model.service_name, operation, parameters))
        worked, answer = line.recv()
        if not worked:
            raise ClientError(answer, operation)
        if isinstance(answer.get("Body"), bytes):
            answer["Body"] = io.BytesIO(answer["Body"])
        return answer

    BaseClient._make_api_call = lambda *call: around(lambda: asked(*call))
    settings = Settings.from_environment(os.environ)
    return Runtime(settings, transport=OverTheLine(line, around), now=lambda: now, sleep=lambda _seconds: None)


def fork_for_each_job(run: Callable[[dict[str, Any]], None]) -> None:
    for text in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # log lines go there; the answer is the parent's to print
            run(json.loads(text))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status), flush=True)


# ── in the process that survives ────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def zygote(script: Path, aws: "Aws", atlassian: httpx.BaseTransport) -> Iterator[Callable[[dict[str, Any]], int]]:
    """Runs a job in a child of that script's; the signal that ended it."""
    listener = Listener((LOOPBACK, 0), authkey=KEY)
    Thread(target=_answer_all, args=(listener, aws, atlassian), daemon=True).start()
    environment = os.environ | aws.environment | {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/shared'}"}
    command = [sys.executable, str(script)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        to, back = process.stdin, process.stdout

        def run(job: dict[str, Any]) -> int:
            print(json.dumps(job | {"port": listener.address[1]}), file=to, flush=True)
            return int(back.readline())

        yield run
        to.close()
    listener.close()


def _answer_all(listener: Listener, aws: "Aws", atlassian: httpx.BaseTransport) -> None:
    while True:
        try:
            line = listener.accept()
        except OSError:
            return
        Thread(target=_answer, args=(line, aws, atlassian), daemon=True).start()


def _answer(line: Connection, aws: "Aws", atlassian: httpx.BaseTransport) -> None:
    """Makes the calls of one child until it is dead."""
    clients: dict[str, Any] = {
        "dynamodb": aws.dynamodb, "secretsmanager": aws.secrets, "events": aws.events, "s3": aws.s3,
    }  # fmt: skip
    while True:
        try:
            kind, *asked = line.recv()
        except (EOFError, ConnectionResetError):
            return
        if kind == "aws":
            service, operation, parameters = asked
            try:
                answer = clients[service]._make_api_call(operation, parameters)
                if "Body" in answer:
                    answer["Body"] = answer["Body"].read()
                line.send((True, answer))
            except ClientError as error:
                line.send((False, error.response))
        else:
            method, url, headers, body = asked
            given = atlassian.handle_request(httpx.Request(method, url, headers=headers, content=body))
            line.send((given.status_code, list(given.headers.multi_items()), given.read()))
