"""Telling Atlassian which account ids are kept, once a cycle (A12; "User privacy developer guide", api-facts §1.9).

Each workspace reports for itself, in rounds: every id that it keeps, then not again before the next round is due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from confluence_connector.domain.connections import ALIVE, Connection
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.limits import REPORT_CYCLE_DAYS, REPORT_EARLY_HOURS

SCOPE: Final = "report:personal-data"

type Verdict = Literal["closed", "updated"]
"""`closed`: the person's data is to be erased. `updated`: fetched again, or erased."""


@dataclass(frozen=True, slots=True)
class AccountReport:
    """One per workspace: when its next round is due. `after`: of a round under way, the last connection it is done
    with; the authors of a corpus each say themselves when they were reported."""

    workspace: WorkspaceId
    due_at: datetime
    after: ConnectionId | None = None


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """What a report says of one account: its id, and when its profile was fetched."""

    id: str
    fetched_at: datetime


def next_round(now: datetime, cycle: timedelta | None) -> datetime:
    """`cycle` as Atlassian's answer said it, or None. Early enough that a round which takes long is still in time."""
    whole = cycle or timedelta(days=REPORT_CYCLE_DAYS)
    return now + max(whole - timedelta(hours=REPORT_EARLY_HOURS), whole / 2)


def may_report(connection: Connection) -> bool:
    """Whether a workspace's reports may go out through it. Those of members serve their owners only (A2)."""
    grant = connection.grant
    usable = connection.owner == "workspace" and connection.status in ALIVE
    return usable and grant is not None and SCOPE in grant.scopes


def known_account(connection: Connection) -> KnownAccount | None:
    """None: it never had an account."""
    if connection.account is None:
        return None
    consented_at = connection.grant.consented_at if connection.grant else connection.created_at
    return KnownAccount(connection.account.id, connection.account.fetched_at or consented_at)
