"""From a call to one operation, its effect and the request that may be sent; the scopes it needs."""

from typing import Any

import pytest

from confluence_connector.domain.agents.classify import Body, Query, classify, classify_again, refuse_method_override
from confluence_connector.domain.agents.effects import Effect
from confluence_connector.domain.agents.operations import Operation, find, missing_scopes, operations
from confluence_connector.errors import UnknownOperation
from tests import gating

PAGE, BLOG, TITLE = "/wiki/api/v2/pages/4711", "/wiki/api/v2/blogposts/4711", "/wiki/api/v2/pages/4711/title"
FILE = "/wiki/rest/api/content/4711/child/attachment/att1"
SEARCH = "/wiki/rest/api/search"


def named(operation_id: str) -> Operation:
    return next(each for each in operations() if each.operation_id == operation_id)


def test_every_operation_is_found_by_its_own_path() -> None:
    for operation in operations():
        path = gating.path_of(operation)
        classified = classify(operation.method, path, body=gating.body_of(operation))
        assert classified.operation is operation, path
        assert classified.request.path == path
        assert classified.request.method == operation.method
        if operation.effect.action == "blocked":
            assert classified.effect == operation.effect


@pytest.mark.parametrize(
    ("method", "path", "group", "action"),
    [
        ("GET", "/wiki/api/v2/spaces/1/pages", "pages", "read"),
        ("GET", "/wiki/api/v2/spaces/1/labels", "spaces", "read"),
        ("GET", "/wiki/api/v2/pages/1/attachments", "attachments", "read"),
        ("GET", "/wiki/api/v2/attachments/att1/footer-comments", "attachments", "read"),
        ("GET", "/wiki/api/v2/pages/1/footer-comments", "pages", "read"),
        ("GET", "/wiki/rest/api/content/search", "search", "read"),
        ("GET", "/wiki/rest/api/search/user", "users", "read"),
        ("POST", "/wiki/api/v2/users-bulk", "users", "read"),
        ("POST", "/wiki/rest/api/content/1/label", "pages", "write"),
        ("DELETE", "/wiki/rest/api/content/1/label/runbook", "pages", "delete"),
        ("PUT", "/wiki/rest/api/content/1/child/attachment", "attachments", "write"),
        ("DELETE", "/wiki/api/v2/footer-comments/1", "pages", "delete"),
        ("PUT", "/wiki/rest/api/content/1/move/append/2", "pages", "write"),
        ("POST", "/wiki/rest/api/user/watch/space/DOCS", "users", "write"),
    ],
)
def test_the_most_specific_part_decides_the_group(method: str, path: str, group: str, action: str) -> None:
    body = gating.body_of(classify(method, path).operation)
    effect = classify(method, path, body=body).effect
    assert (effect.group, effect.action) == (group, action)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/wiki/rest/api/space/DOCS"),
        ("DELETE", "/wiki/rest/api/space/~557058:0-1"),
        ("DELETE", "/wiki/api/v2/spaces/1"),
        ("DELETE", "/wiki/rest/api/space/DOCS/content/trash"),
        ("DELETE", "/wiki/rest/api/space/DOCS/trash"),
        ("DELETE", "/wiki/rest/api/content/1/pageTree"),
        ("POST", "/wiki/rest/api/content/archive"),
        ("DELETE", "/wiki/rest/api/content/1"),
        ("PUT", "/wiki/rest/api/content/1"),
        ("DELETE", "/wiki/rest/api/content/1/version/2"),
        ("DELETE", "/wiki/api/v2/folders/1"),
        ("POST", "/wiki/api/v2/spaces/1/role-assignments"),
        ("POST", "/wiki/api/v2/space-permissions/transition/access-removals"),
        ("POST", "/wiki/rest/api/space/DOCS/permission"),
        ("DELETE", "/wiki/rest/api/content/1/restriction"),
        ("POST", "/wiki/rest/api/group/userByGroupId"),
        ("POST", "/wiki/api/v2/admin-key"),
        ("POST", "/wiki/rest/atlassian-connect/1/app/module/dynamic"),
        ("PUT", "/wiki/rest/api/audit/retention"),
        ("PUT", "/wiki/rest/api/space/DOCS/theme"),
        ("POST", "/wiki/rest/api/template"),
        ("GET", "/wiki/rest/api/user/email"),
    ],
)
def test_what_no_policy_may_allow_is_blocked_with_a_reason(method: str, path: str) -> None:
    classified = classify(method, path, {"anything": "1"}, {"anything": 1})
    assert classified.effect.action == "blocked"
    assert classified.effect.reason
    assert (classified.request.query, classified.request.body) == ((), None)


