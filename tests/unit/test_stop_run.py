"""A run whose sync or synchronizer ends."""

from confluence_connector.domain.identifiers import ConnectionId, RunId, WorkspaceId
from confluence_connector.domain.run_turns import claimed
from confluence_connector.domain.runs import Run, RunStatus
from confluence_connector.limits import TURN_MARGIN_SECONDS
from confluence_connector.ports import Stale
from confluence_connector.services.stop_run import stop_run
from tests.conftest import MovableClock


def queued(clock: MovableClock) -> Run:
    return Run(
        RunId("run"),
        WorkspaceId("acme"),
        ConnectionId("con"),
        "manual",
        RunStatus.QUEUED,
        ("walk",),
        ("walk",),
        clock(),
    )


def test_a_run_that_nobody_works_on_is_cancelled(clock: MovableClock) -> None:
    saved: list[Run] = []

    def save(run: Run) -> Run:
        saved.append(run)
        return run

    assert stop_run(queued(clock), save, clock()) == 0
    assert [run.status for run in saved] == [RunStatus.CANCELLED]
    assert stop_run(saved[0], save, clock()) == 0
    assert len(saved) == 1


def test_whoever_works_on_it_or_takes_it_this_moment_is_waited_for(clock: MovableClock) -> None:
    def taken(_: Run) -> Run:
        raise Stale

    run = queued(clock)
    assert stop_run(claimed(run, "worker", clock(), 60), taken, clock()) == 60 + TURN_MARGIN_SECONDS
    assert stop_run(run, taken, clock()) == 1
