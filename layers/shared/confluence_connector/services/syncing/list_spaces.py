"""What there is to cover: every space that the account sees, judged by type, status and the sync's settings (E2)."""

from dataclasses import dataclass, replace

from confluence_connector.domain.runs import Run
from confluence_connector.services.syncing.sync_turn import Turn, stage_done


@dataclass(frozen=True, slots=True)
class ListSpaces:
    def step(self, turn: Turn) -> Run:
        """An empty list is not believed while spaces are known: then the walk goes over those, and its guard judges."""
        listed = [turn.spaces.judged(space) for space in turn.site.spaces()]
        if listed:
            met = {space.id for space in listed}
            turn.spaces.note(listed, [space for space in turn.spaces.all().values() if space.id not in met])
        covered = sum(1 for space in turn.spaces.all().values() if space.covered)
        return stage_done(replace(turn.run, spaces_total=covered))
