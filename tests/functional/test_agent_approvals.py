"""Writes that wait for a person (F6): frozen, decided on once, sent as they were frozen, expired, and told."""

from dataclasses import replace
from typing import Any

import pytest

from confluence_connector.domain.identifiers import ApprovalId, WorkspaceId
from confluence_connector.limits import (
    AGENT_CALLS_PER_MINUTE,
    APPROVAL_HOURS,
    APPROVAL_QUERY_BYTES,
    APPROVAL_STALLED_SECONDS,
    APPROVALS_PENDING,
)
from tests.agents import ASKING, PAGES, READING, Robot, page, robot, robot_over
from tests.connecting import ADMIN, ANN, STRANGER, World
from tests.http import Answer

ASKS = {"pages": ASKING, "search": READING}


def decide(world: World, approval: str, action: str = "approve", **more: Any) -> Answer:
    return world.api.call(ADMIN, "POST", f"/approvals/{approval}/decision", json_body={"action": action} | more)


def draft(world: World, title: str = "By a robot") -> dict[str, Any]:
    body = {"representation": "storage", "value": "<p>frozen words</p>"}
    return {"spaceId": page(world).space_id, "title": title, "body": body}


def objects(world: World) -> list[str]:
    found = world.aws.s3.list_objects_v2(Bucket=world.aws.settings.transient_bucket).get("Contents", [])
    return [each["Key"] for each in found]


def writes(world: World) -> int:
    return sum(
        number for name, number in world.simulator.by_endpoint.items() if not name.startswith(("GET", "POST /oauth"))
    )


@pytest.fixture
def asking(world: World) -> Robot:
    return robot(world, policy=ASKS)


def test_a_write_waits_and_nothing_is_sent(world: World, asking: Robot) -> None:
    answer = asking.call("POST", PAGES, {"root-level": True}, draft(world))
    assert answer.status == 202
    told = answer.json()["approval"]
    assert told["status"] == "pending"
    assert writes(world) == 0
    assert world.aws.published("ApprovalRequested") == [
        {"workspace": "acme", "approval_id": told["id"], "agent_id": asking.id}
    ]
    kept = repr([item for item in world.aws.items() if "APPROVAL" in item["sk"]["S"]])
    assert "By a robot" not in kept
    assert "frozen words" not in kept
    shown = world.api.ok(ADMIN, "GET", f"/approvals/{told['id']}")
    assert shown["body"] == draft(world)
    assert (shown["trust"], shown["request"]["query"]) == ("untrusted", [["root-level", "true"]])
    assert [name.partition("-")[0] for name in objects(world)] == [f"approvals/{told['id']}"]
    assert asking.call("GET", PAGES).status == 200  # reads never wait


def test_approved_it_is_sent_as_it_was_frozen(world: World, asking: Robot) -> None:
    approval = asking.asks("POST", PAGES, body=draft(world))
    world.clock.move(seconds=1)
    done = decide(world, approval, note="fine by me").json()
    made = page(world, "By a robot")
    assert (done["status"], done["upstream_status"], done["result_id"]) == ("executed", 200, made.id)
    assert (done["decided_by"], done["note"]) == ("root", "fine by me")
    assert "frozen words" in (made.version.storage or "")
    assert writes(world) == 1
    assert objects(world) == []
    polled = asking.send("GET", f"/agent/approvals/{approval}").json()["approval"]
    assert (polled["status"], polled["result_id"]) == ("executed", made.id)
    assert [(each["via"], each["verdict"], each["code"], each["decided_by"]) for each in asking.calls()][::-1] == [
        ("rest", "needs_approval", None, None),
        ("approval", "allowed", None, "root"),
    ]


def test_rejected_it_is_gone(world: World, asking: Robot) -> None:
    approval = asking.asks("DELETE", f"{PAGES}/{page(world).id}")
    other = asking.asks("POST", PAGES, body=draft(world))
    assert decide(world, approval, "reject", note="no").json()["status"] == "rejected"
    assert decide(world, other, "reject").json()["code"] == "rejected"
    assert (writes(world), objects(world)) == (0, [])


