"""What a Confluence operation is given: the caller, the site, the checked query, and the questions all of them ask."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from local.simulator import refusals
from local.simulator.accounts import Account
from local.simulator.operations import Operation, Query
from local.simulator.paging import Page, Pager
from local.simulator.site_edits import SiteEditor
from local.simulator.sites import Content, ContentType, Site, Space
from local.simulator.wire import JsonObject, Refusal, Reply, Request
from local.simulator.world import World

V2 = "/wiki/api/v2"


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call of one operation."""

    world: World
    request: Request
    operation: Operation
    params: Mapping[str, str]
    query: Query
    body: Any
    account: Account
    site: Site

    @property
    def pager(self) -> Pager:
        """Cursor pages for this call."""
        return Pager(self.request, self.query, self.world.behaviour, self.world.manners)

    @property
    def base(self) -> str:
        """What `webui` links are relative to."""
        return f"{self.site.url}/wiki"

    def content(self, content_id: str, *kinds: ContentType) -> Content:
        """Content the account may read; missing, hidden and of another type are one and the same 404."""
        if not content_id.isdecimal():
            raise refusals.v2(400, f"Provided value {{{content_id}}} for 'id' is not the correct type.")
        content = self.site.find(self.account, content_id, kinds)
        if content is None:
            raise refusals.v2(404, f"Cannot find a {kinds[0]} with id [{content_id}]")
        return content

    def space(self, space_id: str) -> Space:
        """A space the account may view."""
        if not space_id.isdecimal():
            raise refusals.v2(400, f"Provided value {{{space_id}}} for 'id' is not the correct type.")
        space = self.site.spaces.get(space_id)
        if space is None or not self.site.sees_space(self.account, space):
            raise refusals.v2(404, f"Cannot find a space with id [{space_id}]")
        return space

    def content_v1(self, content_id: str) -> Content:
        """Content the account may read, for v1, which asks for no type."""
        content = self.site.find(self.account, content_id, ("page", "blogpost", "folder"))
        if content is None:
            raise refusals.v1(404, f"No content found with id: ContentId{{id={content_id}}}")
        return content

    def may_edit(self, content: Content) -> Content:
        """The content again; 403 for an account that reads it and may not change it."""
        if not self.site.may_edit(self.account, content):
            raise refusals.product(self.path, 403, "The calling user does not have permission to edit this content")
        return content

    @property
    def editor(self) -> SiteEditor:
        """Changes to the site; the simulator's lock is held for as long as a request is handled."""
        return SiteEditor(self.site, nullcontext())

    def listing[T](self, page: Page[T], rows: list[JsonObject]) -> Reply:
        """A v2 list: `next` is relative to the site and includes `/wiki`, also as a Link header."""
        links: JsonObject = {"base": self.base}
        headers = {}
        if page.next_query is not None:
            links["next"] = f"{self.path}?{page.next_query}"
            headers["link"] = f'<{links["next"]}>; rel="next", <{self.base}>; rel="base"'
        reply = Reply.json({"results": rows, "_links": links}, headers=headers)
        reply.objects = len(rows)
        return reply

    def single(self, body: JsonObject) -> Reply:
        """A v2 object, with the site's base among its links."""
        body["_links"] = {**body.get("_links", {}), "base": self.base}
        reply = Reply.json(body)
        reply.objects = 1
        return reply

    @property
    def path(self) -> str:
        """The path on the site, from `/wiki`."""
        return "/wiki" + self.request.path.partition("/wiki")[2]

    def not_simulated(self, what: str) -> Refusal:
        """Documented at Atlassian, but not here: said aloud, never answered with an invention."""
        self.world.manners.record("not_simulated", self.request.method, self.path, what)
        return refusals.product(self.path, 501, f"The simulator does not do this: {what}")

    def only_simulated(self, *names: str) -> None:
        """Refuse a query that uses documented parameters other than `names`."""
        for name, value in self.query.without(*names):
            if value != "false":
                raise self.not_simulated(f"{name}={value} on {self.operation.endpoint}")


type Handler = Callable[[Call], Reply]
