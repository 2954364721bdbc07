"""The one place where an agent's call is allowed or refused (F4).

    blocked structurally ──► refused, whatever the policy
    level of the group   ──► disabled: refused; read: only reads pass
    Allow Delete         ──► a delete without it: refused
    Require Approval     ──► a write or a delete waits for a person; a read never does

What is done in two groups must pass in both, and waits if either asks for approval.

Pure: the same effect and policy give the same decision, today and when an approved request is about to be sent.
"""

from dataclasses import dataclass
from typing import Literal

from confluence_connector.domain.agents.effects import Action, Effect, Group
from confluence_connector.domain.agents.policies import Policy
from confluence_connector.errors import AgentRefused, Blocked, DeleteNotAllowed, GroupDisabled, ReadOnly

type Outcome = Literal["allow", "needs_approval", "refused"]
type Refusal = Literal["blocked", "group_disabled", "read_only", "delete_not_allowed"]


@dataclass(frozen=True, slots=True)
class Decision:
    """`code` and `reason` are set when refused: for the audit trail, and for the error of `refuse_if_refused`."""

    outcome: Outcome
    code: Refusal | None = None
    reason: str | None = None

    def refuse_if_refused(self) -> None:
        """Raises Blocked, GroupDisabled, ReadOnly or DeleteNotAllowed (403 all)."""
        refusals: dict[Refusal, type[AgentRefused]] = {
            "blocked": Blocked,
            "group_disabled": GroupDisabled,
            "read_only": ReadOnly,
            "delete_not_allowed": DeleteNotAllowed,
        }
        if self.code is not None:
            raise refusals[self.code](self.reason)


def decide(effect: Effect, policy: Policy) -> Decision:
    """Whether an agent with that policy may cause that effect. No exception: a refusal is an answer, too."""
    if effect.action == "blocked" or effect.group is None:
        return Decision("refused", "blocked", effect.reason or Blocked.default_detail)
    decisions = [_within(group, effect.action, policy) for group in (effect.group, effect.also) if group]
    by_outcome = {decision.outcome: decision for decision in reversed(decisions)}
    return by_outcome.get("refused") or by_outcome.get("needs_approval") or by_outcome["allow"]


def _within(group: Group, action: Action, policy: Policy) -> Decision:
    granted = policy.of(group)
    name = group.capitalize()
    if granted.level == "disabled":
        return Decision("refused", "group_disabled", f"{name} is disabled for this agent.")
    if action == "read":
        return Decision("allow")
    if granted.level != "read_write":
        return Decision("refused", "read_only", f"{name} is read-only for this agent.")
    if action == "delete" and not granted.allow_delete:
        return Decision("refused", "delete_not_allowed", f"This agent may not delete in {name}.")
    return Decision("needs_approval" if granted.require_approval else "allow")
