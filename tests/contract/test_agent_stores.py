"""What agents' stores promise: tokens that find one agent, conditional saves, due approvals, trails, quotas."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from confluence_connector.composition.serving_agents import ServingAgents
from confluence_connector.domain.agents.agents import Agent, hashed
from confluence_connector.domain.agents.approval_times import next_due
from confluence_connector.domain.agents.approvals import Approval, ApprovalStatus, ReadBack
from confluence_connector.domain.agents.calls import AgentCall
from confluence_connector.domain.agents.policies import READ, GroupPolicy, Policy
from confluence_connector.domain.identifiers import (
    AgentId,
    ApprovalId,
    CallId,
    CloudId,
    ConnectionId,
    MemberId,
    PageId,
    WorkspaceId,
)
from confluence_connector.limits import (
    AGENT_CALLS_KEPT_DAYS,
    AGENT_CALLS_PER_MINUTE,
    APPROVAL_HOURS,
    APPROVAL_LOOK_SECONDS,
    APPROVAL_STALLED_SECONDS,
    APPROVALS_KEPT_DAYS,
)
from confluence_connector.ports import Stale
from confluence_connector.runtime import Runtime
from tests.aws import Aws
from tests.conftest import MovableClock

ACME, OTHER = WorkspaceId("acme"), WorkspaceId("globex")


@pytest.fixture
def part(aws: Aws, clock: MovableClock) -> ServingAgents:
    return Runtime(aws.settings, now=clock, sleep=clock.sleep).agents


@pytest.fixture
def runtime(aws: Aws, clock: MovableClock) -> Runtime:
    return Runtime(aws.settings, now=clock, sleep=clock.sleep)


def agent(runtime: Runtime, token: str = "cca_one", workspace: WorkspaceId = ACME) -> Agent:
    return Agent(
        id=AgentId(runtime.new_id("agt")),
        workspace=workspace,
        connection_id=ConnectionId(runtime.new_id("con")),
        cloud_id=CloudId("cloud"),
        name="Robot",
        policy=Policy(pages=GroupPolicy("read_write", allow_delete=True, require_approval=True), search=READ),
        created_at=runtime.now(),
        created_by=MemberId("root"),
        token_hash=hashed(token),
        token_issued_at=runtime.now(),
    )


def approval(runtime: Runtime, **more: Any) -> Approval:
    now = runtime.now()
    made = Approval(
        id=ApprovalId(runtime.new_id("apr")),
        workspace=ACME,
        agent_id=AgentId("agt"),
        connection_id=ConnectionId("con"),
        cloud_id=CloudId("cloud"),
        status=ApprovalStatus.PENDING,
        method="PUT",
        path="/wiki/api/v2/pages/1",
        query=(("a", "1"), ("a", "2")),
        operation="updatePage",
        group="pages",
        action="write",
        request_hash="0" * 64,
        body_name="approvals/x",
        created_at=now,
        waits_until=now + timedelta(hours=24),
        read_back=ReadBack("update", PageId("1"), 7),
    )
    return replace(made, **more)


def call(runtime: Runtime, agent_id: str = "agt_a", workspace: WorkspaceId = ACME) -> AgentCall:
    return AgentCall(
        CallId(runtime.new_id("acl")), workspace, AgentId(agent_id), ConnectionId("con"), runtime.now(),
        "rest", "allowed", "GET", "/wiki/api/v2/pages", "getPages", "pages", "read", None,
    )  # fmt: skip


def test_an_agent_comes_back_as_it_was_saved(part: ServingAgents, runtime: Runtime) -> None:
    saved = part.agents.save(agent(runtime))
    assert part.agents.get(ACME, saved.id) == saved
    assert part.agents.by_token_hash(hashed("cca_one")) == saved
    assert list(part.agents.of_workspace(ACME)) == [saved]
    assert part.agents.get(OTHER, saved.id) is None
    assert list(part.agents.of_workspace(OTHER)) == []
    assert part.agents.get(ACME, AgentId("a#b")) is None


def test_one_token_finds_one_agent_and_no_older_one(part: ServingAgents, runtime: Runtime, aws: Aws) -> None:
    first = part.agents.save(agent(runtime))
    second = part.agents.save(replace(first, token_hash=hashed("cca_two")))
    assert part.agents.by_token_hash(hashed("cca_one")) is None
    assert part.agents.by_token_hash(hashed("cca_two")) == second
    with pytest.raises(Stale):
        part.agents.save(replace(first, name="Late"))
    revoked = part.agents.save(replace(second, token_hash=None))
    assert part.agents.by_token_hash(hashed("cca_two")) is None
    part.agents.remove(revoked)
    part.agents.remove(revoked)
    assert aws.items() == []


def test_a_lookup_that_a_crash_left_behind_lets_nobody_in(part: ServingAgents, runtime: Runtime, aws: Aws) -> None:
    saved = part.agents.save(agent(runtime))
    aws.fail("dynamodb", "DeleteItem", "InternalServerError", times=1)
    part.agents.save(replace(saved, token_hash=hashed("cca_two")))
    aws.heal()
    assert sum(item["pk"]["S"].startswith("LOOKUP#") for item in aws.items()) == 2
    assert part.agents.by_token_hash(hashed("cca_one")) is None
    assert part.agents.by_token_hash(hashed("cca_two")) is not None


def test_a_use_is_noted_now_and_then_and_never_fails(
    part: ServingAgents, runtime: Runtime, aws: Aws, clock: MovableClock
) -> None:
    saved = part.agents.save(agent(runtime))
    part.agents.touch(saved, clock())
    noted = part.agents.get(ACME, saved.id)
    assert noted
    assert (noted.last_used_at, noted.revision) == (clock(), saved.revision)
    writes = aws.count("UpdateItem")
    part.agents.touch(noted, clock() + timedelta(minutes=9))
    assert aws.count("UpdateItem") == writes
    aws.fail("dynamodb", "UpdateItem", "ThrottlingException")
    part.agents.touch(noted, clock() + timedelta(minutes=10))
    aws.heal()
    part.agents.remove(noted)
    part.agents.touch(noted, clock() + timedelta(minutes=10))
    assert part.agents.get(ACME, saved.id) is None


def test_B15_a_save_whose_answer_was_lost_is_a_save(part: ServingAgents, runtime: Runtime, aws: Aws) -> None:
    saved = part.approvals.save(approval(runtime))
    aws.lose_answer("dynamodb", "PutItem")
    decided = part.approvals.save(replace(saved, status=ApprovalStatus.APPROVED, decided_at=runtime.now()))
    assert part.approvals.get(ACME, saved.id) == decided
    with pytest.raises(Stale):
        part.approvals.save(replace(saved, status=ApprovalStatus.REJECTED))


@pytest.mark.parametrize(
    ("status", "after"),
    [
        (ApprovalStatus.PENDING, 24 * 3600),
        (ApprovalStatus.APPROVED, APPROVAL_STALLED_SECONDS),
        (ApprovalStatus.EXECUTING, APPROVAL_STALLED_SECONDS),
        (ApprovalStatus.OUTCOME_UNKNOWN, APPROVAL_STALLED_SECONDS),
        (ApprovalStatus.EXECUTED, None),
        (ApprovalStatus.FAILED, None),
        (ApprovalStatus.REJECTED, None),
        (ApprovalStatus.EXPIRED, None),
    ],
)
def test_approvals_are_due_in_their_time(
    part: ServingAgents, runtime: Runtime, clock: MovableClock, status: ApprovalStatus, after: int | None
) -> None:
    now = clock()
    saved = part.approvals.save(approval(runtime, status=status, decided_at=now, sent_at=now))
    due = next_due(saved)
    assert due == (None if after is None else now + timedelta(seconds=after))
    assert list(part.approvals.due(now + timedelta(seconds=(after or 10**7) - 1))) == []
    found = list(part.approvals.due(now + timedelta(seconds=after or 10**7)))
    assert found == ([] if after is None else [saved])


def test_an_unknown_outcome_is_looked_for_at_intervals(runtime: Runtime, clock: MovableClock) -> None:
    unknown = approval(runtime, status=ApprovalStatus.OUTCOME_UNKNOWN, sent_at=clock())
    looked: datetime = clock() + timedelta(hours=1)
    assert next_due(replace(unknown, looked_at=looked)) == looked + timedelta(seconds=APPROVAL_LOOK_SECONDS)
    assert next_due(replace(unknown, looked_at=looked + timedelta(hours=23))) is None
    assert next_due(replace(unknown, read_back=None)) is None


def test_approvals_are_listed_newest_first_and_forgotten(
    part: ServingAgents, runtime: Runtime, clock: MovableClock
) -> None:
    made = []
    for number in range(5):
        clock.move(seconds=1)
        status = ApprovalStatus.REJECTED if number % 2 else ApprovalStatus.PENDING
        made.append(part.approvals.save(approval(runtime, status=status)))
    page, after = part.approvals.page(ACME, status=None, limit=2, after=None)
    assert ([*page], after) == ([made[4], made[3]], made[3].id)
    rest, end = part.approvals.page(ACME, status=None, limit=3, after=after)
    assert ([*rest], end) == ([made[2], made[1], made[0]], None)
    pending, more = part.approvals.page(ACME, status="pending", limit=2, after=None)
    assert ([*pending], more) == ([made[4], made[2]], made[2].id)
    assert part.approvals.page(OTHER, status=None, limit=9, after=None) == ([], None)
    clock.move(days=APPROVALS_KEPT_DAYS)
    assert part.approvals.page(ACME, status=None, limit=9, after=None) == ([], None)


def test_what_waits_of_an_agent_is_told_until_it_runs_out(
    part: ServingAgents, runtime: Runtime, clock: MovableClock
) -> None:
    made = []
    for _ in range(2):
        made.append(part.approvals.save(approval(runtime)))
        part.approvals.save(approval(runtime, agent_id=AgentId("agt_b")))
        part.approvals.save(approval(runtime, workspace=OTHER))
        part.approvals.save(approval(runtime, status=ApprovalStatus.REJECTED))
        clock.move(seconds=60)
    assert list(part.approvals.pending(ACME, AgentId("agt"))) == made[::-1]
    clock.move(seconds=APPROVAL_HOURS * 3600 - 120)
    assert list(part.approvals.pending(ACME, AgentId("agt"))) == made[1:]


def test_H9_what_dynamodb_forgets_it_forgets_by_epoch_seconds(
    part: ServingAgents, runtime: Runtime, aws: Aws, clock: MovableClock
) -> None:
    part.approvals.save(approval(runtime))
    part.audit.add(call(runtime))
    part.calls.quota.take(AgentId("agt_a"), clock())
    ends = [item["expires_at"] for item in aws.items()]
    assert len(ends) == 3
    assert all(0 < int(end["N"]) - clock().timestamp() <= 90 * 86_400 for end in ends)


def test_a_trail_is_told_newest_first_and_a_call_is_one_line(
    part: ServingAgents, runtime: Runtime, clock: MovableClock
) -> None:
    made = []
    for _ in range(5):
        clock.move(seconds=1)
        made.append(call(runtime))
        part.audit.add(made[-1])
        part.audit.add(call(runtime, "agt_b"))
        part.audit.add(call(runtime, workspace=OTHER))
    part.audit.add(replace(made[0], upstream_status=200))
    made[0] = replace(made[0], upstream_status=200)
    page, after = part.audit.page(ACME, AgentId("agt_a"), limit=3, before=None)
    assert ([*page], after) == (made[:1:-1], made[2].id)
    rest, end = part.audit.page(ACME, AgentId("agt_a"), limit=3, before=after)
    assert ([*rest], end) == (made[1::-1], None)
    assert part.audit.page(ACME, AgentId("agt#a"), limit=3, before=None) == ([], None)
    clock.move(days=AGENT_CALLS_KEPT_DAYS)
    assert part.audit.page(ACME, AgentId("agt_a"), limit=3, before=None) == ([], None)


def test_F5_a_minute_holds_so_many_calls(part: ServingAgents, clock: MovableClock) -> None:
    quota = part.calls.quota
    clock.move(seconds=20)
    assert {quota.take(AgentId("agt_a"), clock()) for _ in range(AGENT_CALLS_PER_MINUTE)} == {0}
    assert quota.take(AgentId("agt_a"), clock()) == 40
    assert quota.take(AgentId("agt_b"), clock()) == 0
    clock.move(seconds=40)
    assert quota.take(AgentId("agt_a"), clock()) == 0


def test_frozen_bodies_lie_apart_from_handed_over_answers(part: ServingAgents, runtime: Runtime, aws: Aws) -> None:
    name = part.bodies.put(ApprovalId("apr_x"), b'{"a":"\xc3\xa4"}')
    assert name.startswith("approvals/apr_x-")
    assert part.bodies.get(name) == b'{"a":"\xc3\xa4"}'
    assert runtime.handovers.sweep() == 0
    assert part.bodies.get(name) is not None
    part.bodies.remove(name)
    part.bodies.remove(name)
    assert part.bodies.get(name) is None
