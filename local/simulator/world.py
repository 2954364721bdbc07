"""Everything the parts of the simulator share: one object each, made once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from local.simulator.behaviour import Behaviour
from local.simulator.bursts import Bursts
from local.simulator.clock import SimulatorClock
from local.simulator.directory import Directory
from local.simulator.faults import Faults
from local.simulator.grants import Grants
from local.simulator.jira.nouns import JiraSite
from local.simulator.jira.sample import sample_jira
from local.simulator.limits import PointsLedger
from local.simulator.manners import Manners
from local.simulator.sample import sample_sites
from local.simulator.sites import Site


@dataclass(frozen=True, slots=True)
class World:
    """The state and the switches.

    `media_base` is where attachment downloads are redirected to; `seed` is what made-up ids in bodies follow from.
    """

    clock: SimulatorClock
    behaviour: Behaviour
    manners: Manners
    grants: Grants
    faults: Faults
    ledger: PointsLedger
    bursts: Bursts
    sites: dict[str, Site]
    jira: dict[str, JiraSite]
    directory: Directory
    media_base: str
    seed: int


def new_world(clock: Callable[[], datetime], seed: int, media_base: str) -> World:
    """The sample sites, no grants, every switch at its default."""
    moving, behaviour = SimulatorClock(clock), Behaviour()
    ledger, bursts = PointsLedger(moving, behaviour), Bursts(moving, behaviour)
    return World(
        moving,
        behaviour,
        Manners(),
        Grants(seed),
        Faults(),
        ledger,
        bursts,
        sample_sites(),
        sample_jira(),
        Directory(),
        media_base,
        seed,
    )
