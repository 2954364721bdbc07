"""What the links of pages to issues promise: the in-memory stand-in and the real adapter on moto alike."""

from dataclasses import replace
from typing import Any

import pytest

from confluence_connector.adapters.dynamodb.page_links import DynamoPageLinks
from confluence_connector.domain.identifiers import IssueId, MemberId, PageId, SynchronizerId, WorkspaceId
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.errors import AppMisconfigured, ServiceUnavailable
from confluence_connector.ports import Stale
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.fakes.synchronizing import FakePageLinks

ACME, GLOBEX = WorkspaceId("acme"), WorkspaceId("globex")
ONE, TWO = SynchronizerId("syn_" + "1" * 36), SynchronizerId("syn_" + "2" * 36)
NOT_OURS = SynchronizerId(f"{ONE}#7")


@pytest.fixture(params=["fake", "real"])
def links(request: pytest.FixtureRequest, clock: MovableClock) -> Any:
    return FakePageLinks() if request.param == "fake" else real_links(request.getfixturevalue("aws"), clock)


def real_links(aws: Aws, clock: MovableClock) -> DynamoPageLinks:
    numbers = iter(range(10_000))
    return DynamoPageLinks(aws.dynamodb, aws.settings.state_table, lambda: f"s{next(numbers)}", clock.sleep)


def link_of(page: str, synchronizer: SynchronizerId = ONE, **more: Any) -> PageLink:
    since = MovableClock()()
    made = PageLink(ACME, synchronizer, PageId(page), LinkState.CREATING, f"m{page}", "10001", "A title: #1 “x”", since)
    return replace(made, **more)


def test_a_page_has_one_link_of_a_synchronizer(links: Any, clock: MovableClock) -> None:
    whole = link_of(
        "9007199254740993",
        state=LinkState.BROKEN,
        issue_id=IssueId("10007"),
        issue_key="WEB-7",
        summary="A title",
        remote_title="A title",
        asked_at=clock(),
        asks=2,
        recheck=True,
        duplicates=("WEB-8",),
        selected_by=MemberId("ann"),
        failure="jira_refused",
    )
    saved = links.save(whole)
    assert saved == replace(whole, revision=1)
    assert links.get(ACME, ONE, whole.page_id) == saved
    assert links.get(ACME, TWO, whole.page_id) is None
    assert links.get(GLOBEX, ONE, whole.page_id) is None
    with pytest.raises(Stale):
        links.save(replace(whole, marker="another"))
    other = links.save(replace(whole, synchronizer_id=TWO))
    moved = links.save(replace(saved, state=LinkState.ACTIVE))
    for older in (saved, replace(moved, revision=7)):
        with pytest.raises(Stale):
            links.save(older)
        with pytest.raises(Stale):
            links.remove(older)
    links.remove(moved)
    links.remove(moved)
    assert links.get(ACME, ONE, whole.page_id) is None
    assert links.get(ACME, TWO, whole.page_id) == other


@pytest.mark.parametrize("page", ["", "012", "12#", "x", "1 2", "1" * 20, "-1", "~", "١٢"])
def test_what_is_no_page_has_no_link(links: Any, page: str) -> None:
    links.save(link_of("12"))
    assert links.get(ACME, ONE, PageId(page)) is None
    assert links.get(ACME, NOT_OURS, PageId("12")) is None


def test_no_two_spellings_share_a_link(aws: Aws, clock: MovableClock) -> None:
    links = real_links(aws, clock)
    for spoilt in (link_of("012"), link_of("1", SynchronizerId("a#b")), link_of("1", workspace=WorkspaceId("a#b"))):
        for act in (links.save, links.remove):
            with pytest.raises(ValueError, match="not a"):
                act(spoilt)
    assert aws.items() == []


def test_links_come_in_one_order_behind_any_page(links: Any) -> None:
    pages = ["9", "10", "99", "1000", "9223372036854775807"]
    saved = {page: links.save(link_of(page)) for page in reversed(pages)}
    links.save(link_of("11", TWO))
    links.save(link_of("11", workspace=GLOBEX))
    met: list[str] = []
    last: PageId | None = None
    while some := links.after(ACME, ONE, last, limit=2):
        assert all(link == saved[link.page_id] for link in some)
        met += [link.page_id for link in some]
        last = some[-1].page_id
    assert met == pages
    assert [link.page_id for link in links.after(ACME, ONE, PageId("50"), limit=2)] == ["99", "1000"]
    assert list(links.after(ACME, TWO, PageId("11"), limit=2)) == []


def test_links_of_many_pages_are_read_at_once(links: Any) -> None:
    saved = [links.save(link_of(str(page))) for page in range(1, 131)]
    wanted = [link.page_id for link in saved[::2]]
    found = links.among(ACME, ONE, [*wanted, wanted[0], PageId("500"), PageId("7000")])
    assert found == {link.page_id: link for link in saved[::2]}
    assert links.among(ACME, TWO, wanted) == {}
    assert links.among(ACME, ONE, []) == {}


def test_B15_a_save_whose_answer_is_lost_is_a_save(aws: Aws, clock: MovableClock) -> None:
    links = real_links(aws, clock)
    aws.lose_answer("dynamodb", "PutItem", times=2)
    saved = links.save(link_of("12"))
    assert links.save(saved).revision == 2
    with pytest.raises(Stale):
        links.save(saved)


def test_two_that_make_a_pages_link_at_once_make_one(aws: Aws, clock: MovableClock) -> None:
    links = real_links(aws, clock)
    aws.before("dynamodb", "PutItem", lambda: links.save(link_of("12", marker="faster")))
    with pytest.raises(Stale):
        links.save(link_of("12"))
    there = links.get(ACME, ONE, PageId("12"))
    assert there is not None
    assert there.marker == "faster"
    assert sum("expires_at" in item for item in aws.items()) == 0


def test_the_store_says_what_is_wrong_with_its_table(aws: Aws, clock: MovableClock) -> None:
    links = real_links(aws, clock)
    aws.fail("dynamodb", "GetItem", "AccessDeniedException", times=1)
    with pytest.raises(AppMisconfigured):
        links.get(ACME, ONE, PageId("12"))
    aws.fail("dynamodb", "Query", "ThrottlingException", times=1)
    with pytest.raises(ServiceUnavailable):
        links.after(ACME, ONE, None, limit=1)
    aws.fail("dynamodb", "BatchGetItem", "ThrottlingException", times=1)
    with pytest.raises(ServiceUnavailable):
        links.among(ACME, ONE, [PageId("1")])
