"""D8–D10, D12, D14: what comes back from Atlassian, or from whoever answers in its place."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from confluence_connector.adapters.packed_body import unpacker
from confluence_connector.domain.identifiers import PageId
from confluence_connector.errors import ConfluenceUnavailable, UpstreamProtocolError
from confluence_connector.limits import ATLASSIAN_ANSWER_BYTES, ATLASSIAN_LIST_PAGES, EXCHANGE_SECONDS
from local.simulator import create_simulator
from tests.atlassian import Rig
from tests.conftest import MovableClock
from tests.connecting import ANN, World
from tests.importing import Desk

PAGES = "GET /wiki/api/v2/spaces/{id}/pages"
PAGE = "GET /wiki/api/v2/pages/{id}"
SPACES = "GET /wiki/api/v2/spaces"


@pytest.fixture
def rig(clock: MovableClock) -> Iterator[Rig]:
    """Whatever comes back, we ask for nothing that the documents do not allow."""
    made = Rig(create_simulator(clock=clock, sleep=clock.sleep), clock)
    yield made
    assert made.simulator.violations == []


def listing(rig: Rig) -> int:
    space = rig.confluence.space("SHOP")
    assert space
    return sum(len(batch.pages) for batch in rig.confluence.pages_of(space))


# ── next links ──────────────────────────────────────────────────────────────────────────────────────────────────────


def hostile_links(path: str) -> list[Any]:
    return [
        f"https://evil.example{path}?cursor=abc",
        f"https://evil.example/ex/confluence/x{path}?cursor=abc",
        f"https://api.atlassian.com{path}?cursor=abc",
        f"http://169.254.169.254{path}?cursor=abc",
        f"//evil.example{path}?cursor=abc",
        f"///evil.example{path}?cursor=abc",
        f"\\\\evil.example{path}?cursor=abc",
        f"https:evil.example{path}?cursor=abc",
        f"javascript:{path}?cursor=abc",
        f"..{path}?cursor=abc",
        f"/../..{path}?cursor=abc",
        "/wiki/../rest/api/user/current?cursor=abc",
        f"{path}/../../../admin?cursor=abc",
        f"{path}%2f..%2f?cursor=abc",
        "/wiki/api/v2/pages/1?cursor=abc",
        "/wiki/api/v2/spaces?cursor=abc",
        f"{path}#cursor=abc",
        f"{path}?cursor=abc#fragment",
        f"@evil.example{path}?cursor=abc",
        path,
        f"{path}?cursor=",
        f"{path}?cursor=a&cursor=b",
        f"{path}?limit=5",
        f"{path}?cursor={'a' * 5000}",
        f"http://[::1{path}?cursor=abc",
        "",
        " ",
        7,
        ["x"],
        {"href": path},
    ]


def test_D8_a_next_link_to_anywhere_else_is_refused_and_never_asked(rig: Rig) -> None:
    space = rig.confluence.space("SHOP")
    assert space
    links = hostile_links(f"/wiki/api/v2/spaces/{space.id}/pages")
    for link in links:
        rig.simulator.script(PAGES, patch={"_links": {"next": link}})
        before = len(rig.watched.paths)
        with pytest.raises(UpstreamProtocolError) as refused:
            list(rig.confluence.pages_of(space))
        assert refused.value.status == 502
        assert len(rig.watched.paths) == before + 1, link
        rig.simulator.clear_scripts()
    assert rig.simulator.violations == []


def test_D8_only_the_cursor_of_a_next_link_travels_on(rig: Rig) -> None:
    """Another `limit`, or a parameter of somebody else's, would be ours to answer for."""
    space = rig.confluence.space("SHOP")
    assert space
    path = f"/wiki/api/v2/spaces/{space.id}/pages"
    rig.simulator.script(PAGES, patch={"_links": {"next": f"{path}?limit=1&body-format=storage&cursor=c-1"}})
    rig.simulator.script(PAGES, status=200, body={"results": []})
    list(rig.confluence.pages_of(space))
    query = httpx.URL(f"https://x{rig.watched.paths[-1]}").params
    assert dict(query) == {"status": "current", "sort": "title", "limit": "250", "cursor": "c-1"}


