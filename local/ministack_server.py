"""The embedded AWS: ministack, with what a development machine needs on top. Run by .tools/ministack/bin/python.

Added here, against ministack 1.5.33 (its internals, so the version is pinned):
- state is written shortly after each change, not only at a clean end, so that it survives kill -9; by one writer at a
  time, the clean end's own included;
- `CreateSecret` stores the first version under the ClientRequestToken, as AWS does;
- `PutSecretValue` refuses a known ClientRequestToken with another payload, as AWS does (the token vault relies on it);
- Lambda invocations go to our runtime host and keep the error type that the function reported;
- an event source's `MaximumConcurrency` may come from a template's parameter, which makes it a string;
- queues are known by a URL that outlives a restart: ours is given another port each time.

Environment: the variables of ministack, and FUNCTION_HOST, the runtime host's address.
"""

# ruff: noqa: SLF001 - there is no public way to do any of this

import asyncio
import json
import os
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import ministack.app as emulator
from ministack.core import persistence
from ministack.core.responses import error_response_json
from ministack.services import lambda_svc, secretsmanager, sqs

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

_SAVE_SECONDS = 0.5
_QUEUE_URL_PORT = "4566"
# Deploying a stack loads every service there is; restoring those that hold nothing would cost each start seconds.
_KEPT = {
    "apigateway", "cloudformation", "cloudwatch", "cloudwatch_logs", "dynamodb", "eventbridge", "iam", "kms", "lambda",
    "s3", "scheduler", "secretsmanager", "sqs",
}  # fmt: skip
_READS = ("Get", "BatchGet", "Query", "Scan", "List", "Describe", "TransactGet")


class Autosave:
    """Writes what changed. A pointer in DynamoDB must never be on disk without the secret it points at: secrets are
    saved before their request is answered, everything else up to half a second later."""

    def __init__(self) -> None:
        self._dirty = threading.Event()
        self._saving = threading.Lock()
        self._written: dict[str, int] = {}
        threading.Thread(target=self._run, daemon=True, name="autosave").start()

    def mark(self) -> None:
        self._dirty.set()

    def save(self, only: str | None = None) -> None:
        with self._saving:
            for name, state_of in _kept_states().items():
                if only is None or name == only:
                    self._save_one(name, state_of)

    def _save_one(self, name: str, state_of: Callable[[], Any]) -> None:
        for _ in range(5):
            try:
                state = state_of()
                text = json.dumps(state, default=persistence._json_default)
                break
            except RuntimeError:  # a dictionary changed while it was read: another request is at work
                time.sleep(0.01)
        else:
            self._dirty.set()
            return
        if state is not None and self._written.get(name) != hash(text):
            persistence.save_state(name, state)
            self._written[name] = hash(text)

    def _run(self) -> None:
        while True:
            self._dirty.wait()
            time.sleep(_SAVE_SECONDS)
            self._dirty.clear()
            begun = time.monotonic()
            self.save()
            time.sleep(4 * (time.monotonic() - begun))  # a large state may cost a fifth of the time, not all of it


def with_autosave(
    app: Callable[[Message, Receive, Send], Awaitable[None]], autosave: Autosave
) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    async def saving(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if scope["path"] == "/_local/save":
            await asyncio.to_thread(autosave.save)
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        target = dict(scope["headers"]).get(b"x-amz-target", b"").decode()
        verb = target.rpartition(".")[2]
        changes = not verb.startswith(_READS) if target else scope["method"] not in {"GET", "HEAD"}

        async def sending(message: Message) -> None:
            if changes and message["type"] == "http.response.start":
                if target.startswith("secretsmanager."):
                    await asyncio.to_thread(autosave.save, "secretsmanager")
                autosave.mark()
            await send(message)

        await app(scope, receive, sending)

    return saving


def _create_secret(data: dict[str, Any]) -> Any:
    status, headers, body = _emulated_create(data)
    token = data.get("ClientRequestToken")
    if token is None or status != 200:  # noqa: PLR2004 - OK
        return status, headers, body
    _, secret = secretsmanager._resolve(data["Name"])
    (first,) = secret["Versions"].values()
    secret["Versions"] = {token: first}
    return status, headers, json.dumps(json.loads(body) | {"VersionId": token}).encode()


def _put_secret_value(data: dict[str, Any]) -> Any:
    token = data.get("ClientRequestToken")
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    known = ((secret or {}).get("Versions") or {}).get(token) if token else None
    if known is None:
        return _emulated_put(data)
    same = all(known.get(key) == data.get(key) for key in ("SecretString", "SecretBinary"))
    if not same:
        return error_response_json(
            "ResourceExistsException",
            "You can't use ClientRequestToken for another value: the version exists already.",
            400,
        )
    answer = {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token, "VersionStages": known["Stages"]}
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()


def _invoke(func: dict[str, Any], event: Any, _url: str, request_id: str) -> dict[str, Any]:
    name = (func.get("config") or func)["FunctionName"]
    request = urllib.request.Request(  # noqa: S310 - our own host on loopback
        f"{os.environ['FUNCTION_HOST']}/functions/{name}/invocations",
        data=json.dumps(event, ensure_ascii=False).encode(),
        headers={"X-Amzn-Request-Id": request_id},
    )
    with urllib.request.urlopen(request, timeout=910) as response:  # noqa: S310 - the host enforces the time-out
        body, failed = response.read(), response.headers.get("X-Amz-Function-Error")
    return {"body": json.loads(body) if body else None, **({"error": True} if failed else {})}


def _event_source_concurrency(esm: dict[str, Any], *rest: Any) -> int:
    scaling = esm.get("ScalingConfig") or {}
    if "MaximumConcurrency" in scaling:
        scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
    return int(_emulated_concurrency(esm, *rest))


def _kept_states() -> dict[str, Callable[[], Any]]:
    return {name: state_of for name, state_of in _all_states().items() if name in _KEPT}


_emulated_create = secretsmanager._create_secret
_emulated_put = secretsmanager._put_secret_value
_emulated_concurrency = lambda_svc._sqs_esm_concurrency
_all_states = emulator._build_persistence_save_dict


def main() -> None:
    emulator._build_persistence_save_dict = _kept_states
    secretsmanager._create_secret = _create_secret
    secretsmanager._put_secret_value = _put_secret_value
    sqs.DEFAULT_PORT = _QUEUE_URL_PORT
    lambda_svc._sqs_esm_concurrency = _event_source_concurrency
    if os.environ.get("FUNCTION_HOST"):
        lambda_svc._proxy_url_for = lambda _config: os.environ["FUNCTION_HOST"]
        lambda_svc._execute_function_proxy = _invoke
    autosave = Autosave()
    emulator.save_all = lambda _states: autosave.save()  # at its end: two at once would write into the same file
    emulator.app = with_autosave(emulator.app, autosave)
    emulator.main()


if __name__ == "__main__":
    main()
