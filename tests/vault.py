"""A vault on AWS in process and the Atlassian simulator, and ways to stop it at any step."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from threading import local
from typing import Any

from confluence_connector.adapters.atlassian_oauth import CALLBACK_PATH
from confluence_connector.domain import scopes
from confluence_connector.domain.connections import Connection, Grant, Pointer, Site, Status
from confluence_connector.domain.grants import version_id
from confluence_connector.domain.identifiers import ConnectionId, MemberId, WorkspaceId
from confluence_connector.ports.connections import TokenPair
from confluence_connector.runtime import Runtime
from confluence_connector.services.vault.token_steps import Step, Steps
from confluence_connector.settings import Settings
from local.simulator import Simulator, create_simulator
from tests.aws import Aws, started
from tests.conftest import MovableClock

ACME = WorkspaceId("acme")
TOKEN = "POST /oauth/token"
AN_HOUR = 3600
ON_THE_WAY = (
    Step.LEASED,
    Step.LOOKED_UP,
    Step.BEFORE_POST,
    Step.AFTER_POST,
    Step.BEFORE_PUT,
    Step.STORED,
    Step.POINTED,
    Step.LABELLED,
    Step.RELEASED,
)
"""The steps of an undisturbed rotation, in order; a test holds this list against one."""


@dataclass
class TimeLeft:
    """The `Deadline` port: an invocation of `seconds` that began when this was made."""

    clock: MovableClock
    seconds: float = 29.0
    waited: local = field(default_factory=local)
    began: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    def remaining_seconds(self) -> float:
        spent = (self.clock() - self.began).total_seconds() + getattr(self.waited, "seconds", 0.0)
        return self.seconds - spent


@dataclass
class SkewedClock:
    """Somebody else's idea of the time."""

    true: MovableClock
    seconds: float

    def __call__(self) -> datetime:
        return self.true() + timedelta(seconds=self.seconds)