def test_D8_over_http_it_is_a_502_that_quotes_nothing(world: World) -> None:
    here = f"/connections/{world.connect()['id']}"
    world.simulator.script(SPACES, patch={"_links": {"next": "https://evil.example/?cursor=a"}})
    answer = world.api.call(ANN, "GET", f"{here}/spaces")
    assert (answer.status, answer.code) == (502, "upstream_protocol_error")
    assert "evil" not in answer.text


def test_D9_a_next_link_that_repeats_is_stopped(rig: Rig) -> None:
    space = rig.confluence.space("SHOP")
    assert space
    path = f"/wiki/api/v2/spaces/{space.id}/pages"
    rig.simulator.script(PAGES, times=None, status=200, body={"results": [], "_links": {"next": f"{path}?cursor=a"}})
    before = len(rig.watched.paths)
    with pytest.raises(UpstreamProtocolError):
        list(rig.confluence.pages_of(space))
    assert len(rig.watched.paths) - before == 2


def test_D9_a_cycle_of_next_links_is_stopped(rig: Rig) -> None:
    space = rig.confluence.space("SHOP")
    assert space
    path = f"/wiki/api/v2/spaces/{space.id}/pages"
    for name in "abcabcabc":
        rig.simulator.script(PAGES, status=200, body={"results": [], "_links": {"next": f"{path}?cursor={name}"}})
    before = len(rig.watched.paths)
    with pytest.raises(UpstreamProtocolError):
        list(rig.confluence.pages_of(space))
    assert len(rig.watched.paths) - before == 4


def test_D9_a_list_without_an_end_is_stopped_at_the_page_cap(rig: Rig) -> None:
    space = rig.confluence.space("SHOP")
    assert space
    path = f"/wiki/api/v2/spaces/{space.id}/pages"
    for number in range(ATLASSIAN_LIST_PAGES + 5):
        rig.simulator.script(PAGES, status=200, body={"results": [], "_links": {"next": f"{path}?cursor=c{number}"}})
    before = len(rig.watched.paths)
    with pytest.raises(UpstreamProtocolError):
        list(rig.confluence.pages_of(space))
    assert len(rig.watched.paths) - before == ATLASSIAN_LIST_PAGES + 1


def test_short_pages_and_an_empty_last_one_are_no_end(rig: Rig) -> None:
    whole = listing(rig)
    rig.simulator.behaviour.short_pages = rig.simulator.behaviour.empty_last_page = True
    assert listing(rig) == whole
    assert rig.simulator.violations == []


def test_a_list_that_vanishes_half_way_is_no_short_list(rig: Rig) -> None:
    space = rig.confluence.space("SHOP")
    assert space
    path = f"/wiki/api/v2/spaces/{space.id}/pages"
    rig.simulator.script(PAGES, patch={"_links": {"next": f"{path}?cursor=a"}})
    rig.simulator.script(PAGES, status=404, body={"errors": [{"status": 404, "title": f"space [{space.id}]"}]})
    with pytest.raises(UpstreamProtocolError):
        list(rig.confluence.pages_of(space))


# ── redirects ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_D10_redirects_are_not_followed(rig: Rig) -> None:
    page_id = rig.page_of("Web shop")
    for status in (301, 302, 303, 307, 308):
        for location in (
            "http://169.254.169.254/latest/meta-data/",
            "https://evil.example/",
            "//evil.example/",
            "/wiki/api/v2/pages/1",
        ):
            rig.simulator.script(PAGE, status=status, headers={"location": location})
            before = len(rig.watched.paths)
            with pytest.raises(UpstreamProtocolError):
                rig.confluence.page(page_id)
            assert len(rig.watched.paths) == before + 1


