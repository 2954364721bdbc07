"""One request to the control API, read and checked."""

from dataclasses import dataclass

from local.simulator.accounts import ACCOUNTS
from local.simulator.wire import JsonObject, Request


class Unfit(Exception):
    """The control request makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """A control request: its path parts after the prefix, its body, its query."""

    parts: tuple[str, ...]
    body: JsonObject
    request: Request

    def text(self, name: str) -> str:
        """A text member that must be there."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise Unfit(f"{name} is missing")
        return value

    def account_id(self, name: str) -> str:
        """An account's id, given its name."""
        if name not in ACCOUNTS:
            raise Unfit(f"no account {name!r}: {', '.join(ACCOUNTS)}")
        return ACCOUNTS[name].account_id

    def account(self) -> str:
        """The member `account`, checked."""
        name = self.text("account")
        self.account_id(name)
        return name