@pytest.mark.parametrize("first", ["approve", "reject"])
@pytest.mark.parametrize("second", ["approve", "reject"])
def test_the_second_decision_is_refused(world: World, asking: Robot, first: str, second: str) -> None:
    approval = asking.asks("POST", PAGES, body=draft(world))
    decided = decide(world, approval, first).json()["status"]
    again = decide(world, approval, second)
    assert (again.status, again.code, again.json()["approval_status"]) == (409, "already_decided", decided)
    assert writes(world) == (first == "approve")


def test_only_admins_decide_and_agents_see_their_own(world: World, asking: Robot) -> None:
    approval = asking.asks("POST", PAGES, body=draft(world))
    path = f"/approvals/{approval}"
    assert world.api.call(ANN, "POST", f"{path}/decision", json_body={"action": "approve"}).status == 403
    assert world.api.call(STRANGER, "POST", f"{path}/decision", json_body={"action": "approve"}).status == 404
    assert world.api.call(ANN, "GET", path).status == 403
    other = robot_over(world, asking.connection_id, policy=ASKS)
    assert other.send("GET", f"/agent{path}").status == 404
    assert other.send("POST", f"{path}/decision", {"action": "approve"}).status == 401
    assert decide(world, approval, "approved").status == 422
    assert decide(world, approval, note="x" * 501).status == 422


def test_F5_asking_how_it_stands_is_a_call_too(world: World, asking: Robot) -> None:
    approval = asking.asks("POST", PAGES, body=draft(world))
    answers = [asking.send("GET", f"/agent/approvals/{approval}") for _ in range(AGENT_CALLS_PER_MINUTE)]
    assert [each.status for each in answers] == [*[200] * (AGENT_CALLS_PER_MINUTE - 1), 429]
    assert asking.call("GET", PAGES).code == "too_many_requests"


def test_an_agent_in_a_loop_fills_no_table(world: World, asking: Robot) -> None:
    other, trash = robot_over(world, asking.connection_id, policy=ASKS), f"{PAGES}/{page(world).id}"
    approvals, runtime = world.runtime.agents.approvals, world.runtime
    first = approvals.get(WorkspaceId("acme"), ApprovalId(asking.asks("DELETE", trash)))
    assert first is not None
    for _ in range(APPROVALS_PENDING - 1):
        approvals.save(replace(first, id=ApprovalId(runtime.new_id("apr")), revision=0))
    world.clock.move(seconds=1)
    one_more = asking.call("POST", PAGES, body=draft(world))
    assert (one_more.status, one_more.code) == (429, "too_many_requests")
    assert "admin" in one_more.json()["remedy"]
    assert objects(world) == []
    assert asking.calls()[0]["code"] == "too_many_requests"
    other.asks("DELETE", trash)
    decide(world, first.id, "reject")
    asking.asks("DELETE", trash)
    assert asking.call("DELETE", trash).status == 429
    world.clock.move(seconds=APPROVAL_HOURS * 3600)  # and nobody has swept yet
    asking.asks("DELETE", trash)


def test_a_query_that_no_approval_can_hold_is_refused(world: World, asking: Robot) -> None:
    """Five hundred values of eight thousand characters are a query; an item of the table has 400 KB."""
    copy = f"/wiki/rest/api/content/{page(world).id}/copy"
    answer = asking.call(
        "POST", copy, {"expand": ["ü" * 8000] * (APPROVAL_QUERY_BYTES // 8000)}, {"copyAttachments": False}
    )
    assert (answer.status, answer.code) == (413, "too_large")
    assert (writes(world), objects(world)) == (0, [])
    asking.asks("POST", copy, {"expand": ["x" * 8000] * 3}, {"copyAttachments": False})


def test_it_expires(world: World, asking: Robot) -> None:
    swept, seen = (asking.asks("POST", PAGES, body=draft(world, title)) for title in ("One", "Two"))
    world.clock.move(seconds=APPROVAL_HOURS * 3600)
    late = decide(world, seen)
    assert (late.code, late.json()["approval_status"]) == ("already_decided", "expired")
    assert sweep(world) == 1
    assert sweep(world) == 0
    assert world.api.ok(ADMIN, "GET", f"/approvals/{swept}")["status"] == "expired"
    assert (writes(world), objects(world)) == (0, [])


def sweep(world: World) -> int:
    return world.runtime.agents.sweeper.sweep(LongEnough())


class LongEnough:
    """The `Deadline` port of an invocation that has just begun."""

    def remaining_seconds(self) -> float:
        return 60


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pages": {"level": "read"}}, "read_only"),
        ({"pages": {"level": "disabled"}}, "group_disabled"),
        ({"pages": ASKING | {"allow_delete": False}}, "delete_not_allowed"),
    ],
)
def test_it_is_judged_anew_by_todays_policy(world: World, asking: Robot, change: Any, code: str) -> None:
    approval = asking.asks("DELETE", f"{PAGES}/{page(world).id}")
    world.api.ok(ADMIN, "PATCH", f"/agents/{asking.id}", {"policy": change})
    done = decide(world, approval).json()
    assert (done["status"], done["code"]) == ("failed", code)
    assert writes(world) == 0


