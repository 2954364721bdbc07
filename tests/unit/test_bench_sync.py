"""What the bench's figures rest on: stand-ins that do as their ports promise, and verdicts that flatter nobody."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.file_index import FileIndex
from bench.measure import Outcome, measured, tell, told
from bench.stand_ins import LimitsInMemory
from bench.verdicts import Figures, Verdicts
from confluence_connector.domain.corpus import Change, CorpusPage, Missing, PageDetails
from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    CorpusId,
    PageId,
    RunId,
    SpaceId,
    WorkspaceId,
)
from confluence_connector.domain.rate_limits import Lane
from confluence_connector.limits import BUCKET_BURST
from confluence_connector.ports.corpus import CorpusIndex, CorpusScope
from tests.conftest import MovableClock
from tests.fakes.corpus import FakeCorpusIndex

SCOPE = CorpusScope(WorkspaceId("acme"), ConnectionId("con"), CorpusId("cor"))
AT = datetime(2026, 7, 1, tzinfo=UTC)
RUN = RunId("run_1")


def row(number: int, version: int = 1) -> CorpusPage:
    return CorpusPage(
        id=PageId(str(number)),
        space_id=SpaceId("1"),
        space_key="DOC",
        space_name="Docs",
        title=f"Page {number}",
        url="https://acme.atlassian.net/wiki/x",
        version=version,
        updated_at=AT,
        parent_id=None,
        author_id=None,
        author_name=None,
        details=PageDetails(),
        digest="",
        change=1,
        kind="added",
    )


@pytest.fixture(params=["fake", "file"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CorpusIndex]:
    if request.param == "fake":
        yield FakeCorpusIndex()
    else:
        with closing(FileIndex(tmp_path / "index")) as filed:
            yield filed


def test_rows_come_in_id_order_and_older_versions_do_not_replace_newer_ones(index: CorpusIndex) -> None:
    index.put(SCOPE, [row(10), row(9, version=3), row(100)])
    index.put(SCOPE, [row(9, version=2), row(10, version=2)])
    assert [(page.id, page.version) for page in index.between(SCOPE, None, None, 9)] == [
        ("9", 3),
        ("10", 2),
        ("100", 1),
    ]
    assert [page.id for page in index.between(SCOPE, PageId("9"), PageId("10"), 9)] == ["10"]
    assert [page.id for page in index.between(SCOPE, None, None, 1)] == ["9"]
    assert set(index.get(SCOPE, [PageId("9"), PageId("77")])) == {"9"}
    index.remove(SCOPE, [PageId("9"), PageId("77")])
    assert index.get(SCOPE, [PageId("9")]) == {}


def test_suspects_authors_and_changes_are_kept(index: CorpusIndex) -> None:
    suspects = [Missing(PageId(each), RUN, SpaceId("1"), "t", "u", 1) for each in ("100", "9")]
    index.note_missing(SCOPE, suspects)
    assert [each.id for each in index.missing(SCOPE, RUN, 9)] == ["9", "100"]
    assert index.missing(SCOPE, RunId("run_2"), 9) == []
    index.forget_missing(SCOPE, suspects[:1])
    assert [each.id for each in index.missing(SCOPE, RUN, 9)] == ["9"]
    index.put_authors(SCOPE, {"ann": "Ann", "gone": None})
    assert index.authors(SCOPE, ["ann", "gone", "new"]) == {"ann": "Ann", "gone": None}
    change = Change(PageId("9"), "added", AT, "t", "u", 1)
    index.put_changes(SCOPE, 2, [change])
    index.put_changes(SCOPE, 2, [change, change])
    assert index.changes(SCOPE, 1, 2, 9) == [(2, (change, change))]
    assert index.changes(SCOPE, 2, 9, 9) == []


def test_the_pace_of_the_bench_is_the_real_one(clock: MovableClock) -> None:
    limits, lane = LimitsInMemory(), Lane(CloudId("site"), "confluence")
    burst = BUCKET_BURST["confluence"]
    waits = [limits.take(lane, clock(), 20).wait_seconds for _ in range(burst + 2)]
    assert waits == [0.0] * burst + [0.1, 0.2]
    assert not limits.take(lane, clock(), 0.1).taken


def figures(pages: int, error: str | None = None) -> Figures:
    return Figures("a product", Outcome(pages=[str(each) for each in range(pages)], seconds=2.0, error=error), 10, 4)


def test_pages_are_counted_once_and_those_that_never_came_are_lost() -> None:
    seen = Figures("a product", Outcome(pages=["1", "2", "2"], seconds=2.0), 10, 4)
    assert (seen.pages, seen.lost, seen.speed, seen.requests_per_1000) == (2, 8, 1.0, 2000)


@pytest.mark.parametrize(
    ("value", "error", "code", "word"),
    [(9.0, None, 1, "MISS"), (10.0, None, 0, "ok  "), (99.0, "HTTPError", 1, "MISS"), (float("nan"), None, 1, "MISS")],
)
def test_a_missed_target_is_an_exit_code_and_so_is_one_beside_a_product_that_failed(
    value: float, error: str | None, code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts = Verdicts()
    verdicts.at_least("times theirs", value, 10, figures(10), figures(10, error))
    assert verdicts.report() == code
    assert f"  {word} " in capsys.readouterr().out


def test_what_came_before_a_crash_counts(tmp_path: Path) -> None:
    def read() -> list[str]:
        raise ConnectionError

    def some() -> object:
        yield "1"
        raise ConnectionError

    assert measured(Outcome(), read).error == "ConnectionError"
    outcome = measured(Outcome(), some)  # type: ignore[arg-type]
    tell(tmp_path / "out", [outcome])
    assert told(tmp_path / "out") == [outcome]
    assert (outcome.pages, outcome.error) == (["1"], "ConnectionError")
