"""What can be scripted into the simulator: refusals, resets, lost answers, hostile links, floods, quotas."""

import json
import time

import httpx
import pytest

from local.simulator.accounts import ACME, GLOBEX
from tests.conftest import MovableClock
from tests.contract.simulator_caller import API, Caller, new_caller

PAGES, TOKEN = "GET /wiki/api/v2/pages", "POST /oauth/token"
V2 = "/wiki/api/v2"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent()


def test_the_next_answers_are_the_scripted_ones_and_then_the_true_again(caller: Caller) -> None:
    caller.simulator.script(PAGES, status=429, headers={"Retry-After": "7"}, times=2)
    for _ in range(2):
        answer = caller.get(f"{V2}/pages")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert caller.get(f"{V2}/pages").status_code == 200


def test_scripts_can_be_for_one_account_for_everything_and_for_good(caller: Caller) -> None:
    ada = Caller(caller.clock, caller.simulator, "ada").consent()
    caller.simulator.script("*", status=503, account="ada", times=None)
    assert [ada.get(f"{V2}/spaces").status_code for _ in range(5)] == [503] * 5
    assert caller.get(f"{V2}/spaces").status_code == 200
    caller.simulator.clear_scripts()
    assert ada.get(f"{V2}/spaces").status_code == 200


def test_a_script_for_nothing_is_a_mistake(caller: Caller) -> None:
    with pytest.raises(ValueError, match="no such endpoint"):
        caller.simulator.script("GET /wiki/api/v2/page", status=500)


def test_html_and_malformed_bodies(caller: Caller) -> None:
    caller.simulator.script(PAGES, status=200, body="<!doctype html><title>Log in</title>")
    caller.simulator.script(PAGES, body="[" * 10_000)
    assert caller.get(f"{V2}/pages").headers["content-type"].startswith("text/html")
    assert caller.get(f"{V2}/pages").text == "[" * 10_000


@pytest.mark.parametrize(("later", "status"), [(600, 200), (601, 403)])
def test_a_lost_token_answer_has_happened_all_the_same(caller: Caller, later: int, status: int) -> None:
    caller.simulator.script(TOKEN, reset="after")
    with pytest.raises(httpx.ReadError):
        caller.refresh()
    caller.clock.move(seconds=later)
    assert caller.refresh().status_code == status, "the lost call had retired the token"


def test_a_reset_before_the_deed_changes_nothing(caller: Caller) -> None:
    first = caller.tokens["refresh_token"]
    caller.simulator.script(TOKEN, reset="before")
    with pytest.raises(httpx.ReadError):
        caller.refresh()
    caller.clock.move(seconds=601)
    assert caller.refresh(first).status_code == 200


def test_an_error_after_the_deed(caller: Caller) -> None:
    caller.simulator.script(TOKEN, status=502, effect=True)
    assert caller.refresh().status_code == 502
    caller.clock.move(seconds=601)
    assert caller.refresh().status_code == 403


def test_members_can_be_changed_and_taken_out(caller: Caller) -> None:
    caller.simulator.script(PAGES, patch={"_links": {"next": "//evil.example/next"}})
    assert caller.get(f"{V2}/pages").json()["_links"]["next"] == "//evil.example/next"
    caller.simulator.script(TOKEN, drop=("refresh_token",), patch={"expires_in": "soon"})
    answer = caller.refresh().json()
    assert "refresh_token" not in answer
    assert answer["expires_in"] == "soon"


def test_latency_is_waited_out_by_the_given_sleep_and_patience_ends(caller: Caller) -> None:
    started, before = time.monotonic(), caller.clock()
    caller.simulator.script(PAGES, latency_seconds=4)
    assert caller.get(f"{V2}/pages").status_code == 200
    assert (caller.clock() - before).total_seconds() == 4
    caller.simulator.script(PAGES, latency_seconds=12)
    with pytest.raises(httpx.ReadTimeout):
        caller.get(f"{V2}/pages")
    assert (caller.clock() - before).total_seconds() == 9, "httpx waits five seconds unless told otherwise"
    assert time.monotonic() - started < 3


def test_a_flood_and_a_drip(caller: Caller) -> None:
    caller.simulator.script(PAGES, endless_bytes=50_000_000, compressed=True)
    seen = 0
    with caller.http.stream("GET", f"{API}/ex/confluence/{ACME}{V2}/pages", headers=caller.headers) as answer:
        for chunk in answer.iter_bytes():
            seen += len(chunk)
    assert seen > 49_000_000
    before = caller.clock()
    caller.simulator.script(PAGES, drip_seconds=1)
    with caller.http.stream("GET", f"{API}/ex/confluence/{ACME}{V2}/pages", headers=caller.headers) as answer:
        drips = [chunk for chunk, _ in zip(answer.iter_raw(), range(30), strict=False)]
    assert b"".join(drips) == b" " * 30
    assert (caller.clock() - before).total_seconds() >= 30


