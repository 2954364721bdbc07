"""The corpus's index: the in-memory stand-in and the real adapter on moto keep the same promises."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.adapters.dynamodb.corpus_index import DynamoCorpusIndex
from confluence_connector.domain.corpus import (
    Ancestor,
    Author,
    Change,
    CorpusAttachment,
    CorpusPage,
    CoveredSpace,
    Missing,
    PageDetails,
)
from confluence_connector.domain.identifiers import ConnectionId, CorpusId, PageId, RunId, SpaceId, WorkspaceId
from confluence_connector.errors import AppMisconfigured, ServiceUnavailable
from confluence_connector.limits import CHANGES_KEPT_DAYS, ITEM_BYTES
from confluence_connector.ports.corpus import CorpusScope
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.fakes.corpus import FakeCorpusIndex
from tests.reading_rig import TimeLeft

SCOPE = CorpusScope(WorkspaceId("acme"), ConnectionId("con_1"), CorpusId("cor_1"))
OTHERS = (
    replace(SCOPE, workspace=WorkspaceId("globex")),
    replace(SCOPE, connection_id=ConnectionId("con_2")),
    replace(SCOPE, corpus_id=CorpusId("cor_2")),
)
RUN, OTHER_RUN = RunId("run_1"), RunId("run_2")
HOUR = timedelta(hours=1)


@pytest.fixture(params=["fake", "real"])
def index(request: pytest.FixtureRequest, clock: MovableClock) -> Iterator[Any]:
    if request.param == "fake":
        yield FakeCorpusIndex(clock)
        return
    yield real_index(request.getfixturevalue("aws"), clock)


def real_index(aws: Aws, clock: MovableClock) -> DynamoCorpusIndex:
    return DynamoCorpusIndex(aws.dynamodb, aws.settings.corpus_table, clock, clock.sleep)


@pytest.fixture
def page(clock: MovableClock) -> Callable[..., CorpusPage]:
    def made(number: int, title: str = "Title", **fields: Any) -> CorpusPage:
        plain = CorpusPage(
            id=PageId(str(number)),
            space_id=SpaceId("33"),
            space_key="ENG",
            space_name="Engineering",
            title=title,
            url=f"https://acme.atlassian.net/wiki/spaces/ENG/pages/{number}",
            version=3,
            updated_at=clock(),
            parent_id=None,
            author_id=None,
            author_name=None,
            details=PageDetails(),
            digest="d" * 64,
            change=1,
            kind="added",
        )
        return replace(plain, **fields)

    return made


def numbers(pages: Sequence[Any]) -> list[int]:
    return [int(each.id) for each in pages]


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_read_as_it_was_put_and_in_its_own_corpus_only(index: Any, page: Callable[..., CorpusPage]) -> None:
    full = page(
        9_007_199_254_740_993,
        "Ümläut “quoted” \U0001f600",
        parent_id=PageId("12"),
        author_id="557058:a-b",
        author_name="Zoë",
        details=PageDetails(
            ("a", "b"),
            (Ancestor(PageId("1"), "Home"), Ancestor(PageId("12"), "Folder")),
            (CorpusAttachment("att9", "a b.pdf", "application/pdf", 5_000_000_000, "https://acme.example/a%20b.pdf"),),
        ),
    )
    index.put(SCOPE, [full, page(7)])
    assert index.get(SCOPE, [full.id, PageId("7"), PageId("8")]) == {full.id: full, PageId("7"): page(7)}
    for other in OTHERS:
        assert index.get(other, [full.id]) == {}
        assert index.between(other, None, None, 10) == []
    index.remove(SCOPE, [full.id, PageId("8")])
    assert index.get(SCOPE, [full.id, PageId("7")]) == {PageId("7"): page(7)}


def test_I8_an_older_version_takes_no_newer_ones_place(index: Any, page: Callable[..., CorpusPage]) -> None:
    index.put(SCOPE, [page(1, "third"), page(2, "third")])
    index.put(SCOPE, [page(1, "second", version=2), page(2, "third again"), page(3, "new", version=1)])
    assert [each.title for each in index.between(SCOPE, None, None, 9)] == ["third", "third again", "new"]
    index.put(SCOPE, [page(1, "fourth", version=4)])
    assert index.get(SCOPE, [PageId("1")])[PageId("1")].title == "fourth"


def test_pages_lie_in_the_order_of_their_numbers(index: Any, page: Callable[..., CorpusPage]) -> None:
    ids = [10**18, 9, 10, 100, 2, 9_007_199_254_740_993]
    index.put(SCOPE, [page(number) for number in ids])
    assert numbers(index.between(SCOPE, None, None, 10)) == sorted(ids)
    assert numbers(index.between(SCOPE, PageId("2"), PageId("100"), 10)) == [9, 10, 100]
    assert numbers(index.between(SCOPE, PageId("2"), None, 2)) == [9, 10]
    assert index.between(SCOPE, PageId("100"), PageId("100"), 5) == []
    assert index.between(SCOPE, PageId("101"), PageId("100"), 5) == []


def test_hundreds_of_pages_are_put_read_and_removed_at_once(index: Any, page: Callable[..., CorpusPage]) -> None:
    pages = [page(number) for number in range(1, 251)]
    index.put(SCOPE, pages)
    ids = [each.id for each in pages]
    assert len(index.get(SCOPE, [*ids, ids[0]])) == 250
    index.remove(SCOPE, [*ids[:249], ids[0]])
    assert numbers(index.between(SCOPE, None, None, 250)) == [250]


def test_long_rows_are_read_over_several_answers(index: Any, page: Callable[..., CorpusPage]) -> None:
    labels = PageDetails(tuple(f"{number:0250}" for number in range(1_000)))  # a quarter of a megabyte
    index.put(SCOPE, [page(number, details=labels) for number in range(1, 8)])
    assert numbers(index.between(SCOPE, None, None, 6)) == [1, 2, 3, 4, 5, 6]
    assert len(index.get(SCOPE, [PageId(str(number)) for number in range(1, 8)])) == 7


# ── titles ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def listed(index: Any, limit: int = 2, space_key: str | None = None, title_part: str | None = None) -> list[str]:
    """All of them, page by page."""
    titles: list[str] = []
    after: str | None = None
    while True:
        found = index.by_title(SCOPE, space_key=space_key, title_part=title_part, limit=limit, after=after)
        assert len(found.pages) <= limit
        titles += [each.title for each in found.pages]
        after = found.after
        if after is None:
            return titles


def test_pages_are_listed_in_title_order_each_once(index: Any, page: Callable[..., CorpusPage]) -> None:
    titles = ["b", "A b", "a", "Ä", "A", "a", "C"]
    index.put(SCOPE, [page(number, title) for number, title in enumerate(titles, start=1)])
    assert listed(index) == ["a", "A", "a", "A b", "b", "C", "Ä"]
    assert listed(index, limit=100) == listed(index, limit=1) == listed(index)
    index.remove(SCOPE, [PageId("1")])
    assert "b" not in listed(index)


def test_titles_are_searched_by_a_part_in_any_case_and_by_space(index: Any, page: Callable[..., CorpusPage]) -> None:
    index.put(
        SCOPE,
        [
            page(1, "Payment STRASSE"),
            page(2, "Repayments", space_key="HR"),
            page(3, "straße of pay"),
            page(4, "Holidays", space_key="HR"),
        ],
    )
    assert listed(index, title_part="PAY") == ["Payment STRASSE", "Repayments", "straße of pay"]
    assert listed(index, title_part="straße") == ["Payment STRASSE", "straße of pay"]
    assert listed(index, space_key="HR") == ["Holidays", "Repayments"]
    assert listed(index, space_key="HR", title_part="pay") == ["Repayments"]
    assert listed(index, space_key="hr") == listed(index, title_part="nowhere") == []


def test_a_long_title_is_found_by_its_end_and_short_positions_lead_on(
    index: Any, page: Callable[..., CorpusPage]
) -> None:
    """Its index entry is cut; a position travels in a cursor."""
    index.put(SCOPE, [page(number, "\U00020000" * 120 + f" ending {number}") for number in (1, 2, 3)])
    assert listed(index, title_part="ENDING 2") == ["\U00020000" * 120 + " ending 2"]
    assert len(listed(index, limit=1)) == 3


def test_a_search_looks_at_so_many_titles_and_says_where_to_go_on(
    aws: Aws, clock: MovableClock, page: Callable[..., CorpusPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("confluence_connector.adapters.dynamodb.corpus_index.TITLES_LOOKED_AT", 3)
    index = real_index(aws, clock)
    index.put(SCOPE, [page(number, f"Title {number}") for number in range(1, 9)])
    found = index.by_title(SCOPE, space_key=None, title_part="8", limit=10, after=None)
    assert (found.pages, found.after is None) == ([], False)
    assert len(found.after or "") < 250
    assert listed(index, title_part="8") == ["Title 8"]


def test_a_page_that_the_index_still_lists_is_not_shown_when_it_is_gone(
    aws: Aws, clock: MovableClock, page: Callable[..., CorpusPage]
) -> None:
    index = real_index(aws, clock)
    index.put(SCOPE, [page(1), page(2)])
    aws.before("dynamodb", "BatchGetItem", lambda: index.remove(SCOPE, [PageId("1")]))
    assert numbers(index.by_title(SCOPE, space_key=None, title_part=None, limit=9, after=None).pages) == [2]


# ── suspects, spaces, authors ───────────────────────────────────────────────────────────────────────────────────────


def suspect(number: int, run_id: RunId = RUN) -> Missing:
    return Missing(PageId(str(number)), run_id, SpaceId("33"), "Title", "https://acme.example/1", 3)


def test_suspects_belong_to_their_run_and_come_in_order(index: Any) -> None:
    index.note_missing(SCOPE, [suspect(number) for number in (100, 9, 20)])
    index.note_missing(SCOPE, [suspect(9), suspect(1, OTHER_RUN)])
    assert list(index.missing(SCOPE, RUN, 10)) == [suspect(9), suspect(20), suspect(100)]
    assert numbers(index.missing(SCOPE, RUN, 2)) == [9, 20]
    index.forget_missing(SCOPE, [suspect(9), suspect(20)])
    assert numbers(index.missing(SCOPE, RUN, 10)) == [100]
    assert numbers(index.missing(SCOPE, OTHER_RUN, 10)) == [1]
    assert index.missing(OTHERS[0], RUN, 10) == []


def test_spaces_are_written_and_dropped_by_difference(index: Any) -> None:
    first = CoveredSpace(SpaceId("1"), "ENG", "Engineering", "global", covered=True)
    second = CoveredSpace(SpaceId("2"), "~me", "Mine", "personal", covered=False)
    index.put_spaces(SCOPE, [first, second])
    assert sorted(index.spaces(SCOPE), key=lambda space: space.id) == [first, second]
    index.put_spaces(SCOPE, [replace(first, name="Eng.")], gone=[second])
    assert list(index.spaces(SCOPE)) == [replace(first, name="Eng.")]
    assert all(list(index.spaces(other)) == [] for other in OTHERS)


def test_an_author_without_a_name_to_keep_is_known_as_such(index: Any) -> None:
    index.put_authors(SCOPE, {"557058:a": "Alice", "b": None})
    assert index.authors(SCOPE, ["557058:a", "b", "c"]) == {"557058:a": "Alice", "b": None}
    index.put_authors(SCOPE, {"557058:a": None})
    assert index.authors(SCOPE, ["557058:a"]) == {"557058:a": None}


def test_authors_are_to_be_reported_until_they_were_since_a_moment(index: Any, clock: MovableClock) -> None:
    begun = clock()
    index.put_authors(SCOPE, {"557058:a": "Alice", "b": None, "c": "Chen"})
    index.put_authors(OTHERS[0], {"d": "Dora"})
    assert index.authors_to_report(SCOPE, begun, 9) == []
    clock.move(days=7)
    due = clock()
    first = index.authors_to_report(SCOPE, due, 2)
    assert first == [Author("557058:a", "Alice", begun), Author("b", None, begun)]
    index.note_authors(SCOPE, [replace(each, name=None, reported_at=clock()) for each in first])
    assert index.authors_to_report(SCOPE, due, 9) == [Author("c", "Chen", begun)]
    assert index.authors(SCOPE, ["557058:a", "b"]) == {"557058:a": None, "b": None}
    index.put_authors(SCOPE, {"c": "Chen Li"})
    assert index.authors_to_report(SCOPE, due, 9) == []


# ── the change feed ─────────────────────────────────────────────────────────────────────────────────────────────────


def changes_of(clock: MovableClock, *ids: int, title: str = "T") -> list[Change]:
    return [Change(PageId(str(number)), "removed", clock(), title, "https://x.example", 2, "gone") for number in ids]


def test_changes_come_in_the_order_of_their_numbers_and_a_repeat_replaces(index: Any, clock: MovableClock) -> None:
    for number in (10, 2, 9, 1):
        index.put_changes(SCOPE, number, changes_of(clock, number, number + 100))
    index.put_changes(SCOPE, 9, changes_of(clock, 5))
    found = [(number, numbers_of(batch)) for number, batch in index.changes(SCOPE, 1, 10, 10)]
    assert found == [(2, [2, 102]), (9, [5]), (10, [10, 110])]
    assert [number for number, _ in index.changes(SCOPE, 1, 10, 2)] == [2, 9]
    assert [number for number, _ in index.changes(SCOPE, 0, 9, 10)] == [1, 2, 9]
    assert index.changes(SCOPE, 10, 10, 10) == []
    assert list(index.changes(SCOPE, 0, 1, 1)[0][1]) == changes_of(clock, 1, 101)


def numbers_of(batch: Sequence[Change]) -> list[int]:
    return [int(change.page_id) for change in batch]


def test_a_batch_too_large_for_an_item_lies_in_pieces_and_a_shorter_one_replaces_it(
    aws: Aws, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("confluence_connector.adapters.dynamodb.corpus_items.ITEM_BYTES", 60)
    index = real_index(aws, clock)
    index.put_changes(SCOPE, 1, changes_of(clock, 1))
    index.put_changes(SCOPE, 2, changes_of(clock, *range(1, 40)))
    assert len(aws.items(aws.settings.corpus_table)) >= 6
    assert [numbers_of(batch) for _, batch in index.changes(SCOPE, 0, 2, 2)] == [[1], [*range(1, 40)]]
    index.put_changes(SCOPE, 2, changes_of(clock, 3))
    assert [numbers_of(batch) for _, batch in index.changes(SCOPE, 0, 2, 2)] == [[1], [3]]


def test_the_largest_batch_of_honest_titles_fits_one_item(aws: Aws, clock: MovableClock) -> None:
    index = real_index(aws, clock)
    index.put_changes(SCOPE, 1, changes_of(clock, *range(250), title="資料".join(f"{n:05}" for n in range(35))))
    (item,) = aws.items(aws.settings.corpus_table)
    assert len(item["blob"]["B"]) < ITEM_BYTES


def test_changes_are_forgotten_after_ninety_days_though_the_table_still_has_them(aws: Aws, clock: MovableClock) -> None:
    index = real_index(aws, clock)
    index.put_changes(SCOPE, 1, changes_of(clock, 1))
    clock.move(days=1)
    index.put_changes(SCOPE, 2, changes_of(clock, 2))
    clock.move(days=CHANGES_KEPT_DAYS - 1)
    assert [number for number, _ in index.changes(SCOPE, 0, 2, 5)] == [2]


# ── what DynamoDB leaves undone ─────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_taken_in_part_is_finished(aws: Aws, clock: MovableClock, page: Callable[..., CorpusPage]) -> None:
    index = real_index(aws, clock)
    table = aws.settings.corpus_table
    index.put(SCOPE, [page(number) for number in range(1, 4)])
    held: list[Any] = []

    def read_nothing(_: Callable[[], Any]) -> Any:
        asked = aws.calls[-1].parameters["RequestItems"]
        return {"Responses": {table: []}, "UnprocessedKeys": asked}

    aws.fault("dynamodb", "BatchGetItem", read_nothing, times=3)
    before = clock()
    assert len(index.get(SCOPE, [PageId(str(number)) for number in range(1, 4)])) == 3
    assert clock() > before

    def write_nothing(_: Callable[[], Any]) -> Any:
        held.append(aws.calls[-1].parameters["RequestItems"])
        return {"UnprocessedItems": held[-1]}

    aws.fault("dynamodb", "BatchWriteItem", write_nothing, times=2)
    index.remove(SCOPE, [PageId("1"), PageId("2")])
    assert numbers(index.between(SCOPE, None, None, 9)) == [3]
    aws.fault("dynamodb", "BatchWriteItem", write_nothing)
    with pytest.raises(ServiceUnavailable):
        index.remove(SCOPE, [PageId("3")])
    aws.fault("dynamodb", "BatchGetItem", read_nothing)
    with pytest.raises(ServiceUnavailable):
        index.get(SCOPE, [PageId("3")])


def test_one_page_that_cannot_be_written_fails_the_batch(
    aws: Aws, clock: MovableClock, page: Callable[..., CorpusPage]
) -> None:
    index = real_index(aws, clock)
    for code, error in (("AccessDeniedException", AppMisconfigured), ("ThrottlingException", ServiceUnavailable)):
        aws.fail("dynamodb", "PutItem", code, times=1)
        with pytest.raises(error):
            index.put(SCOPE, [page(number) for number in range(1, 30)])
    index.put(SCOPE, [page(number) for number in range(1, 30)])
    assert len(index.between(SCOPE, None, None, 99)) == 29


# ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_corpus_is_erased_whole_and_no_other(
    index: Any, page: Callable[..., CorpusPage], clock: MovableClock
) -> None:
    scopes = (SCOPE, *OTHERS)
    for scope in scopes:
        index.put(scope, [page(number) for number in range(1, 31)])
        index.note_missing(scope, [suspect(1)])
        index.put_authors(scope, {"a": "Alice"})
        index.put_changes(scope, 1, changes_of(clock, 1))
    assert index.erase(SCOPE, TimeLeft(clock, clock() + HOUR))
    assert index.between(SCOPE, None, None, 9) == index.missing(SCOPE, RUN, 9) == index.changes(SCOPE, 0, 9, 9) == []
    assert (index.authors(SCOPE, ["a"]), list(index.spaces(SCOPE))) == ({}, [])
    for other in OTHERS:
        assert len(index.between(other, None, None, 99)) == 30
    assert index.erase(SCOPE, TimeLeft(clock, clock() + HOUR))


def test_erasing_stops_in_time_and_goes_on_later(
    aws: Aws, clock: MovableClock, page: Callable[..., CorpusPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("confluence_connector.adapters.dynamodb.corpus_index.ERASED_AT_ONCE", 25)
    index = real_index(aws, clock)
    index.put(SCOPE, [page(number) for number in range(1, 101)])
    aws.fault("dynamodb", "BatchWriteItem", lambda call: (clock.move(seconds=4), call())[1])
    assert not index.erase(SCOPE, TimeLeft(clock, clock() + timedelta(seconds=11)))
    assert len(index.between(SCOPE, None, None, 999)) == 50
    assert index.erase(SCOPE, TimeLeft(clock, clock() + HOUR))
    assert aws.items(aws.settings.corpus_table) == []
