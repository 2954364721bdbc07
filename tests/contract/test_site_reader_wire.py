"""The site reader against what Atlassian may do to it: too much at once, half a list, and answers that are none."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from confluence_connector.adapters.site_reader import SiteReaderOverHttp, SiteReadersOverHttp
from confluence_connector.domain import scopes
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.errors import (
    ConfluenceUnavailable,
    PageForbidden,
    RateLimited,
    ReconnectRequired,
    ScopesMissing,
    UpstreamProtocolError,
)
from confluence_connector.limits import ATLASSIAN_ANSWER_BYTES, ATLASSIAN_TRIES, DETAILS_BYTES
from local.simulator import create_simulator
from local.simulator.accounts import ACME
from tests.atlassian import Rig
from tests.conftest import MovableClock

PAGES = "GET /wiki/api/v2/pages"
SEARCH = "GET /wiki/rest/api/content/search"
USERS = "POST /wiki/api/v2/users-bulk"


@pytest.fixture
def rig(clock: MovableClock) -> Rig:
    rig = Rig(create_simulator(clock=clock, sleep=clock.sleep, generate="620:3"), clock)
    rig.grant.scope = " ".join(sorted(scopes.SYNC))
    return rig


def generated(rig: Rig) -> list[SpaceId]:
    return [SpaceId(each.id) for each in rig.simulator.sites[ACME].spaces.values() if each.key.startswith("GEN")]


def some_pages(rig: Rig, count: int) -> list[PageId]:
    spaces = generated(rig)
    found = (each.id for each in rig.simulator.sites[ACME].content.values() if each.space_id in spaces)
    return [PageId(page_id) for _, page_id in zip(range(count), found, strict=False)]


def whole_walk(reader: SiteReaderOverHttp, spaces: list[SpaceId]) -> list[PageId]:
    ids: list[PageId] = []
    cursor: str | None = None
    while True:
        listing = reader.walk(spaces, bodies=True, cursor=cursor)
        ids += [page.id for page in listing.pages]
        cursor = listing.cursor
        if cursor is None:
            return ids


def limits_asked(rig: Rig, ending: str = "/pages") -> list[int]:
    asked = [urlsplit(path) for path in rig.watched.paths]
    return [int(parse_qs(each.query)["limit"][0]) for each in asked if each.path.endswith(ending)]


class Altered(httpx.BaseTransport):
    """The simulator, whose answers somebody changes on the way. `alter` returns another answer, or None."""

    def __init__(self, rig: Rig, alter: Callable[[httpx.Request, bytes], bytes | None]) -> None:
        self.rig, self.alter = rig, alter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.rig.watched.handle_request(request)
        answer.read()
        changed = self.alter(request, answer.content) if answer.is_success else None
        kind = {"content-type": answer.headers["content-type"]}
        body = answer.content if changed is None else changed
        return httpx.Response(answer.status_code, headers=kind, stream=httpx.ByteStream(body))


def reader_over(rig: Rig, alter: Callable[[httpx.Request, bytes], bytes | None]) -> SiteReaderOverHttp:
    return SiteReadersOverHttp(rig.http_over(Altered(rig, alter)), rig.grant).of(rig.connection, rig.deadline())


def with_rows(change: Callable[[dict[str, Any]], None]) -> Callable[[httpx.Request, bytes], bytes]:
    """Changes each row of each list."""

    def alter(_: httpx.Request, body: bytes) -> bytes:
        value = json.loads(body)
        for row in value.get("results", ()):
            change(row)
        return json.dumps(value).encode()

    return alter


# ── what it costs ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_walk_with_bodies_and_details_costs_what_the_simulator_counts(rig: Rig) -> None:
    reader = rig.site_reader
    ids = whole_walk(reader, generated(rig))
    for start in range(0, len(ids), 250):
        reader.details(ids[start : start + 250])
    reader.people(["712020:6f1d9c52-0a7e-4c0b-9f43-51e7a2b3c401"])
    reader.spaces()
    assert len(ids) == len(set(ids)) >= 620
    assert reader.spent.requests == len(rig.watched.paths) == 3 + 3 + 1 + 1
    assert reader.spent.points == rig.simulator.world.ledger.used


def test_refused_and_repeated_requests_count_too(rig: Rig) -> None:
    rig.simulator.script(PAGES, status=503)
    rig.simulator.script(PAGES, status=429)
    reader = rig.site_reader
    assert len(reader.newest(10).pages) == 10
    assert (reader.spent.requests, reader.spent.points) == (3, 3 + 10)


# ── too much at once (api-facts §3.12) ──────────────────────────────────────────────────────────────────────────────


def test_a_list_that_takes_too_long_is_asked_for_in_halves_and_no_page_is_lost(rig: Rig) -> None:
    undisturbed = whole_walk(rig.site_reader, generated(rig))
    rig.watched.paths.clear()
    rig.simulator.script(PAGES, times=2, status=504, body="<html>Gateway Timeout</html>")
    assert whole_walk(rig.site_reader, generated(rig)) == undisturbed
    asked = limits_asked(rig)
    assert asked[:3] == [250, 125, 62]
    assert set(asked[2:]) == {62}


def test_a_short_question_that_times_out_is_repeated_as_it_is(rig: Rig) -> None:
    rig.simulator.script(PAGES, times=3, status=504)
    assert len(rig.site_reader.newest(10).pages) == 10
    assert limits_asked(rig) == [10] * 4


def test_L8_a_site_that_only_times_out_is_asked_hardly_more_often_than_any_other(rig: Rig) -> None:
    rig.simulator.script("GET /wiki/*", times=None, status=504)
    for ask in (
        lambda reader: reader.walk(generated(rig), bodies=True),
        lambda reader: reader.pages(some_pages(rig, 250), bodies=False),
        lambda reader: reader.details(some_pages(rig, 250)),
        lambda reader: reader.newest(10),
    ):
        reader = rig.site_reader
        with pytest.raises(ConfluenceUnavailable):
            ask(reader)
        assert reader.spent.requests <= ATLASSIAN_TRIES + 3


def test_D12_an_answer_larger_than_memory_allows_is_asked_for_in_halves(rig: Rig) -> None:
    undisturbed = whole_walk(rig.site_reader, generated(rig))
    rig.watched.paths.clear()
    rig.simulator.script(PAGES, times=2, endless_bytes=2 * ATLASSIAN_ANSWER_BYTES)
    assert whole_walk(rig.site_reader, generated(rig)) == undisturbed
    assert limits_asked(rig)[:3] == [250, 125, 62]
    ids = some_pages(rig, 100)
    for endpoint in (PAGES, SEARCH):
        rig.simulator.script(endpoint, times=1, endless_bytes=2 * ATLASSIAN_ANSWER_BYTES)
    assert [page.id for page in rig.site_reader.pages(ids, bodies=True)] == sorted(ids, key=int)
    assert set(rig.site_reader.details(ids)) == set(ids)


def test_D12_behind_large_pages_the_steps_grow_again(rig: Rig) -> None:
    undisturbed = whole_walk(rig.site_reader, generated(rig))
    rig.watched.paths.clear()
    large = f'"id": "{undisturbed[100]}"'.encode()

    def alter(_: httpx.Request, body: bytes) -> bytes | None:
        rows = body.count(b'"spaceId"')
        return b" " * (ATLASSIAN_ANSWER_BYTES + 1) if large in body and rows > 2 else None

    assert whole_walk(reader_over(rig, alter), generated(rig)) == undisturbed
    asked = limits_asked(rig)
    assert asked[:3] == [250, 125, 62]
    assert (min(asked), asked[-1]) == (1, 250)


def test_D12_one_page_that_is_too_large_by_itself_is_no_page_of_confluences(rig: Rig) -> None:
    reader = reader_over(rig, lambda _, __: b" " * (ATLASSIAN_ANSWER_BYTES + 1))
    for ask in (lambda: reader.newest(10), lambda: reader.pages(some_pages(rig, 1), bodies=True)):
        with pytest.raises(UpstreamProtocolError):
            ask()
    assert reader.spent.requests == 4 + 1


# ── attachments and labels ──────────────────────────────────────────────────────────────────────────────────────────


def page_with_files(rig: Rig) -> PageId:
    return PageId(next(iter(rig.simulator.sites[ACME].attachments.by_age())).content_id)


@pytest.mark.parametrize("sign", ["next", "full"])
def test_attachments_that_did_not_all_come_along_are_fetched(rig: Rig, sign: str) -> None:
    page_id = page_with_files(rig)
    whole = rig.site_reader.details([page_id])[page_id]
    assert whole.attachments

    def cut(row: dict[str, Any]) -> None:
        files = row.get("children", {}).get("attachment")
        if files:
            del files["results"][1:]
            if sign == "next":
                files["_links"]["next"] = f"/rest/api/content/{page_id}/child/attachment?start=1"
            else:
                files["limit"] = 1

    reader = reader_over(rig, with_rows(cut))
    assert reader.details([page_id]) == {page_id: whole}
    assert reader.spent.requests == 2
    rig.simulator.script("GET /wiki/api/v2/pages/{id}/attachments", status=404, body={"errors": [{"title": page_id}]})
    assert len(reader.details([page_id])[page_id].attachments) == 1


def test_labels_come_in_either_shape_without_those_that_are_somebodys_own(rig: Rig) -> None:
    labels = [
        {"prefix": "global", "name": "b", "id": "1", "label": "b"},
        {"prefix": "my", "name": "favourite", "id": "2", "label": "favourite"},
        {"prefix": "team", "name": "a", "id": "3", "label": "a"},
        {"prefix": "global", "name": "b", "id": "4", "label": "b"},
    ]
    (page_id,) = some_pages(rig, 1)
    for shape in (labels, {"results": labels, "size": 4}):
        reader = reader_over(rig, with_rows(lambda row, shape=shape: row["metadata"].update(labels=shape)))  # type: ignore[misc]
        assert reader.details([page_id])[page_id].labels == ("a", "b")


def test_what_is_kept_of_one_page_fits_its_row_and_is_the_same_each_time(rig: Rig) -> None:
    page_id = page_with_files(rig)

    def crowd(row: dict[str, Any]) -> None:
        (file,) = row["children"]["attachment"]["results"][:1]
        row["children"]["attachment"] = {
            "results": [file | {"id": f"att{number}", "title": f"{number % 7}{'ü' * 200}"} for number in range(2_000)],
            "size": 2_000,
            "_links": {},
        }

    found = reader_over(rig, with_rows(crowd)).details([page_id])[page_id]
    size = sum(len(f"{each.name}{each.url}".encode()) for each in found.attachments)
    assert DETAILS_BYTES * 0.8 < size < DETAILS_BYTES
    assert {each.name[0] for each in found.attachments} == {"0"}
    assert reader_over(rig, with_rows(crowd)).details([page_id])[page_id] == found


# ── answers that are none ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(status="draft"),
        lambda row: row.update(status="archived"),
        lambda row: row.pop("version"),
        lambda row: row["version"].update(number="3"),
        lambda row: row["version"].update(authorId="a#b"),
        lambda row: row["version"].update(createdAt="2026-01-01T00:00:00"),
        lambda row: row.update(id="12/../34"),
        lambda row: row.update(spaceId=None),
        lambda row: row.update(title=None),
        lambda row: row["body"].clear(),
        lambda row: row["_links"].update(webui="https://evil.example/"),
        lambda row: row["_links"].update(webui="//evil.example/"),
    ],
)
def test_D14_a_row_that_is_none_makes_no_page(rig: Rig, change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(UpstreamProtocolError):
        reader_over(rig, with_rows(change)).newest(10)


@pytest.mark.parametrize("body", [b'{"results":[],"results":[]}', b'{"results":[NaN]}', b"[]", b"{}", b"<html>"])
def test_D14_a_list_that_is_none_is_no_empty_site(rig: Rig, body: bytes) -> None:
    spaces, ids = generated(rig), some_pages(rig, 3)
    reader = reader_over(rig, lambda _, __: body)
    for ask in (
        reader.spaces,
        lambda: reader.spaces_by_id(spaces),
        lambda: reader.newest(10),
        lambda: reader.walk(spaces, bodies=False),
        lambda: reader.pages(ids, bodies=False),
        lambda: reader.details(ids),
        lambda: reader.people(["a"]),
    ):
        with pytest.raises(UpstreamProtocolError):
            ask()


@pytest.mark.parametrize(
    "following",
    ["https://evil.example/wiki/api/v2/pages?cursor=x", "/wiki/api/v2/spaces?cursor=x", "/wiki/api/v2/pages?limit=1"],
)
def test_D8_a_list_leads_nowhere_but_to_itself(rig: Rig, following: str) -> None:
    rig.simulator.script(PAGES, times=None, patch={"_links": {"next": following}})
    rig.simulator.script(SEARCH, times=None, patch={"_links": {"next": following}})
    for ask in (
        lambda: rig.site_reader.newest(9),
        lambda: rig.site_reader.details(some_pages(rig, 2)),
        lambda: rig.site_reader.matching("type = page"),
    ):
        with pytest.raises(UpstreamProtocolError):
            ask()


def test_D9_a_list_that_leads_to_where_it_was_is_stopped(rig: Rig) -> None:
    cursor = rig.site_reader.newest(5).cursor
    rig.simulator.script(PAGES, times=None, patch={"_links": {"next": f"/wiki/api/v2/pages?cursor={cursor}"}})
    with pytest.raises(UpstreamProtocolError):
        rig.site_reader.newest(5, cursor)
    rig.simulator.script(
        SEARCH, status=200, body={"results": [], "_links": {"next": "/rest/api/content/search?cursor=a"}}
    )
    with pytest.raises(UpstreamProtocolError):
        rig.site_reader.matching("type = page", "a")


def test_short_answers_and_an_empty_last_one_lose_nothing(rig: Rig) -> None:
    undisturbed = whole_walk(rig.site_reader, generated(rig))
    rig.simulator.behaviour.short_pages = True
    rig.simulator.behaviour.empty_last_page = True
    assert whole_walk(rig.site_reader, generated(rig)) == undisturbed
    ids = undisturbed[:250]
    assert {page.id for page in rig.site_reader.pages(ids, bodies=False)} == set(ids)
    assert set(rig.site_reader.details(ids)) == set(ids)
    assert len(rig.site_reader.spaces()) == len(rig.simulator.sites[ACME].spaces)


# ── what a query finds ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_cursor_that_confluence_does_not_take_is_no_fault_of_the_query(rig: Rig) -> None:
    with pytest.raises(UpstreamProtocolError):
        rig.site_reader.matching("type = page", "bm90IG91cnM=")


def test_only_pages_are_told_of_what_a_query_finds(rig: Rig) -> None:
    everything = rig.site_reader.matching("type in (page, blogpost)").pages
    posts = with_rows(lambda row: row.update(type="blogpost"))
    assert everything
    assert reader_over(rig, posts).matching("type = page").pages == []
    for change in ({"id": "7/../8"}, {"id": 7}, {"type": None}):
        with pytest.raises(UpstreamProtocolError):
            reader_over(rig, with_rows(lambda row, change=change: row.update(change))).matching("type = page")  # type: ignore[misc]


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_refusals_are_told_by_their_names(rig: Rig, clock: MovableClock) -> None:
    rig.simulator.script(PAGES, status=429, headers={"Retry-After": "1800"})
    with pytest.raises(RateLimited) as limited:
        rig.site_reader.newest(10)
    assert limited.value.retry_after == 1800
    rig.simulator.script(PAGES, status=403, body={"message": "Current user not permitted to use Confluence"})
    with pytest.raises(PageForbidden):
        rig.site_reader.newest(10)
    rig.simulator.revoke("alice")
    with pytest.raises(ReconnectRequired):
        rig.site_reader.newest(10)


def test_a_grant_without_search_or_users_says_which_scope_is_missing(rig: Rig) -> None:
    rig.grant.scope = " ".join(sorted(scopes.LINK))
    assert rig.site_reader.newest(1).pages
    for ask in (lambda: rig.site_reader.details(some_pages(rig, 1)), lambda: rig.site_reader.people(["a"])):
        with pytest.raises(ScopesMissing):
            ask()


def test_a_404_storm_with_a_bad_token_is_no_empty_site(rig: Rig) -> None:
    rig.site_reader.newest(1)
    rig.simulator.script("GET /wiki/*", times=None, status=404, body={"code": 404, "message": "Not Found"})
    for ask in (rig.site_reader.spaces, lambda: rig.site_reader.pages(some_pages(rig, 2), bodies=False)):
        with pytest.raises((PageForbidden, UpstreamProtocolError)):
            ask()


def test_nothing_that_is_not_an_id_enters_a_question(rig: Rig) -> None:
    reader, evil = rig.site_reader, "1) or type = page or id in (2"
    for ask in (
        lambda: reader.details([PageId(evil)]),
        lambda: reader.pages([PageId("1&status=deleted")], bodies=False),
        lambda: reader.walk([SpaceId("1,2 ")], bodies=False),
        lambda: reader.walk([], bodies=False),
        lambda: reader.spaces_by_id([SpaceId("")]),
    ):
        with pytest.raises(ValueError, match=r"id|space"):
            ask()
    assert reader.spent.requests == 0


def test_a_connection_without_a_site_cannot_be_read_with(rig: Rig) -> None:
    readers = SiteReadersOverHttp(rig.http, rig.grant)
    with pytest.raises(ReconnectRequired):
        readers.of(replace(rig.connection, site=None), rig.deadline())
