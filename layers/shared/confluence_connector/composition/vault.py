"""The composition root's part for the token vault. Apart from `runtime`, so that a cached read does not pay for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.services.vault.finish_rotation import FinishRotation
from confluence_connector.services.vault.keep_alive import KeepAlive
from confluence_connector.services.vault.keep_tokens import KeepTokens
from confluence_connector.services.vault.read_pairs import ReadPairs
from confluence_connector.services.vault.rotate_tokens import RotateTokens
from confluence_connector.services.vault.sweep_connections import SweepConnections

if TYPE_CHECKING:
    from confluence_connector.runtime import Runtime


class Vault:
    """Tokens for callers, and the scheduled hands that keep grants alive."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    @cached_property
    def tokens(self) -> KeepTokens:
        runtime = self._runtime
        return KeepTokens(
            connections=runtime.connections,
            pairs=self._pairs,
            rotation=self._rotation,
            telemetry=runtime.telemetry,
            now=runtime.now,
            sleep=runtime.sleep,
            random=runtime.random,
        )

    @cached_property
    def sweep_connections(self) -> SweepConnections:
        runtime = self._runtime
        return SweepConnections(
            connections=runtime.connections,
            tokens=self.tokens,
            pairs=self._pairs,
            finish=self.finish,
            begin_sync=runtime.syncing.begin,
            end_sync=runtime.syncing.end,
            telemetry=runtime.telemetry,
            now=runtime.now,
            sleep=runtime.sleep,
        )

    @cached_property
    def keep_alive(self) -> KeepAlive:
        runtime = self._runtime
        return KeepAlive(runtime.connections, self.tokens, runtime.telemetry, runtime.now)

    @cached_property
    def _rotation(self) -> RotateTokens:
        runtime = self._runtime
        return RotateTokens(
            connections=runtime.connections,
            secrets=runtime.token_secrets,
            oauth=runtime.atlassian_oauth,
            pairs=self._pairs,
            finish=self.finish,
            telemetry=runtime.telemetry,
            now=runtime.now,
            random=runtime.random,
            new_owner=runtime.new_secret,
        )

    @cached_property
    def _pairs(self) -> ReadPairs:
        runtime = self._runtime
        return ReadPairs(runtime.connections, runtime.token_secrets, runtime.telemetry, runtime.now)

    @cached_property
    def finish(self) -> FinishRotation:
        runtime = self._runtime
        return FinishRotation(runtime.connections, runtime.token_secrets, runtime.events, runtime.telemetry)
