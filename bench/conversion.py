"""Speed, fidelity and memory of the storage converter beside the field's, on pages generated here.

Processor time, best of several rounds, all converters in one process and in turn: a busy machine slows all alike.
`bench/run` makes the environment and calls this.
"""

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from bench.converters import COMPETITORS, Convert, expat_floor, ours, quiet
from bench.pages import GeneratedPage, page_of

SIZES = (5_000, 50_000, 500_000, 5_000_000)
SECONDS_EACH = 1.0
FLOOR = "expat, no-op handlers"
TARGETS = (("markdownify", 10.0), ("html-to-markdown", 1.0), (FLOOR, 0.2))


def seconds(convert: Callable[[str], object], body: str, best: float) -> float:
    """One round: repeated until it is long enough to be measured."""
    times = max(1, 100_000 // len(body))
    begun = time.process_time()
    for _ in range(times):
        convert(body)
    return min(best, (time.process_time() - begun) / times)


def speeds(body: str, converters: dict[str, Convert]) -> dict[str, float]:
    """MB of UTF-8 per second of processor time."""
    best = dict.fromkeys(converters, float("inf"))
    spent = dict.fromkeys(converters, 0.0)
    for _ in range(25):
        waiting = [name for name in converters if spent[name] < SECONDS_EACH]
        for name in waiting:
            begun = time.process_time()
            best[name] = seconds(converters[name], body, best[name])
            spent[name] += time.process_time() - begun
        if not waiting:
            break
    return {name: len(body.encode()) / 1e6 / value for name, value in best.items()}


def kept(page: GeneratedPage, markdown: str) -> dict[str, str]:
    """How many of the page's elements are in the Markdown, as what they were."""
    fences = "".join(inside for _, inside in re.findall(r"^ *(```+).*?\n(.*?)\1", markdown, re.DOTALL | re.MULTILINE))
    links = set(re.findall(r"\]\(<?([^)>\s]+)", markdown))
    lines = markdown.splitlines()
    rows = [" ".join(line.split()) for line in lines if line.lstrip().startswith("|")]
    table_text = " ".join(rows)
    counts = {
        "words": (sum(word in markdown for word in page.words), len(page.words)),
        "links": (sum(link in links for link in page.links), len(page.links)),
        "page links": (sum(any(title in link for link in links) for title in page.page_links), len(page.page_links)),
        "code": (sum(name in fences for name in page.code), len(page.code)),
        "images": (sum(f"]({name}" in markdown for name in page.images), len(page.images)),
        "rows": (sum(_in_one_row(cells, rows, table_text) for cells in page.rows), len(page.rows)),
        "tasks": (sum(bool(re.search(rf"\[[ x]\] {task}\b", markdown)) for task in page.tasks), len(page.tasks)),
    }
    return {name: f"{found}/{total}" for name, (found, total) in counts.items()}


def _in_one_row(cells: tuple[str, ...], rows: list[str], table_text: str) -> bool:
    if cells[0] not in table_text:
        return False
    return any(all(re.search(rf"\b{cell}\b", row) for cell in cells) for row in rows if cells[0] in row)


def peak_memory(name: str, file: Path) -> float:
    """Peak memory over the size of the page, of one conversion in a fresh process (its imports not counted)."""
    command = [sys.executable, "-m", "bench.conversion", "--memory", name, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(done.stdout or "nan")


def _measure_memory(name: str, file: Path) -> float:
    convert = ours() if name == "ours" else COMPETITORS[name]()
    convert("<p>warm <b>up</b></p>" * 50)
    body = file.read_text(encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    convert(body)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / file.stat().st_size


def _loaded() -> dict[str, Convert]:
    converters: dict[str, Convert] = {FLOOR: expat_floor, "ours": ours()}
    for name, load in COMPETITORS.items():
        try:
            candidate = load()
            candidate("<p>a</p>")
        except Exception as error:  # noqa: BLE001  another project's, whatever it is: said, and left out
            print(f"  {name}: not measured ({type(error).__name__})")
            continue
        converters[name] = candidate
    return converters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", nargs=2, metavar=("NAME", "FILE"))
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    chosen = parser.parse_args()
    quiet()
    warnings.simplefilter("ignore")
    if chosen.memory:
        print(_measure_memory(chosen.memory[0], Path(chosen.memory[1])))
        return
    print(f"storage → Markdown, MB/s of processor time (Python {sys.version.split()[0]})")
    converters = _loaded()
    _report_speed(converters, chosen.sizes)
    _report_kept(converters)
    _report_memory(converters, chosen.sizes[-1])


def _report_memory(converters: dict[str, Convert], size: int) -> None:
    print(f"\npeak memory, × the page's {size:,} bytes")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.xml"
        file.write_text(page_of(size).body, encoding="utf-8")
        for name in converters:
            if name != FLOOR:
                print(f"  {name:<30}{peak_memory(name, file):>6.1f}")


def _report_speed(converters: dict[str, Convert], sizes: list[int]) -> None:
    took: dict[int, float] = {}
    for size in sizes:
        body = page_of(size).body
        measured = speeds(body, converters)
        took[size] = len(body.encode()) / measured["ours"]
        print(f"\n{len(body.encode()):>9,} bytes")
        for name, speed in sorted(measured.items(), key=lambda item: -item[1]):
            print(f"  {name:<30}{speed:>8.2f}   ours is {measured['ours'] / speed:6.2f} ×")
        for name, target in TARGETS:
            if name in measured:
                ratio = measured["ours"] / measured[name]
                print(f"  {'ok  ' if ratio >= target else 'MISS'} ≥ {target} × {name}: {ratio:.3f}")
    print("\ngrowth")
    for small, large in pairwise(sizes):
        print(f"  {small:,} → {large:,} bytes: time × {took[large] / took[small]:.2f}, size × {large / small:.0f}")


def _report_kept(converters: dict[str, Convert]) -> None:
    page = page_of(50_000)
    print("\nkept, of a page of 50 KB")
    for name, convert in converters.items():
        if name != FLOOR:
            counts = kept(page, str(convert(page.body)))
            print(f"  {name:<30}" + "  ".join(f"{what} {count}" for what, count in counts.items()))


if __name__ == "__main__":
    main()
