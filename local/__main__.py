"""The one-machine stack.

python -m local                       runs it
python -m local stop                  ends it
python -m local invoke FUNCTION JSON  calls a function directly, as a pipeline does
"""

import asyncio
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.options import Options, StackError

_STOP_SECONDS = 20


@contextmanager
def alone(state_dir: Path) -> Iterator[None]:
    """Holds the state folder for one supervisor. The lock goes with the process, whatever ends it."""
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError("It is running already with this state folder", "make stop") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def run(options: Options) -> None:
    from local.supervisor import Supervisor  # noqa: PLC0415 - stop and its messages need none of this

    with alone(options.state_dir):
        asyncio.run(Supervisor(options).run())


def stop(options: Options) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    asked = False
    while True:
        try:
            with alone(options.state_dir):
                print("stopped" if asked else "nothing is running")
                return
        except StackError:
            pid = int((options.state_dir / "lock").read_text() or 0)
            if pid and not asked:
                os.kill(pid, signal.SIGTERM)
                asked = True
        if time.monotonic() > deadline:
            raise StackError(f"Process {pid} does not end", f"kill -9 {pid}; the state survives that")
        time.sleep(0.1)


def invoke(options: Options, function: str, event: str) -> None:
    from local.embedded_aws import client  # noqa: PLC0415 - boto3 takes its time

    try:
        stack = json.loads((options.state_dir / "stack.json").read_text())
        name = stack["resources"][function]
    except FileNotFoundError:
        raise StackError("Nothing is running with this state folder", "make run") from None
    except KeyError:
        raise StackError(f"There is no {function}", "the names are the logical ids of template.yaml") from None
    answer = client("lambda", stack["aws_endpoint"]).invoke(FunctionName=name, Payload=event.encode())
    print(answer["Payload"].read().decode())
    if "FunctionError" in answer:
        sys.exit(1)


def main(arguments: list[str]) -> None:
    try:
        options = Options.from_environment()
        match arguments:
            case []:
                run(options)
            case ["stop"]:
                stop(options)
            case ["invoke", function, event]:
                invoke(options, function, event)
            case _:
                sys.exit(__doc__)
    except StackError as error:
        sys.exit(f"\n✗ {error}\n  → {error.remedy}")


if __name__ == "__main__":
    main(sys.argv[1:])
