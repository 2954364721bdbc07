"""v1's content object with what other connectors expand beyond what `/content/search` of the simulator proper knows."""

from local.simulator.accounts import Account
from local.simulator.bench.rendered import rendered
from local.simulator.call import Call
from local.simulator.clock import wire_time
from local.simulator.links import space_path
from local.simulator.sites import Content, Space, Version
from local.simulator.v1_content import EXPANDABLE, attachment_rows, content_row
from local.simulator.wire import JsonObject

VIEWS = frozenset({"body.view", "body.export_view", "body.styled_view", "body.anonymous_export_view"})
# Asked for and not needed by anybody: answered by leaving it out, as for a page that has none.
EMPTY = frozenset({"metadata.properties", "body.editor2", "container.ancestors", "container"})
HISTORY = frozenset({"history", "history.createdBy"})
KNOWN = EXPANDABLE | VIEWS | EMPTY | HISTORY


def expansions(call: Call) -> frozenset[str]:
    """What the query expands; a body's `.value` is the body. Raises a 501 for what is not known."""
    asked = frozenset(name.removesuffix(".value") for name in call.query.many("expand") if name)
    if unknown := asked - KNOWN:
        raise call.not_simulated(f"expand={','.join(sorted(unknown))}")
    return asked


def page_limit(expand: frozenset[str], limit: int) -> int:
    """How many objects an answer holds: with bodies at most 50, with rendered ones 25."""
    if expand & (VIEWS - {"body.view"}):
        return min(limit, 25)
    return min(limit, 50) if any(name.startswith("body.") for name in expand) else limit


def full_row(call: Call, content: Content, version: Version, expand: frozenset[str]) -> JsonObject:
    """One page, blog post or folder, with everything asked for."""
    row = content_row(call, content, version, expand)
    space = call.site.spaces[content.space_id]
    row["_links"]["base"] = base(call)
    row["_expandable"] = _space_reference(space)
    for ancestor in row.get("ancestors", ()):
        ancestor["_expandable"] = _space_reference(space)
    if "version" in row:
        row["version"]["by"] = _person(call, version.author_id)
    if expand & HISTORY:
        row["history"] = {
            "latest": True,
            "createdBy": _person(call, content.author_id),
            "createdDate": wire_time(content.created_at),
        }
    if expand & VIEWS:
        html = rendered(version.storage or "", content.id, space.key)
        for name in sorted(expand & VIEWS):
            kind = name.removeprefix("body.")
            row.setdefault("body", {})[kind] = {"value": html, "representation": kind}
    return row


def file_rows(call: Call, content: Content) -> list[JsonObject]:
    """A page's files, each with the way back to its space."""
    rows: list[JsonObject] = attachment_rows(call, content)["results"]
    reference = _space_reference(call.site.spaces[content.space_id])
    return [{**row, "_expandable": reference} for row in rows]


def space_row(call: Call, space: Space, expand: frozenset[str]) -> JsonObject:
    """A space; `expand=homepage` names its home page."""
    row: JsonObject = {
        "id": int(space.id),
        "key": space.key,
        "name": space.name,
        "type": space.type,
        "status": space.status,
        "_expandable": {},
        "_links": {"webui": space_path(space), "self": f"{base(call)}/rest/api/space/{space.key}"},
    }
    if "homepage" in expand:
        home = call.site.content.get(space.homepage_id)
        if home is not None:
            row["homepage"] = {"id": home.id, "type": home.type, "status": home.status, "title": home.title}
    return row


def base(call: Call) -> str:
    """The site's address as the caller knows it, so that links lead back to the simulator."""
    scheme = "https" if call.request.host.endswith(".atlassian.net") else "http"
    return f"{scheme}://{call.request.host}/wiki"


def _space_reference(space: Space) -> JsonObject:
    return {"space": f"/rest/api/space/{space.key}"}


def _person(call: Call, account_id: str) -> JsonObject:
    account: Account | None = call.world.directory.get(account_id)
    return {
        "type": "known" if account else "unknown",
        "accountId": account_id,
        "accountType": "atlassian",
        "email": "",
        "publicName": account.name if account else "",
        "displayName": account.display_name if account else "Unknown",
    }