def test_cookies_of_one_answer_do_not_come_with_the_next_request(rig: Rig) -> None:
    rig.simulator.script(SPACES, headers={"set-cookie": "tenant=alice; Domain=atlassian.com; Path=/"})
    list(rig.confluence.spaces())
    list(rig.confluence.spaces())  # the watched transport refuses cookies
    assert rig.watched.paths


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def peak_of(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_D12_a_body_without_end_is_cut_at_the_cap(rig: Rig) -> None:
    rig.confluence.page_ref(rig.page_of("Web shop"))
    for compressed in (False, True):
        rig.simulator.script(PAGE, endless_bytes=2 * 1024**3, compressed=compressed)

        def read() -> None:
            with pytest.raises(UpstreamProtocolError):
                rig.confluence.page(rig.page_of("Web shop"))

        assert peak_of(read) < 3 * ATLASSIAN_ANSWER_BYTES


def test_D12_one_packed_chunk_cannot_become_more_than_there_is_room_for() -> None:
    bomb = gzip.compress(b" " * 200_000_000, 9, mtime=0)
    unpack = unpacker("gzip")

    def feed() -> None:
        assert len(unpack.feed(bomb, 1_000_000)) == 1_000_000

    assert peak_of(feed) < 8_000_000


def test_D12_a_body_that_drips_is_cut_at_the_total_time(rig: Rig) -> None:
    rig.confluence.page_ref(rig.page_of("Web shop"))
    rig.simulator.script(PAGE, drip_seconds=1)
    started = rig.clock()
    with pytest.raises(ConfluenceUnavailable):
        rig.confluence.page(rig.page_of("Web shop"))
    assert (rig.clock() - started).total_seconds() <= EXCHANGE_SECONDS + 1


def test_D12_a_drip_cannot_outlive_the_invocation(rig: Rig) -> None:
    rig.confluence.page_ref(rig.page_of("Web shop"))
    rig.seconds = 6
    rig.simulator.script(PAGE, drip_seconds=1)
    confluence, started = rig.confluence, rig.clock()
    with pytest.raises(ConfluenceUnavailable):
        confluence.page(rig.page_of("Web shop"))
    assert (rig.clock() - started).total_seconds() <= 5


def test_D12_packed_bodies_are_read_whole_over_any_chunks() -> None:
    text = b'{"a": 1}' * 1000
    for packed in (gzip.compress(text), gzip.compress(text[:100]) + gzip.compress(text[100:])):
        for size in (1, 7, 1000, len(packed)):
            unpack, out = unpacker("gzip"), b""
            for start in range(0, len(packed), size):
                out += unpack.feed(packed[start : start + size], 1_000_000)
            unpack.finish()
            assert out == text


def test_D12_a_packed_body_that_is_cut_or_garbled_is_refused() -> None:
    packed = gzip.compress(b"x" * 1000)
    with pytest.raises(UpstreamProtocolError):
        unpacker("gzip").feed(b"not gzip at all", 100)
    half = unpacker("gzip")
    half.feed(packed[:20], 10_000)
    with pytest.raises(UpstreamProtocolError):
        half.finish()
    for encoding in ("br", "deflate", "zstd", "gzip, gzip", "x"):
        with pytest.raises(UpstreamProtocolError):
            unpacker(encoding)
    assert zlib.MAX_WBITS == 15


DEEP = 10_000
NOT_AN_ANSWER: list[tuple[str, dict[str, Any]]] = [
    ("wrong content type", {"body": b'{"id": "1"}', "headers": {"content-type": "text/plain"}}),
    ("no content type", {"body": b'{"id": "1"}', "headers": {"content-type": ""}}),
    ("HTML login page", {"body": "<!doctype html><title>Log in</title>"}),
    ("HTML said to be JSON", {"body": "<html></html>", "headers": {"content-type": "application/json"}}),
    ("array for object", {"body": [{"id": "1"}]}),
    ("string for object", {"body": b'"page"'}),
    ("null", {"body": b"null"}),
    ("nothing", {"body": b"", "headers": {"content-type": "application/json"}}),
    ("truncated", {"body": b'{"id": "1", "title": "x'}),
    ("trailing garbage", {"body": b'{"id": "1"} x'}),
    ("duplicate names", {"body": b'{"id": "1", "id": "2"}'}),
    ("not UTF-8", {"body": b'{"id": "\xff\xfe"}'}),
    ("NaN", {"body": b'{"id": NaN}'}),
    ("deep arrays", {"body": b'{"id": ' + b"[" * DEEP + b"]" * DEEP + b"}"}),
    ("deep objects", {"body": b'{"a":' * DEEP + b"1" + b"}" * DEEP}),
    ("empty object", {"body": {}}),
    ("wrong encoding", {"body": b"{}", "headers": {"content-encoding": "br"}}),
]


def scripted(rig: Rig, endpoint: str, fault: dict[str, Any]) -> None:
    rig.simulator.script(endpoint, **({"status": 200} | fault))


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in NOT_AN_ANSWER])
def test_D14_what_is_no_answer_is_a_502(rig: Rig, fault: dict[str, Any]) -> None:
    scripted(rig, PAGE, fault)
    with pytest.raises(UpstreamProtocolError) as refused:
        rig.confluence.page(rig.page_of("Web shop"))
    assert refused.value.status == 502
    scripted(rig, SPACES, fault)
    with pytest.raises(UpstreamProtocolError):
        list(rig.confluence.spaces())


