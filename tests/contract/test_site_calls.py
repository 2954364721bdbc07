"""Requests beside GET and lists of v1, over the simulator: what is repeated, what is counted, what an answer means."""

from typing import Any

import httpx
import pytest

from confluence_connector.adapters.atlassian_calls import Api, SiteCalls
from confluence_connector.adapters.atlassian_http import Request
from confluence_connector.adapters.confluence_lists import batches, cursor_of, walk
from confluence_connector.domain import scopes
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.rate_limits import Lane, Spent
from confluence_connector.errors import ConfluenceUnavailable, RateLimited, UpstreamProtocolError
from confluence_connector.limits import ATLASSIAN_TRIES
from local.simulator import create_simulator
from local.simulator.accounts import ACCOUNTS, ACME
from tests.atlassian import API_HOST, Rig
from tests.conftest import MovableClock
from tests.fakes.pace import FreePace

USERS = "POST /wiki/api/v2/users-bulk"
SEARCH = "GET /wiki/rest/api/content/search"
PAGES = {"cql": "type = page", "limit": "2"}


@pytest.fixture
def rig(clock: MovableClock) -> Rig:
    made = Rig(create_simulator(clock=clock, sleep=clock.sleep), clock)
    made.grant.scope = " ".join(sorted(scopes.LINK | {"read:user:confluence", "search:confluence"}))
    return made


@pytest.fixture
def calls(rig: Rig) -> SiteCalls:
    made = SiteCalls(rig.http, rig.grant, rig.connection, rig.deadline())
    made.get("/spaces", {"limit": "1"})
    rig.watched.paths.clear()
    return SiteCalls(rig.http, rig.grant, rig.connection, rig.deadline())


def people(calls: SiteCalls, *, repeatable: bool = True) -> dict[str, Any] | None:
    ids = [account.account_id for account in ACCOUNTS.values()]
    return calls.post("/users-bulk", {"accountIds": ids}, repeatable=repeatable)


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_reaches_atlassian_as_json_beside_the_token(rig: Rig, calls: SiteCalls) -> None:
    answer = people(calls)
    assert answer
    assert len(answer["results"]) >= 3
    assert rig.simulator.violations == []


def test_what_is_sent_and_asked_for_cannot_replace_the_token(rig: Rig) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204, stream=httpx.ByteStream(b""))

    request = Request(
        "PUT",
        f"/ex/confluence/{ACME}/wiki/rest/api/content/7/child/attachment",
        {"status": "current"},
        repeatable=False,
        body=b"--b\r\n\x00\xff",
        headers={
            "content-type": "multipart/form-data; boundary=b",
            "x-atlassian-token": "no-check",
            "authorization": "x",
        },
    )
    http = rig.http_over(httpx.MockTransport(answer))
    assert http.send(request, token="t", spent=Spent(), deadline=rig.deadline()).status == 204
    (sent,) = seen
    assert sent.headers.get_list("authorization") == ["Bearer t"]
    assert sent.headers["x-atlassian-token"] == "no-check"
    assert sent.headers["content-type"] == "multipart/form-data; boundary=b"
    assert (sent.method, sent.read(), sent.url.host) == ("PUT", b"--b\r\n\x00\xff", API_HOST)


def test_a_get_has_no_body(rig: Rig) -> None:
    request = Request.get(f"/ex/jira/{ACME}/rest/api/3/issue/SHOP-1", {})
    assert (request.body, request.lane) == (None, Lane(CloudId(ACME), "jira"))


def test_an_answer_without_content_is_an_empty_object(rig: Rig, calls: SiteCalls) -> None:
    rig.simulator.script(USERS, status=204)
    assert people(calls) == {}


# ── repeats ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault", [{"status": 429}, {"status": 503}, {"status": 502}, {"reset": "before"}, {"reset": "after"}]
)
def test_what_may_happen_twice_is_repeated_like_a_get(rig: Rig, calls: SiteCalls, fault: dict[str, Any]) -> None:
    rig.simulator.script(USERS, **fault)
    assert people(calls)
    assert len(rig.watched.paths) == 2


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"status": 502}, {"status": 504}, {"reset": "before"}, {"reset": "after"}]
)
def test_what_must_not_happen_twice_is_sent_once_where_it_may_have_happened(
    rig: Rig, calls: SiteCalls, fault: dict[str, Any]
) -> None:
    rig.simulator.script(USERS, **fault)
    with pytest.raises(ConfluenceUnavailable):
        people(calls, repeatable=False)
    assert len(rig.watched.paths) == 1
    assert rig.waits == []


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 429, "headers": {"retry-after": "2"}},
        {"status": 503, "headers": {"retry-after": "2"}},
    ],
)
def test_what_was_not_carried_out_is_sent_again(rig: Rig, calls: SiteCalls, fault: dict[str, Any]) -> None:
    rig.simulator.script(USERS, times=2, **fault)
    assert people(calls, repeatable=False)
    assert len(rig.watched.paths) == 3


