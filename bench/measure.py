"""What a product cost in its own process, and how a parent hears of it."""

import json
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

MOST_SECONDS = 60


class Stopped(BaseException):
    """It took longer than anybody waits."""


def peak_bytes() -> int:
    """This program's own peak. Not `ru_maxrss` on Linux: there a child begins with the peak of the process above it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS, in bytes


@dataclass(slots=True)
class Outcome:
    """One reading of the site. `seconds` and `cpu_seconds` without imports, `peak_mb` of the whole process.

    `requests`, `points`, `writes`: where the product itself says. `error`: the class of what ended it.
    """

    what: str = "full"
    pages: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    requests: int = 0
    points: int = 0
    writes: int = 0
    stages: dict[str, int] = field(default_factory=dict)
    error: str | None = None


def measured(outcome: Outcome, read: Callable[[], Iterable[str]]) -> Outcome:
    """Fills it in with page ids as they come, so that what was read before a crash, or in time, counts."""
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(MOST_SECONDS)
    begun, cpu = time.perf_counter(), time.process_time()
    try:
        for page_id in read():
            outcome.pages.append(page_id)
    except Exception as error:  # noqa: BLE001  another project's, whatever it is: said
        outcome.error = type(error).__name__
        print(f"{outcome.error}: {error}", file=sys.stderr)
    except Stopped:
        outcome.error = f"stopped after {MOST_SECONDS} s"
    signal.alarm(0)
    outcome.seconds, outcome.cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu
    outcome.peak_mb = peak_bytes() / 1e6
    return outcome


def tell(file: Path, outcomes: Iterable[Outcome]) -> None:
    """Standard output belongs to the products."""
    file.write_text(json.dumps([asdict(outcome) for outcome in outcomes]))


def told(file: Path) -> list[Outcome]:
    return [Outcome(**outcome) for outcome in json.loads(file.read_text())]


def _stop(*_: object) -> None:
    raise Stopped
