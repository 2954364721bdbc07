"""v1 search by CQL: `/search` and `/content/search`."""

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import islice

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.catalogue import Key
from local.simulator.clock import wire_time
from local.simulator.cql import CqlError, CqlQuery, parse
from local.simulator.cql_match import Matcher, NotSimulated, plain_text
from local.simulator.links import page_links, space_path
from local.simulator.paging import Page
from local.simulator.sites import Content, Version
from local.simulator.v1_content import BODIES, EXPANDABLE, content_row
from local.simulator.wire import JsonObject, Reply

CAP_WITH_BODIES = 50
EXCERPT_LENGTH = 240
KINDS = ("page", "blogpost")
NO_FILES: JsonObject = {"attachment": {"size": 0}}

type Hit = tuple[Content, Version]


def find(call: Call, cap: int | None = None) -> Page[Hit]:
    """What the query `cql` finds, a page of at most `cap`. Raises a 400 for a query that cannot be understood."""
    try:
        query = parse(call.query.one("cql") or "")
        return _page(call, query, cap)
    except CqlError as problem:
        raise refusals.v1(400, f"Could not parse cql: {problem}") from None
    except NotSimulated as missing:
        raise call.not_simulated(str(missing)) from None


def _page(call: Call, query: CqlQuery, cap: int | None) -> Page[Hit]:
    fields: dict[str, Callable[[Hit], Key]] = {
        "title": lambda hit: (hit[1].title.casefold(),),
        "created": lambda hit: (hit[0].created_at.isoformat(),),
        "lastmodified": lambda hit: (hit[1].created_at.isoformat(),),
        "id": lambda _: (),
    }
    # One order field is enough here; a second would only break ties that ids break as well.
    field, descending = query.order[0] if query.order else ("id", False)
    if field not in fields:
        raise refusals.v1(400, f"Cannot order by {field}")

    def key(hit: Hit) -> Key:
        return (*fields[field](hit), int(hit[0].id))

    hits = _Hits(call, query)
    if field == "id" and hits.named is None:
        # In the catalogue's own order already: read no further than the page needs.
        return call.pager.follow(lambda after: hits.among(hits.shelved(after, descending=descending)), key, cap=cap)
    candidates = hits.shelved(None, descending=False) if hits.named is None else hits.named
    return call.pager.cut(list(hits.among(candidates)), key, descending=descending, cap=cap)


class _Hits:
    """Current content the account may read. Archived pages and spaces are not found; folders only when asked for."""

    def __init__(self, call: Call, query: CqlQuery) -> None:
        self._call, self._tree = call, query.tree
        site, text = call.site, call.query.one("cql") or ""
        self._matcher = Matcher(site, call.account, call.world.clock(), call.world.behaviour.index_delay_seconds)
        self._kinds = ("page", "blogpost", "folder") if re.search(r"\bfolder\b", text, re.IGNORECASE) else KINDS
        archived = call.operation.id == "searchByCQL" and call.query.flag("includeArchivedSpaces")
        self._spaces = [space.id for space in site.spaces.values() if archived or space.status == "current"]
        for content in islice(site.content.values(), 1):
            # A mistake in the query is an error even if nothing has to be tested.
            self._matcher.finds(query.tree, content, content.version)
        keys = self._matcher.named(query.tree, "space", "space.key")
        if keys is not None:
            self._spaces = [each for each in self._spaces if site.spaces[each].key.casefold() in keys]
        ids = self._matcher.named(query.tree, "id", "content")
        found = None if ids is None else [site.content[each] for each in ids if each in site.content]
        #: What the query names by id; None if it names nothing.
        self.named = found

    def shelved(self, after: Key | None, *, descending: bool) -> Iterator[Content]:
        """All that may be found, by id."""
        catalogue = self._call.site.catalogue
        return catalogue.rows(self._kinds, self._spaces, ["current"], "id", descending=descending, after=after)

    def among(self, candidates: Iterable[Content]) -> Iterator[Hit]:
        """Those of the candidates that the query finds, with the version the index knows."""
        site, spaces = self._call.site, set(self._spaces)
        for content in candidates:
            if content.status != "current" or content.type not in self._kinds or content.space_id not in spaces:
                continue
            version = self._matcher.indexed(content)
            if version is None or not site.sees(self._call.account, content):
                continue
            if self._matcher.finds(self._tree, content, version):
                yield content, version


def _links(call: Call, page: Page[Hit]) -> JsonObject:
    """v1's `next` is relative to the context: without `/wiki`, unlike v2's."""
    path = call.path.removeprefix("/wiki")
    links: JsonObject = {"base": call.base, "context": "/wiki", "self": f"{call.base}{path}"}
    if page.next_query is not None:
        links["next"] = f"{path}?{page.next_query}"
    return links


def search(call: Call) -> Reply:
    """Search results with excerpts. `start` is ignored, `totalSize` an estimate, `title` escaped and marked up."""
    call.only_simulated("cql", "cursor", "limit", "start", "excerpt", "next", "prev", "includeArchivedSpaces")
    page = find(call)
    reply = Reply.json(
        {
            "results": [_result(call, content, version) for content, version in page.rows],
            "start": 0,
            "limit": call.query.integer("limit"),
            "size": len(page.rows),
            "totalSize": len(page.rows) + (1 if page.next_query else 0),
            "cqlQuery": call.query.one("cql"),
            "searchDuration": 7,
            "archivedResultCount": 0,
            "_links": _links(call, page),
        }
    )
    reply.objects = len(page.rows)
    return reply


def content_search(call: Call) -> Reply:
    """Content objects. Expanding bodies silently caps the page at 50."""
    call.only_simulated("cql", "cursor", "limit", "expand")
    expand = set(call.query.many("expand"))
    if unknown := expand - EXPANDABLE:
        raise call.not_simulated(f"expand={','.join(sorted(unknown))}")
    page = find(call, CAP_WITH_BODIES if expand & BODIES.keys() else None)
    rows = [content_row(call, content, version, expand) for content, version in page.rows]
    reply = Reply.json(
        {
            "results": rows,
            "start": 0,
            "limit": call.query.integer("limit"),
            "size": len(rows),
            "_links": _links(call, page),
        }
    )
    reply.objects = len(rows) + sum(row.get("children", NO_FILES)["attachment"]["size"] for row in rows)
    return reply


def _result(call: Call, content: Content, version: Version) -> JsonObject:
    space = call.site.spaces[content.space_id]
    row: JsonObject = {
        "content": content_row(call, content, version, frozenset()),
        "title": f"@@@hl@@@{escape(version.title)}@@@endhl@@@",
        "excerpt": ""
        if call.query.one("excerpt") == "none"
        else " ".join(plain_text(version).split())[:EXCERPT_LENGTH],
        "url": page_links(content, space)["webui"],
        "resultGlobalContainer": {"title": space.name, "displayUrl": space_path(space)},
        "breadcrumbs": [],
        "entityType": "content",
        "iconCssClass": f"aui-icon content-type-{content.type}",
        "lastModified": wire_time(version.created_at),
        "friendlyLastModified": version.created_at.strftime("%b %d, %Y"),
        "score": 0.0,
    }
    return row


HANDLERS: dict[str, Handler] = {"searchByCQL": search, "searchContentByCQL": content_search}
