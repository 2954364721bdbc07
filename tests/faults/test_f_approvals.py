"""Approvals under a crowd and over a bad line: sent at most once, and what came of it found out by reading (F6)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from confluence_connector.domain.identifiers import ApprovalId, MemberId, WorkspaceId
from confluence_connector.domain.people import Principal
from confluence_connector.limits import (
    APPROVAL_HOURS,
    APPROVAL_LOOK_SECONDS,
    APPROVAL_LOOKED_FOR_HOURS,
    APPROVAL_STALLED_SECONDS,
)
from local.simulator.accounts import ACCOUNTS
from tests.agents import ASKING, OPEN, PAGES, Robot, page, robot
from tests.connecting import ADMIN, World
from tests.faults.test_f_killed_approvals import Minute, ask, created
from tests.functional.test_agent_approvals import objects
from tests.http import Answer

BLOGS = "/wiki/api/v2/blogposts"


@pytest.fixture
def asking(world: World) -> Robot:
    return robot(world, policy={"pages": ASKING})


def decide(world: World, approval: str) -> Answer:
    return world.api.call(ADMIN, "POST", f"/approvals/{approval}/decision", json_body={"action": "approve"})


def stands(world: World, approval: str) -> Any:
    return world.api.ok(ADMIN, "GET", f"/approvals/{approval}")


def sweep(world: World, seconds: float = APPROVAL_STALLED_SECONDS) -> int:
    world.clock.move(seconds=seconds)
    return world.runtime.agents.sweeper.sweep(Minute())


def sent(world: World, *methods: str) -> int:
    """Changes that Confluence was asked for."""
    counted = world.simulator.by_endpoint.items()
    return sum(number for name, number in counted if name.startswith(methods) and "oauth" not in name)


def update(world: World, *, version: int) -> dict[str, Any]:
    seen = page(world)
    body = {"representation": "storage", "value": "<p>changed by a robot</p>"}
    return {"id": seen.id, "status": "current", "title": seen.title, "version": {"number": version}, "body": body}


def test_fifty_decide_at_once_and_one_sends(world: World, asking: Robot) -> None:
    approval = ask(asking, world, "Wanted by fifty")
    worlds = [world.restarted() for _ in range(4)]
    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(lambda number: decide(worlds[number % 4], approval), range(50)))
    assert sorted(answer.status for answer in answers) == [200, *[409] * 49]
    assert {answer.code for answer in answers} == {None, "already_decided"}
    assert (created(world, "Wanted by fifty"), sent(world, "POST")) == (1, 1)
    assert stands(world, approval)["status"] == "executed"


def test_whoever_was_faster_has_decided(world: World, asking: Robot) -> None:
    approval = ask(asking, world, "One")
    admin = Principal(MemberId("root"), WorkspaceId("acme"), frozenset({"admin"}), frozenset())

    def faster() -> None:
        world.runtime.agents.decider.decide(admin, approval, "approve", None, Minute())

    world.aws.before("dynamodb", "PutItem", faster)
    late = decide(world, approval)
    assert (late.code, late.json()["approval_status"]) == ("already_decided", "executed")
    assert created(world, "One") == 1


def test_a_sweeper_and_a_sender_do_not_both_send(world: World, asking: Robot) -> None:
    """The sender stalls for two minutes before its last write; the sweeper takes it up, and it comes back."""
    approval = ask(asking, world, "One")
    world.aws.fail("s3", "GetObject", "SlowDown", times=1)
    assert decide(world, approval).json()["status"] == "approved"
    other = world.restarted()

    def meanwhile(call: Any) -> Any:
        """Somebody else goes all the way, just as we are about to announce ours."""
        other.runtime.agents.sweeper.sweep(Minute())
        return call()

    world.clock.move(seconds=APPROVAL_STALLED_SECONDS)
    world.aws.fault("s3", "GetObject", meanwhile, times=1)
    world.runtime.agents.sweeper.sweep(Minute())
    assert (stands(world, approval)["status"], created(world, "One"), sent(world, "POST")) == ("executed", 1, 1)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"reset": "after"}, "executed", None),
        ({"status": 500, "effect": True}, "executed", None),
        ({"status": 504, "effect": True}, "executed", None),
        ({"status": 200, "body": "<html>", "effect": True, "endless_bytes": 20_000_000}, "executed", None),
        ({"reset": "before"}, "failed", "not_carried_out"),
        ({"status": 502}, "failed", "not_carried_out"),
    ],
)
def test_a_lost_answer_to_a_create_is_found_out(
    world: World, asking: Robot, fault: dict[str, Any], status: str, code: str | None
) -> None:
    approval = ask(asking, world, "Lost")
    world.simulator.script(f"POST {PAGES}", **fault)
    assert decide(world, approval).json()["status"] == "outcome_unknown"
    assert sweep(world, 60) == 0
    assert sweep(world, 60) == 1
    found = stands(world, approval)
    assert (found["status"], found["code"], created(world, "Lost")) == (status, code, status == "executed")
    assert sent(world, "POST") == 1
    if status == "executed":
        assert found["result_id"] == page(world, "Lost").id


def test_an_update_is_ours_by_number_account_and_time(world: World, asking: Robot) -> None:
    seen = page(world)
    body = update(world, version=seen.version.number + 1)
    approval = asking.asks("PUT", f"{PAGES}/{seen.id}", body=body)
    world.simulator.script(f"PUT {PAGES}/{{id}}", reset="after")
    assert decide(world, approval).json()["code"] == "outcome_unknown"
    assert sweep(world) == 1
    assert stands(world, approval)["status"] == "executed"
    assert seen.version.number == body["version"]["number"]


@pytest.mark.parametrize("by_another", [True, False])
def test_an_update_that_is_not_there_was_not_carried_out(world: World, asking: Robot, by_another: bool) -> None:
    seen = page(world)
    approval = asking.asks("PUT", f"{PAGES}/{seen.id}", body=update(world, version=seen.version.number + 1))
    world.simulator.script(f"PUT {PAGES}/{{id}}", reset="before")
    decide(world, approval)
    if by_another:
        author = ACCOUNTS["ada"].account_id
        world.simulator.editor().edit(seen.id, world.clock(), storage="<p>hers</p>", author_id=author)
    assert sweep(world) == 1
    found = stands(world, approval)
    assert (found["status"], found["code"]) == ("failed", "not_carried_out")
    assert sent(world, "PUT") == 1


def test_what_the_account_made_just_before_is_not_taken_for_it(world: World, asking: Robot) -> None:
    """The same asked for twice, and the second's answer lost: Confluence has refused that one."""
    seen, body = page(world), update(world, version=page(world).version.number + 1)
    creates = [ask(asking, world, "Twice") for _ in range(2)]
    updates = [asking.asks("PUT", f"{PAGES}/{seen.id}", body=body) for _ in range(2)]
    for endpoint, (first, second) in ((f"POST {PAGES}", creates), (f"PUT {PAGES}/{{id}}", updates)):
        assert decide(world, first).json()["status"] == "executed"
        world.clock.move(seconds=60)
        world.simulator.script(endpoint, reset="after")
        assert decide(world, second).json()["status"] == "outcome_unknown"
        assert sweep(world) == 1
        assert stands(world, second)["status"] == "outcome_unknown"


