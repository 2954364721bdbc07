"""Speed, fidelity and memory of the storage converter beside the field's, on pages generated here.

Processor time, best of several rounds, all converters in one process and in turn: a busy machine slows all alike.
`bench/run` makes the environment and calls this.
"""

import argparse
import gc
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from bench.converters import COMPETITORS, Convert, expat_floor, ours, quiet
from bench.measure import peak_bytes
from bench.pages import GeneratedPage, page_of

SIZES = (5_000, 50_000, 500_000, 5_000_000)
SECONDS_EACH = 1.0
SECONDS_A_ROUND = 0.05
MOST_GROWTH = 2.3  # of time, where the page doubles
MOST_MEMORY = 10.0  # times the page
FLOOR = "expat, no-op handlers"
TARGETS = (("markdownify", 10.0), ("html-to-markdown", 1.0), (FLOOR, 0.2))


def seconds(convert: Callable[[str], object], body: str, times: int) -> float:
    """Processor time of one conversion, as the mean of `times` in a row."""
    begun = time.process_time()
    for _ in range(times):
        convert(body)
    return (time.process_time() - begun) / times


def best_seconds(body: str, converters: dict[str, Convert]) -> dict[str, float]:
    """The best round of each. Rounds last equally long for all: a short one would find a quiet moment more often."""
    best = {name: seconds(convert, body, 1) for name, convert in converters.items()}
    times = {name: max(1, int(SECONDS_A_ROUND / value)) for name, value in best.items()}
    spent = dict.fromkeys(converters, 0.0)
    while waiting := [name for name in converters if spent[name] < SECONDS_EACH]:
        for name in waiting:
            gc.collect()  # what the one before left behind is not charged to the next
            took = seconds(converters[name], body, times[name])
            spent[name] += took * times[name]
            best[name] = min(best[name], took)
    return best


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
    before = peak_bytes()
    convert(body)
    return (peak_bytes() - before) / file.stat().st_size


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
    gc.freeze()  # so many libraries in one process: ours must not pay for looking through them, nor any other
    _report_speed(converters, chosen.sizes)
    _report_growth(converters["ours"], chosen.sizes[-1])
    _report_kept(converters)
    _report_memory(converters, chosen.sizes[-1])


def _report_memory(converters: dict[str, Convert], size: int) -> None:
    print(f"\npeak memory, × the page's {size:,} bytes")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.xml"
        file.write_text(page_of(size).body, encoding="utf-8")
        for name in converters:
            if name != FLOOR:
                times = peak_memory(name, file)
                verdict = _verdict(times <= MOST_MEMORY) if name == "ours" else "    "
                print(f"  {verdict} {name:<30}{times:>6.1f}")


def _report_speed(converters: dict[str, Convert], sizes: list[int]) -> None:
    for size in sizes:
        body = page_of(size).body
        size_bytes = len(body.encode())
        measured = {name: size_bytes / 1e6 / value for name, value in best_seconds(body, converters).items()}
        print(f"\n{size_bytes:>9,} bytes")
        for name, speed in sorted(measured.items(), key=lambda item: -item[1]):
            print(f"  {name:<30}{speed:>8.2f}   ours is {measured['ours'] / speed:6.2f} ×")
        for name, target in TARGETS:
            if name in measured:
                ratio = measured["ours"] / measured[name]
                print(f"  {_verdict(ratio >= target)} ≥ {target} × {name}: {ratio:.3f}")


def _verdict(holds: bool) -> str:
    return "ok  " if holds else "MISS"


def _report_growth(convert: Convert, largest: int) -> None:
    """Time where the page doubles, from 1/64 of the largest on."""
    sizes = [largest >> shift for shift in range(6, -1, -1)]
    print("\ngrowth of ours, where the page doubles")
    bodies = {size: page_of(size).body for size in sizes}
    in_turn: dict[str, Convert] = {
        str(size): lambda _body, page=body: convert(page)  # type: ignore[misc]  # bound now, as a default
        for size, body in bodies.items()
    }
    best = best_seconds("", in_turn)
    for small, large in pairwise(sizes):
        # A page is never exactly as long as was asked for.
        a_byte = {size: best[str(size)] / len(bodies[size]) for size in (small, large)}
        growth = 2 * a_byte[large] / a_byte[small]
        print(f"  {_verdict(growth <= MOST_GROWTH)} {small:>9,} → {large:>9,} bytes: time × {growth:.2f}")


def _report_kept(converters: dict[str, Convert]) -> None:
    page = page_of(50_000)
    print("\nkept, of a page of 50 KB")
    for name, convert in converters.items():
        if name != FLOOR:
            counts = kept(page, str(convert(page.body)))
            print(f"  {name:<30}" + "  ".join(f"{what} {count}" for what, count in counts.items()))


if __name__ == "__main__":
    main()
