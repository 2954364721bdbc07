"""A workspace with something of everything in it, made over HTTP; and what of it lies in the embedded AWS."""

import random
import secrets
import string
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Self

from tests.e2e.conftest import Stack
from tests.e2e.journey import Member
from tests.e2e.syncing import OVER, SyncedSite, until

PRD, TRD = "PRD: Saved carts", "TRD: Saved carts"
BIG: Final = "".join(random.Random(1).choices(string.ascii_lowercase + string.digits + " ", k=900_000))
"""Does not pack well: a copy of it is too big for an item, and lies in the bucket."""
ALL_OF_A_SERVICE_ACCOUNT: Final = ("link", "sync", "agent_write", "jira")


@dataclass(frozen=True)
class Household:
    """`ids` of what there is, by what it is. Its people are named for it, so that their traces name it too."""

    stack: Stack
    workspace: str
    admin: Member
    member: Member
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def furnished(cls, stack: Stack, workspace: str, until_closed: ExitStack) -> Self:
        def person(name: str, *roles: str) -> Member:
            token = stack.token(sub=f"{workspace}-{name}", workspace=workspace, roles=roles)
            return until_closed.enter_context(Member(stack.url, token))

        house = cls(stack, workspace, person("head", "admin"), person("mia"))
        house._connect()
        house._import()
        house._employ()
        house._synchronize()
        house._export()
        return house

    @property
    def site(self) -> SyncedSite:
        return SyncedSite(self.stack, self.admin, self.ids["connection"], self.workspace)

    def _connect(self) -> None:
        """The workspace's connection with its corpus, and a member's own."""
        shared = self.admin.connect("grace", owner="workspace", site="acme", purposes=ALL_OF_A_SERVICE_ACCOUNT)
        self.ids["connection"] = shared["id"]
        self.ids["run"] = self.site.finished(1)["id"]
        self.ids["own"] = self.member.connect("ada", site="acme", purposes=("link", "jira"))["id"]

    def _import(self) -> None:
        """A copy too big for an item, a link that is in the cache, and a bulk import."""
        prd, trd = self.page(PRD), self.page(TRD)
        linked = {"connection_id": self.ids["own"], "page_id": trd, "mode": "link"}
        feature = self.member.create_feature(self.ids["own"], prd, "copy", trd=linked)
        self.ids["feature"] = feature["id"]
        self.ids.update({document["mode"]: document["id"] for document in feature["documents"]})
        self.member.content(self.ids["link"])
        copy = f"/documents/{self.ids['copy']}/content"
        etag = self.member.call("GET", copy).headers["etag"]
        written = self.member.call("PUT", copy, json={"markdown": BIG}, headers={"if-match": etag})
        assert written.is_success, written.text
        wanted = {"connection_id": self.ids["own"], "mode": "copy", "folder": "bulk", "pages": [prd, trd]}
        self.ids["import"] = self._once(self.member, "/imports", wanted)["id"]
        self._over(self.member, f"/imports/{self.ids['import']}")

    def _employ(self) -> None:
        """An agent that has read something, and whose change waits for a person."""
        ask = {"level": "read_write", "allow_delete": False, "require_approval": True}
        wanted = {"name": "Robot", "connection_id": self.ids["connection"], "policy": {"pages": ask}}
        agent = self.admin.post("/agents", wanted)
        self.ids["agent"], self.ids["agent token"] = agent["id"], agent["token"]
        page_id = self.page(PRD)
        body = {"id": page_id, "status": "current", "title": PRD, "version": {"number": 9}}
        body["body"] = {"representation": "storage", "value": "<p>Anew</p>"}
        assert self.agent_calls("GET", f"/wiki/api/v2/pages/{page_id}") == 200
        assert self.agent_calls("PUT", f"/wiki/api/v2/pages/{page_id}", body) == 202
        (self.ids["approval"],) = [each["id"] for each in self.admin.get("/approvals")["items"]]

    def _synchronize(self) -> None:
        """A synchronizer that made an issue, which a member then moved on."""
        wanted = {"connection_id": self.ids["connection"], "space_key": "SHOP", "project_key": "WEB"}
        wanted |= {"mode": "automatic", "issue_type": "10002", "cql": f'title = "{PRD}"'}
        self.ids["synchronizer"] = self._once(self.admin, "/synchronizers", wanted)["id"]
        path = f"/synchronizers/{self.ids['synchronizer']}"
        (run,) = self.admin.get(f"{path}/runs")["items"]
        self._over(self.admin, f"{path}/runs/{run['id']}")
        page = f"{path}/pages/{self.page(PRD)}"
        done = self.member.post(f"{page}/transition", {"transition_id": "21"})
        self.ids.update({"synchronizer run": run["id"], "act": done["id"]})

    def _export(self) -> None:
        """An archive that nobody has fetched."""
        self.ids["export"] = self.admin.post("/workspace/export")["id"]
        self._over(self.admin, f"/workspace/jobs/{self.ids['export']}")

    def agent_calls(self, method: str, path: str, body: Any = None) -> int:
        """The answer's status."""
        with Member(self.stack.url, self.ids["agent token"]) as agent:
            wanted = {"method": method, "path": path} | ({"body": body} if body else {})
            return agent.call("POST", "/agent/confluence", json=wanted).status_code

    def page(self, title: str) -> str:
        path = f"/connections/{self.ids['own']}/spaces/SHOP/pages"
        (page,) = self.member.get(path, params={"title": title})["items"]
        return str(page["id"])

    @staticmethod
    def _once(person: Member, path: str, body: Any) -> Any:
        return person.post(path, body, headers={"idempotency-key": secrets.token_hex(16)})

    @staticmethod
    def _over(person: Member, path: str) -> None:
        def look() -> Any:
            found = person.get(path)
            return found if found["status"] in OVER else None

        over = until(look, 120, f"{path} over")
        assert over["status"] == "completed", over

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def traces(self) -> set[str]:
        """Everything that names the workspace, its people or what is in it, wherever in AWS something can lie."""
        words = [self.workspace, *(each for name, each in self.ids.items() if name != "agent token")]
        return {where for where, what in self._everything() if any(word in f"{where} {what}" for word in words)}

    def _everything(self) -> Iterator[tuple[str, str]]:
        """Where each thing lies, and what it is."""
        for table in ("StateTable", "CacheTable", "CorpusTable"):
            yield from self._items(table)
        for bucket in ("ContentBucket", "TransientBucket"):
            yield from self._objects(bucket)
        yield from self._secrets()
        yield from self._parked()

    def _items(self, table: str) -> Iterator[tuple[str, str]]:
        pages = self.stack.aws("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=self.stack.resources[table], ConsistentRead=True):
            for item in page["Items"]:
                yield f"{table}: {item['pk']['S']} / {item['sk']['S']}", repr(item)

    def _objects(self, bucket: str) -> Iterator[tuple[str, str]]:
        """Older versions too, and uploads that nobody completed."""
        s3, name = self.stack.aws("s3"), self.stack.resources[bucket]
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                yield f"{bucket}: {each['Key']} {each['VersionId']}", ""
        for upload in s3.list_multipart_uploads(Bucket=name).get("Uploads", []):
            yield f"{bucket}: upload of {upload['Key']}", ""

    def _secrets(self) -> Iterator[tuple[str, str]]:
        pages = self.stack.aws("secretsmanager").get_paginator("list_secrets")
        for page in pages.paginate(IncludePlannedDeletion=True):
            for secret in page["SecretList"]:
                yield f"secret: {secret['Name']}", repr(secret)

    def _parked(self) -> Iterator[tuple[str, str]]:
        """Messages that no worker could take."""
        parked = self.stack.aws("sqs").receive_message(
            QueueUrl=self.stack.resources["WorkDeadLetters"], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        for message in parked.get("Messages", []):
            yield "parked", message["Body"]
