"""What synchronizers are set to, what they did, and which pages they tie to which issues. For members, too."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluence_connector.domain.identifiers import OURS, PageId, RunId
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.errors import NotFound
from confluence_connector.limits import LINKS_AT_ONCE, LINKS_LOOKED_AT
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.synchronizing import PageLinks, SynchronizerRuns, Synchronizers
from confluence_connector.services.synchronizing.find_synchronizer import find_synchronizer


@dataclass(frozen=True, slots=True)
class Between:
    """Where people open what a synchronizer ties together. None while its connection is not on that site."""

    confluence_url: str | None
    jira_url: str


@dataclass(frozen=True, slots=True)
class LinkedPages:
    """`after`: the position to go on from."""

    between: Between
    links: Sequence[PageLink]
    after: PageId | None


@dataclass(frozen=True, slots=True)
class ShowSynchronizers:
    """Every method raises NotFound."""

    connections: Connections
    synchronizers: Synchronizers
    links: PageLinks
    recorded: SynchronizerRuns

    def all(self, person: Principal) -> Sequence[Synchronizer]:
        """In the order of their making; without those that are being deleted."""
        return [each for each in self.synchronizers.of_workspace(person.workspace) if not each.ending]

    def one(self, person: Principal, synchronizer_id: str) -> Synchronizer:
        return find_synchronizer(self.synchronizers, person, synchronizer_id)

    def runs(
        self, person: Principal, synchronizer_id: str, *, limit: int, after: str | None
    ) -> tuple[Sequence[SynchronizerRun], str | None]:
        """Newest first. The second answer is the position of the next page."""
        synchronizer = self.one(person, synchronizer_id)
        before = RunId(after) if after else None
        found = self.recorded.of_synchronizer(synchronizer.workspace, synchronizer.id, limit=limit + 1, before=before)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def run(self, person: Principal, synchronizer_id: str, run_id: str) -> SynchronizerRun:
        synchronizer = self.one(person, synchronizer_id)
        known = OURS.fullmatch(run_id)
        run = self.recorded.get(synchronizer.workspace, synchronizer.id, RunId(run_id)) if known else None
        if run is None:
            raise NotFound
        return run

    def pages(
        self, person: Principal, synchronizer_id: str, *, state: LinkState | None, limit: int, after: str | None
    ) -> LinkedPages:
        """In the order of page ids. Fewer than `limit` with an `after` is no end: one call looks at so many links."""
        synchronizer = self.one(person, synchronizer_id)
        position = PageId(after) if after else None
        found: list[PageLink] = []
        for _ in range(LINKS_LOOKED_AT // LINKS_AT_ONCE):
            some = self.links.after(synchronizer.workspace, synchronizer.id, position, limit=LINKS_AT_ONCE)
            found += [link for link in some if state in {None, link.state}]
            if not some or len(found) > limit:
                position = found[limit - 1].page_id if len(found) > limit else None
                break
            position = some[-1].page_id
        return LinkedPages(self.between(synchronizer), found[:limit], position)

    def between(self, synchronizer: Synchronizer) -> Between:
        connection = self.connections.get(synchronizer.workspace, synchronizer.connection_id)
        site = connection.site if connection else None
        here = site is not None and site.cloud_id == synchronizer.cloud_id
        return Between(site.url if site and here else None, synchronizer.jira_url)
