"""The answers to writes, and to what is read beside them, against Atlassian's documents."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.simulator.gateway import WRITING
from local.simulator.operations import match
from tests.conftest import MovableClock
from tests.contract.simulator_caller import WRITING as SCOPES
from tests.contract.simulator_caller import Caller, new_caller
from tests.contract.test_simulator_openapi import problems
from tests.contract.test_simulator_uploads import upload

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"
BODY = {"representation": "storage", "value": '<p>A plan<br/></p><ac:structured-macro ac:name="toc"/>'}
STATUSES = {
    "createFooterComment": 201,
    "createInlineComment": 201,
    "archivePages": 202,
    "deletePageTree": 202,
    "deleteSpace": 202,
}

type Call = Callable[[], httpx.Response]


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent(SCOPES)


def _pages(caller: Caller) -> dict[str, Call]:
    page, space = caller.page("PRD: Gift cards")["id"], caller.space_id("SHOP")
    post = caller.get(f"{V2}/blogposts").json()["results"][0]["id"]
    whole = {"status": "current", "title": "New title", "body": BODY, "version": {"number": 2}}
    new = {"spaceId": space, "title": "New title", "body": BODY}
    return {
        "createPage": lambda: caller.send("POST", f"{V2}/pages", new),
        "updatePage": lambda: caller.send("PUT", f"{V2}/pages/{page}", whole | {"id": page}),
        "updatePageTitle": lambda: caller.send(
            "PUT", f"{V2}/pages/{page}/title", {"status": "current", "title": "New title"}
        ),
        "deletePage": lambda: caller.send("DELETE", f"{V2}/pages/{page}"),
        "createBlogPost": lambda: caller.send("POST", f"{V2}/blogposts", new),
        "updateBlogPost": lambda: caller.send("PUT", f"{V2}/blogposts/{post}", whole | {"id": post}),
        "deleteBlogPost": lambda: caller.send("DELETE", f"{V2}/blogposts/{post}"),
    }


def _comments(caller: Caller) -> dict[str, Call]:
    page = caller.page("PRD: Gift cards")["id"]
    written = {"spaceId": caller.space_id("SHOP"), "title": "A plan", "body": BODY}
    new, post = (str(caller.send("POST", f"{V2}/{kind}", written).json()["id"]) for kind in ("pages", "blogposts"))
    word = {"textSelection": "A plan", "textSelectionMatchCount": 1, "textSelectionMatchIndex": 0}
    on_page, on_post = {"pageId": page, "body": BODY}, {"blogPostId": post, "body": BODY}
    inline = on_post | {"inlineCommentProperties": word}
    changed = {"body": BODY, "version": {"number": 2}}

    def made(kind: str, body: Any) -> str:
        return str(caller.send("POST", f"{V2}/{kind}-comments", body).json()["id"])

    def rows(path: str) -> httpx.Response:
        return caller.get(f"{V2}{path}", body_format="storage")

    footer, footer_on_post, mark = made("footer", on_page), made("footer", on_post), made("inline", inline)
    made("footer", {"parentCommentId": footer, "body": BODY})
    made("inline", {"parentCommentId": mark, "body": BODY})
    made("inline", {"pageId": new, "body": BODY, "inlineCommentProperties": word})
    return {
        "getPageFooterComments": lambda: rows(f"/pages/{page}/footer-comments"),
        "getPageInlineComments": lambda: rows(f"/pages/{new}/inline-comments"),
        "getBlogPostFooterComments": lambda: rows(f"/blogposts/{post}/footer-comments"),
        "getBlogPostInlineComments": lambda: rows(f"/blogposts/{post}/inline-comments"),
        "getFooterComments": lambda: rows("/footer-comments"),
        "getInlineComments": lambda: rows("/inline-comments"),
        "getFooterCommentById": lambda: rows(f"/footer-comments/{footer_on_post}"),
        "getInlineCommentById": lambda: rows(f"/inline-comments/{mark}"),
        "getFooterCommentChildren": lambda: rows(f"/footer-comments/{footer}/children"),
        "getInlineCommentChildren": lambda: rows(f"/inline-comments/{mark}/children"),
        "createFooterComment": lambda: caller.send("POST", f"{V2}/footer-comments", on_page),
        "createInlineComment": lambda: caller.send(
            "POST", f"{V2}/inline-comments", {"parentCommentId": mark, "body": BODY}
        ),
        "updateFooterComment": lambda: caller.send("PUT", f"{V2}/footer-comments/{footer}", changed),
        "updateInlineComment": lambda: caller.send("PUT", f"{V2}/inline-comments/{mark}", changed | {"resolved": True}),
        "deleteFooterComment": lambda: caller.send("DELETE", f"{V2}/footer-comments/{footer}"),
        "deleteInlineComment": lambda: caller.send("DELETE", f"{V2}/inline-comments/{mark}"),
    }


def _labels_and_files(caller: Caller) -> dict[str, Call]:
    page = caller.page("PRD: Gift cards")["id"]
    label = f"{V1}/content/{page}/label"
    name = {"prefix": "global", "name": "reviewed"}
    first = upload(caller, page, ("first.txt", b"x")).json()["results"][0]["id"]
    return {
        "addLabelsToContent": lambda: caller.send("POST", label, [name]),
        "removeLabelFromContent": lambda: caller.send("DELETE", f"{label}/reviewed"),
        "removeLabelFromContentUsingQueryParameter": lambda: caller.send("DELETE", label, name="reviewed"),
        "createAttachment": lambda: upload(caller, page, ("a.txt", b"x")),
        "createOrUpdateAttachments": lambda: upload(caller, page, ("a.txt", b"x"), method="PUT"),
        "updateAttachmentData": lambda: upload(caller, page, ("a.txt", b"x"), more=f"/{first}/data"),
        "deleteAttachment": lambda: caller.send("DELETE", f"{V2}/attachments/{first.removeprefix('att')}"),
    }


def _folder(caller: Caller) -> str:
    home = caller.page("Platform engineering")["id"]
    rows = caller.walk(f"{V2}/pages/{home}/direct-children")
    return next(str(row["id"]) for row in rows if row["type"] == "folder")


def _beside_pages(caller: Caller) -> dict[str, Call]:
    page, post = caller.page("How-tos"), caller.get(f"{V2}/blogposts").json()["results"][0]
    path = f"{V2}/pages/{page['id']}"
    whole = {"id": page["id"], "status": "current", "title": page["title"], "body": BODY, "version": {"number": 2}}
    caller.send("PUT", path, whole)
    held = caller.send("POST", f"{path}/properties", {"key": "ticket", "value": {"id": 7}}).json()["id"]
    changed = {"key": "ticket", "value": None, "version": {"number": 2}}
    question = {"subject": {"type": "user", "identifier": "557058:nobody"}, "operation": "update"}
    archived = {"pages": [{"id": int(caller.page("Decisions")["id"])}]}
    tree, bands = caller.page("Runbooks")["id"], caller.page("PRD: Size advice")["id"]
    task = caller.send("POST", f"{V1}/content/archive", {"pages": [{"id": int(bands)}]}).json()["id"]
    return {
        "getPageVersions": lambda: caller.get(f"{path}/versions", body_format="storage"),
        "getPageVersionDetails": lambda: caller.get(f"{path}/versions/1"),
        "getBlogPostVersions": lambda: caller.get(f"{V2}/blogposts/{post['id']}/versions", body_format="storage"),
        "getBlogPostVersionDetails": lambda: caller.get(f"{V2}/blogposts/{post['id']}/versions/1"),
        "getPageContentProperties": lambda: caller.get(f"{path}/properties"),
        "getPageContentPropertiesById": lambda: caller.get(f"{path}/properties/{held}"),
        "createPageProperty": lambda: caller.send("POST", f"{path}/properties", {"key": "other", "value": [1]}),
        "updatePagePropertyById": lambda: caller.send("PUT", f"{path}/properties/{held}", changed),
        "deletePagePropertyById": lambda: caller.send("DELETE", f"{path}/properties/{held}"),
        "checkContentPermission": lambda: caller.send("POST", f"{V1}/content/{tree}/permission/check", question),
        "archivePages": lambda: caller.send("POST", f"{V1}/content/archive", archived),
        "deletePageTree": lambda: caller.send("DELETE", f"{V1}/content/{tree}/pageTree"),
        "deleteSpace": lambda: caller.send("DELETE", f"{V1}/space/ENG"),
        "movePage": lambda: caller.send("PUT", f"{V1}/content/{tree}/move/append/{page['id']}"),
        "createFolder": lambda: caller.send("POST", f"{V2}/folders", {"spaceId": page["spaceId"], "title": "F"}),
        "deleteFolder": lambda: caller.send("DELETE", f"{V2}/folders/{_folder(caller)}"),
        "getTask": lambda: caller.get(f"{V1}/longtask/{task}"),
    }


def _calls(caller: Caller) -> dict[str, Call]:
    """One telling call of each operation."""
    return _pages(caller) | _comments(caller) | _labels_and_files(caller) | _beside_pages(caller)


@pytest.mark.parametrize("operation", sorted(WRITING))
def test_answers_are_of_the_documented_shape(operation: str, caller: Caller, spec: Path) -> None:
    answer = _calls(caller)[operation]()
    path = "/wiki" + answer.request.url.path.partition("/wiki")[2]
    found = match(answer.request.method, path)
    assert found is not None
    assert found[0].id == operation
    if answer.status_code == 204:
        assert (answer.request.method, answer.content) == ("DELETE", b"")
        return
    assert answer.status_code == STATUSES.get(operation, 200), answer.text
    body: Any = answer.json()
    assert body.get("results", [body]), "an empty list proves nothing"
    assert problems(spec / "atlassian" / "openapi", answer.request.method, path, answer) == []
    assert caller.violations() == []