TRASHES = ("trashed", "archived", "TRASHED", "Trashed", "current,trashed")
STRANGE = (
    "deleted",
    "historical",
    "purged",
    "",
    5,
    True,
    ["trashed"],
    {"value": "trashed"},
    "current-deleted",
    "deleted,trashed",
)


@pytest.mark.parametrize("path", [PAGE, BLOG, TITLE, FILE])
@pytest.mark.parametrize("member", ["status", "Status", "STATUS"])
def test_an_update_that_trashes_is_a_delete(path: str, member: str) -> None:
    assert classify("PUT", path, body={member: "current", "title": "x"}).effect.action == "write"
    assert classify("PUT", path, body={"title": "x", member: None}).effect.action == "write"
    for status in TRASHES:
        assert classify("PUT", path, body={member: status}).effect.action == "delete", status
    for odd in STRANGE:
        assert classify("PUT", path, body={member: odd}).effect.action == "blocked", odd
    for hidden in ("trashed\x00", "tra\u00adshed", "тrashed", "current;trashed"):
        with pytest.raises(UnknownOperation):
            classify("PUT", path, body={member: hidden})


def test_a_second_member_of_the_same_name_is_looked_at_too() -> None:
    assert classify("PUT", PAGE, body={"status": "current", "Status": "trashed"}).effect.action == "delete"


@pytest.mark.parametrize("path", [PAGE, BLOG, "/wiki/api/v2/attachments/att1"])
def test_purging_is_blocked_however_it_is_written(path: str) -> None:
    assert classify("DELETE", path).effect.action == "delete"
    assert classify("DELETE", path, {"purge": "false"}).effect.action == "delete"
    assert classify("DELETE", path, {"purge": False}).effect.action == "delete"
    for value in ("true", True, "TRUE", "True", "1", 1, "yes", "", "on", "false,true", "false true"):
        effect = classify("DELETE", path, {"purge": value}).effect
        assert effect.action == "blocked", value
        assert effect.reason
    for query in ({"purge": ["false", "true"]}, {"Purge": True}, {"purge ": True}, {"purge[]": True}, {"purge": "t;"}):
        with pytest.raises(UnknownOperation):
            classify("DELETE", path, query)


def test_discarding_a_draft_is_a_delete_and_lifts_no_block() -> None:
    assert classify("DELETE", PAGE, {"draft": True}).effect == Effect("pages", "delete")
    both = classify("DELETE", PAGE, {"draft": True, "purge": True}).effect
    assert both.action == "blocked"
    assert both.reason


def test_comments_belong_to_what_they_are_on() -> None:
    path = "/wiki/api/v2/footer-comments"
    assert classify("POST", path, body={"pageId": "1"}).effect == Effect("pages", "write")
    for on in ({"attachmentId": "att1"}, {"attachmentid": ""}, {"attachmentId": "att1", "pageId": "1"}):
        assert classify("POST", path, body=on).effect == Effect("pages", "write", also="attachments")
    assert classify("POST", path, body={"attachmentId": None, "pageId": "1"}).effect == Effect("pages", "write")
    assert classify("POST", path, body={"customContentId": "1"}).effect.action == "blocked"
    assert classify("POST", path, body={"customContentId": "1", "attachmentId": "1"}).effect.action == "blocked"


