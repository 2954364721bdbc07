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

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"
BODY = {"representation": "storage", "value": '<p>A plan<br/></p><ac:structured-macro ac:name="toc"/>'}
STATUSES = {"createFooterComment": 201, "createInlineComment": 201, "archivePages": 202, "deleteSpace": 202}

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


def _calls(caller: Caller) -> dict[str, Call]:
    """One telling call of each operation."""
    return _pages(caller)


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
