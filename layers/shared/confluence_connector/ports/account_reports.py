"""The reports of account ids: when they are due, and who takes them (A12)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from confluence_connector.domain.account_reports import AccountReport, KnownAccount, Verdict
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import WorkspaceId
from confluence_connector.ports import Deadline


class AccountReports(Protocol):
    """When each workspace's next round is due. Raises AppMisconfigured, ServiceUnavailable."""

    def begin(self, workspace: WorkspaceId, due_at: datetime) -> None:
        """The workspace keeps account ids from now on. Again changes nothing."""

    def due(self, now: datetime) -> Iterator[AccountReport]:
        """Those whose `due_at` has come, each read again consistently."""

    def save(self, report: AccountReport) -> None:
        """Unconditionally: rounds may be repeated, and so may parts of them."""


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """`verdicts` on those that are no longer as reported; `cycle`: how often to come, None: not said."""

    verdicts: Mapping[str, Verdict]
    cycle: timedelta | None


class AccountsAtAtlassian(Protocol):
    def report(self, through: Connection, accounts: Sequence[KnownAccount], deadline: Deadline) -> ReportAnswer:
        """At most REPORT_ACCOUNTS at once, each id once.

        Raises ScopesMissing, RateLimited (with `retry_after`), ConfluenceUnavailable, UpstreamProtocolError and what
        the vault raises. A repeat does no harm.
        """