def test_spaces_are_made_without_giving_access_and_never_archived() -> None:
    for path, member in (
        ("/wiki/api/v2/spaces", "roleAssignments"),
        ("/wiki/api/v2/spaces", "copySpaceAccessConfiguration"),
        ("/wiki/rest/api/space", "permissions"),
        ("/wiki/rest/api/space/_private", "permissions"),
    ):
        assert classify("POST", path, body={"name": "N"}).effect == Effect("spaces", "write")
        assert classify("POST", path, body={"name": "N", member: []}).effect.action == "blocked"
    space = "/wiki/rest/api/space/DOCS"
    assert classify("PUT", space, body={"name": "N"}).effect == Effect("spaces", "write")
    assert classify("PUT", space, body={"status": "archived"}).effect.action == "blocked"


@pytest.mark.parametrize("path", [SEARCH, "/wiki/rest/api/content/search", "/wiki/rest/api/search/user"])
def test_search_that_hands_out_bodies_reads_pages_too(path: str) -> None:
    plain = classify("GET", path, {"cql": "x", "expand": "content.space,content.version"}).effect
    assert (plain.action, plain.also) == ("read", None)
    for expand in ("content.body.storage", ["version", "body.view"], "content.BODY.storage"):
        effect = classify("GET", path, {"cql": "x", "expand": expand}).effect
        assert (effect.action, effect.also) == ("read", "pages"), expand
    for expand in ("children.attachment", ["body.view", "content.children.comment"], "restrictions.read"):
        assert classify("GET", path, {"cql": "x", "expand": expand}).effect.action == "blocked", expand


@pytest.mark.parametrize("route", ["copy", "pagehierarchy/copy"])
def test_a_page_copied_with_its_attachments_writes_those_too(route: str) -> None:
    path = f"/wiki/rest/api/content/1/{route}"
    for without in ({}, {"copyAttachments": False}, {"copyAttachments": None}):
        assert classify("POST", path, body=without).effect == Effect("pages", "write")
    for value in (True, "true", 1, "yes", []):
        assert classify("POST", path, body={"copyattachments": value}).effect.also == "attachments"


def test_descendants_that_are_attachments_belong_to_attachments() -> None:
    path = "/wiki/rest/api/content/1/descendant"
    assert classify("GET", f"{path}/page").effect.group == "pages"
    assert classify("GET", f"{path}/attachment").effect.group == "attachments"
    both = Effect("pages", "read", also="attachments")
    for expand in ("page,attachment", ["attachment", "comment"]):
        assert classify("GET", path, {"expand": expand}).effect == both, expand
    assert classify("GET", f"{path}/page", {"expand": "body.view,attachment"}).effect.action == "blocked"
    onto_pages = classify("GET", f"{path}/attachment", {"expand": "container.body.storage"}).effect
    assert (onto_pages.group, onto_pages.also) == ("attachments", "pages")


@pytest.mark.parametrize("path", ["user", "user/current", "user/anonymous", "user/bulk", "group/g1/membersByGroupId"])
def test_people_lead_to_pages_only_who_may_read_pages(path: str) -> None:
    route = f"/wiki/rest/api/{path}"
    assert classify("GET", route, {"expand": "operations,personalSpace"}).effect == Effect("users", "read")
    for expand in ("personalSpace.homepage", "personalspace.homePage.body.storage", ["operations", "body"]):
        assert classify("GET", route, {"expand": expand}).effect == Effect("users", "read", also="pages"), expand


@pytest.mark.parametrize(
    "written", ["/wiki/api/v2/pages/4711/", "/wiki/api/v2/%70ages/%34711", "/wiki/%61pi/v2/p%61ges/4711"]
)
def test_one_decoding_and_one_slash_at_the_end_are_let_go(written: str) -> None:
    assert classify("get", written).request.path == PAGE


