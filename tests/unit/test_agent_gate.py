"""The gate: every operation of Confluence's API × every policy, and what policies and profiles are."""

from dataclasses import asdict, replace

import pytest

from confluence_connector.domain.agents.classify import classify
from confluence_connector.domain.agents.effects import GROUPS, Effect, Group
from confluence_connector.domain.agents.gate import decide
from confluence_connector.domain.agents.operations import Change, Operation, operations
from confluence_connector.domain.agents.policies import DISABLED, READ, GroupPolicy, Policy
from confluence_connector.domain.agents.profiles import PROFILES
from confluence_connector.errors import Blocked, ConnectorError, DeleteNotAllowed, GroupDisabled, ReadOnly
from tests import gating

OPEN = Policy(*(gating.EVERYTHING for _ in GROUPS))


def effects_of(operation: Operation) -> set[Effect]:
    """What the operation does by itself, and under any rule of its own."""
    changes = {change for rule in operation.rules for change in (*rule.words.values(), rule.otherwise)}
    return {change.of(operation.effect) for change in (Change(), *changes)}


def said(effect: Effect, policy: Policy) -> str:
    decision = decide(effect, policy)
    assert (decision.code is None) == (decision.outcome != "refused") == (decision.reason is None)
    return decision.code or decision.outcome


def test_every_operation_under_every_policy_is_decided_as_promised() -> None:
    cells = 0
    for operation in operations():
        for effect in effects_of(operation):
            groups = {group for group in (effect.group, effect.also) if group} or set(GROUPS)
            for policy in (each for group in groups for each in gating.policies_about(group)):
                assert said(effect, policy) in gating.promised_for(effect, policy), operation.path
                cells += 1
    assert cells > 348 * 24


def test_no_write_passes_a_policy_that_forbids_it() -> None:
    """By the HTTP method alone, whatever the table calls the operation."""
    for operation in operations():
        if operation.method == "GET" or operation.path in gating.READS_BY_POST:
            continue
        for effect in effects_of(operation):
            for policy in (*PROFILES.values(), *(Policy(*(own for _ in GROUPS)) for own in gating.group_policies())):
                if said(effect, policy) in {"allow", "needs_approval"}:
                    assert effect.group in {"pages", "spaces", "attachments"}
                    granted = [policy.of(group) for group in (effect.group, effect.also) if group]
                    for each in granted:
                        assert each.level == "read_write", operation.path
                        assert each.allow_delete or operation.method != "DELETE", operation.path
                    waits = any(each.require_approval for each in granted)
                    assert (said(effect, policy) == "needs_approval") == waits


def test_reads_never_wait_for_a_person() -> None:
    for operation in operations():
        if operation.method == "GET":
            for own in gating.group_policies():
                assert said(operation.effect, Policy(*(own for _ in GROUPS))) != "needs_approval"


def test_a_whole_space_is_blocked_before_any_policy() -> None:
    for path in ("/wiki/rest/api/space/DOCS", "/wiki/api/v2/spaces/4711"):
        assert said(classify("DELETE", path).effect, OPEN) == "blocked"


def test_blocked_comes_first_then_the_level_then_delete_then_approval() -> None:
    strict = GroupPolicy("disabled", allow_delete=False, require_approval=True)
    policy = Policy(pages=strict)
    assert said(Effect("pages", "blocked", "Because."), policy) == "blocked"
    assert said(Effect("pages", "delete"), policy) == "group_disabled"
    assert said(Effect("pages", "delete"), Policy(pages=replace(strict, level="read"))) == "read_only"
    writing = replace(strict, level="read_write")
    assert said(Effect("pages", "delete"), Policy(pages=writing)) == "delete_not_allowed"
    assert said(Effect("pages", "delete"), Policy(pages=replace(writing, allow_delete=True))) == "needs_approval"


def test_what_is_done_in_two_groups_must_pass_in_both() -> None:
    copy = classify("POST", "/wiki/rest/api/content/1/copy", body={"copyAttachments": True}).effect
    assert (copy.group, copy.also) == ("pages", "attachments")
    ask = replace(gating.EVERYTHING, require_approval=True)
    shut, free = gating.NOTHING, gating.EVERYTHING
    assert said(copy, Policy(pages=free, attachments=free)) == "allow"
    assert said(copy, Policy(pages=free, attachments=ask)) == "needs_approval"
    assert said(copy, Policy(pages=ask, attachments=free)) == "needs_approval"
    assert said(copy, Policy(pages=free, attachments=READ)) == "read_only"
    assert said(copy, Policy(pages=shut, attachments=ask)) == "group_disabled"
    assert said(copy, Policy(pages=ask, attachments=shut)) == "group_disabled"


@pytest.mark.parametrize(
    ("effect", "policy", "error"),
    [
        (Effect("spaces", "blocked", "A whole space."), OPEN, Blocked),
        (Effect("pages", "read"), Policy(), GroupDisabled),
        (Effect("pages", "write"), Policy(pages=READ), ReadOnly),
        (Effect("pages", "delete"), PROFILES["documentation_manager"], DeleteNotAllowed),
    ],
)
def test_a_refusal_is_an_error_with_its_code_and_reason(
    effect: Effect, policy: Policy, error: type[ConnectorError]
) -> None:
    decision = decide(effect, policy)
    with pytest.raises(error) as raised:
        decision.refuse_if_refused()
    assert (raised.value.status, raised.value.code) == (403, decision.code)
    assert raised.value.detail == decision.reason


def test_what_is_not_refused_raises_nothing() -> None:
    decide(Effect("pages", "delete"), OPEN).refuse_if_refused()


@pytest.mark.parametrize("group", ["search", "users"])
@pytest.mark.parametrize("asked", list(gating.group_policies()))
def test_search_and_users_are_read_only_whatever_is_set(group: Group, asked: GroupPolicy) -> None:
    for policy in (Policy(**{group: asked}), replace(OPEN, **{group: asked})):
        assert policy.of(group) == (DISABLED if asked.level == "disabled" else READ)
        assert asdict(policy)[group]["level"] != "read_write"


def test_nothing_is_granted_by_default() -> None:
    assert all(Policy().of(group).level == "disabled" for group in GROUPS)


def test_the_four_profiles_are_the_promised_ones() -> None:
    levels = {name: [policy.of(group).level for group in GROUPS] for name, policy in PROFILES.items()}
    assert levels == {
        "read_only": ["read", "read", "read", "read", "read"],
        "search_only": ["disabled", "disabled", "read", "disabled", "disabled"],
        "documentation_manager": ["read_write", "read", "read", "read_write", "read"],
        "full_access": ["read_write", "read_write", "read", "read_write", "read"],
    }
    manager, full = PROFILES["documentation_manager"], PROFILES["full_access"]
    assert not any(manager.of(group).allow_delete for group in GROUPS)
    assert all(full.of(group).allow_delete for group in GROUPS if full.of(group).level == "read_write")


def test_a_policy_reads_as_the_api_shows_it() -> None:
    shown = asdict(PROFILES["documentation_manager"])
    assert list(shown) == list(GROUPS)
    assert shown["pages"] == {"level": "read_write", "allow_delete": False, "require_approval": False}
