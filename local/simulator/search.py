"""v1 search by CQL: `/search` and `/content/search`."""

import re
from collections.abc import Callable
from html import escape

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.catalogue import Key
from local.simulator.clock import wire_time
from local.simulator.cql import CqlError, CqlQuery, parse
from local.simulator.cql_match import Matcher, NotSimulated, plain_text
from local.simulator.links import page_links, space_path
from local.simulator.paging import Page
from local.simulator.sites import Content, Version
from local.simulator.wire import JsonObject, Reply

CAP_WITH_BODIES = 50
EXCERPT_LENGTH = 240
BODIES = {"body.storage": "storage", "body.atlas_doc_format": "atlas_doc_format"}
EXPANDABLE = frozenset({"space", "version", "ancestors", "metadata.labels", *BODIES})

type Hit = tuple[Content, Version]


def _hits(call: Call, query: CqlQuery) -> list[Hit]:
    """Current content the account may read. Archived pages are not in the index; folders only when asked for."""
    site = call.site
    matcher = Matcher(site, call.account, call.world.clock(), call.world.behaviour.index_delay_seconds)
    wants_folders = re.search(r"\bfolder\b", call.query.one("cql") or "", re.IGNORECASE) is not None
    found: list[Hit] = []
    for content in site.content.values():
        version = matcher.indexed(content)
        hidden = content.type == "folder" and not wants_folders
        if content.status != "current" or version is None or hidden or not site.sees(call.account, content):
            continue
        if matcher.finds(query.tree, content, version):
            found.append((content, version))
    return found


def _search(call: Call, cap: int | None = None) -> Page[Hit]:
    try:
        query = parse(call.query.one("cql") or "")
        hits = _hits(call, query)
    except CqlError as problem:
        raise refusals.v1(400, f"Could not parse cql: {problem}") from None
    except NotSimulated as missing:
        raise call.not_simulated(str(missing)) from None
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
    return call.pager.cut(hits, lambda hit: (*fields[field](hit), int(hit[0].id)), descending=descending, cap=cap)


def _links(call: Call, page: Page[Hit]) -> JsonObject:
    """v1's `next` is relative to the context: without `/wiki`, unlike v2's."""
    path = call.path.removeprefix("/wiki")
    links: JsonObject = {"base": call.base, "context": "/wiki", "self": f"{call.base}{path}"}
    if page.next_query is not None:
        links["next"] = f"{path}?{page.next_query}"
    return links


def search(call: Call) -> Reply:
    """Search results with excerpts. `start` is ignored, `totalSize` an estimate, `title` escaped and marked up."""
    call.only_simulated("cql", "cursor", "limit", "start", "excerpt", "next", "prev")
    page = _search(call)
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
    page = _search(call, CAP_WITH_BODIES if expand & set(BODIES) else None)
    reply = Reply.json(
        {
            "results": [_content(call, content, version, expand) for content, version in page.rows],
            "start": 0,
            "limit": call.query.integer("limit"),
            "size": len(page.rows),
            "_links": _links(call, page),
        }
    )
    reply.objects = len(page.rows)
    return reply


def _result(call: Call, content: Content, version: Version) -> JsonObject:
    space = call.site.spaces[content.space_id]
    row: JsonObject = {
        "content": _content(call, content, version, set()),
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


def _content(call: Call, content: Content, version: Version, expand: set[str]) -> JsonObject:
    space = call.site.spaces[content.space_id]
    links = page_links(content, space)
    row: JsonObject = {
        "id": content.id,
        "type": content.type,
        "status": content.status,
        "title": version.title,
        "childTypes": {},
        "_expandable": {},
        "_links": {
            "self": f"{call.base}/rest/api/content/{content.id}",
            "webui": links["webui"],
            "tinyui": links["tinyui"],
        },
    }
    if "space" in expand:
        row["space"] = {
            "id": int(space.id),
            "key": space.key,
            "name": space.name,
            "type": space.type,
            "status": space.status,
            "_expandable": {},
            "_links": {"webui": space_path(space)},
        }
    if "version" in expand:
        row["version"] = {
            "number": version.number,
            "when": wire_time(version.created_at),
            "minorEdit": False,
            "message": "",
        }
    if "ancestors" in expand:
        row["ancestors"] = [
            {"id": each.id, "type": each.type, "status": each.status, "title": each.title}
            for each in call.site.ancestors(content)
        ]
    if "metadata.labels" in expand:
        labels = [{"prefix": "global", "name": name, "id": name, "label": name} for name in content.labels]
        row["metadata"] = {"labels": {"results": labels, "size": len(labels)}}
    for name in expand & set(BODIES):
        value = version.storage if BODIES[name] == "storage" else version.adf
        if value is not None:
            row.setdefault("body", {})[BODIES[name]] = {"value": value, "representation": BODIES[name]}
    return row


HANDLERS: dict[str, Handler] = {"searchByCQL": search, "searchContentByCQL": content_search}
