"""Everybody whose account id may be met on a site: those who can sign in, the generator's authors, two known test ids.

Profiles change and accounts close; who stores account ids must report them on Atlassian's cycle and is told which have
changed (api-facts, personal data reporting).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from local.simulator.accounts import ACCOUNTS, Account

FORMER = "Former user"
# The ids that Atlassian's guide names for trying out the reports: one for ever active, one for ever closed.
TEST_ACTIVE, TEST_CLOSED = "5be24ad8b1653240376955d2", "5be24ba3f91c106033269289"


class NoSuchAccount(LookupError):
    """Nobody has that name or id."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What has become of an account: its name now, and since when. A closed one's name is gone."""

    display_name: str
    status: str
    changed_at: datetime


class Directory:
    """Accounts by id, as they are now. `changes` is what differs from what they began as."""

    def __init__(self) -> None:
        self._accounts = {account.account_id: account for account in ACCOUNTS.values()}
        self.changes: dict[str, Profile] = {}
        active = Account("active", TEST_ACTIVE, "Test active", "active@example.com", ())
        self.add([active, replace(active, name="closed", account_id=TEST_CLOSED, display_name=FORMER, status="closed")])

    def add(self, accounts: Iterable[Account]) -> None:
        """Make accounts known that nobody signs in with."""
        self._accounts.update((account.account_id, account) for account in accounts)

    def get(self, account_id: str) -> Account | None:
        """The account as it is now; None for an id that nobody has."""
        account = self._accounts.get(account_id)
        profile = self.changes.get(account_id)
        if account is None or profile is None:
            return account
        return replace(account, display_name=profile.display_name, status=profile.status)

    def named(self, name_or_id: str) -> Account:
        """The account with that name or id. Raises NoSuchAccount."""
        for account in self._accounts.values():
            if name_or_id in {account.name, account.account_id}:
                return self.get(account.account_id) or account
        raise NoSuchAccount(name_or_id)

    def signing_in(self, name_or_email: str) -> Account | None:
        """The account that signs in by that name or e-mail address; None for the closed and the generated."""
        for account in ACCOUNTS.values():
            now = self.get(account.account_id)
            if now is not None and now.status == "active" and name_or_email in {now.name, now.email}:
                return now
        return None

    def rename(self, name_or_id: str, display_name: str, now: datetime) -> Account:
        """Another display name. Raises NoSuchAccount."""
        account = self.named(name_or_id)
        return self._change(account, Profile(display_name, account.status, now))

    def close(self, name_or_id: str, now: datetime) -> Account:
        """Closed for ever: the person is a former user from here on. Raises NoSuchAccount."""
        return self._change(self.named(name_or_id), Profile(FORMER, "closed", now))

    def report(self, account_id: str, known_at: datetime) -> str | None:
        """`closed` or `updated` if the account is no longer what it was at `known_at`; None if it is."""
        account = self.get(account_id)
        if account is None:
            return None
        if account.status == "closed":
            return "closed"
        profile = self.changes.get(account_id)
        return "updated" if profile is not None and profile.changed_at > known_at else None

    def _change(self, account: Account, profile: Profile) -> Account:
        self.changes[account.account_id] = profile
        return replace(account, display_name=profile.display_name, status=profile.status)
