"""A workspace with something of everything in it, made through the real handlers; and what is left of it afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched, count
from typing import Any

from confluence_connector.domain.identifiers import (
    ActId,
    CloudId,
    ConnectionId,
    IssueId,
    MemberId,
    PageId,
    RunId,
    SpaceId,
    SynchronizerId,
    WorkspaceId,
)
from confluence_connector.domain.page_acts import PageAct
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.synchronizers import Synchronizer, SynchronizerSettings
from confluence_connector.domain.work import Work
from confluence_connector.limits import QUIET_SECONDS, TURN_STALLED_SECONDS
from local.simulator.accounts import ACME
from tests import canary
from tests.atlassian import page_titled
from tests.connecting import World
from tests.fakes.syncing import FakeWorkQueue
from tests.http import Person
from tests.importing import BIG, PRD, TRD
from tests.sync_rig import HIDDEN_SECONDS, Killed
from tests.vault import TimeLeft

HOME = "hearth"
"""No other word of the simulator's or of ours contains it."""
MIA = Person("mia", workspace=HOME)
HEAD = Person("head", workspace=HOME, roles=("admin",))
NEXT_DOOR = Person("nell", workspace="lodge", roles=("admin",))
WRITES = {
    "dynamodb": ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
    "s3": (
        "PutObject",
        "DeleteObject",
        "DeleteObjects",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
    ),
    "secretsmanager": ("DeleteSecret",),
    "events": ("PutEvents",),
}
_numbers = count()


