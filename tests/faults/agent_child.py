"""An admin's decision, killed at its n-th call to the world. See `tests/killing.py`."""

import os
import signal
from collections.abc import Callable
from typing import Any

from confluence_connector.domain.identifiers import MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from tests.killing import HalfAMinute, fork_for_each_job, runtime_of


class Deathbed:
    """Counts calls and ends the process at the n-th, `before` it is made or `after`."""

    def __init__(self, at: int, when: str) -> None:
        self.left, self.when = at, when

    def around(self, call: Callable[[], Any]) -> Any:
        self.left -= 1
        if self.left == 0 and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        made = call()
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return made


def run(job: dict[str, Any]) -> None:
    runtime = runtime_of(job, Deathbed(job["at"], job["when"]).around)
    admin = Principal(MemberId("root"), WorkspaceId("acme"), frozenset({"admin"}), frozenset())
    runtime.agents.decider.decide(admin, job["approval"], "approve", None, HalfAMinute())


if __name__ == "__main__":
    fork_for_each_job(run)
