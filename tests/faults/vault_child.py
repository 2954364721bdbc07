"""A caller of the vault, killed at a step of its work on a token. See `tests/killing.py`."""

import os
import signal
from typing import Any

from confluence_connector.services.vault.token_steps import Step
from tests.killing import HalfAMinute, fork_for_each_job, runtime_of


def run(job: dict[str, Any]) -> None:
    steps = runtime_of(job).tokens.steps(job["workspace"], job["connection"], deadline=HalfAMinute())
    for pause in steps:
        if pause.step == Step(job["step"]):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    fork_for_each_job(run)