@pytest.mark.parametrize(
    "patch",
    [
        {"title": None},
        {"title": 7},
        {"id": 7},
        {"id": "../1"},
        {"version": None},
        {"version": {"number": "3"}},
        {"version": {"number": 0}},
        {"version": {"createdAt": "yesterday"}},
        {"version": {"createdAt": "2026-01-31T09:30:00"}},
        {"_links": None},
        {"_links": {"webui": "https://evil.example/x"}},
        {"_links": {"webui": "//evil.example/x"}},
        {"_links": {"webui": "spaces/SHOP"}},
        {"spaceId": "../1"},
        {"spaceId": None},
        {"body": None},
        {"body": {"storage": None}},
        {"body": {"storage": {"value": None}}},
        {"parentId": "x"},
    ],
)
def test_D14_a_page_with_missing_or_misshapen_members_is_an_error_not_an_empty_page(rig: Rig, patch: Any) -> None:
    rig.simulator.script(PAGE, patch=patch)
    with pytest.raises(UpstreamProtocolError):
        rig.confluence.page(rig.page_of("Web shop"))


def test_D14_half_a_surrogate_pair_becomes_a_mark_not_a_crash(rig: Rig) -> None:
    body = {
        "id": "5",
        "status": "current",
        "spaceId": "7",
        "title": "a\ud83db",
        "version": {"number": 1, "createdAt": "2026-01-31T09:30:00Z"},
        "body": {"storage": {"representation": "storage", "value": "<p>\udc00</p>"}},
        "_links": {"webui": "/spaces/SHOP/pages/5"},
    }
    rig.simulator.script(PAGE, status=200, body=json.dumps(body).encode())
    page = rig.confluence.page(rig.page_of("Web shop"))
    assert page.ref.title == "a\ufffdb"
    assert page.body.encode()


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in NOT_AN_ANSWER[:5]])
def test_D14_nothing_is_written_when_an_import_meets_it(world: World, fault: dict[str, Any]) -> None:
    desk = Desk.of(world)
    world.simulator.script(PAGE, **({"status": 200} | fault))
    answer = desk.ask(desk.body(trd=desk.page("TRD: Saved carts")))
    assert (answer.status, answer.code) == (502, "upstream_protocol_error")
    assert (desk.items(), desk.objects()) == ([], [])


def test_a_page_id_is_asked_for_as_it_is(rig: Rig) -> None:
    page_id = rig.page_of("Web shop")
    rig.confluence.page_ref(PageId(page_id))
    assert rig.asked(f"/pages/{page_id}") == 1
