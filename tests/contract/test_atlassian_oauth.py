"""The token endpoint and the identity calls, against the simulator as Atlassian's documents describe it."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from confluence_connector.adapters.atlassian_oauth import AtlassianOAuthOverHttp
from confluence_connector.domain.scopes import LINK
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectorNotEnabled,
    RateLimited,
    ReconnectRequired,
    UpstreamProtocolError,
)
from confluence_connector.ports.atlassian import GrantRefused, OutcomeUnknown, TokenEndpointBusy
from tests.vault import TOKEN, World, world

REDIRECT = "https://connector.example.com/oauth/callback"
SOME_DAY = "Sun, 22 Nov 2099 09:00:00 GMT"
SITE = {"id": "a", "name": "x", "url": "https://x", "scopes": []}
RESOURCES = "GET /oauth/token/accessible-resources"


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def it(shared: World) -> Iterator[World]:
    shared.calm()
    yield shared
    assert shared.simulator.violations == []


@pytest.fixture
def oauth(it: World) -> AtlassianOAuthOverHttp:
    return it.runtime.atlassian_oauth


def code_of(it: World, account: str = "alice") -> str:
    return it.simulator.authorize(account, LINK, REDIRECT, "state-of-the-test")


def test_the_address_that_asks_for_consent_has_everything_atlassian_wants(oauth: AtlassianOAuthOverHttp) -> None:
    address = urlsplit(oauth.authorize_url(state="s&t", scopes=["read:me", "offline_access"]))
    assert (address.netloc, address.path) == ("auth.atlassian.com", "/authorize")
    assert {name: values[0] for name, values in parse_qs(address.query).items()} == {
        "audience": "api.atlassian.com",
        "client_id": "simulator-client",
        "scope": "offline_access read:me",
        "redirect_uri": REDIRECT,
        "state": "s&t",
        "response_type": "code",
        "prompt": "consent",
    }
    assert "+" not in address.query


def test_a_code_becomes_tokens_once(it: World, oauth: AtlassianOAuthOverHttp) -> None:
    code = code_of(it)
    answer = oauth.exchange(code)
    assert (answer.expires_in_seconds, set(answer.scopes)) == (3600, set(LINK))
    assert answer.refresh_token
    assert answer.access_token not in repr(answer)
    with pytest.raises(GrantRefused):
        oauth.exchange(code)


def test_a16_sites_are_merged_by_id_in_their_order(it: World, oauth: AtlassianOAuthOverHttp) -> None:
    token = oauth.exchange(code_of(it, "ada")).access_token
    sites = oauth.sites(token)
    assert [site.url for site in sites] == ["https://acme.atlassian.net", "https://globex.atlassian.net"]
    assert len({site.cloud_id for site in sites}) == 2
    assert oauth.sites(oauth.exchange(code_of(it, "none")).access_token) == ()
    assert oauth.account(token).name


@pytest.mark.parametrize("spelling", ["documented", "measured", "older"])
def test_every_spelling_of_a_dead_grant_is_one(it: World, oauth: AtlassianOAuthOverHttp, spelling: str) -> None:
    it.simulator.behaviour.error_spelling = spelling  # type: ignore[assignment]
    with pytest.raises(GrantRefused) as refused:
        oauth.refresh("a-token-nobody-knows")
    assert "a-token" not in str(refused.value)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404])
@pytest.mark.parametrize(
    "body", ["<html>sign in</html>", "", "[]", "{", '{"a":1,"a":2}', '{"error":["invalid_grant"]}', "[" * 10_000]
)
def test_A13_D14_what_is_not_understood_decides_nothing(
    it: World, oauth: AtlassianOAuthOverHttp, status: int, body: str
) -> None:
    it.simulator.script(TOKEN, status=status, body=body, times=2)
    for ask in (lambda: oauth.refresh("x"), lambda: oauth.exchange("x")):
        with pytest.raises(UpstreamProtocolError):
            ask()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 500}, OutcomeUnknown),
        ({"status": 503, "body": "busy"}, OutcomeUnknown),
        ({"reset": "before"}, OutcomeUnknown),
        ({"latency_seconds": 11.0}, OutcomeUnknown),
        ({"drip_seconds": 1.0}, OutcomeUnknown),
        ({"endless_bytes": 2**31, "compressed": True}, UpstreamProtocolError),
        ({"status": 302, "headers": {"location": "http://169.254.169.254/"}, "body": ""}, UpstreamProtocolError),
        ({"status": 429}, TokenEndpointBusy),
    ],
)
def test_D12_each_failure_of_the_token_endpoint_is_told_apart(
    it: World, oauth: AtlassianOAuthOverHttp, fault: dict[str, object], error: type[Exception]
) -> None:
    it.simulator.script(TOKEN, **fault)
    calls = len(it.simulator.requests)
    with pytest.raises(error) as raised:
        oauth.refresh("a-token-nobody-knows")
    assert "a-token" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert len(it.simulator.requests) == calls + 1


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        ("77", 77),
        ("0", 1),
        ("-5", 5),
        ("nan", 5),
        ("soon", 5),
        ("1000000000", 300),
        ("Sun, 22 Nov 2099 09:00:00 GMT", 300),
    ],
)
def test_L1_a_429_is_waited_for_within_reason(it: World, oauth: AtlassianOAuthOverHttp, asked: str, waits: int) -> None:
    it.simulator.script(TOKEN, status=429, headers={"retry-after": asked})
    with pytest.raises(TokenEndpointBusy) as busy:
        oauth.refresh("x")
    assert busy.value.retry_after == waits


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 401}, ReconnectRequired),
        ({"status": 403}, ReconnectRequired),
        ({"status": 429, "headers": {"retry-after": "9"}}, RateLimited),
        ({"status": 502}, ConfluenceUnavailable),
        ({"reset": "before"}, ConfluenceUnavailable),
        ({"status": 200, "body": {"not": "a list"}}, UpstreamProtocolError),
        (
            {"status": 200, "body": [{"id": "../..", "name": "x", "url": "https://x", "scopes": []}]},
            UpstreamProtocolError,
        ),
        (
            {"status": 200, "body": [{"id": "a", "name": "x", "url": "javascript:1", "scopes": []}]},
            UpstreamProtocolError,
        ),
    ],
)
def test_a_failed_identity_call_is_specific(
    it: World, oauth: AtlassianOAuthOverHttp, fault: dict[str, object], error: type[Exception]
) -> None:
    token = oauth.exchange(code_of(it)).access_token
    it.simulator.script(RESOURCES, **fault)
    with pytest.raises(error) as raised:
        oauth.sites(token)
    assert token not in str(raised.value)


def test_B18_a_wrong_secret_is_the_deployments_fault(it: World, oauth: AtlassianOAuthOverHttp) -> None:
    it.simulator.script(TOKEN, status=401, body={"error": "access_denied", "error_description": "Unauthorized"})
    with pytest.raises(AppMisconfigured):
        oauth.refresh("x")


@pytest.mark.parametrize("value", ["", "  ", "{}"])
def test_an_empty_app_secret_means_not_enabled(it: World, value: str) -> None:
    fresh = it.new_runtime().atlassian_oauth
    it.aws.secrets.put_secret_value(SecretId=it.settings.app_secret_id, SecretString=value or " ")
    try:
        assert not fresh.enabled()
        with pytest.raises(ConnectorNotEnabled):
            fresh.authorize_url(state="s", scopes=LINK)
    finally:
        pair = '{"client_id": "simulator-client", "client_secret": "simulator-secret"}'
        it.aws.secrets.put_secret_value(SecretId=it.settings.app_secret_id, SecretString=pair)
    assert it.new_runtime().atlassian_oauth.enabled()


@pytest.mark.parametrize("value", ["not json", '{"client_id": "only"}', '{"client_id": "", "client_secret": "s"}'])
def test_a_garbled_app_secret_is_the_deployments_fault(it: World, value: str) -> None:
    fresh = it.new_runtime().atlassian_oauth
    it.aws.secrets.put_secret_value(SecretId=it.settings.app_secret_id, SecretString=value)
    try:
        with pytest.raises(AppMisconfigured) as raised:
            fresh.enabled()
        assert value not in str(raised.value)
    finally:
        pair = '{"client_id": "simulator-client", "client_secret": "simulator-secret"}'
        it.aws.secrets.put_secret_value(SecretId=it.settings.app_secret_id, SecretString=pair)