def test_L8_nothing_is_sent_more_often_than_any_other_question(rig: Rig, calls: SiteCalls) -> None:
    rig.simulator.script(USERS, times=None, status=429)
    for repeatable in (True, False):
        rig.watched.paths.clear()
        with pytest.raises(RateLimited):
            people(calls, repeatable=repeatable)
        assert len(rig.watched.paths) == ATLASSIAN_TRIES


# ── v1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_of_v1_is_walked_though_its_links_lack_the_context(rig: Rig, calls: SiteCalls) -> None:
    whole = calls.get("/content/search", {"cql": "type = page", "limit": "250"}, api=Api.V1)
    assert whole
    rows = walk(calls, "/content/search", PAGES, api=Api.V1)
    assert rows is not None
    assert [row["id"] for row in rows] == [row["id"] for row in whole["results"]]
    assert rig.asked("/content/search") > 4
    assert rig.simulator.violations == []


def test_a_list_of_v1_goes_on_behind_a_cursor(calls: SiteCalls) -> None:
    whole = [list(batch.rows) for batch in batches(calls, "/content/search", PAGES, api=Api.V1) or ()]
    first = next(iter(batches(calls, "/content/search", PAGES, api=Api.V1) or ()))
    rest = batches(calls, "/content/search", PAGES, first.cursor, api=Api.V1)
    assert [list(batch.rows) for batch in rest or ()] == whole[1:]


OWN = {Api.V1: "/rest/api/content/search", Api.V2: "/wiki/api/v2/content/search"}


@pytest.mark.parametrize("api", Api)
def test_D8_each_apis_links_lead_back_to_its_own_list(api: Api) -> None:
    assert cursor_of(f"{OWN[api]}?cql=x&cursor=c-1", "/content/search", api) == "c-1"
    for link in (
        f"https://evil.example{OWN[api]}?cursor=c",
        f"//evil.example{OWN[api]}?cursor=c",
        f"/wiki{OWN[api]}/../x?cursor=c",
        f"/wiki/wiki{OWN[api]}?cursor=c",
        "/api/v2/content/search?cursor=c",
        "/rest/api/search?cursor=c",
        "/rest/api/content/search/?cursor=c",
        f"{OWN[Api.V1 if api is Api.V2 else Api.V2]}?cursor=c",
    ):
        with pytest.raises(UpstreamProtocolError):
            cursor_of(link, "/content/search", api)


def test_D8_a_list_of_v1_that_leads_elsewhere_is_refused_and_never_asked(rig: Rig, calls: SiteCalls) -> None:
    rig.simulator.script(SEARCH, patch={"_links": {"next": "https://evil.example/rest/api/content/search?cursor=a"}})
    with pytest.raises(UpstreamProtocolError):
        list(walk(calls, "/content/search", PAGES, api=Api.V1) or ())
    assert len(rig.watched.paths) == 1


# ── what it costs, and who is told ──────────────────────────────────────────────────────────────────────────────────


def test_every_request_is_counted_with_the_points_that_atlassian_takes_for_it(rig: Rig, calls: SiteCalls) -> None:
    ledger = rig.simulator.world.ledger
    before = ledger.total
    list(walk(calls, "/spaces", {}) or ())
    list(walk(calls, "/content/search", PAGES, api=Api.V1) or ())
    answer = people(calls)
    assert answer
    calls.spent.returned(identities=len(answer["results"]))
    assert calls.spent.points == ledger.total - before
    assert calls.spent.requests == len(rig.watched.paths)


def test_repeats_renewals_and_probes_are_counted_too(rig: Rig, calls: SiteCalls) -> None:
    rig.simulator.script("GET /wiki/api/v2/pages/{id}", status=429)
    rig.simulator.script("GET /wiki/api/v2/pages/{id}", status=404, body={"errors": [{"status": 404}]})
    assert calls.get(f"/pages/{rig.page_of('Web shop')}", {}) is None
    assert calls.spent.requests == len(rig.watched.paths) == 3


def test_the_pace_is_asked_before_and_told_after_every_request(rig: Rig, calls: SiteCalls) -> None:
    pace = rig.pace
    assert isinstance(pace, FreePace)
    pace.asked.clear()
    pace.told.clear()
    rig.simulator.script(USERS, status=429, headers={"ratelimit-reason": "confluence-burst-based"})
    rig.simulator.script(USERS, reset="before")
    people(calls)
    lane = Lane(CloudId(ACME), "confluence")
    assert pace.asked == [lane] * 3
    assert [(each, standing.refused, standing.reason) for each, standing in pace.told] == [
        (lane, True, "confluence-burst-based"),
        (lane, False, ""),
    ]
