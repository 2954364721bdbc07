"""`make run` starts, says what it does, ends cleanly, and keeps its state whatever ends it."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.e2e.conftest import Stack, new_stack

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that these tests may kill; each leaves it running."""
    own = new_stack(tmp_path_factory.mktemp("own"))
    own.start()
    yield own
    own.stop()


def family(pid: int) -> set[int]:
    """A process and all its descendants."""
    found = {pid}
    for one in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in one.read_text().split():
            found |= family(int(child))
    return found


def until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds


def gone_within(pids: set[int], seconds: float) -> bool:
    return until(lambda: not any(alive(pid) for pid in pids), seconds)


def alive(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def local(own: Stack, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=REPOSITORY,
        env=own._environment() | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def remember(own: Stack) -> None:
    secrets, dynamodb = own.aws("secretsmanager"), own.aws("dynamodb")
    secrets.create_secret(Name="kept/1", SecretString="first", ClientRequestToken="1" * 32)
    dynamodb.put_item(TableName=own.resources["StateTable"], Item={"pk": {"S": "kept"}, "sk": {"S": "1"}})
    own.aws("s3").put_object(Bucket=own.resources["ContentBucket"], Key="kept", Body=b"copy")


def recall(own: Stack) -> tuple[str, bool, bytes]:
    item = own.aws("dynamodb").get_item(
        TableName=own.resources["StateTable"], Key={"pk": {"S": "kept"}, "sk": {"S": "1"}}
    )
    body = own.aws("s3").get_object(Bucket=own.resources["ContentBucket"], Key="kept")["Body"].read()
    return own.aws("secretsmanager").get_secret_value(SecretId="kept/1")["SecretString"], "Item" in item, body


def build_seconds(output: str) -> float:
    """0.0 unless somebody changes the sources while this runs: then that build is not what is measured here."""
    found = re.search(r"functions and layer … .* ([\d.]+) s$", output, re.MULTILINE)
    assert found, output
    return float(found[1])


def test_it_says_what_it_does_and_where_it_is(own: Stack) -> None:
    *steps, ready = own.output.strip().splitlines()
    assert all(line.startswith("• ") and line.endswith(" s") for line in steps)
    assert own.url in ready
    assert own.simulator in ready


def test_state_survives_kill_9_and_the_second_start_is_quick(own: Stack) -> None:
    remember(own)
    token = own.token(sub="ann", workspace="demo")
    assert until(lambda: "kept" in (own.state_dir / "aws" / "dynamodb.json").read_text(), 10)
    processes = family(own._process.pid) if own._process else set()
    assert len(processes) >= 3
    own.kill()
    assert gone_within(processes, 5), "kill -9 of the supervisor left processes behind"
    own.start()
    assert own.started_in_seconds - build_seconds(own.output) < 15
    assert "stack … unchanged" in own.output
    assert recall(own) == ("first", True, b"copy")
    assert own.token(sub="ann", workspace="demo") != token


def test_secrets_are_on_disk_before_they_are_acknowledged(own: Stack) -> None:
    secrets = own.aws("secretsmanager")
    secrets.create_secret(Name="kept/2", SecretString="pair", ClientRequestToken="2" * 32)
    own.kill()
    own.start()
    assert own.aws("secretsmanager").get_secret_value(SecretId="kept/2")["SecretString"] == "pair"


def test_a_changed_setting_updates_the_stack_and_keeps_its_state(own: Stack) -> None:
    own.stop()
    own.environment["LOG_LEVEL"] = "DEBUG"
    own.start()
    assert "stack … deployed" in own.output
    function = own.aws("lambda").get_function_configuration(FunctionName=own.resources["OAuthFunction"])
    assert function["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == "DEBUG"
    assert recall(own) == ("first", True, b"copy")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_of_it(own: Stack, how: signal.Signals) -> None:
    processes = family(own._process.pid) if own._process else set()
    assert own.stop(how) == 0
    assert gone_within(processes, 2)
    own.start()


def test_make_stop_ends_all_of_it(own: Stack) -> None:
    processes = family(own._process.pid) if own._process else set()
    stopped = local(own, "stop")
    assert (stopped.returncode, stopped.stdout.strip()) == (0, "stopped")
    assert gone_within(processes, 2)
    assert own.stop() == 0
    assert local(own, "stop").stdout.strip() == "nothing is running"
    own.start()


def test_a_second_one_with_the_same_state_is_refused(own: Stack) -> None:
    second = local(own)
    assert second.returncode == 1
    assert "running already" in second.stderr
    assert "make stop" in second.stderr


@pytest.mark.parametrize("variable", ["PORT", "SIMULATOR_PORT"])
def test_a_taken_port_is_named_with_a_way_out(own: Stack, tmp_path: Path, variable: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = local(new_stack(tmp_path), **{variable: str(port)})
    assert refused.returncode == 1
    assert f"Port {port} is taken" in refused.stderr
    assert f"{variable}={port + 1} make run" in refused.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PORT": "abc"}, "PORT is not a port number"),
        ({"SIMULATOR_PORT": "70000"}, "SIMULATOR_PORT is not a port number"),
        ({"ATLASSIAN_CLIENT_ID": "x"}, "Only one of ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, environment: dict[str, str], said: str) -> None:
    refused = local(new_stack(tmp_path), **environment)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "→" in refused.stderr


def test_a_part_that_dies_ends_the_stack_and_is_named(own: Stack) -> None:
    assert own._process is not None
    for pid in family(own._process.pid):
        if "local.simulator" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
    assert own._process.wait(20) == 1
    assert "The Atlassian simulator ended by itself" in (own.state_dir / "printed").read_text()
    own.start()
