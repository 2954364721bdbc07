"""A linked document in a deployment in process: connected, imported, and read through the real handlers."""

from dataclasses import dataclass
from typing import Any

from local.simulator.accounts import ACME
from tests.canary import LINKED_SENTENCE
from tests.connecting import ANN, World
from tests.http import Answer, LambdaContext, Person

PAGE_READS = "GET /wiki/api/v2/pages/{id}"
LINKED = "Could not fetch linked source"


@dataclass
class Shelf:
    """Ann's connection, a page whose text nobody may store, and a feature that links to it."""

    world: World
    connection: Any
    page_id: str
    document_id: str
    feature_id: str

    @classmethod
    def of(cls, world: World, *, mode: str = "link", **connecting: Any) -> "Shelf":
        connection = world.connect(**connecting)
        shelf = cls(world, connection, "", "", "")
        shelf.page_id = shelf.some_page()
        shelf.write(f"<h1>Checkout</h1><p>{LINKED_SENTENCE if mode == 'link' else 'Pay with one click.'}</p>")
        made = shelf.imported(mode)
        shelf.feature_id, shelf.document_id = made["id"], made["documents"][0]["id"]
        world.simulator.reset_requests()
        return shelf

    def some_page(self) -> str:
        """A current page of a global space of the sample site."""
        site = self.world.simulator.sites[ACME]
        spaces = {space.id for space in site.spaces.values() if space.type == "global"}
        return next(
            content.id
            for content in site.content.values()
            if content.type == "page" and content.status == "current" and content.space_id in spaces
        )

    def imported(self, mode: str) -> Any:
        prd = {"connection_id": self.connection["id"], "page_id": self.page_id}
        body = {"name": "Checkout", "folder": "", "default_mode": mode, "prd": prd}
        return self.world.api.ok(ANN, "POST", "/features", body, headers={"idempotency-key": f"first-{mode}"})

    def write(self, storage: str, title: str | None = None) -> None:
        self.world.simulator.editor(ACME).edit(self.page_id, self.world.clock(), storage=storage, title=title)

    def read(
        self, person: Person = ANN, *, context: LambdaContext | None = None, headers: Any = None, **query: Any
    ) -> Answer:
        wanted = {name: str(value) for name, value in query.items()}
        path = f"/documents/{self.document_id}/content"
        return self.world.api.call(person, "GET", path, query=wanted, context=context, headers=headers)

    def refresh(self, person: Person = ANN, **body: Any) -> Answer:
        path = f"/documents/{self.document_id}/refresh"
        return self.world.api.call(person, "POST", path, json_body=body or None)

    def show(self, person: Person = ANN) -> Any:
        return self.world.api.ok(person, "GET", f"/documents/{self.document_id}")

    @property
    def upstream_reads(self) -> int:
        return self.world.simulator.by_endpoint[PAGE_READS]
