"""The runtime host runs functions as Lambda does: isolated, warm, timed out, with their real errors."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.lambda_worker import FunctionSpec
from local.runtime_client import runtime_client
from local.runtime_host import RuntimeHost

CODE = '''
import json, os, sys, time

class PageGone(Exception):
    """A typed error of ours."""

count = 0

def handler(event, context):
    global count
    count += 1
    match event.get("do"):
        case "fail":
            raise PageGone("it went")
        case "exit":
            os._exit(3)
        case "sleep":
            time.sleep(event["seconds"])
        case "large":
            return "x" * (6 * 2**20 + 1)
        case "import":
            __import__(event["module"])
        case "print":
            print("a line of the function")
    return {
        "pid": os.getpid(),
        "count": count,
        "remaining": context.get_remaining_time_in_millis(),
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "environment": dict(os.environ),
    }
'''


@pytest.fixture(scope="session")
def client_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runtime_client(tmp_path_factory.mktemp("client"))


@pytest.fixture
def spec(tmp_path: Path, client_folder: Path) -> FunctionSpec:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "sample.py").write_text(CODE)
    (tmp_path / "code" / "broken.py").write_text("raise ValueError('at import')")
    return FunctionSpec(
        logical_id="Sample",
        name="stack-Sample-1",
        arn="arn:aws:lambda:us-east-1:000000000000:function:stack-Sample-1",
        handler="sample.handler",
        timeout_seconds=3,
        memory_mb=256,
        concurrency=2,
        environment={"GIVEN": "yes"},
        code=tmp_path / "code",
        python_path=(client_folder,),
        log=tmp_path / "Sample.log",
    )


def with_host[T](spec: FunctionSpec, use: Callable[[RuntimeHost], Awaitable[T]]) -> T:
    async def run() -> T:
        host = RuntimeHost()
        host.install([spec])
        try:
            return await use(host)
        finally:
            await host.stop()

    return asyncio.run(run())


async def call(host: RuntimeHost, **event: Any) -> Any:
    outcome = await host.invoke("Sample", json.dumps(event).encode())
    return json.loads(outcome.payload)


def changed(spec: FunctionSpec, **values: Any) -> FunctionSpec:
    fields = {name: getattr(spec, name) for name in FunctionSpec.__slots__}
    return FunctionSpec(**(fields | values))


def test_a_process_is_reused_warm_and_knows_its_invocation(spec: FunctionSpec) -> None:
    async def twice(host: RuntimeHost) -> list[Any]:
        return [await call(host), await call(host)]

    first, second = with_host(spec, twice)
    assert (first["pid"], first["count"], second["count"]) == (second["pid"], 1, 2)
    assert first["request"] != second["request"]
    assert first["arn"] == spec.arn
    assert 0 < first["remaining"] <= 3000


def test_the_environment_is_clean(spec: FunctionSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKED", "yes")
    environment = with_host(spec, call)["environment"]
    assert environment["GIVEN"] == "yes"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == spec.name
    assert "LEAKED" not in environment
    assert "HOME" not in environment


def test_only_what_the_artefact_holds_can_be_imported(spec: FunctionSpec) -> None:
    failed = with_host(spec, lambda host: call(host, do="import", module="pytest"))
    assert failed["errorType"] == "ModuleNotFoundError"


def test_concurrent_calls_have_processes_of_their_own_up_to_the_cap(spec: FunctionSpec) -> None:
    async def three(host: RuntimeHost) -> list[Any]:
        return await asyncio.gather(*(call(host, do="sleep", seconds=0.3) for _ in range(3)))

    assert len({one["pid"] for one in with_host(spec, three)}) == 2


def test_a_call_that_waits_too_long_is_throttled(spec: FunctionSpec) -> None:
    async def two(host: RuntimeHost) -> Any:
        await call(host)  # warm, so that the wait below is the function's and not the start's
        busy = asyncio.create_task(call(host, do="sleep", seconds=0.8))
        await asyncio.sleep(0)
        refused = await call(host)
        await busy
        return refused

    throttled = with_host(changed(spec, concurrency=1, timeout_seconds=0.5), two)
    assert throttled["errorType"] == "TooManyRequestsException"


def test_real_error_types_come_back(spec: FunctionSpec) -> None:
    failed = with_host(spec, lambda host: call(host, do="fail"))
    assert (failed["errorType"], failed["errorMessage"]) == ("PageGone", "it went")


def test_a_time_out_kills_and_the_next_call_starts_afresh(spec: FunctionSpec) -> None:
    async def late(host: RuntimeHost) -> tuple[Any, Any, Any]:
        warm = await call(host)
        return warm, await call(host, do="sleep", seconds=30), await call(host)

    warm, late_one, next_one = with_host(changed(spec, timeout_seconds=0.6), late)
    assert late_one["errorType"] == "Sandbox.Timedout"
    assert "timed out after 0.60 seconds" in late_one["errorMessage"]
    assert next_one["count"] == 1
    with pytest.raises(ProcessLookupError):
        os.kill(warm["pid"], 0)
    reports = [json.loads(line)["record"]["status"] for line in spec.log.read_text().splitlines() if "report" in line]
    assert reports == ["success", "timeout", "success"]


def test_a_crash_is_an_exit_error(spec: FunctionSpec) -> None:
    async def crash(host: RuntimeHost) -> tuple[Any, Any]:
        return await call(host, do="exit"), await call(host)

    crashed, after = with_host(spec, crash)
    assert crashed["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in crashed["errorMessage"]
    assert after["count"] == 1


def test_J12_a_handler_that_does_not_import_says_why(spec: FunctionSpec) -> None:
    broken = with_host(changed(spec, handler="broken.handler"), call)
    assert (broken["errorType"], broken["errorMessage"]) == ("ValueError", "at import")
    missing = with_host(changed(spec, handler="sample.handle"), call)
    assert missing["errorType"] == "Runtime.HandlerNotFound"


def test_answers_and_events_over_six_megabytes_are_refused(spec: FunctionSpec) -> None:
    large = with_host(spec, lambda host: call(host, do="large"))
    assert large["errorType"] == "Function.ResponseSizeTooLarge"
    huge = with_host(spec, lambda host: call(host, filler="x" * 6 * 2**20))
    assert huge["errorType"] == "RequestEntityTooLargeException"


def test_what_a_function_prints_is_in_its_log(spec: FunctionSpec) -> None:
    with_host(spec, lambda host: call(host, do="print"))
    assert "a line of the function" in spec.log.read_text()


def test_invocations_arrive_over_http_by_the_functions_name(spec: FunctionSpec) -> None:
    async def over_http(host: RuntimeHost) -> list[httpx.Response]:
        address = await host.listen()
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            paths = (spec.name, spec.name, "other")
            events: tuple[dict[str, Any], ...] = ({}, {"do": "fail"}, {})
            return [
                await client.post(f"/functions/{path}/invocations", json=event)
                for path, event in zip(paths, events, strict=True)
            ]

    good, failed, unknown = with_host(spec, over_http)
    assert "x-amz-function-error" not in good.headers
    assert failed.headers["x-amz-function-error"] == "Unhandled"
    assert unknown.status_code == 404


def test_what_comes_before_the_functions_are_installed_waits_for_them(spec: FunctionSpec) -> None:
    """A queue or a schedule that was there before a restart does not wait for it."""

    async def early() -> httpx.Response:
        host = RuntimeHost()
        async with httpx.AsyncClient(base_url=await host.listen(), trust_env=False) as client:
            asked = asyncio.create_task(client.post(f"/functions/{spec.name}/invocations", json={}))
            await asyncio.wait({asked}, timeout=0.1)
            assert not asked.done()
            host.install([spec])
            try:
                return await asked
            finally:
                await host.stop()

    answer = asyncio.run(early())
    assert answer.status_code == 200
    assert "x-amz-function-error" not in answer.headers


def test_stopping_leaves_no_process(spec: FunctionSpec) -> None:
    pid = with_host(spec, call)["pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
