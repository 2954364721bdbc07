"""A large site through the worker's own handler, message by message, in one process whose memory is watched.

`make scale`: 50,000 pages. The queue's messages, the handler, its batches and checkpoints are the real ones, and so is
HTTP to the simulator; S3 is a folder, DynamoDB a SQLite file: an AWS in memory on the same machine would be measured
instead of us. So the memory is without what boto3 takes. Background work keeps its pace of ten requests a second.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import sync_worker

from bench.engine import CONNECTION, INVOCATION_SECONDS, SHARE, WORKSPACE, Engine, Invocation
from bench.file_index import FileIndex
from bench.site import Site, running_site
from confluence_connector.domain.runs import Run
from confluence_connector.domain.work import Work
from confluence_connector.ports.corpus import CorpusScope

HOURLY_POINTS = 1_000_000
MOST_MB = 200
MOST_GROWTH = 1.15
"""Of memory, from the first tenth of a whole walk to its last."""
SAY_EVERY_SECONDS = 5


class Context:
    """Lambda's, of an invocation that began when this was made."""

    aws_request_id = "scale"
    function_name = "SyncWorkerFunction"

    def __init__(self) -> None:
        self._deadline = Invocation()

    def get_remaining_time_in_millis(self) -> int:
        return int(self._deadline.remaining_seconds() * 1000)


class Worker(Engine):
    """Every message through the Lambda handler, as SQS brings it."""

    messages = 0

    def deliver(self, work: Work) -> None:
        self.messages += 1
        record = {
            "messageId": str(self.messages), "receiptHandle": "r", "body": work.to_message(), "attributes": {},
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "a", "awsRegion": "r",
        }  # fmt: skip
        answer = sync_worker.handler({"Records": [record]}, Context())  # type: ignore[arg-type]
        if answer["batchItemFailures"]:
            raise RuntimeError("a message failed")


@dataclass
class Watch:
    """Samples this process's memory, with the stage and the pages of the run that is going on."""

    worker: Worker
    samples: list[tuple[str, int, float]] = field(default_factory=list)
    what: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        said = time.monotonic()
        while not self.over.wait(0.25):
            run = self._run()
            stage = run.stages[0] if run is not None and run.stages else ""
            seen = run.pages.seen if run is not None else 0
            name = f"{self.what}: {stage}" if stage else "the bench, counting"
            self.samples.append((name, seen, resident_mb()))
            if time.monotonic() - said > SAY_EVERY_SECONDS and run is not None:
                said = time.monotonic()
                print(
                    f"    … {self.what}: {stage}, {seen:,} pages, {run.requests:,} requests, "
                    f"{resident_mb():.0f} MB, message {self.worker.messages}",
                    file=sys.stderr,
                    flush=True,
                )

    def _run(self) -> Run | None:
        sync = self.worker.runtime.syncing.syncs.get(WORKSPACE, CONNECTION)
        if sync is None or sync.active_run is None:
            return None
        return self.worker.runtime.syncing.runs.get(WORKSPACE, CONNECTION, sync.active_run)


