"""Disconnecting, leaving, being revoked: what stops, what goes, and what a crash half-way leaves (C1, C3, C4, C6)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

from confluence_connector.errors import ReconnectRequired
from confluence_connector.ports.cache import CachedText, CacheScope
from confluence_connector.runtime import InvocationDeadline
from tests.connecting import ADMIN, ANN, BOB, World
from tests.faults.test_a_crashes import Killer, orphans
from tests.http import LambdaContext


def fill_cache(world: World, connection_id: str) -> None:
    stored = world.stored(connection_id)
    now = world.clock()
    text = CachedText("text", now, now + timedelta(minutes=10), {})
    scope = CacheScope(stored.workspace, stored.id, stored.grant.generation)
    assert world.runtime.text_cache.put(scope, "page:1", text)


def cached(world: World) -> int:
    return len(world.aws.items(world.aws.settings.cache_table))


def disconnect(world: World, connection_id: str, person: object = ANN) -> None:
    answer = world.api.ok(person, "DELETE", f"/connections/{connection_id}")
    assert answer == {"status": "disconnected", "revoke_at": "https://id.atlassian.com/manage-profile/apps"}


def test_C1_reconnect_right_after_disconnect(world: World) -> None:
    made = world.connect(ANN)
    disconnect(world, made["id"])
    assert world.aws.secret_names() == []
    page = world.consented(world.reconnect(ANN, made["id"]), "grace")
    shown = world.api.ok(ANN, "GET", f"/connections/{made['id']}")
    assert shown["status"] == "pending_confirmation"
    again = world.confirm(ANN, page).json()
    assert (again["id"], again["status"], again["site"]) == (made["id"], "connected", made["site"])


def test_C3_disconnect_takes_everything_and_may_be_repeated(world: World) -> None:
    made = world.connect(ANN)
    fill_cache(world, made["id"])
    waiting = world.consented(world.reconnect(ANN, made["id"]), "grace")
    world.reconnect(ANN, made["id"])
    assert (len(world.aws.secret_names()), cached(world)) == (2, 1)
    for _ in range(2):
        disconnect(world, made["id"])
        assert (world.aws.secret_names(), cached(world)) == ([], 0)
        assert list(world.runtime.connecting.consents.of_workspace("acme")) == []
    assert world.confirm(ANN, waiting).code == "confirmation_required"
    shown = world.api.ok(ANN, "GET", f"/connections/{made['id']}")
    assert (shown["status"], shown["scopes"], shown["expires"]) == ("disconnected", [], None)
    assert (shown["account"], shown["site"]) == (None, made["site"])


@pytest.mark.parametrize("finish", ["rerun", "sweeper"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 8))
def test_C3_killed_at_any_write_of_the_disconnect(world: World, step: int, after: bool, finish: str) -> None:
    made = world.connect(ANN)
    fill_cache(world, made["id"])
    waiting = world.consented(world.reconnect(ANN, made["id"]), "grace")
    Killer(world, step, after).watch()
    world.api.call(ANN, "DELETE", f"/connections/{made['id']}")
    world.aws.heal()
    if step > 1 or after:
        assert world.stored(made["id"]).unusable_because() is not None, "nothing uses it from the first write on"
    if finish == "rerun" or (step == 1 and not after):  # killed before its first write: it has not begun
        disconnect(world, made["id"])
    else:
        for _ in range(6):
            world.clock.move(seconds=120)
            world.sweep()
        assert world.confirm(ANN, waiting).status in {404, 409}
    assert (world.aws.secret_names(), cached(world), orphans(world)) == ([], 0, [])
    assert list(world.runtime.connecting.consents.of_workspace("acme")) == []


def test_C3_callback_races_with_the_disconnect(world: World) -> None:
    """The disconnect comes while the callback has its tokens and is about to hold them."""
    made = world.connect(ANN)
    browser = world.browser()
    url = browser.decide(browser.leave(world.reconnect(ANN, made["id"])["authorize_url"]), "grace")
    ann = principal()
    end = world.runtime.connecting.disconnect.disconnect
    world.aws.before("secretsmanager", "CreateSecret", lambda: end(ann, made["id"]))
    page = browser.open(url)
    assert (page.status, page.data["status"]) == (400, "invalid_request")
    assert world.aws.secret_names() == []
    assert world.stored(made["id"]).status == "disconnected"


def test_C3_consent_comes_back_while_the_disconnect_clears_away(world: World) -> None:
    """The callback begins after the disconnect's first write, and holds its grant before the consent is removed."""
    made = world.connect(ANN)
    browser = world.browser()
    url = browser.decide(browser.leave(world.reconnect(ANN, made["id"])["authorize_url"]), "grace")
    given = parse_qs(urlsplit(url).query)
    cookie = next(iter(browser.cookies.values()))
    finish = world.runtime.connecting.finish_consent.finish

    def come_back() -> None:
        outcome = finish(
            state=given["state"][0],
            cookie=cookie,
            code=given["code"][0],
            error=None,
            deadline=InvocationDeadline(LambdaContext()),
        ).outcome
        assert isinstance(outcome, str)
        assert len(world.aws.secret_names()) == 2

    world.aws.before("dynamodb", "DeleteItem", come_back)
    disconnect(world, made["id"])
    assert world.aws.secret_names() == []
    stored = world.stored(made["id"])
    assert (stored.status, stored.pending, stored.retired) == ("disconnected", None, ())


