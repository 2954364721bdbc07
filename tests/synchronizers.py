"""Synchronizers for tests: a workspace's connection with Jira, requests as the console sends them, and their runs."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from confluence_connector.domain.identifiers import SynchronizerId, WorkspaceId
from confluence_connector.domain.synchronizers import Synchronizer
from local.simulator.jira.editor import JiraEditor
from local.simulator.sites import Content
from tests.atlassian import page_titled
from tests.connecting import ADMIN, World
from tests.fakes.syncing import FakeWorkQueue
from tests.http import Answer, Person
from tests.vault import TimeLeft

ACME = WorkspaceId("acme")
TASK, BUG, SUB_TASK = "10002", "10003", "10004"
"""Of the project WEB."""
_numbers = count()


@dataclass
class Bridge:
    """The workspace's connection to both products, as grace, and the queue that runs travel through."""

    world: World
    connection_id: str
    queue: FakeWorkQueue

    @classmethod
    def of(cls, world: World, account: str = "grace") -> "Bridge":
        queue = FakeWorkQueue()
        world.runtime.__dict__["work_queue"] = queue
        connection = world.connect(ADMIN, account, owner="workspace", purposes=("link", "jira"))
        return cls(world, connection["id"], queue)

    @property
    def jira(self) -> JiraEditor:
        return self.world.simulator.jira()

    def body(self, **changes: Any) -> dict[str, Any]:
        wanted = {"space_key": "SHOP", "project_key": "WEB", "mode": "selected", "issue_type": TASK}
        return {"connection_id": self.connection_id} | wanted | changes

    def ask(self, person: Person = ADMIN, key: str | None = None, **changes: Any) -> Answer:
        """POST /synchronizers under a fresh key, or the one given."""
        headers = {"idempotency-key": key if key is not None else f"bridge-{next(_numbers)}"}
        return self.world.api.call(person, "POST", "/synchronizers", json_body=self.body(**changes), headers=headers)

    def create(self, **changes: Any) -> Any:
        answer = self.ask(**changes)
        assert answer.status == 201, answer.text
        return answer.json()

    def call(self, person: Person, method: str, path: str, body: Any = None) -> Answer:
        """Below /synchronizers."""
        return self.world.api.call(person, method, f"/synchronizers{path}", json_body=body)

    def ok(self, person: Person, method: str, path: str, body: Any = None) -> Any:
        answer = self.call(person, method, path, body)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer.json()

    def drain(self) -> None:
        """Every message, whatever its delay."""
        while self.queue.sent:
            work, delay_seconds = self.queue.sent.pop(0)
            self.world.clock.move(seconds=delay_seconds)
            self.world.runtime.synchronizing.worker.work(work, TimeLeft(self.world.clock, 60))

    @staticmethod
    def at(moment: datetime) -> str:
        """As an answer writes it."""
        return moment.isoformat().replace("+00:00", "Z")

    def stored(self, synchronizer_id: str) -> Synchronizer:
        found = self.world.runtime.synchronizing.synchronizers.get(ACME, SynchronizerId(synchronizer_id))
        assert found
        return found

    def page(self, title: str = "PRD: Saved carts") -> Content:
        """A page of the sample site."""
        sites = self.world.simulator.sites.values()
        acme = next(site for site in sites if site.url == "https://acme.atlassian.net")
        return acme.content[page_titled(self.world.simulator, title)]