def resident_mb() -> float:
    return int(re.findall(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) / 1000


def work(url: str, folder: Path, spaces: tuple[str, ...], out: Path) -> None:
    """The worker's process: four runs of one corpus."""
    site = Site(url)
    index = FileIndex(folder / "index.sqlite")
    worker = Worker(site, folder / "corpus", spaces, index, HOURLY_POINTS)
    sync_worker.from_environment = lambda: worker.runtime  # type: ignore[assignment]
    watch = Watch(worker)
    watching = threading.Thread(target=watch.run, daemon=True)
    watching.start()
    rows = []
    for what in ("first", "unchanged", "removals", "details"):
        watch.what = what
        if what == "removals":
            site.control("POST", "generated/trash", {"share": SHARE})
        now = worker.runtime.now()
        due = {"removals": {"walk_due_at": now}, "details": {"details_due_at": now}}.get(what, {})
        site.control("POST", "points", {"used": 0})
        before, written = worker.messages, worker.objects.writes + index.writes
        begun, cpu = time.monotonic(), time.process_time()
        read = worker.first() if what == "first" else worker.due(**due)
        pages = len(list(read))
        run = worker.last_run()
        rows.append({
            "what": what, "plan": list(run.plan), "seconds": time.monotonic() - begun,
            "cpu": time.process_time() - cpu, "objects": pages, "index": index.count(),
            "messages": worker.messages - before, "requests": run.requests, "points": run.points,
            "new": run.pages.new, "removed": run.pages.removed, "failed": run.pages.failed,
            "writes": worker.objects.writes + index.writes - written,
        })  # fmt: skip
    watch.over.set()
    watching.join()
    told = {"rows": rows, "samples": watch.samples, "feed": _feed(worker)}
    index.close()
    out.write_text(json.dumps(told))


def _feed(worker: Worker) -> int:
    """Pages that the change feed leaves, told from its beginning."""
    sync = worker.runtime.syncing.syncs.get(WORKSPACE, CONNECTION)
    assert sync is not None
    scope = CorpusScope(WORKSPACE, CONNECTION, sync.corpus_id)
    there: set[str] = set()
    for _, changes in worker.runtime.syncing.index.changes(scope, 0, sync.feed, 1_000_000):
        for change in changes:
            if change.kind == "removed":
                there.discard(change.page_id)
            else:
                there.add(change.page_id)
    return len(there)


def report(told: dict[str, list[dict[str, object]]], pages: int) -> int:
    """Prints the figures; the exit code."""
    rows: list[dict[str, float]] = told["rows"]  # type: ignore[assignment]
    samples = [(str(stage), int(seen), float(mb)) for stage, seen, mb in told["samples"]]  # type: ignore[call-overload]
    print(f"\n  {'run':<12}{'seconds':>9}{'CPU s':>8}{'messages':>10}{'requests':>10}{'points':>10}{'written':>10}")
    for row in rows:
        print(
            f"  {row['what']:<12}{row['seconds']:>9.0f}{row['cpu']:>8.0f}{row['messages']:>10,}"
            f"{row['requests']:>10,}{row['points']:>10,}{row['writes']:>10,}"
        )
    print("\n  peak memory by stage, MB")
    for stage in dict.fromkeys(stage for stage, _, _ in samples):
        print(f"  {stage:<24}{max(mb for name, _, mb in samples if name == stage):>7.0f}")
    walk = [(seen, mb) for stage, seen, mb in samples if stage == "first: walk"]
    early = [mb for seen, mb in walk if pages * 0.1 <= seen <= pages * 0.2]
    late = [mb for seen, mb in walk if seen >= pages * 0.9]
    growth = max(late) / max(early) if early and late else float("nan")
    peak = max(mb for _, _, mb in samples)
    first, removals, last = rows[0], rows[2], rows[-1]
    gone, thousands = round(pages * SHARE), pages / 1000
    checks = [
        (f"≤ {MOST_MB} MB at most: {peak:.0f}", peak <= MOST_MB),
        (f"≤ {MOST_GROWTH} × memory, from the walk's second tenth to its last: {growth:.2f}", growth <= MOST_GROWTH),
        (f"{pages:,} objects after the first run: {first['objects']:,}", first["objects"] == pages),
        (f"{pages:,} rows in the index: {first['index']:,}", first["index"] == pages),
        (f"no page failed: {first['failed']}", first["failed"] == 0),
        (f"nothing written where nothing changed: {rows[1]['writes']}", rows[1]["writes"] == 0),
        (f"{gone:,} pages found removed: {removals['removed']:,}", removals["removed"] == gone),
        (f"the feed leaves what the corpus holds: {told['feed']:,}", told["feed"] == last["objects"] == pages - gone),
        (f"≤ 12 requests per 1,000 pages: {first['requests'] / thousands:.2f}", first["requests"] <= 12 * thousands),
        (f"≤ 2,600 points per 1,000 pages: {first['points'] / thousands:,.0f}", first["points"] <= 2600 * thousands),
        (
            f"≤ 5 requests per 1,000, removals: {removals['requests'] / thousands:.2f}",
            removals["requests"] <= 5 * thousands,
        ),
    ]
    print()
    for what, holds in checks:
        print(f"  {'ok  ' if holds else 'MISS'} {what}")
    return 0 if all(holds for _, holds in checks) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=50_000)
    parser.add_argument("--worker", nargs=3, metavar=("URL", "FOLDER", "OUT"))
    parser.add_argument("--spaces", nargs="+", default=[])
    chosen = parser.parse_args()
    if chosen.worker:
        url, folder, out = chosen.worker
        work(url, Path(folder), tuple(chosen.spaces), Path(out))
        return 0
    print(f"{chosen.pages:,} pages through the worker's handler, one process, {INVOCATION_SECONDS:.0f} s an invocation")
    print("  real: messages, handler, stages, HTTP, pace; S3 is a folder, DynamoDB a SQLite file, the queue a list;")
    print(f"  points: {HOURLY_POINTS:,} an hour instead of 65,000, or the run would take hours", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the simulator ends too
    with tempfile.TemporaryDirectory() as folder, running_site(chosen.pages) as site:
        site.behave(hourly_points=HOURLY_POINTS)
        out = Path(folder) / "out.json"
        spaces = [f"GEN{number}" for number in range(1, max(2, min(60, chosen.pages // 500)) + 1)]
        command = [sys.executable, "-m", "bench.scale", "--worker", site.url, folder, str(out), "--spaces", *spaces]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=os.environ)
        if done.returncode or not out.exists():
            print("  MISS the worker's process ended by itself")
            return 1
        return report(json.loads(out.read_text()), chosen.pages)


if __name__ == "__main__":
    sys.exit(main())
