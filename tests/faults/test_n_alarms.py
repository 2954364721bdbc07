"""Fault case N12: wherever the deployment's own fault ends, its alarm hears of it, once; nothing else rings it."""

import json
from collections.abc import Callable
from typing import Any

import fetch_step
import pytest
import sync_dispatcher

from confluence_connector.adapters.events import EventBus
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.services.report_security_event import SecurityEvents
from tests import canary
from tests.connecting import ANN, World
from tests.http import LambdaContext
from tests.shelf import Shelf

DENIED = "AccessDeniedException"


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf.of(world)


def alarms_of(act: Callable[[], Any]) -> int:
    """How often the alarm's metric was counted."""
    heard = canary.current().lines
    before = len(heard)
    act()
    told = [json.loads(line) for line in dict.fromkeys(heard[before:]) if '"_aws"' in line]
    return int(sum(sum(line.get("AppMisconfigured", [])) for line in told))


def swept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run of the dispatcher; parts may fail."""
    monkeypatch.setattr(sync_dispatcher, "from_environment", lambda: world.runtime)
    try:
        sync_dispatcher.handler({"task": "sweep"}, LambdaContext(seconds=60))
    except sync_dispatcher.UpkeepFailed:
        return


def step(shelf: Shelf) -> None:
    shelf.world.runtime.settings = shelf.world.runtime.settings.model_copy(
        update={"pipeline_workspaces": frozenset({"acme"})}
    )
    event = {"workspace": "acme", "document_id": shelf.document_id, "max_age": 0}
    with pytest.raises(Exception, match="not set up correctly"):
        fetch_step.answer(event, LambdaContext(), shelf.world.runtime)  # type: ignore[arg-type]


def test_N12_over_http_it_counts_once(shelf: Shelf) -> None:
    shelf.world.aws.fail("secretsmanager", "GetSecretValue", DENIED)
    assert alarms_of(lambda: shelf.read(max_age=0)) == 1


@pytest.mark.parametrize(("service", "operation"), [("secretsmanager", "GetSecretValue"), ("dynamodb", "BatchGetItem")])
def test_N12_in_a_pipeline_step_it_counts_once(shelf: Shelf, service: str, operation: str) -> None:
    shelf.world.aws.fail(service, operation, DENIED)
    assert alarms_of(lambda: step(shelf)) == 1


def test_N12_what_the_sweeper_postpones_counts_for_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for person in (ANN, ANN):
        world.consented(world.begin(person), "grace")
    world.clock.move(seconds=601)
    world.aws.fail("secretsmanager", "DeleteSecret", DENIED)
    assert alarms_of(lambda: swept(world, monkeypatch)) >= 2
    world.aws.heal()
    assert alarms_of(lambda: swept(world, monkeypatch)) == 0


def test_N12_a_part_of_the_sweep_that_is_denied_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.aws.fail("s3", "ListObjectsV2", "AccessDenied")
    assert alarms_of(lambda: swept(world, monkeypatch)) == 1


def test_N12_an_announcement_that_is_denied_counts(shelf: Shelf) -> None:
    shelf.world.simulator.revoke("grace")
    shelf.world.clock.move(seconds=3600)
    shelf.world.aws.fail("events", "PutEvents", DENIED)
    assert alarms_of(lambda: shelf.read(max_age=0)) == 1


def test_N12_a_security_event_that_is_denied_counts(world: World) -> None:
    events = EventBus(world.aws.events, world.aws.settings.event_bus)
    telemetry = world.runtime.telemetry
    world.aws.fail("events", "PutEvents", DENIED)

    def report() -> None:
        with telemetry.invocation("r-1"):
            SecurityEvents(events, telemetry).report(
                "consent_not_confirmed", WorkspaceId("acme"), ConnectionId("con_1")
            )

    assert alarms_of(report) == 1


def test_N12_what_passes_rings_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.world.aws.fail("secretsmanager", "GetSecretValue", "ThrottlingException")
    assert alarms_of(lambda: shelf.read(max_age=0)) == 0
    assert alarms_of(lambda: swept(shelf.world, monkeypatch)) == 0
