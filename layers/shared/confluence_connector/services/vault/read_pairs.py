"""Token pairs as Secrets Manager has them: by the pointer, or by what older attempts announced.

Secrets Manager is eventually consistent: what is not there at once is looked for over five seconds.
"""

from dataclasses import dataclass, replace

from confluence_connector.domain.connections import Attempt, Connection, Pointer
from confluence_connector.domain.grants import grant_in_use
from confluence_connector.errors import ServiceUnavailable
from confluence_connector.limits import LOOK_UP_PAUSES_SECONDS
from confluence_connector.ports import Clock, Stale, Telemetry
from confluence_connector.ports.connections import Connections, SecretUnreadable, TokenPair, TokenSecrets
from confluence_connector.services.vault.token_steps import Pause, Step, Steps

UNREADABLE_NOW = "The stored grant cannot be read at the moment."


@dataclass(frozen=True, slots=True)
class ReadPairs:
    """Raises AppMisconfigured for a denied key or right, ServiceUnavailable for what passes; neither means absence."""

    connections: Connections
    secrets: TokenSecrets
    telemetry: Telemetry
    now: Clock

    def at(self, pointer: Pointer) -> TokenPair | None:
        try:
            return self.secrets.get(pointer)
        except SecretUnreadable:
            self.telemetry.warn("token_pair_garbled", version_id=pointer.version_id)
            return None

    def current(self, connection: Connection) -> Steps[TokenPair | None]:
        """The pair by the pointer's VersionId. None: the pointer moved, look again.

        Missing or garbled for five seconds: ServiceUnavailable, and the sweeper will have a look (step 9, B25).
        """
        pointer = grant_in_use(connection).pointer
        current: Connection | None = connection
        for seconds in LOOK_UP_PAUSES_SECONDS:
            if seconds:
                yield Pause(Step.REREADING, seconds)
            pair = self.at(pointer)
            if pair is not None:
                return pair
            current = self.connections.get(connection.workspace, connection.id)
            if current is None or current.grant is None or current.grant.pointer != pointer:
                return None
        self.telemetry.count("GrantUnreadable")
        if current is not None and current.unreadable_since is None:
            try:
                self.connections.save(replace(current, unreadable_since=self.now()))
            except Stale:
                self.telemetry.note("unreadable_grant_changed", connection_id=connection.id)
        raise ServiceUnavailable(UNREADABLE_NOW, retry_after=30)

    def newest(self, secret_name: str, attempts: tuple[Attempt, ...]) -> Steps[tuple[Attempt, TokenPair] | None]:
        """The newest stored answer. Only the very newest attempt's ends the search early: a later one may have
        superseded the others at Atlassian, so within the leeway those are worth less than another post."""
        found: tuple[Attempt, TokenPair] | None = None
        for seconds in LOOK_UP_PAUSES_SECONDS if attempts else ():
            if seconds:
                yield Pause(Step.LOOKING_UP, seconds)
            for attempt in reversed(attempts):
                pair = self.at(Pointer(secret_name, attempt.version_id))
                if pair is not None:
                    found = attempt, pair
                    break
            if found is not None and found[0] == attempts[-1]:
                break
        return found
