"""From a consent that came back to a grant in use, or out of use. Pure; each answer is saved conditionally.

    held      ─ adopted ─→  the connection's grant; the one before is retired
       └────── discarded ─→ retired
    disconnected: whatever was there is retired

A retired grant is unusable from that save on; its secret and cached text are deleted afterwards.
"""

from dataclasses import replace
from datetime import datetime

from confluence_connector.domain.connections import Account, Connection, PendingGrant, Retired, Status
from confluence_connector.domain.grants import unmarked
from confluence_connector.domain.site_choice import settled


def held(connection: Connection, pending: PendingGrant) -> Connection:
    """Holds a consent's grant until its starter confirms it. An earlier one that waits is given up."""
    earlier = discarded(connection) if connection.pending else connection
    return replace(
        earlier,
        pending=pending,
        generation=pending.grant.generation,
        status=Status.PENDING_CONFIRMATION if earlier.status == Status.PENDING else earlier.status,
        reason=None if earlier.status == Status.PENDING else earlier.reason,
    )


def discarded(connection: Connection, reason: str | None = None) -> Connection:
    """Without the grant that waited; as it was before that consent."""
    first = connection.status == Status.PENDING_CONFIRMATION
    return replace(
        connection,
        pending=None,
        retired=(*connection.retired, *_retired(connection, pending=True)),
        status=Status.PENDING if first else connection.status,
        reason=reason if first else connection.reason,
    )


def is_other_account_or_site(connection: Connection, pending: PendingGrant) -> bool:
    """Whether the consent is from another account, or without the site that everything hangs on (A4, A9)."""
    other_account = connection.account is not None and connection.account.id != pending.account.id
    offered = {site.cloud_id for site in pending.sites}
    return other_account or (connection.site is not None and connection.site.cloud_id not in offered)


def adopted(connection: Connection, pending: PendingGrant, now: datetime) -> Connection:
    """The waiting grant becomes the one in use. A site that is still offered is kept, with its present name."""
    sites = {site.cloud_id: site for site in pending.sites}
    return settled(
        replace(
            unmarked(connection),
            account=pending.account,
            purposes=pending.purposes,
            grant=pending.grant,
            pending=None,
            retired=(*connection.retired, *_retired(connection, grant=True)),
            offered_sites=pending.sites,
            site=sites.get(connection.site.cloud_id) if connection.site else None,
            jira_site=sites.get(connection.jira_site.cloud_id) if connection.jira_site else None,
            connected_at=now,
            spaces_seen=None,
        )
    )


def disconnected(connection: Connection, reason: str) -> Connection:
    """Nothing to use is left. The account's id and the site stay, so that a reconnect can tell if they are the same.

    Name and e-mail address go: they are somebody's, and nothing needs them any more.
    """
    return replace(
        unmarked(connection),
        status=Status.DISCONNECTED,
        account=Account(connection.account.id, "") if connection.account else None,
        reason=connection.reason if connection.status == Status.DISCONNECTED else reason,
        grant=None,
        pending=None,
        retired=(*connection.retired, *_retired(connection, grant=True, pending=True)),
        offered_sites=(),
    )


def _retired(connection: Connection, *, grant: bool = False, pending: bool = False) -> tuple[Retired, ...]:
    chosen = [
        connection.grant if grant else None,
        connection.pending.grant if pending and connection.pending else None,
    ]
    return tuple(Retired(each.pointer.secret_name, each.generation) for each in chosen if each)
