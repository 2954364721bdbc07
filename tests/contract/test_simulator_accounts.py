"""People change and leave: profiles in users-bulk, and the reports that an app storing account ids must make."""

import json
from typing import Any

import httpx
import pytest

from local.simulator import create_simulator
from local.simulator.accounts import ACCOUNTS
from local.simulator.directory import TEST_ACTIVE, TEST_CLOSED
from tests.conftest import MovableClock
from tests.contract.simulator_caller import API, EVERYTHING, Caller

REPORT = f"{API}/app/report-accounts/"
KNOWN_AT = "2026-11-20T00:00:00.000Z"
ADA = ACCOUNTS["ada"].account_id


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    simulator = create_simulator(clock=clock, seed=7, sleep=clock.sleep, generate="20:2")
    return Caller(clock, simulator, "alice").consent(f"{EVERYTHING} report:personal-data")


def report(caller: Caller, *ids: str, at: str = KNOWN_AT) -> httpx.Response:
    body = {"accounts": [{"accountId": each, "updatedAt": at} for each in ids]}
    return caller.http.post(REPORT, json=body, headers=caller.headers)


def control(caller: Caller, path: str, **body: Any) -> httpx.Response:
    return caller.http.post(f"http://simulator/_simulator/accounts/{path}", content=json.dumps(body))


def profile(caller: Caller, account_id: str) -> dict[str, Any]:
    answer = caller.post("/wiki/api/v2/users-bulk", {"accountIds": [account_id]})
    return dict(answer.json()["results"][0])


def test_nothing_to_do(caller: Caller) -> None:
    answer = report(caller, ADA, TEST_ACTIVE, "nobody")
    assert (answer.status_code, answer.content, answer.headers["cycle-period"]) == (204, b"", "P7D")


def test_closed_and_changed_accounts_are_named(caller: Caller) -> None:
    author = caller.simulator.sites[next(iter(caller.simulator.sites))].content["20000000013"].author_id
    assert control(caller, f"{author}/rename", display_name="Zoë Zeller").json()["display_name"] == "Zoë Zeller"
    assert control(caller, "ada/close").json()["status"] == "closed"
    answer = report(caller, ADA, author, TEST_CLOSED, TEST_ACTIVE)
    assert (answer.status_code, answer.headers["cycle-period"]) == (200, "P7D")
    assert answer.json() == {
        "accounts": [
            {"accountId": ADA, "status": "closed"},
            {"accountId": author, "status": "updated"},
            {"accountId": TEST_CLOSED, "status": "closed"},
        ]
    }
    assert report(caller, author, at="2026-11-23T00:00:00Z").status_code == 204
    assert caller.simulator.by_endpoint["POST /app/report-accounts/"] == 2
    assert caller.violations() == []


def test_profiles_follow(caller: Caller) -> None:
    control(caller, "ada/rename", display_name="Ada Yılmaz")
    assert (profile(caller, ADA)["displayName"], profile(caller, ADA)["accountStatus"]) == ("Ada Yılmaz", "active")
    control(caller, f"{ADA}/close")
    assert (profile(caller, ADA)["displayName"], profile(caller, ADA)["accountStatus"]) == ("Former user", "closed")


def test_a_closed_account_loses_its_grant(caller: Caller) -> None:
    ada = Caller(caller.clock, caller.simulator, "ada").consent()
    assert ada.api("/me").json()["account_status"] == "active"
    caller.simulator.close_account("ada")
    assert ada.api("/me").status_code == 401
    assert ada.refresh().status_code == 403
    with pytest.raises(ValueError, match="no account"):
        ada.consent()


@pytest.mark.parametrize(
    "body",
    [
        {"accounts": []},
        {"accounts": [{"accountId": ADA, "updatedAt": KNOWN_AT}] * 91},
        {"accounts": [{"accountId": ADA}]},
        {"accounts": [{"accountId": ADA, "updatedAt": "yesterday"}]},
        {"accounts": [{"accountId": ADA, "updatedAt": "2026-11-20T00:00:00"}]},
        {"accounts": [{"accountId": ADA, "updatedAt": KNOWN_AT, "name": "Ada"}]},
        {},
    ],
)
def test_reports_that_are_not_what_the_guide_says(caller: Caller, body: dict[str, Any]) -> None:
    answer = caller.http.post(REPORT, json=body, headers=caller.headers)
    assert (answer.status_code, caller.violations()) == (400, ["parameter_out_of_range"])


def test_ninety_at_once_and_the_scope(caller: Caller) -> None:
    assert report(caller, *[ADA] * 90).status_code == 204
    caller.consent(EVERYTHING)
    assert report(caller, ADA).json() == {"code": 401, "message": "Unauthorized; scope does not match"}
    assert caller.http.post(REPORT, json={}).status_code == 401


def test_a_refusal_can_be_scripted(caller: Caller) -> None:
    caller.simulator.script("POST /app/report-accounts/", status=429, headers={"Retry-After": "30"})
    assert (report(caller, ADA).status_code, report(caller, ADA).status_code) == (429, 204)


@pytest.mark.parametrize(
    ("path", "body", "status"), [("nobody/close", {}, 404), ("ada/rename", {}, 400), ("ada/x", {}, 400)]
)
def test_deeds_that_make_no_sense(caller: Caller, path: str, body: dict[str, Any], status: int) -> None:
    assert control(caller, path, **body).status_code == status