def test_a_draft_that_is_not_there_proves_nothing(world: World, asking: Robot) -> None:
    """A page's address shows no draft, discarded or not."""
    approval = asking.asks("DELETE", f"{PAGES}/{page(world).id}", {"draft": True})
    world.simulator.script(f"DELETE {PAGES}/{{id}}", reset="before")
    decide(world, approval)
    assert sweep(world) == 0
    assert stands(world, approval)["status"] == "outcome_unknown"


def test_the_body_goes_with_the_look_if_its_sender_died(world: World, asking: Robot) -> None:
    approval = ask(asking, world, "Orphan")
    admin = Principal(MemberId("root"), WorkspaceId("acme"), frozenset({"admin"}), frozenset())

    def dies(call: Any) -> Any:
        if sent(world, "POST"):
            raise SystemExit
        return call()

    world.aws.fault("dynamodb", "PutItem", dies)
    with pytest.raises(SystemExit):
        world.runtime.agents.decider.decide(admin, approval, "approve", None, Minute())
    world.aws.heal()
    assert (stands(world, approval)["status"], len(objects(world))) == ("executing", 1)
    assert sweep(world) == 1
    assert (stands(world, approval)["status"], objects(world)) == ("executed", [])


@pytest.mark.parametrize(("reset", "status"), [("after", "executed"), ("before", "failed")])
def test_a_delete_is_found_out_by_what_is_left(world: World, asking: Robot, reset: str, status: str) -> None:
    approval = asking.asks("DELETE", f"{PAGES}/{page(world).id}")
    world.simulator.script(f"DELETE {PAGES}/{{id}}", reset=reset)
    decide(world, approval)
    assert sweep(world) == 1
    assert stands(world, approval)["status"] == status
    assert sent(world, "DELETE") == 1


def test_what_cannot_be_read_back_stays_unknown_and_is_shown(world: World, asking: Robot) -> None:
    path = f"/wiki/rest/api/content/{page(world).id}/label"
    approval = asking.asks("POST", path, body=[{"prefix": "global", "name": "robot"}])
    world.simulator.script("POST /wiki/rest/api/content/{id}/label", reset="after")
    decide(world, approval)
    assert sweep(world) == 0
    listed = world.api.ok(ADMIN, "GET", "/approvals", query={"status": "outcome_unknown"})["items"]
    assert [each["id"] for each in listed] == [approval]