def principal() -> object:
    from confluence_connector.domain.people import Principal

    return Principal(ANN.sub, ANN.workspace, frozenset(), frozenset())


def test_C3_one_broken_thing_does_not_keep_the_sweeper_from_the_others(world: World) -> None:
    for person in (ANN, BOB):
        world.consented(world.begin(person), "grace")
    world.clock.move(seconds=600)
    world.aws.fail("secretsmanager", "DeleteSecret", "InternalServiceError")
    world.sweep()
    assert len(world.aws.secret_names()) == 2, "AWS is down: it stays due"
    world.aws.heal()
    world.aws.fail("secretsmanager", "DeleteSecret", "InvalidParameterException", times=1)
    with pytest.raises(ClientError):
        world.sweep()
    assert len(world.aws.secret_names()) < 2, "a defect with one is told after the other had its turn"
    world.sweep()
    assert world.aws.secret_names() == []
    assert list(world.runtime.connections.of_workspace("acme")) == []


def test_C3_one_that_never_held_a_grant_ceases_to_exist(world: World) -> None:
    started = world.begin(ANN)
    disconnect(world, started["connection"]["id"])
    assert world.api.call(ANN, "GET", f"/connections/{started['connection']['id']}").status == 404
    page = world.browser().open(started["authorize_url"])
    assert page.status == 400, "its ticket is worth nothing"


def test_C4_revoked_at_atlassian(world: World) -> None:
    made = world.connect(ANN)
    stored = world.stored(made["id"])
    world.simulator.revoke("grace")
    world.clock.move(seconds=3600)
    calls = world.token_calls()
    for _ in range(3):
        with pytest.raises(ReconnectRequired):
            world.runtime.tokens.access_token(stored.workspace, stored.id, deadline=_Deadline())
    assert world.token_calls() == calls + 1, "one refusal, and nobody asks again"
    shown = world.api.ok(ANN, "GET", f"/connections/{made['id']}")
    assert shown["status"] == "needs_reconnect"
    assert shown["reason"]
    assert len(world.aws.published("ConnectionNeedsReconnect")) == 1
    page = world.consented(world.reconnect(ANN, made["id"]), "grace")
    assert world.confirm(ANN, page).json()["status"] == "connected"


class _Deadline:
    def remaining_seconds(self) -> float:
        return LambdaContext().seconds


def test_C6_member_leaves(world: World) -> None:
    anns, bobs = world.connect(ANN, "grace"), world.connect(BOB, "nojira")
    pending = world.begin(ANN)
    answer = world.api.ok(ADMIN, "DELETE", "/members/ann")
    assert answer["connections"] == 2
    calls = len(world.simulator.requests)
    stored = world.stored(anns["id"])
    with pytest.raises(ReconnectRequired):
        world.runtime.tokens.access_token(stored.workspace, stored.id, deadline=_Deadline())
    assert len(world.simulator.requests) == calls
    assert stored.status == "disconnected"
    assert world.browser().open(pending["authorize_url"]).status == 400
    assert world.stored(bobs["id"]).status == "connected"
    assert len(world.aws.secret_names()) == 1
    assert world.api.ok(ADMIN, "DELETE", "/members/ann")["connections"] == 1
    assert world.api.call(ANN, "DELETE", "/members/bob").status == 403


def test_C6_what_a_leaving_admin_had_begun_for_the_workspace(world: World) -> None:
    made = world.connect(ADMIN, "grace", owner="workspace")
    page = world.consented(world.reconnect(ADMIN, made["id"]), "grace")
    other = type(ADMIN)("root2", roles=("admin",))
    world.api.ok(other, "DELETE", "/members/root")
    assert world.confirm(ADMIN, page).code == "confirmation_required"
    stored = world.stored(made["id"])
    assert stored.status == "connected", "the workspace's own stays"
    assert world.aws.secret_names() == [stored.grant.pointer.secret_name]
