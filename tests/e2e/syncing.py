"""A workspace's synced site as whoever uses it sees it, and as it lies in the embedded AWS."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

import httpx

from tests.e2e.conftest import Stack
from tests.e2e.journey import Member

OVER = {"completed", "completed_with_errors", "failed", "cancelled"}
OF_ONE_RUN = {"pk", "title_pk", "change", "kind", "digest", "fetched_at", "reported_at"}
"""What a row of the index holds of its corpus' own history: numbers of runs, and when an author was asked for.

The digest is its object's, which is compared itself."""


def until[Found](look: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """What `look` finds at last; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return found


@dataclass(frozen=True)
class SyncedSite:
    """A connection for sync, owned by a workspace of its own."""

    stack: Stack
    admin: Member
    connection_id: str
    workspace: str

    @classmethod
    def connected(cls, stack: Stack, workspace: str, until_closed: ExitStack) -> Self:
        """`until_closed` ends the admin's browser."""
        token = stack.token(sub="root", workspace=workspace, roles=("admin",))
        admin = until_closed.enter_context(Member(stack.url, token))
        connection = admin.connect("alice", owner="workspace", site="acme", purposes=("link", "sync"))
        return cls(stack, admin, connection["id"], workspace)

    # ── through the API ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def path(self) -> str:
        return f"/connections/{self.connection_id}"

    def runs(self) -> list[Any]:
        return list(self.admin.get(f"{self.path}/sync/runs")["items"])

    def finished(self, count: int, seconds: float = 120) -> Any:
        """The newest run, once so many are over."""

        def look() -> Any:
            runs = self.runs()
            over = len(runs) >= count and all(run["status"] in OVER for run in runs)
            return runs[0] if over else None

        return until(look, seconds, f"{count} runs over")

    def trigger(self, **wanted: bool) -> Any:
        return self.admin.post(f"{self.path}/sync/runs", wanted or None)

    def pages(self, **asked: str) -> list[Any]:
        return self.admin.all_items(f"{self.path}/corpus/pages", limit="200", **asked)

    def changes(self, since: str | None = None) -> tuple[list[Any], str]:
        """All changes since a cursor, and the cursor to ask with later."""
        found: list[Any] = []
        while True:
            asked = {"limit": "200"} | ({"since": since} if since else {})
            answer = self.admin.get(f"{self.path}/corpus/changes", params=asked)
            found += answer["items"]
            since = str(answer["since"])
            if answer["next"] is None:
                return found, since

    def followed(self) -> dict[str, tuple[str, int]]:
        """What somebody who follows the feed ends with: title and version by page."""
        ends: dict[str, tuple[str, int]] = {}
        for change in self.changes()[0]:
            if change["kind"] == "removed":
                ends.pop(change["page_id"], None)
            else:
                ends[change["page_id"]] = change["title"], change["version"]
        return ends

    # ── below it ──────────────────────────────────────────────────────────────────────────────────────────────────

    def names(self) -> list[str]:
        """Of the bucket's objects of this connection."""
        s3, prefix = self.stack.aws("s3"), f"corpora/{self.workspace}/{self.connection_id}/"
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.stack.resources["ContentBucket"], Prefix=prefix
        )
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def objects(self) -> dict[str, str]:
        """Those objects, as sha256 of their bytes, by name within the corpus."""
        s3, bucket = self.stack.aws("s3"), self.stack.resources["ContentBucket"]
        return {
            name.split("/", 4)[4]: sha256(s3.get_object(Bucket=bucket, Key=name)["Body"].read()).hexdigest()
            for name in self.names()
        }

    def rows(self) -> dict[str, str]:
        """The index's rows of pages, spaces, authors and suspects, by key, without what only their corpus' runs say."""
        found = {}
        pages = self.stack.aws("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=self.stack.resources["CorpusTable"], ConsistentRead=True):
            for item in page["Items"]:
                if self.connection_id in item["pk"]["S"] and not item["sk"]["S"].startswith("CHANGES"):
                    kept = {name: value for name, value in item.items() if name not in OF_ONE_RUN}
                    found[item["sk"]["S"]] = json.dumps(kept, sort_keys=True, default=repr)
        return found


def simulator(stack: Stack, path: str, **order: Any) -> Any:
    """Does something at Atlassian, as its people do."""
    answer = httpx.post(f"{stack.simulator}/_simulator/{path}", json=order, timeout=60)
    assert answer.is_success, answer.text
    return answer.json()
