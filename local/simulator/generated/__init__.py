"""Pages by the thousand, the same at every start: what syncing a whole site is measured and tested with."""

from local.simulator.generated.fill import fill
from local.simulator.generated.plan import Plan

__all__ = ["Plan", "fill"]
