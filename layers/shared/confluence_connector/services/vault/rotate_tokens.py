"""One rotation of a grant's token pair: announce, look up, post, put, point (design §3, steps 2 to 7).

Whoever does not hold the newest fence changes nothing; it returns None, and its caller looks again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from confluence_connector.domain import grants
from confluence_connector.domain.connections import Connection, Pointer
from confluence_connector.domain.grants import Hold, Stored
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectorError,
    RateLimited,
    ReconnectRequired,
    ServiceUnavailable,
    TokenRefreshInProgress,
    UpstreamProtocolError,
)
from confluence_connector.limits import (
    LEASE_LEFT_SECONDS,
    LOOK_UP_PAUSES_SECONDS,
    TOKEN_BACKOFF_SECONDS,
    TOKEN_POSTS,
    TOKEN_TIMEOUT_SECONDS,
    VAULT_RESERVED_SECONDS,
)
from confluence_connector.ports import Clock, Deadline, NewSecret, RandomFraction, Stale, Telemetry
from confluence_connector.ports.atlassian import (
    AtlassianOAuth,
    GrantRefused,
    OutcomeUnknown,
    TokenAnswer,
    TokenEndpointBusy,
)
from confluence_connector.ports.connections import Connections, SecretGone, TokenPair, TokenSecrets, VersionCollision
from confluence_connector.services.vault.finish_rotation import FinishRotation
from confluence_connector.services.vault.read_pairs import ReadPairs
from confluence_connector.services.vault.token_steps import Pause, Step, Steps


class _NotStored(Exception):
    """An answer is held that Secrets Manager would not take in time."""


@dataclass(frozen=True, slots=True)
class RotateTokens:
    connections: Connections
    secrets: TokenSecrets
    oauth: AtlassianOAuth
    pairs: ReadPairs
    finish: FinishRotation
    telemetry: Telemetry
    now: Clock
    random: RandomFraction
    new_owner: NewSecret

    # ── step 2: lease, fence, attempt ───────────────────────────────────────────────────────────────────────────────

    def steps(self, connection: Connection, deadline: Deadline) -> Steps[str | None]:
        """A new access token, or None: something changed, look again."""
        now = self.now()
        left = deadline.remaining_seconds() - VAULT_RESERVED_SECONDS
        if connection.lease is not None and connection.lease.until > now:
            wait = 0.1 + 0.4 * self.random()
            if wait > left:
                raise TokenRefreshInProgress(retry_after=TOKEN_BACKOFF_SECONDS)
            yield Pause(Step.WAITING, wait)
            return None
        if connection.retry_at is not None and connection.retry_at > now:
            raise _resting(connection, (connection.retry_at - now).total_seconds())
        if left < TOKEN_TIMEOUT_SECONDS + (sum(LOOK_UP_PAUSES_SECONDS) if connection.attempts else 0):
            raise TokenRefreshInProgress(retry_after=1)
        try:
            taken = self.connections.save(grants.begin(connection, self.new_owner(), now))
        except Stale:
            return None
        yield Pause(Step.LEASED)
        return (yield from self._refresh(taken, grants.hold_of(taken), deadline))

    def _refresh(self, taken: Connection, hold: Hold, deadline: Deadline) -> Steps[str | None]:
        """Steps 3 to 6, with the lease held."""
        try:
            older = taken.attempts[:-1]
            found = yield from self.pairs.newest(hold.pointer.secret_name, older)
            yield Pause(Step.LOOKED_UP)
            repost = grants.may_repost(taken, self.now())
            if found is not None and (found[0] == older[-1] or not repost):
                yield from self._point(hold, Pointer(hold.pointer.secret_name, found[0].version_id), found[1])
                return None
            pair = yield from self.pairs.current(taken)
        except (AppMisconfigured, ServiceUnavailable):
            self._settle(hold, sent=0)
            raise
        if pair is None:
            return None
        if taken.unlabelled:  # the put would take the only label from the version that is pointed at
            yield from self.finish.label(taken)
        asked_at = self.now()
        answer = yield from self._ask(hold, pair.refresh_token, TOKEN_POSTS if repost else 1, deadline)
        if answer is None:
            return None
        yield Pause(Step.AFTER_POST)
        fresh = TokenPair(
            access_token=answer.access_token,
            refresh_token=answer.refresh_token or pair.refresh_token,
            issued_at=asked_at,
            access_expires_at=asked_at + timedelta(seconds=answer.expires_in_seconds),
            scopes=answer.scopes or pair.scopes,
        )
        return (yield from self._keep(hold, fresh, deadline))

    # ── step 4: the token request ───────────────────────────────────────────────────────────────────────────────────

    def _ask(self, hold: Hold, refresh_token: str, posts: int, deadline: Deadline) -> Steps[TokenAnswer | None]:
        """The answer; None: someone took over, or this attempt found another end. At most `posts` requests."""
        sent, failure = 0, ConfluenceUnavailable()
        while sent < posts:
            yield Pause(Step.BEFORE_POST, (1 + self.random()) * sent)
            current = self._held(hold)
            if current is None:
                return None
            out_of_time = deadline.remaining_seconds() - VAULT_RESERVED_SECONDS < TOKEN_TIMEOUT_SECONDS
            if out_of_time or (sent and not grants.may_repost(current, self.now())):
                break
            try:
                return self.oauth.refresh(refresh_token)
            except (OutcomeUnknown, UpstreamProtocolError) as error:
                sent += 1
                failure = error if isinstance(error, UpstreamProtocolError) else failure
            except TokenEndpointBusy as busy:
                self._settle(hold, sent, rest_seconds=busy.retry_after)
                raise RateLimited(retry_after=busy.retry_after) from None
            except GrantRefused:
                yield from self._end(hold, sent + 1)
                return None
            except ConnectorError:  # before anything was sent, or the app's secret is wrong
                self._settle(hold, sent)
                raise
        settled = self._settle(hold, sent)
        if settled is None:
            return None
        if not sent:
            raise TokenRefreshInProgress(retry_after=1)
        failure.retry_after = ceil((settled.retry_at - self.now()).total_seconds()) if settled.retry_at else None
        raise failure

    def _held(self, hold: Hold) -> Connection | None:
        """The connection while the hold stands, with time enough on its lease for a request; None: not ours any more.

        Read again before every post: a process that was frozen must not send a token that others have replaced (B24).
        """
        current = self.connections.get(hold.workspace, hold.connection_id)
        if current is None or not grants.holds(current, hold) or current.lease is None:
            return None
        if (current.lease.until - self.now()).total_seconds() >= LEASE_LEFT_SECONDS:
            return current
        return self._while_held(hold, lambda held: grants.renew(held, self.now()))

    def _settle(self, hold: Hold, sent: int, rest_seconds: int = 0) -> Connection | None:
        """Ends an attempt that holds no answer: as if it had not been, or leaving the moment since when the token may
        be spent."""
        now = self.now()
        rest = now + timedelta(seconds=rest_seconds) if rest_seconds else None
        if sent:
            return self._while_held(hold, lambda held: grants.give_up(held, hold, now, rest))
        return self._while_held(hold, lambda held: grants.withdraw(held, hold, rest))

    # ── steps 5 and 6: put, point, label ────────────────────────────────────────────────────────────────────────────

    def _keep(self, hold: Hold, pair: TokenPair, deadline: Deadline) -> Steps[str | None]:
        """Stores an answer and points at it. From here on this attempt never posts again."""
        try:
            stored = yield from self._put(hold, pair, deadline)
            if stored is None:
                return None
            yield Pause(Step.STORED)
            pointed = yield from self._point(stored, stored.target, pair)
        except (_NotStored, ServiceUnavailable):
            # The caller may use what it holds; the next attempt, or the sweeper, has ten minutes to get another (B20).
            self.telemetry.count("TokenNotStored")
            return pair.access_token
        return pair.access_token if pointed else None

    def _put(self, hold: Hold, pair: TokenPair, deadline: Deadline) -> Steps[Hold | None]:
        """The hold under which the pair lies; None: someone took over. Raises _NotStored, AppMisconfigured."""
        wait = 0.0
        while True:
            yield Pause(Step.BEFORE_PUT, wait)
            try:
                self.secrets.put(hold.target, pair)
            except VersionCollision:
                self.telemetry.count("VersionCollision")
                again = self._while_held(hold, lambda held, of=hold: grants.begin_again(held, of, self.now()))  # type: ignore[misc]
                if again is None:
                    return None
                hold = grants.hold_of(again)
            except SecretGone:
                if self._while_held(hold, lambda held: grants.set_aside(held, self.now())) is None:
                    return None
                raise _NotStored from None
            except AppMisconfigured:
                self._while_held(hold, lambda held: grants.set_aside(held, self.now()))
                raise
            except ServiceUnavailable:
                wait = min(2 * wait + 0.5, 4) + self.random() * 0.5
                if wait > deadline.remaining_seconds() - VAULT_RESERVED_SECONDS:
                    self._while_held(hold, lambda held: grants.set_aside(held, self.now()))
                    raise _NotStored from None
            else:
                return hold

    def _point(self, hold: Hold, pointer: Pointer, pair: TokenPair) -> Steps[bool]:
        """Moves the pointer if fence, generation and old pointer are still what the hold says. False: they are not."""
        stored = Stored(pointer, pair.issued_at, pair.access_expires_at, pair.scopes)
        moved = self._while_held(hold, lambda held: grants.move_pointer(held, stored))
        if moved is None:
            return False
        yield Pause(Step.POINTED)
        yield from self.finish.label(moved)
        return True

    # ── step 7: refused ─────────────────────────────────────────────────────────────────────────────────────────────

    def _end(self, hold: Hold, sent: int) -> Steps[None]:
        """The refresh token was refused: the winner's pair, a stored answer, or the honest end of this grant."""
        current = self.connections.get(hold.workspace, hold.connection_id)
        if current is None or not grants.holds(current, hold):
            return
        others = tuple(attempt for attempt in current.attempts if attempt.version_id != hold.version_id)
        try:
            found = yield from self.pairs.newest(hold.pointer.secret_name, others)
        except (AppMisconfigured, ServiceUnavailable):
            self._settle(hold, sent)
            raise
        if found is not None:
            yield from self._point(hold, Pointer(hold.pointer.secret_name, found[0].version_id), found[1])
            return
        yield Pause(Step.REFUSED)
        now = self.now()
        ended = self._while_held(hold, lambda held: grants.needs_reconnect(held, grants.REFUSED, now))
        if ended is None:
            return
        yield Pause(Step.ENDED)
        self.finish.announce(ended)
        yield Pause(Step.ANNOUNCED)
        raise ReconnectRequired

    # ── every write of a holder ─────────────────────────────────────────────────────────────────────────────────────

    def _while_held(self, hold: Hold, change: Callable[[Connection], Connection]) -> Connection | None:
        """Applies `change` if the hold still stands, and again if another write came between. None: it does not."""
        while True:
            current = self.connections.get(hold.workspace, hold.connection_id)
            if current is None or not grants.holds(current, hold):
                return None
            try:
                return self.connections.save(change(current))
            except Stale:
                continue


def _resting(connection: Connection, seconds: float) -> ConnectorError:
    """Why nobody asks the token endpoint right now: it failed, or it asked for patience."""
    kind = ConfluenceUnavailable if connection.failures else RateLimited
    return kind(retry_after=ceil(seconds))
