"""The token vault: access tokens for callers, one refresher at a time, and no crash point that loses a grant.

Atlassian's refresh tokens are single use; the one just replaced works for ten more minutes, anything older kills the
grant ("Implementing the Refresh Token Flow"). So (design §3):

    announce ─▶ look up ─▶ post ─▶ put ─▶ point ─▶ label
    lease,      answers    the     pair   pointer   AWSCURRENT
    fence,      of older   pointer's under moves if  follows
    attempt     attempts   token   our id  fence is
                                           ours
    ✗ crash:    nothing    next one posts  next one  next one   sweeper labels
                spent      the same token  finds the
                           within 9 min    pair, rolls forward

Whoever does not hold the newest fence changes nothing: it looks again and uses what it finds.
"""

from dataclasses import dataclass
from math import ceil

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.grants import grant_in_use, is_fresh, rotation_pause_left
from confluence_connector.domain.identifiers import ConnectionId, WorkspaceId
from confluence_connector.errors import ConfluenceUnavailable, ConnectionNotFound
from confluence_connector.limits import ACCESS_TOKEN_JITTER_SECONDS
from confluence_connector.ports import Clock, Deadline, RandomFraction, Sleep, Telemetry
from confluence_connector.ports.connections import Connections
from confluence_connector.services.vault.read_pairs import ReadPairs
from confluence_connector.services.vault.rotate_tokens import RotateTokens
from confluence_connector.services.vault.token_steps import Steps, run


@dataclass(frozen=True, slots=True)
class KeepTokens:
    """The `AccessTokens` port for everybody, and `recover` for the sweeper and the keep-alive."""

    connections: Connections
    pairs: ReadPairs
    rotation: RotateTokens
    telemetry: Telemetry
    now: Clock
    sleep: Sleep
    random: RandomFraction

    def access_token(
        self,
        workspace: WorkspaceId,
        connection_id: ConnectionId,
        *,
        deadline: Deadline,
        rejected: str | None = None,
    ) -> str:
        return self._run(self.steps(workspace, connection_id, deadline=deadline, rejected=rejected))

    def recover(self, connection: Connection, deadline: Deadline) -> None:
        """One rotation, or the end of one that was interrupted. Raises what `access_token` raises."""
        self._run(self.rotation.steps(connection, deadline))

    def _run[Result](self, steps: Steps[Result]) -> Result:
        return run(steps, self.sleep)

    def steps(
        self,
        workspace: WorkspaceId,
        connection_id: ConnectionId,
        *,
        deadline: Deadline,
        rejected: str | None = None,
    ) -> Steps[str]:
        """Step 1: a token that is good beyond the margin needs no lock."""
        while True:
            connection = self.connections.get(workspace, connection_id)
            if connection is None:
                raise ConnectionNotFound
            grant = grant_in_use(connection)
            if is_fresh(grant, self.now(), self.random() * ACCESS_TOKEN_JITTER_SECONDS):
                pair = yield from self.pairs.current(connection)
                if pair is None:
                    continue
                if pair.access_token != rejected:
                    self.connections.touch(connection, self.now())
                    return pair.access_token
                if (seconds := rotation_pause_left(connection, self.now())) > 0:
                    self.telemetry.count("FreshTokenRejected")
                    raise ConfluenceUnavailable(retry_after=ceil(seconds))
            token = yield from self.rotation.steps(connection, deadline)
            if token is not None:
                return token
