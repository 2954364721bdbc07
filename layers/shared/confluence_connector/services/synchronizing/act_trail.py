"""The audit trail of people's acts on pages' issues (G6): a line before the deed, and again with what came of it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.identifiers import ActId, IssueId, PageId
from confluence_connector.domain.page_acts import Deed, Outcome, PageAct
from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizers import Synchronizer
from confluence_connector.errors import ConnectorError, WriteOutcomeUnknown
from confluence_connector.ports import Clock, NewId
from confluence_connector.ports.synchronizing import PageActs
from confluence_connector.services.synchronizing.choose_actor import Actor


@dataclass(frozen=True, slots=True)
class ActTrail:
    acts: PageActs
    now: Clock
    new_id: NewId

    def line(
        self,
        person: Principal,
        synchronizer: Synchronizer,
        actor: Actor,
        deed: Deed,
        *,
        page_id: PageId,
        issue_id: IssueId | None,
        what: Sequence[str],
    ) -> PageAct:
        """Not written yet."""
        return PageAct(
            id=ActId(self.new_id("act")),
            workspace=synchronizer.workspace,
            synchronizer_id=synchronizer.id,
            page_id=page_id,
            issue_id=issue_id,
            member=person.sub,
            member_account_id=_account_of(actor.own),
            connection_id=actor.connection.id,
            acting_as=actor.acting_as,
            acting_account_id=_account_of(actor.connection),
            deed=deed,
            what=tuple(what),
            outcome="sent",
            code=None,
            at=self.now(),
        )

    def tell[Result](self, line: PageAct, act: Callable[[], Result]) -> tuple[PageAct, Result]:
        """The line as it ends, and what the deed returns. It is written before and after: what cannot be written down
        is not done.

        Raises what the deed raises; before it, AppMisconfigured, ServiceUnavailable.
        """
        self.acts.add(line)
        try:
            result = act()
        except WriteOutcomeUnknown as unknown:
            self._finish(line, "unknown", unknown.code)
            raise
        except ConnectorError as refusal:
            self._finish(line, "refused", refusal.code)
            raise
        return self._finish(line, "done", None), result

    def _finish(self, line: PageAct, outcome: Outcome, code: str | None) -> PageAct:
        """The line stands: a store that is down keeps no answer back, or the person would do it again."""
        finished = replace(line, outcome=outcome, code=code)
        with suppress(ConnectorError):
            self.acts.add(finished)
        return finished


def _account_of(connection: Connection) -> str:
    if connection.account is None:
        raise ValueError("nobody acts through a connection that has no account")
    return connection.account.id
