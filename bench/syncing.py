"""Our sync beside the field's: requests, speed, processor time, memory and lost pages, against one simulated site.

Everybody runs in a process of its own, one after the other, over HTTP on loopback, with 20 ms latency. Who is slow is
measured on the first space only; figures are per 1,000 pages. `bench/run` calls this.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from bench.measure import MOST_SECONDS, Outcome, told
from bench.site import LATENCY_SECONDS, Site, running_site
from bench.verdicts import Figures, Verdicts, heading, line

OURS, FLOOR = "ours", "floor"
TEXT, MARKDOWN = "LangChain, best, bare text", "LangChain, best, Markdown"
WHOLE, USUAL = "LangChain, best, with attachments", "LangChain, as documented"
LLAMA, EXPORTER = "LlamaIndex", "confluence-markdown-exporter"
ON_ONE_SPACE = {WHOLE, USUAL, LLAMA, EXPORTER}
IN_ROUNDS = (FLOOR, OURS, MARKDOWN, TEXT)
PEERS_PYTHON = ".tools/bench/bin/python"
GRACE_SECONDS, SAY_EVERY_SECONDS = 10, 10
LIMITS: dict[str, dict[str, Any]] = {
    "50 requests a second, then 429 with Retry-After: 1": {"burst_per_second": 50},
    "5 requests a second, then 429 with Retry-After: 5": {"burst_per_second": 5, "refusal_retry_after_seconds": 5},
    "every 10th answer a 429": {"every_nth_429": 10},
}


@dataclass
class Bench:
    """One run: who was measured how. `spaces`: their current pages."""

    site: Site
    folder: Path
    spaces: dict[str, int]
    verdicts: Verdicts = field(default_factory=Verdicts)
    numbers: "count[int]" = field(default_factory=count)

    def measure(self, name: str, *, steps: tuple[str, ...] = ("full",), folder: Path | None = None) -> list[Figures]:
        """Runs one product, says that it is running, and what came of it: one line for each step."""
        spaces = list(self.spaces)[:1] if name in ON_ONE_SPACE else list(self.spaces)
        out = self.folder / f"{next(self.numbers)}.json"
        kept = folder or out.with_suffix("")
        where = [self.site.url, str(kept), str(out)]
        command = {
            OURS: [sys.executable, "-m", "bench.engine", *where, *steps, "--spaces", *spaces],
            FLOOR: [sys.executable, "-m", "bench.floor", *where, *spaces],
        }.get(name, [PEERS_PYTHON, "-m", "bench.peers", name, *where, *spaces])
        self.site.count_anew()
        ended = self._watched(name, command)
        outcomes = told(out) if out.exists() else [Outcome(error=ended)]
        expected = sum(self.spaces[space] for space in spaces)
        requests = self.site.requests()
        return [
            Figures(name, each, expected - each.stages.get("removed", 0), each.requests or requests)
            for each in outcomes
        ]

    def _watched(self, name: str, command: list[str]) -> str:
        """The last thing it said before it ended."""
        begun = said = time.monotonic()
        words = self.folder / "words"
        with words.open("w") as to, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=to) as process:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(1)
                now = time.monotonic()
                if now - begun > MOST_SECONDS + GRACE_SECONDS:
                    process.kill()
                    return f"stopped after {MOST_SECONDS} s"
                if now - said > SAY_EVERY_SECONDS:
                    said = now
                    print(f"    … {name}: {now - begun:.0f} s, {self.site.requests():,} requests", flush=True)
        return "".join(words.read_text().splitlines()[-1:])[:80]


def _without_limit(bench: Bench, rounds: int) -> None:
    print(f"\nno limit; best of {rounds} rounds, in turn, for the first four")
    heading()
    best: dict[str, Figures] = {}
    for _ in range(rounds):
        for name in IN_ROUNDS:
            figures = bench.measure(name)[0]
            if name not in best or figures.speed > best[name].speed:
                best[name] = figures
    for figures in best.values():
        line(figures)
    for name in (LLAMA, WHOLE, USUAL):
        best[name] = bench.measure(name)[0]
        line(best[name])
    kept = bench.folder / "exporter"
    best[EXPORTER] = bench.measure(EXPORTER, folder=kept)[0]
    line(best[EXPORTER])
    again = bench.measure(EXPORTER, folder=kept)[0]
    line(again, "the same again, nothing changed")
    ours, verdicts = best[OURS], bench.verdicts
    verdicts.at_most("requests per 1,000 pages", ours.requests_per_1000, 12, ours)
    verdicts.at_most("points per 1,000 pages", ours.outcome.points / ours.per_1000, 2600, ours)
    verdicts.at_most("× the floor's time", _times(best[FLOOR], ours), 2.5, ours, best[FLOOR])
    # like for like: labels and attachments are what is read, and this is the best that LangChain has for them
    verdicts.at_least(f"× {WHOLE}, in pages/s", _times(ours, best[WHOLE]), 10, ours, best[WHOLE])
    verdicts.told(f"{_times(best[FLOOR], best[MARKDOWN]):.1f} × {MARKDOWN}, in pages/s: the floor", best[MARKDOWN])
    for name in (MARKDOWN, TEXT, USUAL, LLAMA, EXPORTER):
        verdicts.told(f"{_times(ours, best[name]):.1f} × {name}, in pages/s", ours, best[name])
    for name in (FLOOR, MARKDOWN):  # what a busy machine does not change
        share = ours.cpu_per_1000 / best[name].cpu_per_1000 if best[name].cpu_per_1000 else float("nan")
        verdicts.told(f"{share:.2f} × the processor time of {name}", ours, best[name])


def _within_limits(bench: Bench) -> None:
    for what, switches in LIMITS.items():
        bench.site.behave(**switches)
        print(f"\n{what}")
        heading()
        for name in (OURS, MARKDOWN, LLAMA, USUAL, EXPORTER):
            figures = bench.measure(name)[0]
            line(figures)
            if name == OURS:
                bench.verdicts.at_most(f"pages lost, {what}", figures.lost, 0, figures, said=False)
    bench.site.behave()


def _afterwards(bench: Bench) -> None:
    print("\nours, run after run of one corpus (the others have no such thing: they read everything again)")
    heading()
    steps = bench.measure(OURS, steps=("full", "unchanged", "changed", "removals"))
    for figures in steps:
        line(figures, {"changed": "1 % edited", "removals": "1 % in the trash, the walk"}.get(figures.outcome.what))
    by_step = {figures.outcome.what: figures for figures in steps}
    if len(by_step) < len(("full", "unchanged", "changed", "removals")):
        bench.verdicts.missing("the runs after the first", steps[0])
        return
    verdicts, pages = bench.verdicts, sum(bench.spaces.values())
    unchanged, changed, removals = by_step["unchanged"], by_step["changed"], by_step["removals"]
    verdicts.at_most("requests, unchanged", unchanged.requests, 2, unchanged)
    verdicts.at_most("points, unchanged", unchanged.outcome.points, 25, unchanged)
    verdicts.at_most("writes to the corpus, unchanged", unchanged.outcome.writes, 0, unchanged)
    verdicts.at_most("requests, 1 % changed", changed.requests, 3, changed)
    verdicts.at_least("pages found changed", changed.outcome.stages["changed"], round(pages / 100), changed)
    verdicts.at_most("requests per 1,000 pages, removals", removals.requests / pages * 1000, 5, removals)
    verdicts.at_least("pages found removed", removals.outcome.stages["removed"], round(pages / 100), removals)


def _times(fast: Figures, slow: Figures) -> float:
    return fast.speed / slow.speed if slow.speed else float("nan")


def _where_files_are_cheap() -> str | None:
    """In memory where there is such a place: this machine's disk is nobody's product."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print(f"sync of {chosen.pages:,} pages, {LATENCY_SECONDS * 1000:.0f} ms latency (Python {sys.version.split()[0]})")
    print("  ours keeps objects as files, for S3, index and queue in memory, for DynamoDB and SQS; LangChain and")
    print("  LlamaIndex give documents and keep nothing; the exporter writes files; the floor keeps nothing")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the simulator ends too
    with tempfile.TemporaryDirectory(dir=_where_files_are_cheap()) as folder, running_site(chosen.pages) as site:
        site.behave()
        spaces = {f"GEN{number}": 0 for number in range(1, max(2, min(60, chosen.pages // 500)) + 1)}
        bench = Bench(site, Path(folder), {space: len(site.page_ids(space)) for space in spaces})
        _without_limit(bench, chosen.rounds)
        _within_limits(bench)
        _afterwards(bench)
    return bench.verdicts.report()


if __name__ == "__main__":
    sys.exit(main())
