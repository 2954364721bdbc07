"""Many callers of the vault in one thread, woven into each other step by step, over in-memory stores: every order can
be told, and told again. The stores are held against the real ones by tests/contract."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

from confluence_connector.adapters.atlassian_app import AppCredentials
from confluence_connector.adapters.atlassian_oauth import AtlassianOAuthOverHttp
from confluence_connector.domain.connections import Connection
from confluence_connector.errors import ConnectorError
from confluence_connector.runtime import Runtime
from confluence_connector.services.vault.token_steps import Step, Steps
from confluence_connector.settings import Settings
from local.simulator import create_simulator
from tests.aws import CLIENT_ID, CLIENT_SECRET, ENVIRONMENT
from tests.conftest import MovableClock
from tests.fakes.vault_stores import FakeConnections, FakeEvents, FakeTokenSecrets
from tests.vault import TimeLeft, World


@dataclass
class Counted:
    """The `Telemetry` port: counts, and what was said."""

    counts: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def note(self, event: str, **facts: str | int | bool | None) -> None:
        self.said.append(event)

    def warn(self, event: str, **facts: str | int | bool | None) -> None:
        self.said.append(event)

    def refused(self, error: ConnectorError, event: str = "refused", **facts: str | int | bool | None) -> None:
        self.said.append(event)

    def count(self, metric: str, value: int = 1) -> None:
        self.counts[metric] = self.counts.get(metric, 0) + value


class FixedApp:
    """The app's credentials, without a secret to read."""

    def credentials(self) -> AppCredentials:
        return AppCredentials(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)

    def forget(self) -> None:
        return


class FastWorld(World):
    """The same vault and simulator, over stores in memory."""

    def __init__(self) -> None:
        self.connections, self.secrets, self.events = FakeConnections(), FakeTokenSecrets(), FakeEvents()
        self.telemetry = Counted()
        clock = MovableClock()
        settings = Settings.from_environment(ENVIRONMENT | {"KMS_KEY_ID": "key"})
        no_aws: Any = None
        super().__init__(no_aws, clock, create_simulator(clock=clock, sleep=clock.sleep), settings)

    def new_runtime(self, *, skew_seconds: float = 0, sleep: Any = None) -> Runtime:
        runtime = super().new_runtime(skew_seconds=skew_seconds, sleep=sleep)
        app: Any = FixedApp()
        api, auth = self.settings.atlassian_api_url, self.settings.atlassian_auth_url
        oauth = AtlassianOAuthOverHttp(runtime.http_client, app, auth, api, self.settings.public_base_url, runtime.now)
        runtime.__dict__.update(
            syncing=SimpleNamespace(begin=None, end=None),  # none of these connections wants a sync
            connections=self.connections,
            token_secrets=self.secrets,
            events=self.events,
            telemetry=self.telemetry,
            atlassian_oauth=oauth,
        )
        return runtime

    @property
    def puts(self) -> int:
        return self.secrets.puts

    def announced(self, connection: Connection) -> int:
        return sum(1 for _, detail in self.events.published if detail["connection_id"] == connection.id)


@dataclass
class Caller:
    """One of them: what it is doing, when it may go on, and how it ended."""

    steps: Steps[str]
    ready_at: datetime
    at: Step | None = None
    token: str | None = None
    error: ConnectorError | None = None
    over: bool = False

    def advance(self, now: datetime) -> None:
        try:
            pause = next(self.steps)
        except StopIteration as end:
            self.token, self.over = end.value, True
        except ConnectorError as error:
            self.error, self.over = error, True
        else:
            self.at, self.ready_at = pause.step, now + timedelta(seconds=pause.seconds)

    def run_to(self, step: Step, clock: MovableClock) -> None:
        """As far as that step, or to where it has to wait for somebody else. Its other waits take no time here."""
        while not self.over and self.at not in {step, Step.WAITING}:
            self.advance(clock())

    def finish(self, clock: MovableClock) -> None:
        """Alone, its waits moving the clock."""
        while not self.over:
            clock.at = max(clock.at, self.ready_at)
            self.advance(clock())


def callers(
    it: World, connection: Connection, number: int, runtimes: Sequence[Runtime], seconds: float = 29.0
) -> list[Caller]:
    """`seconds` each has before its invocation ends; zombies get more than any invocation would."""
    return [
        Caller(it.steps(connection, runtimes[n % len(runtimes)], deadline=TimeLeft(it.clock, seconds)), it.clock())
        for n in range(number)
    ]


FOR_EVER = 1e9


def weave(
    everybody: Sequence[Caller], clock: MovableClock, random: Random, between: Callable[[], None] | None = None
) -> None:
    """Lets one that is ready make one step, by lot, until all are over. Time passes only when all of them wait."""
    while waiting := [caller for caller in everybody if not caller.over]:
        ready = [caller for caller in waiting if caller.ready_at <= clock()]
        if not ready:
            clock.at = min(caller.ready_at for caller in waiting)
            continue
        random.choice(ready).advance(clock())
        if between is not None:
            between()
