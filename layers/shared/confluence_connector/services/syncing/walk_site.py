"""The walk: every covered page in id order, beside the index in the same order (E3, E4).

    Confluence   3   7       12  15          each answer: up to 250 pages of up to 100 spaces
    index        3   7   9   12  15  18
                         │           └ behind the answer's last id: the next one will tell
                         └ of these spaces and not met: a suspect, for the evidence

Pages whose space is in no group (it was deleted, archived or excluded) are suspects of the first group. Memory holds
one answer and the rows beside it, however large the site is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from confluence_connector.domain.corpus import CorpusPage, CoveredSpace, Missing
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.domain.runs import Checkpoint, Run
from confluence_connector.errors import UpstreamProtocolError
from confluence_connector.limits import SPACES_TOGETHER, SYNC_ROWS
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.ports.site_reading import ListedPage, Listing
from confluence_connector.services.syncing.sync_pages import SyncPages
from confluence_connector.services.syncing.sync_turn import Turn, stage_done

ROWS_AT_ONCE = 4 * SYNC_ROWS
NOTHING = Listing((), None)


@dataclass(frozen=True, slots=True)
class WalkSite:
    index: CorpusIndex
    pages: SyncPages

    def step(self, turn: Turn) -> Run:
        """Raises UpstreamProtocolError if the ids do not ascend: a walk out of order misses pages that are there."""
        run, at = turn.run, turn.run.checkpoint
        groups = _groups(turn.spaces.all())
        if at.group >= len(groups):  # the settings were narrowed meanwhile
            return stage_done(run, _for_evidence(at))
        group = groups[at.group]
        listing = turn.site.walk(group, bodies=run.with_bodies, cursor=at.cursor) if group else NOTHING
        fresh = _fresh(listing, at)
        if listing.cursor and not fresh:
            return replace(run, checkpoint=replace(at, cursor=listing.cursor))
        beside = self._beside(turn, group, groups, fresh, None if listing.cursor is None else fresh[-1].id)
        run = self.pages.sync(turn, fresh, beside.met)
        passed = replace(
            at,
            rewound=False,
            suspects=at.suspects + beside.suspects,
            known=at.known + beside.known,
            witness=beside.witness or at.witness,
        )
        if listing.cursor:
            return replace(run, checkpoint=replace(passed, cursor=listing.cursor, last_id=fresh[-1].id))
        run = replace(run, spaces_done=run.spaces_done + len(group))
        if at.group + 1 < len(groups):
            return replace(run, checkpoint=replace(passed, group=at.group + 1, cursor=None, last_id=None))
        return stage_done(run, _for_evidence(passed))

    def _beside(
        self,
        turn: Turn,
        group: Sequence[SpaceId],
        groups: Sequence[Sequence[SpaceId]],
        listed: Sequence[ListedPage],
        up_to: PageId | None,
    ) -> "_Beside":
        """The index's rows between the last id and `up_to` against `listed`; suspects are noted."""
        beside, ids = _Beside(), {page.id for page in listed}
        elsewhere = {space for each in groups if each is not group for space in each}
        spaces, settings = turn.spaces.all(), turn.sync.settings
        for rows in self._rows(turn, up_to):
            missing = []
            for row in rows:
                if row.id in ids:
                    beside.met[row.id] = row
                    beside.witness = row.id
                    beside.known += 1
                elif row.space_id in group or (group is groups[0] and row.space_id not in elsewhere):
                    missing.append(Missing(row.id, turn.run.id, row.space_id, row.title, row.url, row.version))
                    there = spaces.get(row.space_id)
                    if there is None or settings.wants(there.key):  # what a person excluded alarms nobody
                        beside.known += 1
                        beside.suspects += 1
            if missing:
                self.index.note_missing(turn.scope, missing)
        return beside

    def _rows(self, turn: Turn, up_to: PageId | None) -> Iterator[Sequence[CorpusPage]]:
        after = turn.run.checkpoint.last_id
        while True:
            rows = self.index.between(turn.scope, after, up_to, ROWS_AT_ONCE)
            if rows:
                yield rows
            if len(rows) < ROWS_AT_ONCE:
                return
            after = rows[-1].id


@dataclass(slots=True)
class _Beside:
    met: dict[PageId, CorpusPage] = field(default_factory=dict)
    known: int = 0
    suspects: int = 0
    witness: PageId | None = None


def _groups(spaces: Mapping[SpaceId, CoveredSpace]) -> Sequence[Sequence[SpaceId]]:
    """At least one, if an empty one: somebody has to look for what is in no group."""
    covered = sorted((space.id for space in spaces.values() if space.covered), key=int)
    cuts = range(0, max(len(covered), 1), SPACES_TOGETHER)
    return [covered[start : start + SPACES_TOGETHER] for start in cuts]


def _fresh(listing: Listing, at: Checkpoint) -> Sequence[ListedPage]:
    """The pages not dealt with yet. From a rewound walk those up to the last id are passed over."""
    last = int(at.last_id or 0)
    fresh = [page for page in listing.pages if not at.rewound or int(page.id) > last]
    for page in fresh:
        if int(page.id) <= last:
            raise UpstreamProtocolError
        last = int(page.id)
    return fresh


def _for_evidence(walked: Checkpoint) -> Checkpoint:
    return replace(walked, group=0, cursor=None, last_id=None, rewound=False)
