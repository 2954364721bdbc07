"""Workers die by kill -9 while they sync: the corpus ends as that of a sync which nobody disturbed (J4, C3 of issue 4).

`make scale` runs it: twenty kills during 2,000 pages, workers of five seconds, a dead one's message hidden for thirty.
It wants a machine to itself: in five seconds of a busy one a cold worker hardly begins. What a kill leaves behind is
proven at every store write by tests/faults/test_i_sync_repeats.py, in every test run.
"""

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.conftest import Stack, new_stack
from tests.e2e.syncing import OVER, SyncedSite, simulator

pytestmark = [pytest.mark.e2e, pytest.mark.scale]

KILLS = int(os.environ.get("KILLS", "20"))
PAGES = int(os.environ.get("KILL_PAGES", "2000"))
SEED = int(os.environ.get("KILL_SEED", "7"))
WORKER_SECONDS = int(os.environ.get("KILL_WORKER_SECONDS", "5"))
HIDDEN_SECONDS = 30
RUNS_AT_MOST = 12


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = new_stack(tmp_path_factory.mktemp("kills"), SIMULATOR_GENERATE=str(PAGES))
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture
def browsers() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as opened:
        yield opened


SHORT_LIVES = {"WORKER_TIMEOUT_SECONDS": str(WORKER_SECONDS), "WORK_VISIBILITY_SECONDS": str(HIDDEN_SECONDS)}


def shorten_lives(stack: Stack) -> None:
    """Workers have so few seconds from now on, and messages come back after thirty."""
    stack.stop()
    stack.environment |= SHORT_LIVES
    stack.start()


def lengthen_lives(stack: Stack) -> None:
    """As they are by themselves: whoever is not to be disturbed has all the time there is."""
    stack.stop()
    for name in SHORT_LIVES:
        del stack.environment[name]
    stack.start()


@dataclass
class Reaper:
    """Kills the stack's sync workers, each some random seconds after it was first seen."""

    stack: Stack
    chance: random.Random
    redriven: int = 0
    _end_at: dict[int, float] = field(default_factory=dict)

    @property
    def killed(self) -> int:
        """Invocations that ended with their process; a worker that was idle when it died counts nowhere."""
        return self.stack.log("SyncWorkerFunction").count('"status": "failure"')

    def look(self) -> None:
        """Between two looks a worker may end by itself, or at its time-out."""
        now = time.monotonic()
        alive = set(workers(self.stack))
        self._end_at = {pid: at for pid, at in self._end_at.items() if pid in alive}
        for pid in alive:
            at = self._end_at.setdefault(pid, now + self.chance.uniform(0.3, 0.9 * WORKER_SECONDS))
            if now >= at and self.killed < KILLS:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._redrive()

    def _redrive(self) -> None:
        """What an operator does on the alarm: a turn that was killed five times is sent again."""
        sqs, resources = self.stack.aws("sqs"), self.stack.resources
        parked = sqs.receive_message(QueueUrl=resources["WorkDeadLetters"], MaxNumberOfMessages=10).get("Messages", [])
        for message in parked:
            sqs.send_message(QueueUrl=resources["WorkQueue"], MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=resources["WorkDeadLetters"], ReceiptHandle=message["ReceiptHandle"])
            self.redriven += 1


def workers(stack: Stack) -> list[int]:
    """The processes of the sync worker function of this stack."""
    found = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"awslambdaric\0sync_worker.handler" in cmdline.read_bytes():
                here = (cmdline.parent / "cwd").readlink().is_relative_to(stack.state_dir.resolve())
                found += [int(cmdline.parent.name)] if here else []
    return found


def test_J4_a_corpus_ends_the_same_whoever_is_killed_on_the_way(own: Stack, browsers: contextlib.ExitStack) -> None:
    quiet = SyncedSite.connected(own, "quiet", browsers)
    assert quiet.finished(1, 300)["status"] == "completed"
    print(f"\nundisturbed: {len(quiet.objects())} objects", flush=True)
    shorten_lives(own)

    disturbed, reaper = SyncedSite.connected(own, "disturbed", browsers), Reaper(own, random.Random(SEED))
    deadline = time.monotonic() + 300 + 2 * KILLS * (HIDDEN_SECONDS + WORKER_SECONDS)
    while True:
        assert time.monotonic() < deadline, disturbed.runs()
        reaper.look()
        runs = disturbed.runs()
        if runs and runs[0]["status"] in OVER:
            print(f"run {len(runs)}, {reaper.killed} killed: {runs[0]['status']} {runs[0]['pages']}", flush=True)
            if reaper.killed >= KILLS and runs[0]["status"] == "completed":
                break
            assert len(runs) < RUNS_AT_MOST
            simulator(own, "generated/touch", share=0.3, seed=len(runs))  # so that there is something to write
            disturbed.trigger(full=True)
        time.sleep(0.1)
    print(f"killed {reaper.killed}, redriven {reaper.redriven}", flush=True)

    lengthen_lives(own)
    before = len(quiet.runs())
    if len(disturbed.runs()) > 1:
        quiet.trigger(full=True)
        assert quiet.finished(before + 1, 300)["status"] == "completed"
    assert len(quiet.objects()) > 2 * PAGES
    assert disturbed.objects() == quiet.objects()
    assert disturbed.rows() == quiet.rows()
    assert disturbed.followed() == quiet.followed()
    assert len(disturbed.followed()) == disturbed.admin.get(f"{disturbed.path}/sync")["pages"]
