"""A killed callback leaves no orphan, and the page that ends a consent tells nobody else (A18–A22)."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.connecting import ANN, World


class Killed(BaseException):
    """The process is gone: nothing catches this."""


WRITES = {"PutItem", "DeleteItem", "CreateSecret", "PutSecretValue", "DeleteSecret", "UpdateItem", "TransactWriteItems"}


@dataclass
class Killer:
    """Kills at the n-th AWS write after the code exchange, before or after it takes effect."""

    world: World
    at: int
    after: bool
    seen: list[str] = field(default_factory=list)

    def watch(self) -> None:
        for operation in WRITES:
            service = "secretsmanager" if "Secret" in operation else "dynamodb"
            self.world.aws.fault(service, operation, lambda call, name=operation: self._maybe(call, name))

    def _maybe(self, call: Any, operation: str) -> Any:
        if not self.world.token_calls():
            return call()
        self.seen.append(operation)
        if len(self.seen) != self.at:
            if len(self.seen) > self.at:
                raise Killed  # a dead process writes nothing more
            return call()
        if self.after:
            call()
        raise Killed


def orphans(world: World) -> list[str]:
    """Secrets that no connection points to."""
    known = {
        grant.pointer.secret_name
        for connection in world.runtime.connections.of_workspace("acme")
        for grant in (connection.grant, connection.pending and connection.pending.grant)
        if grant
    }
    return [name for name in world.aws.secret_names() if name not in known]


def callback(world: World) -> Any:
    browser = world.browser()
    url = browser.decide(browser.leave(world.begin(ANN)["authorize_url"]), "grace")
    return browser.open(url)


def test_A18_killed_after_the_exchange_before_anything_is_stored(world: World) -> None:
    Killer(world, at=1, after=False).watch()
    assert callback(world).status == 500
    world.aws.heal()
    assert world.aws.secret_names() == []
    assert world.connect(ANN)["status"] == "connected", "one can start again at once"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 7))
def test_A19_killed_at_any_write_of_the_callback(world: World, step: int, after: bool) -> None:
    killer = Killer(world, step, after)
    killer.watch()
    page = callback(world)
    world.aws.heal()
    if len(killer.seen) < step:
        assert page.status == 200, "the callback makes fewer writes than that"
    for _ in range(5):  # a sweep every two minutes, for ten
        world.clock.move(seconds=120)
        world.sweep()
    assert orphans(world) == []
    for _ in range(2):
        world.clock.move(seconds=120)
        world.sweep()
    assert world.aws.secret_names() == [], "what nobody confirmed is gone as well"
    assert world.connect(ANN)["status"] == "connected"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 5))
def test_A19_killed_at_any_write_of_the_confirmation(world: World, step: int, after: bool) -> None:
    first = world.connect(ANN)
    page = world.consented(world.reconnect(ANN, first["id"]), "grace")
    Killer(world, step, after).watch()
    world.confirm(ANN, page)
    world.aws.heal()
    for _ in range(3):
        world.clock.move(seconds=120)
        world.sweep()
    assert orphans(world) == []
    repeated = world.confirm(ANN, page)
    assert repeated.status in {200, 409}, "confirmed now, or already"
    stored = world.stored(first["id"])
    assert (stored.status, stored.pending, stored.retired) == ("connected", None, ())
    assert world.aws.secret_names() == [stored.grant.pointer.secret_name]
    assert stored.grant.generation == 2


def test_A20_message_goes_to_the_configured_origin_only(world: World) -> None:
    page = world.consented(world.begin(ANN), "grace")
    (script,) = re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL)
    assert re.findall(r"postMessage\(message, (\S+)\);", script) == ['"https://console.example.com"']
    assert "*" not in page.text
    members = re.search(r"message = \{(.*?)\};", script)[1]
    assert re.findall(r"(\w+)(?=[:,]|$)", re.sub(r'"[^"]*"|code \|\| null', "", members)) == [
        "type",
        "connection_id",
        "connection",
        "status",
        "code",
    ]
    nonce = re.search(r"script-src 'nonce-([^']+)'", page.headers["content-security-policy"])[1]
    assert page.text.count(f'nonce="{nonce}"') == 2
    assert not re.search(r"""\son\w+=|\sstyle=|javascript:""", page.text)
    secret = world.runtime.token_secrets.get(world.stored(page.data["connection"]).pending.grant.pointer)
    assert secret.access_token not in page.text
    assert secret.refresh_token not in page.text


def test_A21_page_is_not_cached_not_referred_and_loads_nothing(world: World) -> None:
    good = world.consented(world.begin(ANN), "grace")
    bad = world.browser().open("/oauth/callback?state=x&code=y")
    for page in (good, bad):
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"<(img|link|iframe|object|embed|script[^>]*src)", page.text)


def test_A22_starts_are_limited_and_leave_nothing(world: World) -> None:
    statuses = []
    for _ in range(60):
        body = {"owner": "user", "purposes": ["link"]}
        answer = world.api.call(ANN, "POST", "/connections", json_body=body)
        statuses.append(answer.status)
    assert statuses == [201] * 10 + [429] * 50
    assert answer.code == "too_many_requests"
    assert int(answer.headers["retry-after"]) <= 120
    assert len(world.aws.items()) <= 30  # connection, consent, ticket each
    world.clock.move(seconds=120)
    world.sweep()
    left = [item["pk"]["S"] for item in world.aws.items()]
    assert all(key.startswith("LOOKUP#") for key in left), "tickets go by TTL"
    world.begin(ANN)


def test_A22_failed_consents_count_until_they_run_out(world: World) -> None:
    for _ in range(10):
        world.consented(world.begin(ANN), "grace", allow=False)
    assert world.api.call(ANN, "POST", "/connections", json_body={"owner": "user", "purposes": ["link"]}).status == 429