@dataclass
class House:
    """One workspace. `ids` of what it has, by what it is."""

    world: World
    queue: FakeWorkQueue
    admin: Person
    member: Person
    ids: dict[str, str] = field(default_factory=dict)
    token: str = ""

    @classmethod
    def furnished(cls, world: World, admin: Person = HEAD, member: Person = MIA) -> "House":
        """Work is sent to a queue in memory, which all houses of the world share."""
        queue = world.runtime.__dict__.setdefault("work_queue", FakeWorkQueue())
        house = cls(world, queue, admin, member)
        house._connect()
        house._import()
        house._employ()
        house._synchronize()
        return house

    def _connect(self) -> None:
        """The workspace's connection with its corpus, a member's own, and a consent that is under way."""
        shared = self.world.connect(self.admin, "grace", "workspace", ("link", "sync", "agent_write"))
        self.ids["connection"] = shared["id"]
        self.api(self.admin, "PUT", f"/connections/{shared['id']}/sync", {"enabled": True, "include_spaces": ["GUIDE"]})
        self.drain()
        self.ids["own"] = self.world.connect(self.member, "ada", sites=[ACME])["id"]
        begun = self.world.begin(self.member)
        self.ids["begun"] = begun["connection"]["id"]
        self.world.browser().leave(begun["authorize_url"])
        self.world.begin(self.member)

    def _import(self) -> None:
        """A copy beside a link that is in the cache, and a bulk import."""
        made = self.post("/features", self._feature(PRD, "copy") | {"trd": self._page(TRD, "link")})
        self.ids["feature"], (copy, link) = made["id"], [each["id"] for each in made["documents"]]
        self.ids |= {"copy": copy, "link": link}
        self.api(self.member, "GET", f"/documents/{link}/content")
        pages = [self._page(title)["page_id"] for title in (PRD, TRD)]
        wanted = {"connection_id": self.ids["own"], "mode": "copy", "folder": "bulk", "pages": pages}
        self.ids["import"] = self.post("/imports", wanted)["id"]
        self.drain()

    def _employ(self) -> None:
        """An agent that has read something, and asks for a change."""
        ask = {"level": "read_write", "allow_delete": False, "require_approval": True}
        wanted = {"name": "Robot", "connection_id": self.ids["connection"], "policy": {"pages": ask}}
        agent = self.api(self.admin, "POST", "/agents", wanted)
        canary.current().plant_one_time(agent["token"])
        self.ids["agent"], self.token = agent["id"], agent["token"]
        page_id = self._page(PRD)["page_id"]
        assert self.call("GET", f"/wiki/api/v2/pages/{page_id}") == 200
        body = {"id": page_id, "status": "current", "title": PRD, "version": {"number": 9}}
        body["body"] = {"representation": "storage", "value": "<p>Anew</p>"}
        assert self.call("PUT", f"/wiki/api/v2/pages/{page_id}", body) == 202
        (self.ids["approval"],) = [each["id"] for each in self.api(self.admin, "GET", "/approvals")["items"]]

    def _synchronize(self) -> None:
        """A synchronizer with a link, a run and an act, as their stores keep them."""
        stores, workspace, now = self.world.runtime.synchronizing, self.workspace, self.world.clock()
        synchronizer_id = SynchronizerId(self.world.runtime.new_id("syn"))
        self.ids["synchronizer"], page_id = synchronizer_id, PageId("4711")
        stores.synchronizers.save(
            Synchronizer(
                id=synchronizer_id,
                workspace=workspace,
                connection_id=ConnectionId(self.ids["connection"]),
                cloud_id=CloudId(ACME),
                jira_cloud_id=CloudId(ACME),
                jira_url="https://acme.atlassian.net",
                space_id=SpaceId("1"),
                space_key="SHOP",
                project_id="10000",
                project_key="WEB",
                settings=SynchronizerSettings("selected", "10002"),
                technical_user=MemberId(self.admin.sub),
                technical_account_id="grace",
                created_at=now,
                new_since=now,
                next_run_at=None,
            )
        )
        link = PageLink(
            workspace, synchronizer_id, page_id, LinkState.ACTIVE, "m1", "10002", PRD, now, IssueId("10007")
        )
        stores.links.save(link)
        run_id, connection_id = RunId(self.world.runtime.new_id("run")), ConnectionId(self.ids["connection"])
        stores.runs.save(
            SynchronizerRun(run_id, workspace, connection_id, synchronizer_id, "manual", RunStatus.COMPLETED, now, 1)
        )
        stores.acts.add(
            PageAct(
                id=ActId(self.world.runtime.new_id("act")),
                workspace=workspace,
                synchronizer_id=synchronizer_id,
                page_id=page_id,
                issue_id=link.issue_id,
                member=MemberId(self.member.sub),
                member_account_id="grace",
                connection_id=connection_id,
                acting_as="self",
                acting_account_id="grace",
                deed="transition",
                what=("31",),
                outcome="done",
                code=None,
                at=now,
            )
        )

    def fill_a_copy(self) -> None:
        """With more than an item holds."""
        document = f"/documents/{self.ids['copy']}/content"
        etag = self.world.api.call(self.member, "GET", document).headers["etag"]
        self.api(self.member, "PUT", document, {"markdown": BIG}, {"if-match": etag})

    # ── working in it ─────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def workspace(self) -> WorkspaceId:
        return WorkspaceId(self.admin.workspace)

    def api(self, person: Person, method: str, path: str, body: Any = None, headers: Any = None) -> Any:
        return self.world.api.ok(person, method, path, body, headers=headers)

    def post(self, path: str, body: Any) -> Any:
        return self.api(self.member, "POST", path, body, {"idempotency-key": f"house-{next(_numbers)}"})

    def call(self, method: str, path: str, body: Any = None) -> int:
        """As the agent; the answer's status."""
        wanted = {"method": method, "path": path} | ({"body": body} if body else {})
        headers = {"authorization": f"Bearer {self.token}"}
        return self.world.api.call(None, "POST", "/agent/confluence", json_body=wanted, headers=headers).status

    def deliver(self, work: Work, seconds: float = 60) -> None:
        runtime = self.world.runtime
        workers = {
            "sync": runtime.syncing.worker,
            "remove_corpus": runtime.syncing.remover,
            "import": runtime.importing.worker,
            "workspace": runtime.connecting.workspaces.worker,
        }
        workers[work.task].work(work, TimeLeft(self.world.clock, seconds))

    def turn(self, seconds: float = 60) -> None:
        """The message that is due first, when it is."""
        self.queue.sent.sort(key=lambda sent: sent[1])
        work, delay_seconds = self.queue.sent.pop(0)
        self.world.clock.move(seconds=delay_seconds)
        try:
            self.deliver(work, seconds)
        except Killed:
            self.world.clock.move(seconds=HIDDEN_SECONDS)
            self.queue.sent.insert(0, (work, 0))
            raise

    def drain(self, seconds: float = 60) -> None:
        while self.queue.sent:
            self.turn(seconds)

    def get_through(self) -> None:
        """As `drain`; a message that was lost with its sender is sent again by the dispatcher."""
        self.drain()
        self.world.clock.move(seconds=QUIET_SECONDS + TURN_STALLED_SECONDS)
        self.world.runtime.connecting.workspaces.starter.send_again()
        self.drain()

    def dies_after(self, write: int) -> bool:
        """Delivers messages until the process ends, right after its so-manieth write from now on; False: it had not so
        many. The message that it held is hidden for a while, and comes again.
        """
        numbers = count(1)

        def mortal(call: Callable[[], Any]) -> Any:
            answer = call()
            if next(numbers) == write:
                raise Killed
            return answer

        for service, operations in WRITES.items():
            for operation in operations:
                self.world.aws.fault(service, operation, mortal)
        try:
            while self.queue.sent:
                self.turn()
        except Killed:
            return True
        finally:
            self.world.aws.heal()
        return False

    def job(self, job_id: str) -> Any:
        return self.api(self.admin, "GET", f"/workspace/jobs/{job_id}")

    def erase(self) -> Any:
        """The job, queued."""
        return self.api(self.admin, "DELETE", "/workspace", {"confirm": self.workspace})

    def _page(self, title: str, mode: str | None = None) -> dict[str, str]:
        page_id = page_titled(self.world.simulator, title)
        return {"connection_id": self.ids["own"], "page_id": page_id} | ({"mode": mode} if mode else {})

    def _feature(self, title: str, mode: str) -> dict[str, Any]:
        return {"name": title, "folder": "shop", "default_mode": mode, "prd": self._page(title)}

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def traces(self) -> list[str]:
        """Everything that names the workspace or anything in it: items by their key, secrets, objects and versions."""
        settings, aws = self.world.aws.settings, self.world.aws
        words = [self.workspace, *self.ids.values()]
        tables = (settings.state_table, settings.cache_table, settings.corpus_table)
        items = [f"{item['pk']['S']} / {item['sk']['S']}" for table in tables for item in aws.items(table)
                 if any(word in repr(item) for word in words)]  # fmt: skip
        objects = []
        for bucket in (settings.content_bucket, settings.transient_bucket):
            page = aws.s3.list_object_versions(Bucket=bucket)
            objects += [each["Key"] for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]]
        return sorted(items + [each for each in [*objects, *aws.secret_names()] if any(word in each for word in words)])


