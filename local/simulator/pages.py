"""v2 pages and blog posts: lists and single objects, with bodies."""

from collections.abc import Iterator

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.catalogue import Key, order_key
from local.simulator.clock import wire_time
from local.simulator.links import page_links
from local.simulator.sites import Content, ContentType, Version
from local.simulator.wire import JsonObject, Reply

LISTED = ("id", "space-id", "sort", "status", "title", "body-format", "cursor", "limit", "depth", "subtype")
REPRESENTATIONS = ("storage", "atlas_doc_format")
DEFAULT_STATUSES: dict[ContentType, set[str]] = {"page": {"current", "archived"}, "blogpost": {"current"}}
INCLUDED_AT_MOST = 50


def version_row(version: Version) -> JsonObject:
    """The `version` member."""
    return {
        "number": version.number,
        "message": version.message,
        "minorEdit": False,
        "authorId": version.author_id,
        "createdAt": wire_time(version.created_at),
    }


def page_row(
    content: Content, call: Call, version: Version | None = None, *, bulk: bool = True, body: str | None = None
) -> JsonObject:
    """A page or blog post, with the body representation that `body` names or else the query asks for."""
    shown = version or content.version
    row: JsonObject = {
        "id": content.id,
        "status": content.status if version is None else "historical",
        "title": shown.title,
        "spaceId": content.space_id,
        "authorId": content.author_id,
        "createdAt": wire_time(content.created_at),
        "version": version_row(shown),
        "body": _body(shown, call, body or call.query.one("body-format")),
        "_links": page_links(content, call.site.spaces[content.space_id]),
    }
    if content.type == "page":
        parent = None if content.status == "trashed" else call.site.content.get(content.parent_id or "")
        row |= {
            "parentId": parent.id if parent else None,
            "parentType": parent.type if parent else None,
            "position": None if content.status == "trashed" else content.position,
            "ownerId": content.author_id,
            "lastOwnerId": None,
        }
        if bulk:
            row["subtype"] = "page"
    return row


def _body(version: Version, call: Call, wanted: str | None) -> JsonObject:
    """A representation the server does not have is left out, never sent empty."""
    if wanted is None:
        return {}
    if wanted not in REPRESENTATIONS:
        raise call.not_simulated(f"body-format={wanted}")
    value = version.storage if wanted == "storage" else version.adf
    return {} if value is None else {wanted: {"representation": wanted, "value": value}}


def _listing(call: Call, kind: ContentType, space_ids: list[str] | None) -> Reply:
    call.only_simulated(*LISTED)
    site, query = call.site, call.query
    statuses = set(query.many("status")) or DEFAULT_STATUSES[kind]
    spaces = dict.fromkeys(site.spaces if space_ids is None else (each for each in space_ids if each in site.spaces))
    sort = query.one("sort") or "id"
    field, descending = sort.removeprefix("-"), sort.startswith("-")

    root_only = "depth" in query and query.one("depth") == "root"
    none_such = "subtype" in query and query.one("subtype") == "live"

    def listed(content: Content) -> bool:
        fits = not none_such and not (root_only and content.parent_id is not None)
        return fits and site.sees(call.account, content)

    def key(content: Content) -> Key:
        return order_key(content, field)

    named = _named(call)
    if named is not None:
        wanted = [c for c in named if c.type == kind and c.status in statuses and c.space_id in spaces and listed(c)]
        page = call.pager.cut(wanted, key, descending=descending)
    else:

        def rows(after: Key | None) -> Iterator[Content]:
            shelved = site.catalogue.rows([kind], spaces, statuses, field, descending=descending, after=after)
            return filter(listed, shelved)

        page = call.pager.follow(rows, key)
    return call.listing(page, [page_row(content, call) for content in page.rows])


def _named(call: Call) -> list[Content] | None:
    """What the query names by id or exact title, whatever its case; None if it names nothing."""
    query, site = call.query, call.site
    title = query.one("title")
    if "id" not in query:
        return None if title is None else site.catalogue.titled(title)
    found = (site.content.get(each) for each in dict.fromkeys(query.many("id")))
    return [each for each in found if each and (title is None or each.title.casefold() == title.casefold())]


def get_pages(call: Call) -> Reply:
    """Pages of the site: current and archived unless `status` says otherwise."""
    return _listing(call, "page", call.query.many("space-id") or None)


def get_pages_in_space(call: Call) -> Reply:
    """Pages of one space."""
    return _listing(call, "page", [call.space(call.params["id"]).id])


def get_blog_posts(call: Call) -> Reply:
    """Blog posts of the site."""
    return _listing(call, "blogpost", call.query.many("space-id") or None)


def get_blog_posts_in_space(call: Call) -> Reply:
    """Blog posts of one space."""
    return _listing(call, "blogpost", [call.space(call.params["id"]).id])


def get_page(call: Call) -> Reply:
    """One page: trashed still 200, purged or hidden 404."""
    return _single(call, "page")


def get_blog_post(call: Call) -> Reply:
    """One blog post."""
    return _single(call, "blogpost")


def _single(call: Call, kind: ContentType) -> Reply:
    query = call.query
    call.only_simulated("body-format", "version", "include-labels", "include-version", "status", "get-draft")
    content = call.content(call.params["id"], kind)
    if query.flag("get-draft") and content.status != "draft":
        raise call.not_simulated("a draft beside a published version")
    statuses = {*query.many("status"), *(["draft"] if query.flag("get-draft") else [])}
    # A draft is found only by who asks for drafts.
    if content.status not in (statuses or {"current", "archived", "trashed"}):
        raise refusals.v2(404, f"Cannot find a {kind} with id [{content.id}]")
    version = None
    if "version" in query and query.integer("version") != content.version.number:
        version = next((v for v in content.versions if v.number == query.integer("version")), None)
        if version is None:
            raise refusals.v2(404, f"Cannot find version {query.one('version')} of {kind} with id [{content.id}]")
    row = page_row(content, call, version, bulk=False)
    if query.flag("include-labels"):
        row["labels"] = {
            "results": label_rows(content)[:INCLUDED_AT_MOST],
            "meta": {"hasMore": len(content.labels) > INCLUDED_AT_MOST, "cursor": ""},
            "_links": {"self": f"{call.path}/labels"},
        }
    if not query.flag("include-version"):
        del row["version"]
    return call.single(row)


def label_rows(content: Content) -> list[JsonObject]:
    """Labels as v2 shows them; the id is stable per name."""
    return [{"id": str(sum(map(ord, name)) + 7_000_000), "name": name, "prefix": "global"} for name in content.labels]


def get_page_labels(call: Call) -> Reply:
    """The labels of a page or blog post."""
    call.only_simulated("prefix", "sort", "cursor", "limit")
    kind: ContentType = "blogpost" if "blogposts" in call.path else "page"
    rows = label_rows(call.content(call.params["id"], kind))
    wanted = [row for row in rows if call.query.one("prefix") in {None, row["prefix"]}]
    sort = call.query.one("sort") or "name"
    page = call.pager.cut(
        wanted,
        lambda row: (row["name"], int(row["id"])) if "name" in sort else (int(row["id"]),),
        descending=sort.startswith("-"),
    )
    return call.listing(page, list(page.rows))


HANDLERS: dict[str, Handler] = {
    "getPages": get_pages,
    "getPagesInSpace": get_pages_in_space,
    "getPageById": get_page,
    "getPageLabels": get_page_labels,
    "getBlogPosts": get_blog_posts,
    "getBlogPostsInSpace": get_blog_posts_in_space,
    "getBlogPostById": get_blog_post,
    "getBlogPostLabels": get_page_labels,
}
