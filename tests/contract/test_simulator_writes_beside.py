"""What is written and asked beside a page's body: versions, properties, permissions, archives, whole spaces."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from local.simulator.accounts import ACCOUNTS
from tests.conftest import MovableClock
from tests.contract.simulator_caller import WRITING, Caller, new_caller

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"


@pytest.fixture
def caller(clock: MovableClock) -> Caller:
    return new_caller(clock).consent(WRITING)


@pytest.fixture
def page(caller: Caller) -> str:
    return str(caller.page("PRD: Gift cards")["id"])


def other(caller: Caller, account: str) -> Caller:
    return Caller(caller.clock, caller.simulator, account).consent(WRITING)


def control(caller: Caller, path: str, body: object) -> httpx.Response:
    return caller.http.post(f"http://127.0.0.1:8090/_simulator/{path}", content=json.dumps(body))


def test_versions_are_listed_newest_first_and_old_bodies_stay(caller: Caller, page: str) -> None:
    for number in (2, 3):
        body = {"representation": "storage", "value": f"<p>{number}</p>"}
        whole = {"id": page, "status": "current", "title": f"V{number}", "body": body, "version": {"number": number}}
        caller.clock.move(seconds=60)
        assert caller.send("PUT", f"{V2}/pages/{page}", whole).status_code == 200
    rows = caller.walk(f"{V2}/pages/{page}/versions", limit=2, body_format="storage")
    assert [(row["number"], row["page"]["title"]) for row in rows] == [(3, "V3"), (2, "V2"), (1, "PRD: Gift cards")]
    assert rows[1]["page"]["body"]["storage"]["value"].endswith(">2</p>")
    middle = caller.get(f"{V2}/pages/{page}/versions/2").json()
    assert (middle["prevVersion"], middle["nextVersion"]) == (1, 3)
    assert caller.get(f"{V2}/pages/{page}/versions/4").status_code == 404
    old = caller.get(f"{V2}/pages/{page}", version=2, body_format="storage").json()
    assert (old["status"], old["body"]["storage"]["value"][-5:]) == ("historical", "2</p>")


def test_properties_have_versions_of_their_own(caller: Caller, page: str) -> None:
    path = f"{V2}/pages/{page}/properties"
    made = caller.send("POST", path, {"key": "ticket", "value": {"id": 7}}).json()
    assert caller.send("POST", path, {"key": "ticket", "value": 1}).status_code == 400
    assert caller.get(path, key="Ticket").json()["results"] == [], "keys mind their case"
    one = f"{path}/{made['id']}"
    assert caller.send("PUT", one, {"key": "ticket", "value": 8, "version": {"number": 1}}).status_code == 409
    assert caller.send("PUT", one, {"key": "other", "value": 8, "version": {"number": 2}}).status_code == 400
    changed = caller.send("PUT", one, {"key": "ticket", "value": 8, "version": {"number": 2}}).json()
    assert (changed["value"], changed["version"]["number"]) == (8, 2)
    assert caller.get(f"{V2}/pages/{page}").json()["version"]["number"] == 1
    assert caller.send("DELETE", one).status_code == 204
    assert caller.get(one).status_code == 404
    caller.simulator.editor().lock(page, [])
    assert caller.send("POST", path, {"key": "ticket", "value": 1}).status_code == 403


@pytest.mark.parametrize(
    ("account", "operation", "expected"),
    [
        ("alice", "read", True),
        ("alice", "update", True),
        ("ada", "read", True),
        ("ada", "update", False),
        ("ada", "delete", False),
        ("grace", "read", False),
        ("none", "read", False),
    ],
)
def test_permissions_are_answered_for_anybody(
    caller: Caller, page: str, account: str, operation: str, expected: bool
) -> None:
    control(caller, f"pages/{page}/lock", {"accounts": ["alice"]})
    control(caller, f"pages/{page}/restrict", {"accounts": ["alice", "ada"]})
    subject = {"type": "user", "identifier": ACCOUNTS[account].account_id}
    answer = caller.send("POST", f"{V1}/content/{page}/permission/check", {"subject": subject, "operation": operation})
    assert (answer.status_code, answer.json()["hasPermission"]) == (200, expected)
    assert bool(answer.json()["errors"]) is not expected


def test_a_closed_account_may_nothing(caller: Caller, page: str) -> None:
    subject = {"type": "user", "identifier": ACCOUNTS["grace"].account_id}
    seen = []
    for closed in (False, True):
        if closed:
            assert control(caller, "accounts/grace/close", {}).status_code == 200
        question = {"subject": subject, "operation": "read"}
        answer = caller.send("POST", f"{V1}/content/{page}/permission/check", question)
        seen.append(answer.json()["hasPermission"])
    assert seen == [True, False]


def test_permission_questions_that_make_no_sense(caller: Caller, page: str) -> None:
    path = f"{V1}/content/{page}/permission/check"
    subject = {"type": "user", "identifier": "x"}
    assert caller.send("POST", path, {"subject": subject, "operation": "write"}).status_code == 400
    assert caller.send("POST", path, {"subject": subject}).status_code == 400
    missing = caller.send("POST", f"{V1}/content/1/permission/check", {"subject": subject, "operation": "read"})
    assert missing.status_code == 404
    assert other(caller, "ada").send("POST", path, {"subject": subject, "operation": "read"}).status_code == 200


def test_the_control_api_locks_and_unlocks(caller: Caller, page: str) -> None:
    rename = {"status": "current", "title": "New"}
    control(caller, f"pages/{page}/lock", {"accounts": ["ada"]})
    assert caller.send("PUT", f"{V2}/pages/{page}/title", rename).status_code == 403
    control(caller, f"pages/{page}/unlock", {})
    assert caller.send("PUT", f"{V2}/pages/{page}/title", rename).status_code == 200


def finished(caller: Caller, answer: httpx.Response) -> list[bool]:
    assert answer.status_code == 202, answer.text
    status = f"/wiki{answer.json()['links']['status']}"
    seen = [caller.get(status).json()["finished"]]
    caller.clock.move(seconds=2)
    return [*seen, caller.get(status).json()["finished"]]


def test_pages_are_archived_all_or_none(caller: Caller, page: str) -> None:
    def archive(*ids: Any) -> httpx.Response:
        return caller.send("POST", f"{V1}/content/archive", {"pages": [{"id": int(each)} for each in ids]})

    assert archive(page, 1).status_code == 400
    assert archive(*[page] * 301).status_code == 400
    assert caller.get(f"{V2}/pages/{page}").json()["status"] == "current"
    assert finished(caller, archive(page)) == [False, True]
    assert caller.get(f"{V2}/pages/{page}").json()["status"] == "archived"
    assert archive(page).status_code == 400


def test_a_tree_goes_to_the_trash_as_a_whole(caller: Caller) -> None:
    root, below = caller.page("Runbooks")["id"], caller.page("Runbook: DNS")["id"]
    assert finished(caller, caller.send("DELETE", f"{V1}/content/{root}/pageTree")) == [False, True]
    assert [caller.get(f"{V2}/pages/{each}").json()["status"] for each in (root, below)] == ["trashed"] * 2
    assert caller.send("DELETE", f"{V1}/content/{root}/pageTree").status_code == 400


def test_a_whole_space_can_be_deleted_and_is_counted(caller: Caller) -> None:
    below, endpoint = caller.page("Runbook: DNS")["id"], f"DELETE {V1}/space/{{spaceKey}}"
    assert finished(caller, caller.send("DELETE", f"{V1}/space/ENG")) == [False, True]
    assert caller.get(f"{V2}/pages/{below}").status_code == 404
    assert caller.send("DELETE", f"{V1}/space/ENG").status_code == 404
    assert caller.simulator.by_endpoint[endpoint] == 2
    assert caller.get(f"{V1}/space/SHOP").status_code == 410, "reading spaces this way is gone"
    caller.consent("offline_access delete:page:confluence write:page:confluence")
    assert caller.send("DELETE", f"{V1}/space/SHOP").status_code == 401
    assert caller.consent("write:confluence-space").send("DELETE", f"{V1}/space/SHOP").status_code == 202


def children(caller: Caller, parent: str) -> list[str]:
    return [row["title"] for row in caller.walk(f"{V2}/pages/{parent}/direct-children", limit=250)]


def test_pages_are_moved_below_and_beside_others(caller: Caller, page: str) -> None:
    def move(position: str, target: str, what: str = page) -> int:
        return caller.send("PUT", f"{V1}/content/{what}/move/{position}/{target}").status_code

    decisions = caller.page("Decisions")["id"]
    before = children(caller, decisions)
    assert move("append", decisions) == 200
    assert children(caller, decisions) == [*before, "PRD: Gift cards"]
    second = caller.page(before[1])["id"]
    assert move("before", second) == 200
    assert children(caller, decisions) == [before[0], "PRD: Gift cards", *before[1:]]
    assert move("after", second) == 200
    assert children(caller, decisions) == [*before[:2], "PRD: Gift cards", *before[2:]]
    assert move("append", page, decisions) == 400, "a loop"
    assert move("inside", second) == 400
    assert move("append", "1") == 404
    assert caller.get(f"{V2}/pages/{page}").json()["version"]["number"] == 1
    caller.simulator.editor().lock(page, [])
    assert move("append", decisions) == 403


def test_a_move_to_another_space_needs_a_free_title(caller: Caller, page: str) -> None:
    runbooks = caller.page("Runbooks")
    taken = {"spaceId": runbooks["spaceId"], "title": "PRD: Gift cards"}
    made = caller.send("POST", f"{V2}/pages", taken).json()["id"]
    path = f"{V1}/content/{page}/move/append/{runbooks['id']}"
    assert caller.send("PUT", path).status_code == 400
    caller.send("DELETE", f"{V2}/pages/{made}")
    assert caller.send("PUT", path).json() == {"pageId": page}
    assert caller.get(f"{V2}/pages/{page}").json()["spaceId"] == runbooks["spaceId"]


def test_folders_are_made_and_thrown_away(caller: Caller) -> None:
    runbooks = caller.page("Runbooks")
    body = {"spaceId": runbooks["spaceId"], "title": "Runbooks", "parentId": runbooks["id"]}
    made = caller.send("POST", f"{V2}/folders", body).json()
    assert (made["type"], made["parentId"]) == ("folder", runbooks["id"])
    inside = {"spaceId": runbooks["spaceId"], "title": "Inside", "parentId": made["id"]}
    assert caller.send("POST", f"{V2}/pages", inside).json()["parentType"] == "folder"
    assert caller.send("POST", f"{V2}/folders", body | {"title": ""}).status_code == 400
    assert caller.send("DELETE", f"{V2}/folders/{made['id']}").status_code == 204
    assert caller.send("DELETE", f"{V2}/folders/{made['id']}").status_code == 404
    assert "Runbooks" not in children(caller, runbooks["id"])


def test_fifty_simultaneous_updates_make_one_version(caller: Caller, page: str) -> None:
    body = {"representation": "storage", "value": "<p>Mine.</p>"}
    whole = {"id": page, "status": "current", "title": "Mine", "body": body, "version": {"number": 2}}
    with ThreadPoolExecutor(50) as pool:
        answers = pool.map(lambda _: caller.send("PUT", f"{V2}/pages/{page}", whole).status_code, range(50))
    assert Counter(answers) == {200: 1, 409: 49}
