"""The site host in bench mode: who is calling, what is asked, and v1's lists by `start`."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from urllib.parse import unquote, urlencode

from local.simulator import refusals
from local.simulator.accounts import ACME, Account
from local.simulator.attachments import download
from local.simulator.bench.rows import base, expansions, file_rows, full_row, page_limit, space_row
from local.simulator.call import Call, Handler
from local.simulator.operations import Operation, Query, QueryProblem
from local.simulator.restrictions import operations_of
from local.simulator.search import find, search
from local.simulator.sites import Site
from local.simulator.v1_content import label_rows
from local.simulator.wire import JsonObject, Refusal, Reply, Request
from local.simulator.world import World

LIST = {"type": "array"}
TEXT = {"type": "string"}
MANY = 1_000_000_000


def _number(default: int, most: int) -> Mapping[str, object]:
    return {"type": "integer", "min": 0, "max": most, "default": default}


PAGED = {"start": _number(0, MANY), "limit": _number(25, MANY), "expand": LIST}


def content_list(call: Call) -> Reply:
    """Pages or blog posts of a space, by id, from `start` on."""
    call.only_simulated("spaceKey", "type", "status", "start", "limit", "expand")
    query, site = call.query, call.site
    space = site.space_by_key(query.one("spaceKey") or "")
    if space is None or not site.sees_space(call.account, space):
        raise refusals.v1(404, "No space with that key, or no permission to view it")
    expand, statuses = expansions(call), [query.one("status") or "current"]
    rows = site.catalogue.rows([query.one("type") or "page"], [space.id], statuses, "id")
    seen = (content for content in rows if site.sees(call.account, content))
    start, limit = query.integer("start"), page_limit(expand, query.integer("limit"))
    found = list(islice(seen, start, start + limit + 1))
    return _listing(
        call, [full_row(call, each, each.version, expand) for each in found[:limit]], limit, more=len(found) > limit
    )


def content_by_id(call: Call) -> Reply:
    """One page, blog post or folder."""
    call.only_simulated("status", "expand")
    content = call.content_v1(call.params["id"])
    return Reply.json(full_row(call, content, content.version, expansions(call)))


def content_search(call: Call) -> Reply:
    """By CQL, with a cursor as ever; `start` and `includeArchivedSpaces` change nothing."""
    expand = expansions(call)
    page = find(call, page_limit(expand, call.query.integer("limit")))
    rows = [full_row(call, content, version, expand) for content, version in page.rows]
    links = _links(call)
    if page.next_query is not None:
        links["next"] = f"/rest/api/content/search?{page.next_query}"
    return Reply.json(
        {"results": rows, "start": 0, "limit": call.query.integer("limit"), "size": len(rows), "_links": links}
    )


def children(call: Call) -> Reply:
    """Pages or folders right below; there are no comments."""
    kind = call.params["kind"]
    if kind not in {"page", "folder", "comment"}:
        raise call.not_simulated(f"children of type {kind}")
    parent, site = call.content_v1(call.params["id"]), call.site
    shown = [
        each
        for each in site.children(parent.id)
        if each.type == kind and each.status == "current" and site.sees(call.account, each)
    ]
    return _cut(call, [full_row(call, each, each.version, expansions(call)) for each in shown])


def attachments(call: Call) -> Reply:
    """The files of a page."""
    call.only_simulated("start", "limit", "expand", "filename")
    expansions(call)
    rows = file_rows(call, call.content_v1(call.params["id"]))
    return _cut(call, [row for row in rows if call.query.one("filename") in {None, row["title"]}])


def labels(call: Call) -> Reply:
    """The labels of a page."""
    return _cut(call, label_rows(call.content_v1(call.params["id"]).labels))


def restrictions(call: Call) -> Reply:
    """Who may read and change it, by operation."""
    return Reply.json(operations_of(call, call.content_v1(call.params["id"])))


def space_list(call: Call) -> Reply:
    """Spaces the account may view, by id."""
    call.only_simulated("start", "limit", "expand", "type", "status", "spaceKey")
    query, site = call.query, call.site
    shown = [
        space
        for space in sorted(site.spaces.values(), key=lambda each: int(each.id))
        if site.sees_space(call.account, space)
        and query.one("type") in {None, space.type}
        and query.one("status") in {None, space.status}
        and query.one("spaceKey") in {None, space.key}
    ]
    return _cut(call, [space_row(call, space, frozenset(query.many("expand"))) for space in shown])


def space_by_key(call: Call) -> Reply:
    """One space."""
    space = call.site.space_by_key(call.params["id"])
    if space is None or not call.site.sees_space(call.account, space):
        raise refusals.v1(404, f"No space found with key : {call.params['id']}")
    return Reply.json(space_row(call, space, frozenset(call.query.many("expand"))))


def file(call: Call) -> Reply:
    """The bytes of a file by the address people use."""
    for attachment in call.site.attachments.of(call.content_v1(call.params["id"]).id):
        if attachment.filename == call.params["name"]:
            return Reply(200, {"content-type": attachment.media_type}, attachment.body)
    raise refusals.v1(404, "No such attachment")


API = "/wiki/rest/api"
CONTENT_LIST = {**PAGED, "spaceKey": TEXT, "type": TEXT, "status": TEXT, "title": TEXT}
SEARCH = {**PAGED, "cql": TEXT, "cursor": TEXT, "includeArchivedSpaces": TEXT, "excerpt": TEXT}
SPACES = {**PAGED, "type": TEXT, "status": TEXT, "spaceKey": TEXT}
FILE = {"version": TEXT, "modificationDate": TEXT, "api": TEXT}
# Path, parameters, handler; what is not here is a 501.
ROUTES: tuple[tuple[str, Mapping[str, Mapping[str, object]], Handler], ...] = (
    (f"{API}/content", CONTENT_LIST, content_list),
    (f"{API}/content/search", SEARCH, content_search),
    (f"{API}/search", SEARCH, search),
    (f"{API}/content/(?P<id>\\d+)", {"expand": LIST, "status": TEXT, "version": TEXT}, content_by_id),
    (f"{API}/content/(?P<id>\\d+)/child/attachment", {**PAGED, "filename": TEXT}, attachments),
    (f"{API}/content/(?P<id>\\d+)/child/attachment/(?P<attachmentId>att\\d+)/download", {}, download),
    (f"{API}/content/(?P<id>\\d+)/child/(?P<kind>[a-z]+)", {**PAGED, "depth": TEXT, "location": TEXT}, children),
    (f"{API}/content/(?P<id>\\d+)/label", PAGED, labels),
    (f"{API}/content/(?P<id>\\d+)/restriction/byOperation", {}, restrictions),
    (f"{API}/space", SPACES, space_list),
    (f"{API}/space/(?P<id>[^/]+)", {"expand": LIST}, space_by_key),
    (
        "/wiki/download/attachments/(?P<id>\\d+)/(?P<name>[^/]+)",
        {"version": TEXT, "modificationDate": TEXT, "api": TEXT},
        file,
    ),
)


class SiteHost:
    """A site's own host as peers of the bench need it. acme, unless the Host header names another site."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handle(self, request: Request) -> Reply:
        """Any path below `/wiki`, said or not. API tokens cost no points and are held to the burst limit only."""
        if not request.path.startswith("/wiki/"):
            request = replace(request, path=f"/wiki{request.path}")
        site = self._site(request)
        refused = self._world.bursts.refuse(site.cloud_id)
        if refused is not None:
            return refused
        account = self._account(request)
        if account is None or not account.has(site.cloud_id, "confluence"):
            raise Refusal(Reply.html("<!doctype html><title>Unauthorized (401)</title>", 401))
        for pattern, rules, handler in ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found and request.method == "GET":
                operation = Operation("bench", "GET", pattern, (), rules, (), re.compile(pattern))
                params = {name: unquote(value) for name, value in found.groupdict().items()}
                query = self._query(operation, request)
                return handler(Call(self._world, request, operation, params, query, None, account, site))
        raise self._unknown(request, "this path on the site host")

    def _query(self, operation: Operation, request: Request) -> Query:
        try:
            return Query(operation, request.query)
        except QueryProblem as problem:
            raise self._unknown(request, str(problem)) from None

    def _unknown(self, request: Request, what: str) -> Refusal:
        self._world.manners.record("not_simulated", request.method, request.path, what)
        return refusals.v1(501, f"The simulator does not do this: {what}")

    def _site(self, request: Request) -> Site:
        named = (site for site in self._world.sites.values() if site.url == f"https://{request.host}")
        return next(named, self._world.sites[ACME])

    def _account(self, request: Request) -> Account | None:
        """By name or e-mail in Basic credentials, with any API token that is not empty."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, token = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return self._world.directory.signing_in(user) if token else None


def _cut(call: Call, rows: list[JsonObject]) -> Reply:
    start, limit = call.query.integer("start"), call.query.integer("limit")
    return _listing(call, rows[start : start + limit], limit, more=len(rows) > start + limit)


def _listing(call: Call, rows: list[JsonObject], limit: int, *, more: bool) -> Reply:
    start, links = call.query.integer("start"), _links(call)
    if more:
        pairs = [*call.query.without("start", "limit"), ("limit", str(limit)), ("start", str(start + limit))]
        links["next"] = f"{call.path.removeprefix('/wiki')}?{urlencode(pairs)}"
    return Reply.json({"results": rows, "start": start, "limit": limit, "size": len(rows), "_links": links})


def _links(call: Call) -> JsonObject:
    return {"base": base(call), "context": "/wiki", "self": f"{base(call)}{call.path.removeprefix('/wiki')}"}
