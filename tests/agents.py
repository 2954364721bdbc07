"""Agents at work: one made by an admin over the real handlers, and its calls with its own token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.simulator.sites import Content
from tests import canary
from tests.atlassian import page_titled
from tests.connecting import ADMIN, World
from tests.http import Answer

OPEN = {"level": "read_write", "allow_delete": True, "require_approval": False}
ASKING = OPEN | {"require_approval": True}
READING = {"level": "read"}
PAGES = "/wiki/api/v2/pages"


@dataclass
class Robot:
    """An agent and its token."""

    world: World
    id: str
    token: str
    connection_id: str

    def send(self, method: str, path: str, body: Any = None, *, token: str | None = None, **options: Any) -> Answer:
        """Any request to us, signed with its token."""
        headers = {"authorization": f"Bearer {self.token if token is None else token}"} | options.pop("headers", {})
        return self.world.api.call(None, method, path, json_body=body, headers=headers, **options)

    def call(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None, **options: Any
    ) -> Answer:
        """POST /agent/confluence."""
        wanted = {"method": method, "path": path, "query": query, "body": body}
        return self.send("POST", "/agent/confluence", {k: v for k, v in wanted.items() if v is not None}, **options)

    def ok(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """Confluence's body, of a call that went through and that Confluence did not refuse."""
        answer = self.call(method, path, query, body)
        assert answer.status == 200, answer.text
        assert answer.json()["status"] < 300, answer.text
        return answer.json()["body"]

    def asks(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> str:
        """The id of the approval that the call waits for."""
        answer = self.call(method, path, query, body)
        assert answer.status == 202, answer.text
        found: str = answer.json()["approval"]["id"]
        return found

    def calls(self) -> list[Any]:
        """Its trail, newest first."""
        items: list[Any] = self.world.api.ok(ADMIN, "GET", f"/agents/{self.id}/calls")["items"]
        return items


def robot(
    world: World,
    *,
    profile: str | None = None,
    policy: Mapping[str, Any] | None = None,
    purposes: tuple[str, ...] = ("agent_write",),
    account: str = "grace",
) -> Robot:
    """A connection for agents and an agent that works through it."""
    connection = world.connect(ADMIN, account, owner="workspace", purposes=purposes)
    return robot_over(world, connection["id"], profile=profile, policy=policy)


def robot_over(
    world: World, connection_id: str, *, profile: str | None = None, policy: Mapping[str, Any] | None = None
) -> Robot:
    rights = {"policy": dict(policy)} if policy is not None else {"profile": profile or "read_only"}
    made = world.api.ok(ADMIN, "POST", "/agents", {"name": "Robot", "connection_id": connection_id} | rights)
    canary.current().plant_one_time(made["token"])
    return Robot(world, made["id"], made["token"], connection_id)


def page(world: World, title: str = "PRD: Saved carts") -> Content:
    """A page of the sample site."""
    return world.simulator.sites[acme(world)].content[page_titled(world.simulator, title)]


def acme(world: World) -> str:
    return next(cloud for cloud, site in world.simulator.sites.items() if site.url == "https://acme.atlassian.net")
