"""The pace of people, agents and pipelines: at once, whatever background work does (L10)."""

from dataclasses import dataclass

from confluence_connector.adapters.pace_holds import Holds
from confluence_connector.domain.rate_limits import Lane, Spent, Standing
from confluence_connector.ports import Deadline


@dataclass(frozen=True, slots=True)
class PaceOfPeople:
    """The `Pace` port. Its points are in no ledger: what background work leaves of the quota is theirs."""

    holds: Holds

    def before(self, lane: Lane, spent: Spent, deadline: Deadline) -> None:  # noqa: ARG002 — the port's
        return

    def after(self, lane: Lane, standing: Standing) -> None:
        self.holds.tell(lane, standing)

    def settle(self, spent: Spent) -> None:  # noqa: ARG002
        return
