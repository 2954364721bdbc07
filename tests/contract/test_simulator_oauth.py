"""The simulator's authorization server keeps Atlassian's rules for consent, codes, rotation and lifetimes."""

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from local.simulator import create_simulator
from local.simulator.accounts import ACME, GLOBEX
from tests.conftest import MovableClock
from tests.contract.simulator_caller import AUTH, EVERYTHING, REDIRECT, Caller, new_caller

LINK = "offline_access read:me read:space:confluence read:page:confluence read:hierarchical-content:confluence"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock)


def ask(caller: Caller, **changes: str | None) -> httpx.Response:
    fields: dict[str, str | None] = {
        "audience": "api.atlassian.com",
        "client_id": caller.simulator.client_id,
        "scope": LINK,
        "redirect_uri": REDIRECT,
        "state": "the state",
        "response_type": "code",
        "prompt": "consent",
    }
    sent = {name: value for name, value in (fields | changes).items() if value is not None}
    return caller.http.get(f"{AUTH}/authorize?{urlencode(sent)}")


def answer_of(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def test_the_consent_page_is_a_form_that_works_without_script(caller: Caller) -> None:
    page = ask(caller)
    assert page.status_code == 200
    assert "<script" not in page.text
    for part in (
        'method="post"',
        'name="account"',
        'name="sites"',
        'value="allow"',
        'value="deny"',
        "Ada Öztürk",
        GLOBEX,
    ):
        assert part in page.text
    form = dict(httpx.URL(str(page.request.url)).params) | {"account": "ada", "sites": ACME, "decision": "allow"}
    answer = answer_of(caller.http.post(f"{AUTH}/authorize", data=form))
    assert answer["state"] == "the state"
    assert answer["code"]


def test_denied_consent_comes_back_as_access_denied(caller: Caller) -> None:
    answer = answer_of(ask(caller, simulate="deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", "the state")
    assert "code" not in answer


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": None},
        {"state": None},
        {"response_type": "token"},
        {"client_id": "somebody"},
        {"redirect_uri": "http://evil.example/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"scope": "read:everything"},
        {"prompt": None},
    ],
)
def test_a_wrong_authorize_request_gets_a_page_never_a_redirect(caller: Caller, changes: dict[str, str | None]) -> None:
    answer = ask(caller, **changes)
    assert answer.status_code == 400
    assert caller.violations() == ["bad_authorize_request"]


def test_pkce_is_accepted_and_ignored(caller: Caller) -> None:
    code = answer_of(ask(caller, simulate="allow", account="alice", code_challenge="x", code_challenge_method="S256"))[
        "code"
    ]
    answer = caller.token_call(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
    assert answer.status_code == 200


def test_form_and_json_are_both_taken(caller: Caller) -> None:
    caller.consent()
    fields = {
        "grant_type": "refresh_token",
        "client_id": caller.simulator.client_id,
        "client_secret": caller.simulator.client_secret,
        "refresh_token": caller.tokens["refresh_token"],
    }
    answer = caller.http.post(f"{AUTH}/oauth/token", data=fields)
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 3600


def test_a_code_is_used_once_for_its_redirect_uri_and_soon(caller: Caller) -> None:
    def exchange(redirect: str = REDIRECT, wait: float = 0, times: int = 1) -> httpx.Response:
        code = caller.simulator.authorize("alice", LINK, REDIRECT, "s")
        caller.clock.move(seconds=wait)
        for _ in range(times):
            answer = caller.token_call(grant_type="authorization_code", code=code, redirect_uri=redirect)
        return answer

    assert exchange().status_code == 200
    for refused in (exchange(times=2), exchange(redirect=REDIRECT + "/other"), exchange(wait=301)):
        assert (refused.status_code, refused.json()["error"]) == (403, "invalid_grant")


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_a_wrong_secret_is_access_denied_and_changes_nothing(caller: Caller, secret: str) -> None:
    caller.consent()
    answer = caller.token_call(
        grant_type="refresh_token", refresh_token=caller.tokens["refresh_token"], client_secret=secret
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "access_denied")
    assert caller.refresh().status_code == 200


def test_no_refresh_token_without_offline_access(caller: Caller) -> None:
    caller.consent("read:me")
    assert "refresh_token" not in caller.tokens


def test_rotation_the_replaced_token_lives_ten_minutes(caller: Caller) -> None:
    first = caller.consent().tokens["refresh_token"]
    second = caller.refresh().json()["refresh_token"]
    assert second != first
    caller.clock.move(seconds=600)
    assert caller.refresh(first).status_code == 200
    caller.clock.move(seconds=1)
    assert caller.refresh(first).status_code == 403
    assert caller.violations() == ["refresh_token_reuse"]
    # Reuse killed the whole grant, the newest token and all access tokens included.
    assert caller.refresh(second).status_code == 403
    assert caller.get("/wiki/api/v2/spaces").status_code == 401


def test_a_token_two_generations_old_kills_the_grant_even_inside_the_leeway(caller: Caller) -> None:
    first = caller.consent().tokens["refresh_token"]
    second = caller.refresh().json()["refresh_token"]
    third = caller.refresh(second).json()["refresh_token"]
    assert caller.refresh(first).status_code == 403
    assert caller.refresh(third).status_code == 403


@pytest.mark.parametrize("stay", [True, False])
def test_siblings_minted_inside_the_leeway(caller: Caller, stay: bool) -> None:
    caller.simulator.behaviour.siblings_stay_valid = stay
    first = caller.consent().tokens["refresh_token"]
    elder, younger = (caller.refresh(first).json()["refresh_token"] for _ in range(2))
    assert caller.refresh(elder).status_code == (200 if stay else 403)
    assert caller.refresh(younger).status_code == (200 if stay else 403)


def test_the_leeway_counts_from_the_first_use(caller: Caller) -> None:
    first = caller.consent().tokens["refresh_token"]
    for _ in range(3):
        caller.refresh(first)
        caller.clock.move(seconds=299)
    assert caller.refresh(first).status_code == 403


def test_idle_and_absolute_lifetimes(caller: Caller) -> None:
    caller.consent()
    caller.clock.move(days=90, seconds=1)
    assert caller.refresh().status_code == 403
    for absolute in (True, False):
        caller.simulator.behaviour.absolute_lifetime = absolute
        caller.consent()
        for _ in range(4):
            caller.clock.move(days=89)
            caller.tokens = caller.refresh().json()
        caller.clock.move(days=10)
        assert caller.refresh().status_code == (403 if absolute else 200)


@pytest.mark.parametrize(
    ("spelling", "status", "error"),
    [("documented", 403, "invalid_grant"), ("measured", 403, "unauthorized_client"), ("older", 400, "invalid_grant")],
)
def test_spellings_of_a_dead_refresh_token(caller: Caller, spelling: str, status: int, error: str) -> None:
    caller.consent()
    caller.simulator.revoke("alice")
    caller.simulator.behaviour.error_spelling = spelling  # type: ignore[assignment]
    answer = caller.refresh()
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert caller.violations() == []


def test_access_tokens_last_an_hour(caller: Caller) -> None:
    caller.consent()
    caller.clock.move(seconds=3599)
    assert caller.get("/wiki/api/v2/spaces").status_code == 200
    caller.clock.move(seconds=1)
    assert caller.get("/wiki/api/v2/spaces").json() == {"code": 401, "message": "Unauthorized"}


def test_a_new_consent_replaces_the_scopes_of_the_accounts_grant(caller: Caller) -> None:
    earlier = caller.consent().tokens
    caller.consent("offline_access read:me")
    caller.tokens = earlier
    assert caller.get("/wiki/api/v2/spaces").json()["message"] == "Unauthorized; scope does not match"
    assert caller.refresh().json()["scope"] == "offline_access read:me"


def test_without_rotation_the_old_token_stays(caller: Caller) -> None:
    caller.consent()
    caller.simulator.behaviour.rotate = False
    for _ in range(3):
        assert "refresh_token" not in caller.refresh().json()
        caller.clock.move(days=1)


def test_withheld_scopes(caller: Caller) -> None:
    caller.simulator.behaviour.withheld_scopes = ("read:page:confluence",)
    assert "read:page:confluence" not in caller.consent(LINK).tokens["scope"].split()


def test_sites_are_listed_once_per_product(clock: MovableClock) -> None:
    def listed(account: str, sites: list[str] | None = None) -> list[str]:
        caller = new_caller(clock, account).consent(EVERYTHING, sites)
        return [entry["id"] for entry in caller.api("/oauth/token/accessible-resources").json()]

    assert listed("alice") == listed("ada") == [ACME, GLOBEX, ACME]
    assert set(listed("grace")) == {ACME}
    assert listed("nojira") == [ACME]
    assert listed("none") == []
    assert listed("alice", [GLOBEX]) == [GLOBEX]


@pytest.mark.parametrize(("kind", "expected"), [("account", {ACME, GLOBEX}), ("resource", {GLOBEX})])
def test_sites_over_two_consents(caller: Caller, kind: str, expected: set[str]) -> None:
    caller.simulator.behaviour.grant_kind = kind  # type: ignore[assignment]
    caller.consent(sites=[ACME])
    caller.consent(sites=[GLOBEX])
    assert {entry["id"] for entry in caller.api("/oauth/token/accessible-resources").json()} == expected


def test_me_needs_its_scope(caller: Caller) -> None:
    assert caller.consent().api("/me").json()["email"] == "alice@example.com"
    assert caller.consent("offline_access read:page:confluence").api("/me").status_code == 401


def test_fifty_refreshers_at_once_break_nothing(clock: MovableClock) -> None:
    from concurrent.futures import ThreadPoolExecutor

    caller = new_caller(clock).consent()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: caller.refresh().status_code, range(50)))
    assert answers == [200] * 50
    assert caller.simulator.by_endpoint["POST /oauth/token"] == 51


def test_tokens_do_not_come_again_under_another_seed(clock: MovableClock) -> None:
    values = {
        Caller(clock, create_simulator(clock=clock, seed=seed)).consent().tokens["access_token"] for seed in (1, 2)
    }
    assert len(values) == 2
