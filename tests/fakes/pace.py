"""The `Pace` port without a store: nobody waits, and what was asked and told is written down."""

from dataclasses import dataclass, field

from confluence_connector.domain.rate_limits import Lane, Spent, Standing
from confluence_connector.ports import Deadline


@dataclass
class FreePace:
    asked: list[Lane] = field(default_factory=list)
    told: list[tuple[Lane, Standing]] = field(default_factory=list)
    settled: list[Spent] = field(default_factory=list)

    def before(self, lane: Lane, spent: Spent, deadline: Deadline) -> None:
        self.asked.append(lane)

    def after(self, lane: Lane, standing: Standing) -> None:
        self.told.append((lane, standing))

    def settle(self, spent: Spent) -> None:
        self.settled.append(spent)