def test_what_became_of_agent_and_connection_counts(world: World, asking: Robot) -> None:
    first, second = (asking.asks("POST", PAGES, body=draft(world, title)) for title in ("One", "Two"))
    world.api.ok(ADMIN, "DELETE", f"/connections/{asking.connection_id}")
    assert decide(world, first).json()["code"] == "reconnect_required"
    world.api.call(ADMIN, "DELETE", f"/agents/{asking.id}")
    assert decide(world, second).json()["code"] == "agent_gone"
    assert (writes(world), objects(world)) == (0, [])


@pytest.mark.parametrize("tampered", [b'{"title":"Other"}', b"", None])
def test_a_body_that_was_changed_is_never_sent(world: World, asking: Robot, tampered: bytes | None) -> None:
    approval = asking.asks("POST", PAGES, body=draft(world))
    (name,), bucket = objects(world), world.aws.settings.transient_bucket
    if tampered is None:
        world.aws.s3.delete_object(Bucket=bucket, Key=name)
    else:
        world.aws.s3.put_object(Bucket=bucket, Key=name, Body=tampered)
    done = decide(world, approval).json()
    assert (done["status"], done["code"]) == ("failed", "request_lost" if tampered is None else "request_changed")
    assert writes(world) == 0
    told = [each["kind"] for each in world.aws.published("SecurityEvent")]
    assert told == ([] if tampered is None else ["frozen_request_changed"])


def test_confluence_may_still_refuse(world: World, asking: Robot) -> None:
    approval = asking.asks("POST", PAGES, body=draft(world, page(world).title))
    done = decide(world, approval).json()
    assert (done["status"], done["code"], done["upstream_status"]) == ("failed", "confluence_refused", 400)


def test_lists_by_status(world: World, asking: Robot) -> None:
    made = []
    for number in range(5):
        world.clock.move(seconds=1)
        made.append(asking.asks("POST", PAGES, body=draft(world, f"Page {number}")))
    decide(world, made[0], "reject")
    pending = world.api.ok(ADMIN, "GET", "/approvals", query={"status": "pending", "limit": "3"})
    rest = world.api.ok(ADMIN, "GET", "/approvals", query={"status": "pending", "cursor": pending["next"]})
    assert [each["id"] for each in [*pending["items"], *rest["items"]]] == made[:0:-1]
    assert [each["id"] for each in world.api.ok(ADMIN, "GET", "/approvals")["items"]] == made[::-1]
    assert world.api.call(ADMIN, "GET", "/approvals", query={"cursor": pending["next"]}).status == 400
    assert world.api.call(ADMIN, "GET", "/approvals", query={"status": "lost"}).status == 422


def test_an_event_that_is_not_taken_keeps_no_request_from_waiting(world: World, asking: Robot) -> None:
    world.aws.fail("events", "PutEvents", "InternalException")
    asking.asks("POST", PAGES, body=draft(world))
    assert len(world.api.ok(ADMIN, "GET", "/approvals")["items"]) == 1


def test_a_store_that_does_not_answer_leaves_it_to_the_sweeper(world: World, asking: Robot) -> None:
    approval = asking.asks("POST", PAGES, body=draft(world))
    world.aws.fail("s3", "GetObject", "SlowDown")
    assert decide(world, approval).json()["status"] == "approved"
    assert writes(world) == 0
    world.aws.heal()
    assert sweep(world) == 0
    world.clock.move(seconds=APPROVAL_STALLED_SECONDS)
    assert sweep(world) == 1
    assert world.api.ok(ADMIN, "GET", f"/approvals/{approval}")["status"] == "executed"
    assert writes(world) == 1
