"""Figures as lines of a table, and the targets they are held to."""

from dataclasses import dataclass, field

from bench.measure import Outcome


@dataclass(frozen=True, slots=True)
class Figures:
    """One product's reading, beside what there was to read."""

    name: str
    outcome: Outcome
    expected: int
    requests: int

    @property
    def pages(self) -> int:
        return len(set(self.outcome.pages))

    @property
    def lost(self) -> int:
        return max(0, self.expected - self.pages)

    @property
    def per_1000(self) -> float:
        return max(self.pages, 1) / 1000

    @property
    def requests_per_1000(self) -> float:
        return self.requests / self.per_1000

    @property
    def cpu_per_1000(self) -> float:
        return self.outcome.cpu_seconds / self.per_1000

    @property
    def speed(self) -> float:
        """Pages a second."""
        return self.pages / self.outcome.seconds if self.outcome.seconds else 0.0


@dataclass
class Verdicts:
    """What was promised and what was measured. A comparison with something that did not work is none."""

    lines: list[str] = field(default_factory=list)
    missed: int = 0

    def at_most(self, what: str, value: float, most: float, *held: Figures, said: bool = True) -> None:
        self._judge(f"≤ {most:g} {what}", value, value <= most, held, whole=not said)

    def at_least(self, what: str, value: float, least: float, *held: Figures) -> None:
        self._judge(f"≥ {least:g} {what}", value, value >= least, held)

    def told(self, what: str, *held: Figures) -> None:
        """A figure without a target."""
        if not any(figures.outcome.error for figures in held):
            self.lines.append(f"       {what}")

    def missing(self, what: str, figures: Figures) -> None:
        self.missed += 1
        self.lines.append(f"  MISS {what}: {figures.outcome.error}")

    def report(self) -> int:
        """Prints them; the exit code."""
        print("\ntargets")
        print("\n".join(self.lines))
        return 1 if self.missed else 0

    def _judge(self, what: str, value: float, holds: bool, held: tuple[Figures, ...], *, whole: bool = False) -> None:
        failed = next((each for each in held if each.outcome.error), None)
        if failed is not None and not whole:
            self.missing(what, failed)
            return
        self.missed += not holds
        self.lines.append(f"  {'ok  ' if holds else 'MISS'} {what}: {value:,.2f}".replace(".00", ""))


def heading() -> None:
    print(f"  {'':<32}{'pages':>7}{'lost':>7}{'requests':>10}{'pages/s':>9}{'CPU s':>8}{'peak MB':>9}")
    print(f"  {'':<32}{'':>7}{'':>7}{'/1,000':>10}{'':>9}{'/1,000':>8}", flush=True)


def line(figures: Figures, remark: str | None = None) -> None:
    each = figures.outcome
    ended = f"  {each.error}" if each.error else ""
    asked, cpu = f"{figures.requests_per_1000:,.1f}", f"{figures.cpu_per_1000:.2f}"
    if not figures.pages:
        asked = cpu = "–"
    print(
        f"  {figures.name:<32}{figures.pages:>7,}{figures.lost:>7,}{asked:>10}{figures.speed:>9,.0f}{cpu:>8}"
        f"{each.peak_mb:>9.0f}{ended}" + (f"  {remark}" if remark else ""),
        flush=True,
    )