def test_points_are_charged_announced_and_run_out(caller: Caller) -> None:
    ledger = caller.simulator.world.ledger
    before = ledger.used
    caller.get(f"{V2}/pages", limit=10)
    assert ledger.used - before == 11
    caller.post(f"{V2}/users-bulk", {"accountIds": [caller.page("PRD: Gift cards")["authorId"]]})
    assert ledger.used - before == 11 + 2 + 3
    caller.get(f"{V2}/pages/1")
    assert ledger.used - before == 11 + 2 + 3 + 1
    assert "x-ratelimit-nearlimit" not in caller.get(f"{V2}/spaces").headers
    ledger.used = 60_000
    assert caller.get(f"{V2}/spaces").headers["x-ratelimit-nearlimit"] == "true"
    ledger.used = 65_000
    caller.clock.move(seconds=600)
    answer = caller.get(f"{V2}/spaces")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3001")
    assert "quota-global" in answer.headers["ratelimit-reason"]
    caller.clock.move(seconds=3001)
    caller.tokens = caller.refresh().json()
    assert caller.get(f"{V2}/spaces").status_code == 200


def control(caller: Caller, method: str, path: str, body: object = None) -> httpx.Response:
    return caller.http.request(
        method, f"http://127.0.0.1:8090/_simulator/{path}", content=json.dumps(body) if body else b""
    )


def test_the_control_api_counts_and_resets(caller: Caller) -> None:
    caller.get(f"{V2}/pages")
    counted = control(caller, "GET", "requests").json()
    assert counted["by_endpoint"][PAGES] == 1
    assert counted["total"] == sum(counted["by_endpoint"].values())
    assert control(caller, "DELETE", "requests").json() == {"total": 0, "by_endpoint": {}}
    assert caller.simulator.requests == []


def test_the_control_api_edits_pages(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")["id"]
    deeds: list[tuple[str, dict[str, object], str]] = [
        ("edit", {"storage": "<p>x</p>"}, "current"),
        ("rename", {"title": "PRD: Vouchers"}, "current"),
        ("move", {"space_key": "ENG"}, "current"),
        ("label", {"labels": ["a", "b"]}, "current"),
        ("archive", {}, "archived"),
        ("restore", {}, "current"),
        ("restrict", {"accounts": ["alice"]}, "current"),
        ("open", {}, "current"),
        ("trash", {}, "trashed"),
    ]
    for deed, body, status in deeds:
        answer = control(caller, "POST", f"pages/{page}/{deed}", body)
        assert (answer.status_code, answer.json().get("status")) == (200, status), deed
    assert answer.json()["version"] == 3
    assert control(caller, "POST", f"pages/{page}/purge").json() == {"id": page, "status": "purged"}
    assert control(caller, "POST", f"pages/{page}/trash").status_code == 404
    there = {"title": "Wachplan", "site": "globex"}
    rota = next(row for row in control(caller, "GET", "pages?site=globex").json() if row["title"] == "Rota")
    control(caller, "POST", f"pages/{rota['id']}/rename", there)
    assert caller.get(f"{V2}/pages/{rota['id']}", GLOBEX).json()["title"] == "Wachplan"
    made = control(caller, "POST", "pages", {"space": "SHOP", "title": "New here", "storage": "<p>n</p>"}).json()
    assert caller.get(f"{V2}/pages/{made['id']}").json()["title"] == "New here"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "grants/revoke", {"account": "nobody"}, 400),
        ("POST", "grants/revoke", {}, 400),
        ("POST", "script", {"endpoint": PAGES, "statuss": 500}, 400),
        ("POST", "script", {"endpoint": "GET /nowhere"}, 400),
        ("POST", "behaviour", {"mood": "bad"}, 400),
        ("POST", "clock", {"advance_seconds": -1}, 400),
        ("GET", "nothing", None, 404),
        ("POST", "pages/1/trash", None, 404),
        ("POST", "pages/1/explode", None, 400),
    ],
)
def test_control_requests_that_make_no_sense(caller: Caller, method: str, path: str, body: object, status: int) -> None:
    assert control(caller, method, path, body).status_code == status


def test_the_control_api_does_what_the_methods_do(caller: Caller) -> None:
    assert control(caller, "POST", "grants/expire", {"account": "alice"}).status_code == 200
    assert caller.get(f"{V2}/pages").status_code == 401
    caller.tokens = caller.refresh().json()
    assert control(caller, "POST", "script", {"endpoint": PAGES, "status": 418, "drop": []}).status_code == 200
    assert caller.get(f"{V2}/pages").status_code == 418
    control(caller, "POST", "behaviour", {"error_spelling": "measured", "withheld_scopes": ["read:me"]})
    control(caller, "POST", "grants/expire", {"account": "alice", "what": "grant"})
    assert caller.refresh().json()["error"] == "unauthorized_client"
    control(caller, "POST", "clock", {"advance_seconds": 3600})
    assert (caller.simulator.clock() - caller.clock()).total_seconds() == 3600
    control(caller, "POST", "points", {"used": 64_999})
    assert control(caller, "GET", "points").json()["used_this_hour"] == 64_999
    assert control(caller, "POST", "grants/revoke", {"account": "alice"}).json() == {"revoked": True}


def test_the_log_and_the_violations_hold_no_secret(caller: Caller) -> None:
    caller.get(f"{V2}/pages", nonsense=1)
    shown = (
        control(caller, "GET", "log").text + control(caller, "GET", "violations").text + repr(caller.simulator.requests)
    )
    for secret in (
        caller.tokens["access_token"],
        caller.tokens["refresh_token"],
        caller.simulator.client_secret,
        "code_",
    ):
        assert secret not in shown
    assert control(caller, "GET", "violations").json()[0]["kind"] == "undocumented_parameter"
    assert [row["query"] for row in control(caller, "GET", "log").json() if row["path"] == "/authorize"] == [[]]
    control(caller, "DELETE", "violations")
    assert caller.violations() == []
