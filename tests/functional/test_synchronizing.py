"""A synchronizer's runs: modes, catching up, dry runs, CQL, pauses, and what a quiet run costs (G3–G5)."""

from confluence_connector.domain.page_links import LinkState
from confluence_connector.domain.runs import RunStatus
from tests.conftest import MovableClock
from tests.synchronizer_rig import SynchronizerRig


def test_every_page_of_the_space_gets_its_issue(clock: MovableClock) -> None:
    rig = SynchronizerRig(clock)
    synchronizer = rig.make()
    run = rig.run(synchronizer, "first")
    assert (run.status, run.counts.created, run.counts.writes) == (RunStatus.COMPLETED, 5, 10)
    links = rig.linked(synchronizer)
    assert sorted(links, key=int) == rig.page_ids
    for page_id, link in links.items():
        issue = rig.issue_of(link)
        assert (link.state, issue.face.summary) == (LinkState.ACTIVE, rig.title(page_id))
    assert rig.simulator.violations == []