def test_looking_goes_on_while_confluence_is_down_and_has_an_end(world: World, asking: Robot) -> None:
    approval = ask(asking, world, "Lost")
    world.simulator.script(f"POST {PAGES}", reset="after")
    decide(world, approval)
    world.simulator.script("GET *", status=503, times=None)
    assert sweep(world) == 1
    assert sweep(world) == 0
    assert sweep(world, APPROVAL_LOOK_SECONDS) == 1
    assert stands(world, approval)["status"] == "outcome_unknown"
    assert sweep(world, APPROVAL_LOOKED_FOR_HOURS * 3600) == 1
    assert sweep(world, APPROVAL_LOOKED_FOR_HOURS * 3600) == 0
    assert sent(world, "POST") == 1


def test_what_confluence_did_not_take_for_now_is_sent_later_once(world: World, asking: Robot) -> None:
    approval = ask(asking, world, "Slow")
    world.clock.move(seconds=1)
    world.simulator.script(f"POST {PAGES}", status=429, headers={"retry-after": "3000"})
    held = decide(world, approval).json()
    assert (held["status"], held["code"], held["sent_at"]) == ("approved", "rate_limited", None)
    assert decide(world, approval).code == "already_decided"
    assert (sweep(world, 2999), created(world, "Slow")) == (0, 0)
    assert sweep(world, 1) == 1
    done = stands(world, approval)
    assert (done["status"], done["code"], created(world, "Slow")) == ("executed", None, 1)
    assert sweep(world, APPROVAL_HOURS * 3600) == 0
    assert [line["code"] for line in asking.calls()] == [None, "rate_limited", None]


def test_a_grant_that_cannot_be_renewed_just_now_loses_no_approval(world: World, asking: Robot) -> None:
    approval = ask(asking, world, "Late")
    world.clock.move(seconds=3_700)  # the access token is over
    world.aws.fail("secretsmanager", "GetSecretValue", "InternalServiceError")
    assert decide(world, approval).json()["status"] == "approved"
    world.aws.heal()
    assert sweep(world) == 1
    assert (stands(world, approval)["status"], created(world, "Late")) == ("executed", 1)


def test_an_approved_one_that_cannot_be_sent_expires(world: World, asking: Robot) -> None:
    approval = ask(asking, world, "Never")
    world.simulator.script(f"POST {PAGES}", status=429, headers={"retry-after": "3000"}, times=None)
    decide(world, approval)
    world.clock.move(seconds=APPROVAL_HOURS * 3600 - 60)
    assert sweep(world, 0) == 1
    asked = sent(world, "POST")
    assert sweep(world, 60) == 1
    done = stands(world, approval)
    assert (done["status"], done["code"], sent(world, "POST")) == ("failed", "expired", asked)
    assert objects(world) == []


def test_who_was_taken_for_dead_does_not_have_it_sent_again(world: World, asking: Robot) -> None:
    """It alone knows that nothing was sent; but what it was to send is gone by then."""
    approval, swept = ask(asking, world, "Slow"), list[int]()

    def meanwhile(call: Any) -> Any:
        kept = world.runtime.agents.approvals.get(WorkspaceId("acme"), ApprovalId(approval))
        if kept is not None and kept.status == "executing" and not swept:
            swept.append(0)
            swept[0] = sweep(world)
        return call()

    world.aws.fault("dynamodb", "PutItem", meanwhile)
    world.simulator.script("GET *", status=503, times=None)
    world.simulator.script(f"POST {PAGES}", status=429, headers={"retry-after": "3000"})
    done = decide(world, approval).json()
    assert (done["status"], done["code"], created(world, "Slow")) == ("failed", "rate_limited", 0)
    assert (swept, objects(world)) == ([1], [])


@pytest.mark.parametrize("fault", [{"reset": "after"}, {"status": 503, "effect": True}, {"status": 500}])
def test_a_direct_write_is_not_repeated_either(world: World, fault: dict[str, Any]) -> None:
    made = robot(world, policy={"pages": OPEN})
    world.simulator.script(f"POST {PAGES}", times=None, **fault)
    body = {
        "spaceId": page(world).space_id,
        "title": "Lost",
        "body": {"representation": "storage", "value": "<p>x</p>"},
    }
    answer = made.call("POST", PAGES, body=body)
    assert (answer.status, answer.code) == (504, "outcome_unknown")
    assert "Read the page" in answer.json()["remedy"]
    assert sent(world, "POST") == 1
    assert made.calls()[0]["code"] == "outcome_unknown"
