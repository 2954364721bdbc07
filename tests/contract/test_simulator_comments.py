"""Comments written through the simulator: footer and inline, replies, resolving, deletion for ever."""

from typing import Any

import httpx
import pytest

from tests.conftest import MovableClock
from tests.contract.simulator_caller import WRITING, Caller, new_caller

V2 = "/wiki/api/v2"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent(WRITING)


def other(caller: Caller, account: str) -> Caller:
    return Caller(caller.clock, caller.simulator, account).consent(WRITING)


def comment(caller: Caller, kind: str = "footer", text: str = "<p>Why?</p>", **place: Any) -> httpx.Response:
    body = {"body": {"representation": "storage", "value": text}} | place
    return caller.send("POST", f"{V2}/{kind}-comments", body)


def selected(text: str, count: int = 1, index: int = 0) -> dict[str, Any]:
    return {"textSelection": text, "textSelectionMatchCount": count, "textSelectionMatchIndex": index}


def new_page(caller: Caller, value: str) -> str:
    body = {"spaceId": caller.space_id("SHOP"), "title": "Commented", "body": {"representation": "storage"}}
    body["body"]["value"] = value  # type: ignore[index]
    return str(caller.send("POST", f"{V2}/pages", body).json()["id"])


def test_roots_are_listed_on_the_page_and_replies_below_them(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")["id"]
    answer = comment(caller, pageId=page)
    root = answer.json()
    assert (answer.status_code, root["pageId"], root["title"]) == (201, page, "Re: PRD: Gift cards")
    caller.clock.move(seconds=5)
    reply = comment(caller, parentCommentId=root["id"]).json()
    assert reply["parentCommentId"] == root["id"]
    assert [row["id"] for row in caller.walk(f"{V2}/pages/{page}/footer-comments")] == [root["id"]]
    assert [row["id"] for row in caller.walk(f"{V2}/footer-comments/{root['id']}/children")] == [reply["id"]]
    newest = caller.get(f"{V2}/footer-comments", sort="-created-date", body_format="storage").json()["results"]
    assert [row["id"] for row in newest] == [reply["id"], root["id"]]
    assert "Why?" in newest[0]["body"]["storage"]["value"]
    assert caller.get(f"{V2}/inline-comments/{root['id']}").status_code == 404
    assert caller.walk(f"{V2}/pages/{page}/inline-comments") == []
    assert caller.violations() == []


def test_comments_on_blog_posts(caller: Caller) -> None:
    post = caller.get(f"{V2}/blogposts").json()["results"][0]["id"]
    made = comment(caller, blogPostId=post).json()
    assert made["blogPostId"] == post
    assert [row["id"] for row in caller.walk(f"{V2}/blogposts/{post}/footer-comments")] == [made["id"]]
    assert comment(caller, pageId=post).status_code == 404


def test_a_comment_has_exactly_one_place(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")["id"]
    assert comment(caller).status_code == 400
    assert comment(caller, pageId=page, blogPostId=page).status_code == 400
    assert comment(caller, parentCommentId="1").status_code == 404
    assert comment(caller, attachmentId="1").status_code == 501
    assert comment(caller, pageId=page, text="<p>").status_code == 400


def test_an_inline_comment_marks_its_text_without_a_new_version(caller: Caller) -> None:
    page = new_page(caller, "<p>Cats &amp; cats</p><ac:structured-macro ac:name='cats'/><p>cats</p>")
    made = comment(caller, "inline", pageId=page, inlineCommentProperties=selected("cats", 2, 1)).json()
    now = caller.get(f"{V2}/pages/{page}", body_format="storage").json()
    reference = made["properties"]["inlineMarkerRef"]
    marker = f'<ac:inline-comment-marker ac:ref="{reference}">cats</ac:inline-comment-marker></p>'
    assert now["body"]["storage"]["value"].endswith(marker)
    assert now["version"]["number"] == 1
    assert made["properties"]["inlineOriginalSelection"] == "cats"
    assert made["resolutionStatus"] == "open"
    amper = comment(caller, "inline", pageId=page, inlineCommentProperties=selected("Cats & cats"))
    assert amper.status_code == 201


@pytest.mark.parametrize("selection", [("dogs", 0, 0), ("cats", 1, 0), ("cats", 2, 2), ("cats", 2, -1), ("", 0, 0)])
def test_a_selection_that_is_not_there(caller: Caller, selection: tuple[str, int, int]) -> None:
    page = new_page(caller, "<p>cats</p><p>cats</p>")
    answer = comment(caller, "inline", pageId=page, inlineCommentProperties=selected(*selection))
    assert answer.status_code == 400
    assert caller.walk(f"{V2}/pages/{page}/inline-comments") == []


def test_inline_comments_are_resolved_and_reopened(caller: Caller) -> None:
    page = new_page(caller, "<p>cats</p>")
    made = comment(caller, "inline", pageId=page, inlineCommentProperties=selected("cats")).json()
    assert comment(caller, "inline", pageId=page).status_code == 400, "a root needs its text"
    reply = comment(caller, "inline", parentCommentId=made["id"]).json()
    assert [row["id"] for row in caller.walk(f"{V2}/inline-comments/{made['id']}/children")] == [reply["id"]]
    seen = []
    for number, resolved in ((2, False), (3, True), (4, False)):
        body = {"version": {"number": number}, "body": made["body"]["storage"], "resolved": resolved}
        answer = caller.send("PUT", f"{V2}/inline-comments/{made['id']}", body).json()
        seen.append((answer["version"]["number"], answer["resolutionStatus"]))
    assert seen == [(2, "open"), (3, "resolved"), (4, "reopened")]
    path = f"{V2}/pages/{page}/inline-comments"
    assert len(caller.walk(path, resolution_status="reopened")) == 1
    assert caller.walk(path, resolution_status="resolved") == []


def test_only_the_author_changes_a_comment_and_says_the_next_version(caller: Caller) -> None:
    made = comment(caller, pageId=caller.page("PRD: Gift cards")["id"]).json()
    path = f"{V2}/footer-comments/{made['id']}"
    change = {"version": {"number": 2}, "body": {"representation": "storage", "value": "<p>Because.</p>"}}
    assert other(caller, "ada").send("PUT", path, change).status_code == 404
    assert caller.send("PUT", path, change).json()["version"]["number"] == 2
    assert caller.send("PUT", path, change).status_code == 409
    assert caller.send("PUT", path, {"version": {"number": 3}}).status_code == 400
    assert "Why?" in caller.get(path, version=1, body_format="storage").json()["body"]["storage"]["value"]
    assert "Because." in caller.get(path, body_format="storage").json()["body"]["storage"]["value"]
    assert caller.get(path, version=7).status_code == 404


def test_deletion_is_for_ever_and_takes_the_replies(caller: Caller) -> None:
    root = comment(caller, pageId=caller.page("PRD: Gift cards")["id"]).json()["id"]
    reply = comment(caller, parentCommentId=root).json()["id"]
    assert caller.send("DELETE", f"{V2}/footer-comments/{root}").status_code == 204
    assert caller.send("DELETE", f"{V2}/footer-comments/{root}").status_code == 404
    assert caller.get(f"{V2}/footer-comments/{reply}").status_code == 404


def test_comments_go_with_the_right_to_read_their_page(caller: Caller) -> None:
    page = caller.page("PRD: Gift cards")["id"]
    made, ada = comment(caller, pageId=page).json()["id"], other(caller, "ada")
    assert ada.get(f"{V2}/footer-comments/{made}").status_code == 200
    caller.simulator.editor().restrict(page, [])
    assert ada.get(f"{V2}/footer-comments/{made}").status_code == 404
    assert ada.walk(f"{V2}/footer-comments") == []
    assert comment(ada, pageId=page).status_code == 404
    caller.simulator.editor().restrict(page, None)
    caller.simulator.editor().lock(page, [])
    assert comment(ada, pageId=page).status_code == 201, "who reads may comment, locked or not"
    caller.simulator.editor().trash(page)
    assert comment(ada, pageId=page).status_code == 404
    assert ada.get(f"{V2}/footer-comments/{made}").status_code == 404


def test_comments_have_scopes_of_their_own(caller: Caller) -> None:
    caller.consent("offline_access read:page:confluence write:page:confluence read:comment:confluence")
    page = caller.page("PRD: Gift cards")["id"]
    assert caller.get(f"{V2}/pages/{page}/footer-comments").status_code == 200
    assert comment(caller, pageId=page).status_code == 401
    assert caller.send("DELETE", f"{V2}/footer-comments/1").status_code == 401
