"""Importing for tests: requests as the console sends them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from confluence_connector.domain.identifiers import DocumentId, WorkspaceId
from tests.atlassian import page_titled
from tests.connecting import ANN, World
from tests.http import Answer, Person

PRD, TRD = "PRD: Saved carts", "TRD: Saved carts"
BIG = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789 ", k=900_000))
"""Does not pack well: a copy of it is too big for an item."""


@dataclass
class Desk:
    """Ann's desk: a connection of hers, and imports through it."""

    world: World
    connection_id: str
    numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    def of(cls, world: World) -> "Desk":
        return cls(world, world.connect()["id"])

    def page(self, title: str, mode: str | None = None, connection_id: str | None = None) -> dict[str, Any]:
        """A page as a request names it."""
        wanted = {
            "connection_id": connection_id or self.connection_id,
            "page_id": page_titled(self.world.simulator, title),
        }
        return wanted | ({"mode": mode} if mode else {})

    def body(self, mode: str = "copy", trd: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        made = {"name": "Saved carts", "folder": "shop/carts", "default_mode": mode, "prd": self.page(PRD)}
        return made | ({"trd": trd} if trd else {}) | changes

    def ask(self, body: Any, key: str | None = None, person: Person = ANN, **options: Any) -> Answer:
        """POST /features under a fresh key, or the one given."""
        headers = {"idempotency-key": key if key is not None else f"key-{next(self.numbers)}"}
        return self.world.api.call(person, "POST", "/features", json_body=body, headers=headers, **options)

    def create(self, mode: str = "copy", **changes: Any) -> Any:
        answer = self.ask(self.body(mode, **changes))
        assert answer.status == 201, answer.text
        return answer.json()

    def text(self, document_id: str) -> str:
        """A copy's text, from the store itself."""
        documents = self.world.runtime.documents
        document = documents.get(WorkspaceId(ANN.workspace), DocumentId(document_id))
        assert document
        return documents.text(document)

    def items(self) -> list[str]:
        """Sort keys of everything that importing makes."""
        nouns = ("FEATURE#", "DOCUMENT#", "CREATED#")
        return sorted(item["sk"]["S"] for item in self.world.aws.items() if item["sk"]["S"].startswith(nouns))

    def objects(self) -> list[str]:
        answer = self.world.aws.s3.list_objects_v2(Bucket=self.world.aws.settings.content_bucket)
        return [found["Key"] for found in answer.get("Contents", [])]


def by_role(feature: Any) -> dict[str, Any]:
    return {document["role"]: document for document in feature["documents"]}
