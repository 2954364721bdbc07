"""What an admin sets of a sync: on or off, how often, and which spaces (E1, E2)."""

from dataclasses import dataclass, replace

from confluence_connector.domain.connections import Right
from confluence_connector.domain.people import Principal
from confluence_connector.domain.sync_plan import after_tick
from confluence_connector.domain.syncs import Sync, SyncSettings
from confluence_connector.errors import Unprocessable
from confluence_connector.limits import SYNC_INTERVAL_MAX_MINUTES, SYNC_INTERVAL_MIN_MINUTES
from confluence_connector.ports import Clock, Stale
from confluence_connector.ports.syncing import Syncs
from confluence_connector.services.syncing.show_sync import ShowSync

HOW_OFTEN = f"A sync runs every {SYNC_INTERVAL_MIN_MINUTES} to {SYNC_INTERVAL_MAX_MINUTES} minutes."


@dataclass(frozen=True, slots=True)
class ConfigureSync:
    syncs: Syncs
    shown: ShowSync
    now: Clock

    def change(self, person: Principal, connection_id: str, settings: SyncSettings) -> Sync:
        """The sync with its new settings. Other spaces are taken up, and left, by a run that is due at once.

        Raises NotFound, Forbidden, SyncNotSetUp, Unprocessable (K6).
        """
        if not SYNC_INTERVAL_MIN_MINUTES <= settings.interval_minutes <= SYNC_INTERVAL_MAX_MINUTES:
            raise Unprocessable(HOW_OFTEN)
        while True:
            sync = self.shown.sync(person, connection_id, Right.MANAGE)
            if sync.settings == settings:
                return sync
            try:
                return self.syncs.save(self._changed(sync, settings))
            except Stale:
                continue

    def _changed(self, sync: Sync, settings: SyncSettings) -> Sync:
        """A run under way goes on with what it began with; the walk that is due follows it."""
        now, was = self.now(), sync.settings
        changed = replace(sync, settings=settings)
        changed = replace(changed, next_run_at=after_tick(changed, now))
        other_spaces = (settings.include_spaces, settings.exclude_spaces) != (was.include_spaces, was.exclude_spaces)
        if not other_spaces:
            return changed
        at_once = now if changed.next_run_at is not None else None
        return replace(changed, walk_due_at=now, next_run_at=at_once)
