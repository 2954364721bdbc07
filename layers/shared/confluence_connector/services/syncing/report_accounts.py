"""Once a cycle: Atlassian is told whose account ids are kept, and what it answers is done (A12).

    a workspace's round, through a connection of its own
      its connections' accounts, by ids         after each report: how far it is
      the authors of each corpus of it          after each report: each row says when
      the next round, a cycle later

A repeat of any part does no harm. A round that was cut off is due still, and the next schedule goes on with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched

from confluence_connector.domain.account_reports import (
    AccountReport,
    KnownAccount,
    Verdict,
    known_account,
    may_report,
    next_round,
)
from confluence_connector.domain.connections import ALIVE, Account, Connection
from confluence_connector.domain.corpus import Author
from confluence_connector.domain.grants import needs_reconnect
from confluence_connector.domain.sync_plan import after_tick
from confluence_connector.domain.syncs import Sync
from confluence_connector.errors import ConnectorError, RateLimited, ReconnectRequired
from confluence_connector.limits import NAMES_AFTER_SECONDS, REPORT_ACCOUNTS
from confluence_connector.ports import Clock, Deadline, Stale, Telemetry
from confluence_connector.ports.account_reports import AccountReports, AccountsAtAtlassian
from confluence_connector.ports.atlassian import AccessTokens, AtlassianOAuth
from confluence_connector.ports.connections import Connections
from confluence_connector.ports.corpus import CorpusIndex, CorpusScope
from confluence_connector.ports.site_reading import SiteReaders
from confluence_connector.ports.syncing import Syncs
from confluence_connector.services.in_parallel import ENOUGH_SECONDS, in_parallel
from confluence_connector.services.vault.finish_rotation import FinishRotation

CLOSED = "The Atlassian account was closed. Reconnect with another one."


@dataclass(frozen=True, slots=True)
class ReportAccounts:
    reports: AccountReports
    accounts: AccountsAtAtlassian
    connections: Connections
    syncs: Syncs
    index: CorpusIndex
    sites: SiteReaders
    oauth: AtlassianOAuth
    tokens: AccessTokens
    finish: FinishRotation
    telemetry: Telemetry
    now: Clock

    def report(self, deadline: Deadline) -> int:
        """Returns how many workspaces it attended to. A failure of one keeps no other from its turn."""
        told = _Told()

        def attend(report: AccountReport) -> None:
            if told.to_wait:
                return
            try:
                self._round(report, deadline)
            except _OutOfTime:
                self.telemetry.note("accounts_reported_in_part", workspace=report.workspace)
            except ConnectorError as error:  # it stays due
                told.to_wait = told.to_wait or isinstance(error, RateLimited)
                self.telemetry.refused(error, "accounts_not_reported", workspace=report.workspace)

        return in_parallel(self.reports.due(self.now()), attend, deadline)

    def _round(self, report: AccountReport, deadline: Deadline) -> None:
        theirs = sorted(self.connections.of_workspace(report.workspace), key=lambda each: each.id)
        keeping = [each for each in theirs if each.account is not None]
        through = next((each for each in theirs if may_report(each)), None)
        if through is None:  # nobody may speak for it; a consent with the scope is looked for in the next round
            if keeping:
                self.telemetry.warn("accounts_unreported", workspace=report.workspace, accounts=len(keeping))
                self.telemetry.count("AccountsUnreported", len(keeping))
            self.reports.save(AccountReport(report.workspace, next_round(self.now(), None)))
            return
        sending = _Sending(self.accounts, through, deadline)
        left = [each for each in keeping if report.after is None or each.id > report.after]
        for some in batched(left, REPORT_ACCOUNTS, strict=False):
            verdicts = sending.send([known for each in some if (known := known_account(each))])
            for connection in some:
                self._heed(connection, verdicts, deadline)
            self.reports.save(replace(report, after=some[-1].id))
        for connection in theirs:
            sync = self.syncs.get(connection.workspace, connection.id)
            if sync is not None and not sync.ending:
                self._authors(report, connection, sync, sending)
        self.telemetry.count("AccountsReported", sending.reported)
        self.reports.save(AccountReport(report.workspace, next_round(self.now(), sending.cycle)))

    # ── connections ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _heed(self, connection: Connection, verdicts: Mapping[str, Verdict], deadline: Deadline) -> None:
        assert connection.account is not None  # noqa: S101 — those without one are not reported
        account_id, now = connection.account.id, self.now()
        match verdicts.get(account_id):
            case "closed":
                ended = self._changed(connection, lambda each: _closed(each, self.now()))
                if ended is not None and ended.unannounced_since is not None:
                    self.finish.announce(ended)
            case "updated":
                account = self._fetched(connection, deadline)
                if account is not None and account.id == account_id:
                    self._changed(connection, lambda each: replace(each, account=replace(account, fetched_at=now)))

    def _fetched(self, connection: Connection, deadline: Deadline) -> Account | None:
        """As it is now; without name and address where they cannot be had any more; None: not now."""
        assert connection.account is not None  # noqa: S101
        gone = Account(connection.account.id, "")
        if connection.status not in ALIVE:
            return gone
        try:
            token = self.tokens.access_token(connection.workspace, connection.id, deadline=deadline)
            return self.oauth.account(token, deadline)
        except ReconnectRequired:
            return gone
        except ConnectorError as error:  # it will be told again in the next round
            self.telemetry.refused(error, "account_not_fetched", connection_id=connection.id)
            return None

    def _changed(self, connection: Connection, change: Callable[[Connection], Connection]) -> Connection | None:
        """The connection as saved; None: there was nothing to change, or it is of another account by now."""
        current: Connection | None = connection
        while current is not None and current.account is not None and connection.account is not None:
            if current.account.id != connection.account.id or (changed := change(current)) == current:
                return None
            try:
                return self.connections.save(changed)
            except Stale:
                current = self.connections.get(connection.workspace, connection.id)
        return None

    # ── authors ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _authors(self, report: AccountReport, connection: Connection, sync: Sync, sending: "_Sending") -> None:
        scope = CorpusScope(sync.workspace, sync.connection_id, sync.corpus_id)
        while known := self.index.authors_to_report(scope, report.due_at, REPORT_ACCOUNTS):
            verdicts = sending.send([KnownAccount(each.account_id, each.fetched_at) for each in known])
            updated = self._names(connection, known, verdicts, sending.deadline)
            after = [self._after(each, verdicts.get(each.account_id), updated) for each in known]
            if any(one.name != other.name for one, other in zip(known, after, strict=True)):
                self._correct_pages(sync)
            self.index.note_authors(scope, after)

    def _names(
        self, connection: Connection, known: Sequence[Author], verdicts: Mapping[str, Verdict], deadline: Deadline
    ) -> Mapping[str, str | None]:
        """New names of those that changed. A name that cannot be had any more is none; one that cannot be had just now
        is left out, and Atlassian says so again in the next round."""
        updated = [each.account_id for each in known if verdicts.get(each.account_id) == "updated"]
        if not updated:
            return {}
        names: dict[str, str | None] = dict.fromkeys(updated)
        current = self.connections.get(connection.workspace, connection.id)
        if current is None or current.unusable_because("sync") is not None:
            return names
        try:
            found = self.sites.of(current, deadline).people(updated)
        except ReconnectRequired:
            return names
        except ConnectorError as error:
            self.telemetry.refused(error, "authors_not_fetched", connection_id=connection.id)
            return {}
        return names | {person.account_id: person.name for person in found}

    def _after(self, author: Author, verdict: Verdict | None, names: Mapping[str, str | None]) -> Author:
        now = self.now()
        match verdict:
            case "closed":
                return Author(author.account_id, None, now, now)
            case "updated" if author.account_id in names:
                return Author(author.account_id, names[author.account_id], now, now)
            case _:
                return replace(author, reported_at=now)

    def _correct_pages(self, sync: Sync) -> None:
        """The name stands in pages too. Asked for before the name itself is changed, so that no crash forgets it; the
        run begins when the change is surely written."""
        current: Sync | None = sync
        while current is not None and not current.ending:
            now = self.now()
            due = replace(current, names_due_at=now + timedelta(seconds=NAMES_AFTER_SECONDS))
            try:
                self.syncs.save(replace(due, next_run_at=due.next_run_at or after_tick(due, now)))
            except Stale:
                current = self.syncs.get(sync.workspace, sync.connection_id)
            else:
                return


class _OutOfTime(Exception):
    """The rest is the next schedule's."""


