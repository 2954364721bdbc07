"""When a connection next needs a scheduled hand. The `due` index is written from this, and read with it again."""

from datetime import datetime, timedelta
from typing import Literal

from confluence_connector.domain.connections import ALIVE, Connection, Status
from confluence_connector.domain.grants import may_repost
from confluence_connector.limits import KEEP_ALIVE_AFTER_DAYS, LEASE_SECONDS, UNREADABLE_SECONDS, USE_NOTED_SECONDS

type Task = Literal["sweep", "keep_alive"]


def next_due(connection: Connection) -> tuple[Task, datetime] | None:
    """The earliest thing to finish, else the day on which its idle grant wants a refresh; None for a quiet one."""
    moments = list(_unfinished(connection))
    if moments:
        return "sweep", min(moments)
    if connection.status in ALIVE and connection.grant is not None:
        return "keep_alive", connection.grant.rotated_at + timedelta(days=KEEP_ALIVE_AFTER_DAYS)
    return None


def recovery_due(connection: Connection) -> datetime | None:
    """When an unsettled refresh may be taken up: its lease has ended, and the token endpoint had its rest."""
    if connection.unsettled_since is None:
        return None
    moments = [connection.unsettled_since]
    if connection.lease is not None:
        moments.append(connection.lease.until)
    if connection.retry_at is not None:
        # Past the leeway nothing is gained by hurry: an outage of a day costs four requests an hour, not thirty.
        patience = 0 if may_repost(connection, connection.retry_at) else min(connection.failures, 15)
        moments.append(connection.retry_at + timedelta(minutes=patience))
    return max(moments)


def is_news(connection: Connection, used_at: datetime) -> bool:
    """Whether a use is worth a write: people read days from it, and a search is a use per keystroke."""
    noted = connection.last_used_at
    return noted is None or used_at - noted >= timedelta(seconds=USE_NOTED_SECONDS)


def _unfinished(connection: Connection) -> list[datetime]:
    moments: list[datetime | None] = []
    if connection.retired:
        moments.append(connection.created_at)
    if connection.unannounced_since is not None:
        moments.append(connection.unannounced_since + timedelta(seconds=LEASE_SECONDS))
    if connection.pending is not None:
        moments.append(connection.pending.expires_at)
    if connection.wants_sync or (connection.status == Status.DISCONNECTED and connection.sync_begun):
        moments.append(connection.connected_at or connection.created_at)
    if connection.status in ALIVE and connection.grant is not None:
        if connection.unlabelled:
            moments.append(connection.grant.rotated_at + timedelta(seconds=LEASE_SECONDS))
        if connection.unreadable_since is not None:
            moments.append(connection.unreadable_since + timedelta(seconds=UNREADABLE_SECONDS))
        moments.append(recovery_due(connection))
    return [moment for moment in moments if moment is not None]
