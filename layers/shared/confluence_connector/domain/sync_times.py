"""When a sync is due, and when its next run is. In UTC: an interval is so many minutes, whatever clocks on walls do.

Every connection has a grid of its own: the multiples of its interval, moved by a hash of its id, so that a thousand
connections made in one minute do not run in one (fault cases K12, K13). A tick that was missed is caught up once (K3).
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from confluence_connector.domain.identifiers import RANDOM_BYTES, RunId, new_id
from confluence_connector.domain.syncs import Sync

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def next_due(sync: Sync) -> datetime | None:
    """When the dispatcher has to look at it; None: switched off or paused. The `due` index is written from this."""
    if sync.ending:
        return sync.active_until or sync.created_at
    if sync.active_run is None:
        return sync.next_run_at
    moments = [moment for moment in (sync.active_until, sync.next_run_at) if moment is not None]
    return min(moments, default=sync.created_at)


def next_tick(identifier: str, interval_minutes: int, now: datetime) -> datetime:
    """The first point after `now` of the grid that a connection, or a synchronizer, has for itself."""
    interval = timedelta(minutes=interval_minutes)
    offset = timedelta(seconds=_hash(identifier) % int(interval.total_seconds()))
    return BEGINNING + offset + ((now - BEGINNING - offset) // interval + 1) * interval


def run_id_of_tick(sync: Sync, due_at: datetime) -> RunId:
    """The same for the same tick, so that a tick delivered twice is one run (K1).

    After another run it is another tick, even if a person asked for it in the same instant.
    """
    digest = sha256(f"{sync.connection_id}/{sync.last_run}/{due_at.isoformat()}".encode()).digest()
    return RunId(new_id("run", due_at, digest[:RANDOM_BYTES]))


def _hash(identifier: str) -> int:
    return int(sha256(identifier.encode()).hexdigest(), 16)