@dataclass(slots=True)
class _Told:
    """Whether Atlassian told us to come later: the limit is the app's, so nobody else asks now."""

    to_wait: bool = False


@dataclass(slots=True)
class _Sending:
    """One workspace's reports. Keeps the shortest cycle that an answer named."""

    accounts: AccountsAtAtlassian
    through: Connection
    deadline: Deadline
    cycle: timedelta | None = None
    reported: int = field(default=0, init=False)

    def send(self, known: Iterable[KnownAccount]) -> Mapping[str, Verdict]:
        """Each id once, as of when it was fetched first. Raises _OutOfTime."""
        if self.deadline.remaining_seconds() < ENOUGH_SECONDS:
            raise _OutOfTime
        latest_first = sorted(known, key=lambda each: each.fetched_at, reverse=True)
        once = {each.id: each for each in latest_first}
        answer = self.accounts.report(self.through, list(once.values()), self.deadline)
        self.reported += len(once)
        self.cycle = min((each for each in (self.cycle, answer.cycle) if each), default=None)
        return answer.verdicts


def _closed(connection: Connection, now: datetime) -> Connection:
    """Nobody can use it any more, and nothing of the person is kept but the id, which a reconnect is compared with."""
    assert connection.account is not None  # noqa: S101 — the caller has looked
    erased = replace(connection, account=Account(connection.account.id, ""))
    return needs_reconnect(erased, CLOSED, now) if connection.status in ALIVE else erased
