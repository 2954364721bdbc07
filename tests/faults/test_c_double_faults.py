"""A disconnect in the middle of a callback that is then killed: no secret stays without a record of it (A19, C3)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from confluence_connector.domain.identifiers import MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from confluence_connector.runtime import InvocationDeadline
from tests.connecting import ANN, World
from tests.faults.test_a_crashes import WRITES, Killed
from tests.http import LambdaContext


def die(world: World) -> None:
    """From here on the process that writes is gone, until `heal`."""

    def kill(_: Callable[[], Any]) -> Any:
        raise Killed

    for operation in WRITES:
        world.aws.fault("secretsmanager" if "Secret" in operation else "dynamodb", operation, kill)


def begun(world: World, *, again: bool) -> tuple[Callable[[], None], Callable[[], None]]:
    """A consent given at Atlassian: how its connection is disconnected, and how the browser comes back.

    Both without the web: one happens in the middle of the other.
    """
    started = world.reconnect(ANN, world.connect(ANN)["id"]) if again else world.begin(ANN)
    browser = world.browser()
    given = parse_qs(urlsplit(browser.decide(browser.leave(started["authorize_url"]), "grace")).query)
    cookie = next(iter(browser.cookies.values()))

    def come_back() -> None:
        with suppress(Killed):
            world.runtime.connecting.finish_consent.finish(
                state=given["state"][0],
                cookie=cookie,
                code=given["code"][0],
                error=None,
                deadline=InvocationDeadline(LambdaContext()),
            )

    def disconnect() -> None:
        ann = Principal(MemberId(ANN.sub), WorkspaceId(ANN.workspace), frozenset(), frozenset())
        world.runtime.connecting.disconnect.disconnect(ann, started["connection"]["id"])

    return disconnect, come_back


def kill_after_creating(world: World, first: Callable[[], Any]) -> None:
    """The next secret is made, after `first`; nothing that its maker does then takes effect."""

    def create(call: Callable[[], Any]) -> Any:
        first()
        call()
        die(world)
        raise Killed

    world.aws.fault("secretsmanager", "CreateSecret", create, times=1)


def nothing_is_left(world: World) -> None:
    for _ in range(8):  # sweeps
        world.clock.move(seconds=120)
        world.sweep()
    assert world.aws.secret_names() == []
    assert list(world.runtime.connecting.consents.of_workspace(WorkspaceId("acme"))) == []


@pytest.mark.parametrize("again", [False, True], ids=["first", "reconnect"])
def test_C3_disconnected_between_announcing_a_secret_and_making_it(world: World, again: bool) -> None:
    disconnect, come_back = begun(world, again=again)
    kill_after_creating(world, disconnect)
    come_back()
    world.aws.heal()
    assert len(world.aws.secret_names()) == 1, "the test's own premise: made, and not deleted by its maker"
    nothing_is_left(world)


@pytest.mark.parametrize("again", [False, True], ids=["first", "reconnect"])
def test_C3_announced_between_a_disconnects_look_and_its_removal(world: World, again: bool) -> None:
    disconnect, come_back = begun(world, again=again)
    made = []

    def meanwhile() -> None:
        kill_after_creating(world, lambda: None)
        come_back()
        world.aws.heal()
        made.extend(world.aws.secret_names())

    world.aws.before("dynamodb", "DeleteItem", meanwhile)
    disconnect()
    assert len(made) == 1 + again, "the test's own premise"
    nothing_is_left(world)


@pytest.mark.parametrize("again", [False, True], ids=["first", "reconnect"])
def test_C3_a_callback_whose_consent_was_dropped_holds_nothing(world: World, again: bool) -> None:
    """The record stays for the sweeper; it is no leave for the callback to go on."""
    disconnect, come_back = begun(world, again=again)
    world.aws.before("secretsmanager", "CreateSecret", disconnect)
    come_back()
    assert world.aws.secret_names() == []
    for connection in world.runtime.connections.of_workspace(WorkspaceId("acme")):
        assert (connection.status, connection.pending, connection.retired) == ("disconnected", None, ())
    nothing_is_left(world)