def test_the_query_is_sent_as_judged() -> None:
    query: Query = {"limit": 25, "space-id": [1, "2"], "status": ["current"], "sort": "-id", "title": "Ü & y=1"}
    pairs = classify("GET", "/wiki/api/v2/pages", query).request.query
    assert sorted(pairs) == [
        ("limit", "25"), ("sort", "-id"), ("space-id", "1"), ("space-id", "2"),
        ("status", "current"), ("title", "Ü & y=1"),
    ]  # fmt: skip
    assert classify("POST", "/wiki/api/v2/pages", {"private": True}, {"title": "x"}).request.query == (
        ("private", "true"),
    )


@pytest.mark.parametrize(
    "query",
    [
        {"unheard-of": "1"},
        {"_method": "DELETE"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"limit": [1, 2]},
        {"limit": None},
        {"limit": 1.5},
        {"limit": 10**5000},
        {"limit": {"a": 1}},
        {"title": "a\x00b"},
        {"title": "a\r\nHost: evil"},
        {"title": "\ud800"},
        {"title": "x" * 9000},
        {"id": ["1"] * 501},
        {"id": [["1"]]},
    ],
)
def test_a_query_that_is_not_documented_or_not_plain_is_refused(query: Any) -> None:
    with pytest.raises(UnknownOperation):
        classify("GET", "/wiki/api/v2/pages", query)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", PAGE, {"a": 1}),
        ("GET", PAGE, "x"),
        ("DELETE", PAGE, {"purge": True}),
        ("PUT", PAGE, [{"status": "trashed"}]),
        ("PUT", PAGE, '{"status":"trashed"}'),
        ("PUT", PAGE, 1),
        ("PUT", PAGE, {"_method": "DELETE"}),
        ("POST", "/wiki/api/v2/users-bulk", "x"),
    ],
)
def test_a_body_of_the_wrong_kind_is_refused(method: str, path: str, body: Body) -> None:
    with pytest.raises(UnknownOperation):
        classify(method, path, body=body)


def test_an_empty_body_where_none_is_taken_is_none() -> None:
    assert classify("DELETE", PAGE, body={}).request.body is None
    labels = [{"prefix": "global", "name": "x"}]
    assert classify("POST", "/wiki/rest/api/content/1/label", body=labels).request.body == labels


def test_a_waiting_request_is_judged_again_as_what_it_is() -> None:
    for operation in operations():
        first = classify(operation.method, gating.path_of(operation), body=gating.body_of(operation))
        assert classify_again(first.request) == first
    many = classify("GET", "/wiki/api/v2/pages", {"id": ["1", "2"], "limit": 3})
    assert classify_again(many.request) == many


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "x-method-override", "X-HTTP-Method", "_method"])
def test_a_header_that_names_another_method_is_refused(name: str) -> None:
    with pytest.raises(UnknownOperation):
        refuse_method_override(["Accept", name])
    refuse_method_override(["Accept", "Content-Type", "Authorization"])


def test_scopes_classic_or_all_the_granular_ones() -> None:
    label = named("addLabelsToContent")
    classic, granular = ("write:confluence-content",), ("read:label:confluence", "write:label:confluence")
    assert missing_scopes(label, classic) == ()
    assert missing_scopes(label, granular) == ()
    assert missing_scopes(label, granular[:1]) == granular[1:]
    assert missing_scopes(label, ()) == classic
    assert missing_scopes(named("searchByCQL"), ()) == ("read:content-details:confluence",)
    assert missing_scopes(named("createPage"), ("read:page:confluence",)) == ("write:page:confluence",)


def test_a_literal_goes_before_a_parameter_and_nobody_turns_back() -> None:
    assert find("GET", ["wiki", "rest", "api", "template", "page"]) is not None
    assert find("DELETE", ["wiki", "rest", "api", "template", "page"]) is None
    assert find("GET", ["wiki", "rest", "api", "user", "watch", "property"]) is None
    assert find("GET", ["wiki", "api", "v2", "pages", "4711"]) is not None
    assert find("GET", ["wiki", "api", "v2", "pages", "draft"]) is None