@dataclass
class World:
    """One AWS, one Atlassian, one clock. `runtime()` is another process each time."""

    aws: Aws
    clock: MovableClock
    simulator: Simulator
    settings: Settings
    runtime: Runtime = field(init=False)
    dispatcher: Runtime = field(init=False)
    _waited: local = field(default_factory=local)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.runtime = self.new_runtime()
        self.dispatcher = self.new_runtime(sleep=self._wait_beside)

    def _wait_beside(self, seconds: float) -> None:
        """The dispatcher's threads wait side by side: each spends its own time, and the clock stands still."""
        self._waited.seconds = getattr(self._waited, "seconds", 0.0) + seconds

    def calm(self) -> None:
        """Between tests that share this world: no faults, Atlassian's usual manners."""
        self.aws.heal()
        self.simulator.clear_scripts()
        self.simulator.behaviour.siblings_stay_valid = True

    def new_runtime(self, *, skew_seconds: float = 0, sleep: Any = None) -> Runtime:
        """`sleep` moves the clock unless another is given."""
        return Runtime(
            self.settings,
            transport=self.simulator.transport(),
            now=SkewedClock(self.clock, skew_seconds),
            sleep=sleep or self.clock.sleep,
        )

    def connect(self, account: str = "alice", *, workspace: WorkspaceId = ACME) -> Connection:
        """A connected connection with a grant of `account`'s, made as a confirmed consent leaves it."""
        runtime, now = self.runtime, self.clock()
        redirect = self.settings.public_base_url + CALLBACK_PATH
        code = self.simulator.authorize(account, scopes.LINK, redirect, "state-of-the-test")
        answer = runtime.atlassian_oauth.exchange(code)
        number = next(self._numbers)
        blank = Connection(
            id=ConnectionId(f"con_{number:036d}"),
            workspace=workspace,
            owner="user",
            owner_id="alice",
            started_by=MemberId("alice"),
            purposes=frozenset({"link"}),
            status=Status.CONNECTED,
            created_at=now,
            generation=1,
        )
        pointer = Pointer(f"{self.settings.secret_prefix}/{workspace}/{blank.id}/g1", version_id(blank, 1, 0))
        expires = now + timedelta(seconds=answer.expires_in_seconds)
        assert answer.refresh_token
        pair = TokenPair(answer.access_token, answer.refresh_token, now, expires, answer.scopes)
        runtime.token_secrets.create(pointer.secret_name, pointer.version_id, pair)
        site: Site = runtime.atlassian_oauth.sites(answer.access_token)[0]
        who = runtime.atlassian_oauth.account(answer.access_token)
        grant = Grant(pointer, 1, answer.scopes, now, now, expires)
        self.simulator.reset_requests()
        runtime.connections.note_account(blank, who.id)
        return runtime.connections.save(replace(blank, account=who, site=site, grant=grant, connected_at=now))

    def expired(self, account: str = "alice") -> Connection:
        """The same, an hour later: its access token has run out."""
        connection = self.connect(account)
        self.clock.move(seconds=AN_HOUR)
        return connection

    def token(self, connection: Connection, runtime: Runtime | None = None, **asked: Any) -> str:
        deadline = asked.pop("deadline", None) or TimeLeft(self.clock)
        tokens = (runtime or self.runtime).tokens
        return tokens.access_token(connection.workspace, connection.id, deadline=deadline, **asked)

    def use(self, connection: Connection) -> str:
        """A caller comes after a crash; while the dead one's lease runs it would be told to come back, and does."""
        if lease := self.now_stored(connection).lease:
            self.clock.move(seconds=max(0.0, (lease.until - self.clock()).total_seconds()))
        return self.token(connection)

    def steps(self, connection: Connection, runtime: Runtime | None = None, **asked: Any) -> Steps[str]:
        """One caller, not run yet."""
        deadline = asked.pop("deadline", None) or TimeLeft(self.clock)
        tokens = (runtime or self.runtime).tokens
        return tokens.steps(connection.workspace, connection.id, deadline=deadline, **asked)

    def sweep(self) -> int:
        return self.dispatcher.vault.sweep_connections.sweep(TimeLeft(self.clock, 60, self._waited))

    def keep_alive(self) -> int:
        return self.dispatcher.vault.keep_alive.rotate_idle(TimeLeft(self.clock, 60, self._waited))

    def sweep_for(self, seconds: float) -> None:
        """Time passes, with a sweeper every two minutes until it finds nothing to do three times in a row."""
        ends, quiet = self.clock() + timedelta(seconds=seconds), 0
        while self.clock() + timedelta(seconds=120) <= ends and quiet < 3:
            self.clock.move(seconds=120)
            quiet = 0 if self.sweep() else quiet + 1
        self.clock.move(seconds=max(0.0, (ends - self.clock()).total_seconds()))

    def now_stored(self, connection: Connection) -> Connection:
        stored = self.runtime.connections.get(connection.workspace, connection.id)
        assert stored is not None
        return stored

    def announced(self, connection: Connection) -> int:
        """How often the world was told that it needs reconnecting."""
        events = self.aws.published("ConnectionNeedsReconnect")
        return sum(1 for event in events if event["connection_id"] == connection.id)

    @property
    def token_calls(self) -> int:
        return self.simulator.by_endpoint[TOKEN]

    @property
    def puts(self) -> int:
        return self.aws.count("PutSecretValue")

    def reuse(self) -> list[str]:
        """Refresh tokens older than the last one that were presented: never, in any order (B24)."""
        return [each.kind for each in self.simulator.violations if each.kind == "refresh_token_reuse"]

    def works(self, connection: Connection) -> bool:
        """Whether its grant still lives: an hour later a fresh token is had, and Atlassian takes it."""
        self.clock.move(seconds=AN_HOUR)
        token = self.token(connection)
        return self.runtime.atlassian_oauth.account(token).id == (connection.account and connection.account.id)

    def labels(self, connection: Connection) -> dict[str, str]:
        """Label → version id."""
        assert connection.grant
        versions = self.aws.secrets.list_secret_version_ids(SecretId=connection.grant.pointer.secret_name)["Versions"]
        return {label: version["VersionId"] for version in versions for label in version.get("VersionStages", [])}


@contextmanager
def world(**environment: str) -> Iterator[World]:
    clock = MovableClock()
    with started(**environment) as aws:
        yield World(aws, clock, create_simulator(clock=clock, sleep=clock.sleep), aws.settings)


def crash_at(steps: Steps[Any], step: Step, occurrence: int = 1) -> bool:
    """Runs until that step and leaves it there for ever, as a killed process does: nothing of it runs afterwards.

    False: it ended before. The generator is kept alive, so that no `finally` of it runs either.
    """
    for pause in steps:
        if pause.step == step:
            occurrence -= 1
            if occurrence == 0:
                _KILLED.append(steps)
                return True
    return False


_KILLED: list[Iterable[Any]] = []
