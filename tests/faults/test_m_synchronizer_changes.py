"""What changes under a run's hands: the grant that it works with, its rights, and where its pages are (M4, G4, G7)."""

from typing import Any

import pytest

from confluence_connector.domain.connections import Account, Site
from confluence_connector.domain.identifiers import CloudId
from confluence_connector.domain.runs import RunStatus
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.limits import CREATES_AT_ONCE
from local.simulator.accounts import ACCOUNTS, GLOBEX
from tests.conftest import MovableClock
from tests.synchronizer_rig import SynchronizerRig

ADA = Account(ACCOUNTS["ada"].account_id, "Ada")


@pytest.fixture
def rig(clock: MovableClock) -> SynchronizerRig:
    return SynchronizerRig(clock, pages=3 * CREATES_AT_ONCE)


@pytest.fixture
def synchronizer(rig: SynchronizerRig) -> Synchronizer:
    return rig.make()


def reconnected_at(rig: SynchronizerRig, save: int, **changes: Any) -> None:
    """Somebody reconnects while the so-manieth save of a link is under way."""
    inner, saves = rig.links.save, [0]

    def counted(link: Any) -> Any:
        saves[0] += 1
        if saves[0] == save:
            rig.changed_connection(**changes)
        return inner(link)

    rig.links.save = counted  # type: ignore[method-assign]


GRANTS: dict[str, tuple[dict[str, Any], str]] = {
    "another account": ({"account": ADA}, "other_account_or_site"),
    "another site": ({"site": Site(CloudId(GLOBEX), "Globex", "https://globex.atlassian.net")}, "site_changed"),
}


@pytest.mark.parametrize("what", GRANTS)
def test_G4_a_connection_that_becomes_anothers_is_left_before_the_next_step(
    rig: SynchronizerRig, synchronizer: Synchronizer, what: str
) -> None:
    """Not at the next run: its account would make the issues, and whatever that account cannot see would be gone."""
    changes, code = GRANTS[what]
    reconnected_at(rig, 3, **changes)
    run = rig.run(synchronizer)
    assert run.failure is not None
    assert (run.status, run.failure.code) == (RunStatus.FAILED, code)
    assert rig.now(synchronizer).paused_because == code
    assert len(rig.made) == CREATES_AT_ONCE