@dataclass(frozen=True)
class Street:
    """Two houses, and everything that AWS held when they were furnished: to be put back, which is cheaper."""

    house: House
    neighbours: House
    items: dict[str, list[dict[str, Any]]]
    objects: dict[tuple[str, str], bytes]
    secrets: list[str]
    at: datetime

    @classmethod
    def built(cls, world: World) -> "Street":
        aws, settings = world.aws, world.aws.settings
        house, neighbours = House.furnished(world), House.furnished(world, NEXT_DOOR, NEXT_DOOR)
        house.fill_a_copy()
        objects = {
            (bucket, found["Key"]): aws.s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
            for bucket in (settings.content_bucket, settings.transient_bucket)
            for found in aws.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        }
        tables = (settings.state_table, settings.cache_table, settings.corpus_table)
        items = {table: aws.items(table) for table in tables}
        return cls(house, neighbours, items, objects, aws.secret_names(), world.clock())

    def put_back(self, world: World) -> House:
        """The first house, as it was, over another process. What was made in that world since is not taken away."""
        for table, items in self.items.items():
            for some in batched([{"PutRequest": {"Item": item}} for item in items], 25, strict=False):
                world.aws.dynamodb.batch_write_item(RequestItems={table: list(some)})  # type: ignore[dict-item]
        for (bucket, key), body in self.objects.items():
            world.aws.s3.put_object(Bucket=bucket, Key=key, Body=body)
        for name in set(self.secrets) - set(world.aws.secret_names()):
            world.aws.secrets.create_secret(Name=name, SecretString="{}")
        world.clock.at = self.at
        return self.of(world, self.house)

    def of(self, world: World, house: House) -> House:
        queue = world.runtime.__dict__.setdefault("work_queue", FakeWorkQueue())
        return replace(house, world=world, queue=queue)
