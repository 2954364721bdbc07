"""The worker and its queue: poison, failing batches, too little time, foreign events (J1, J2, J5, J6, J10, J11)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sync_worker

from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.domain.work import MESSAGE_BYTES, UnreadableMessage, Work, from_message
from confluence_connector.ports import Deadline
from confluence_connector.runtime import from_environment
from tests.aws import Aws
from tests.http import LambdaContext
from tests.telling import told_during

CONNECTION = ConnectionId("con_" + "0" * 36)
CANARY = "the-text-of-an-exception"


def work(number: int = 1) -> Work:
    return Work("sync", WorkspaceId("acme"), CONNECTION, f"run_{number:036d}", 1)


def record(number: int, body: str | None = None) -> dict[str, Any]:
    return {
        "messageId": f"m{number}",
        "body": work(number).to_message() if body is None else body,
        "eventSource": "aws:sqs",
    }


@dataclass
class Worker:
    """Stands in for the engine: notes what it was given, fails for the numbers in `failing`."""

    taken: list[tuple[str, float]] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)

    def work(self, work: Work, deadline: Deadline) -> None:
        self.taken.append((work.id, deadline.remaining_seconds()))
        if work.id in self.failing:
            raise RuntimeError(CANARY)


@pytest.fixture
def worker(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    made = Worker()
    from_environment.cache_clear()
    monkeypatch.setitem(sync_worker.TASKS, "sync", lambda _: made.work)
    yield made
    from_environment.cache_clear()


def failed(answer: Any) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


@pytest.mark.parametrize(
    "poison",
    [
        "",
        "{",
        "[]",
        '{"v":2,"task":"sync"}',
        '{"v":1,"task":"mine"}',
        json.dumps({"v": 1, "task": "sync", "turn": "1"}),
    ],
)
def test_J1_one_poison_message_among_ten_fails_alone(worker: Worker, poison: str) -> None:
    records = [record(number) for number in range(9)] + [record(9, poison)]
    assert failed(sync_worker.handler({"Records": records}, LambdaContext(seconds=60))) == ["m9"]
    assert [identifier for identifier, _ in worker.taken] == [work(number).id for number in range(9)]


def test_J2_all_fail_and_no_text_of_an_exception_gets_out(worker: Worker) -> None:
    worker.failing = {work(number).id for number in range(10)}
    answers: list[Any] = []
    records = [record(number) for number in range(10)]
    told = told_during(lambda: answers.append(sync_worker.handler({"Records": records}, LambdaContext(seconds=60))))
    assert failed(answers[0]) == [f"m{number}" for number in range(10)]
    assert CANARY not in json.dumps(told)
    assert {line["kind"] for line in told if line.get("message") == "unhandled"} == {"RuntimeError"}


def test_J5_each_message_has_its_share_and_what_does_not_fit_comes_back(worker: Worker) -> None:
    records = [record(number) for number in range(3)]
    assert failed(sync_worker.handler({"Records": records}, LambdaContext(seconds=60))) == []
    assert [round(seconds) for _, seconds in worker.taken] == [20, 30, 60], "the test's clock stands still"
    worker.taken.clear()
    assert failed(sync_worker.handler({"Records": records}, LambdaContext(seconds=0.3))) == ["m0", "m1", "m2"]
    assert worker.taken == []


def test_J6_no_records_are_no_work(worker: Worker) -> None:
    assert failed(sync_worker.handler({"Records": []}, LambdaContext())) == []


@pytest.mark.parametrize("event", [{}, {"Records": None}, {"task": "sweep"}, {"requestContext": {}}])
def test_J6_an_event_of_another_kind_is_named(worker: Worker, event: dict[str, Any]) -> None:
    with pytest.raises(sync_worker.NotAQueueEvent):
        sync_worker.handler(event, LambdaContext())
    assert worker.taken == []


def test_J10_a_message_holds_ids_and_nothing_else() -> None:
    assert len(work().to_message()) < MESSAGE_BYTES / 4
    with pytest.raises(ValueError, match="not a message"):
        Work("sync", WorkspaceId("acme"), CONNECTION, "run_" + "0" * 2_000, 1).to_message()
    with pytest.raises(ValueError, match="not a message"):
        Work("sync", WorkspaceId("the text of a page"), CONNECTION, "run_" + "0" * 36, 1).to_message()
    with pytest.raises(UnreadableMessage):
        from_message(work().to_message()[:-1] + ',"text":"' + "x" * MESSAGE_BYTES + '"}')


VERSION_1 = (
    '{"v":1,"task":"sync","workspace":"acme","connection_id":"con_000000000000000000000000000000000000",'
    '"id":"run_000000000000000000000000000000000001","turn":1}'
)
"""As the first release wrote it. It lies here for as long as a queue may hold one."""


def test_J11_version_1_is_understood_and_an_unknown_one_parked(worker: Worker) -> None:
    assert from_message(VERSION_1) == work(1)
    later = VERSION_1.replace('"v":1', '"v":2')
    answer = sync_worker.handler({"Records": [record(0, VERSION_1), record(1, later)]}, LambdaContext(seconds=60))
    assert failed(answer) == ["m1"]
    assert len(worker.taken) == 1
