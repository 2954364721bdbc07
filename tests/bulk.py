"""Bulk imports for tests: requests as the console sends them, and a worker that takes the messages."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from confluence_connector.domain.identifiers import JobId, WorkspaceId
from confluence_connector.domain.import_jobs import ImportJob
from tests.connecting import ANN, World
from tests.fakes.syncing import FakeWorkQueue
from tests.http import Answer, Person
from tests.vault import TimeLeft

ACME = WorkspaceId("acme")
_numbers = count()


@dataclass
class Bulk:
    """Ann's connection, and the queue her jobs travel through."""

    world: World
    connection_id: str
    queue: FakeWorkQueue

    @classmethod
    def of(cls, world: World) -> "Bulk":
        queue = FakeWorkQueue()
        world.runtime.__dict__["work_queue"] = queue
        return cls(world, world.connect()["id"], queue)

    def pages(self, space: str = "ENG") -> list[str]:
        """Ids of a space's current pages, in order."""
        acme = next(site for site in self.world.simulator.sites.values() if site.name == "acme")
        wanted = next(each for each in acme.spaces.values() if each.key == space)
        found = [
            each.id
            for each in acme.content.values()
            if each.type == "page" and each.status == "current" and each.space_id == wanted.id
        ]
        return sorted(found, key=int)

    def ask(self, person: Person = ANN, key: str | None = None, **body: Any) -> Answer:
        wanted = {"connection_id": self.connection_id, "mode": "copy", "folder": "bulk"} | body
        headers = {"idempotency-key": key if key is not None else f"bulk-{next(_numbers)}"}
        return self.world.api.call(person, "POST", "/imports", json_body=wanted, headers=headers)

    def start(self, **body: Any) -> Any:
        answer = self.ask(**body)
        assert answer.status == 202, answer.text
        return answer.json()

    def turn(self, seconds: float = 60) -> None:
        """One message, whatever its delay."""
        work, delay_seconds = self.queue.sent.pop(0)
        self.world.clock.move(seconds=delay_seconds)
        self.world.runtime.importing.worker.work(work, TimeLeft(self.world.clock, seconds))

    def drain(self) -> None:
        while self.queue.sent:
            self.turn()

    def shown(self, job_id: str, person: Person = ANN) -> Any:
        return self.world.api.ok(person, "GET", f"/imports/{job_id}")

    def job(self, job_id: str) -> ImportJob:
        found = self.world.runtime.import_jobs.get(ACME, JobId(job_id))
        assert found
        return found

    def features(self) -> list[Any]:
        found: list[Any] = self.world.api.ok(ANN, "GET", "/features?limit=200")["items"]
        return [each for each in found if each["folder"] == "bulk"]
